"""The certain rules: what is enough to say "the same person" without weights and without asking.

Each rule is a condition on the levels of :mod:`passerelle.identity.compare`, read from top to bottom; the first that holds is named as the
reason. They hold only where nothing contradicts (another coherent NIR, another sex) and where no other record of the same surname and birth
date could be meant (twins called Marie-Anne and Marie-Louise, both written "Marie"): that is what "kin" says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from passerelle.identity.compare import MISSING, is_any
from passerelle.identity.plans import Executes


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on levels and the words in which a French reader is told of it."""

    id: str
    words: str
    condition: str


def both(*conditions: str) -> str:
    """SQL: all of them hold."""
    return f"({' AND '.join(conditions)})"


def either(*conditions: str) -> str:
    """SQL: one of them holds."""
    return f"({' OR '.join(conditions)})"


def negated(condition: str) -> str:
    """SQL: it does not hold."""
    return f"(NOT {condition})"


SAME_DATE: Final = is_any("dob", "exact", "vague")
SAME_SURNAME: Final = is_any("surname", "birth", "cross")
SAME_GIVEN: Final = is_any("given", "same_list", "same_first", "split")
SAME_NIR: Final = is_any("nir", "same")
CIVIL_STATUS: Final = both(SAME_SURNAME, SAME_GIVEN, SAME_DATE)
CONTACT: Final = either(is_any("phone", "same"), is_any("email", "same"))
NO_CONTRADICTION: Final = both(negated(is_any("nir", "near", "different")), negated(is_any("sex", "different")))
ALONE: Final = "(NOT has_kin)"
FULL: Final = either(is_any("given", "same_list"), ALONE)
"""All given names agree, or nobody else born that day under that surname has similar ones."""
MISSPELT: Final = both(is_any("given", "slip"), CONTACT)
"""One given name, misspelt once, with the same contact: no second person."""
NEARLY_TOLD: Final = both(
    SAME_SURNAME, SAME_DATE, negated(SAME_NIR), negated(MISSPELT), is_any("given", "first_only", "among", "slip", "stem", "near")
)
"""Two records that may be twins with similar given names: each is kin of the other."""

RULES: Final = (
    Rule("N1", "Même NIR, même date de naissance, même nom et même prénom.", both(SAME_NIR, CIVIL_STATUS, FULL)),
    Rule(
        "N2",
        "Même NIR, même prénom et même date de naissance (ou une date à une faute de frappe près, avec le même nom).",
        both(SAME_NIR, SAME_GIVEN, FULL, either(SAME_DATE, both(is_any("dob", "swapped", "digit"), SAME_SURNAME))),
    ),
    Rule(
        "S1",
        "Même numéro de dossier ou d'allocataire et même rôle chez le même partenaire, même prénom et même date de naissance.",
        both(is_any("dossier", "own"), SAME_GIVEN, SAME_DATE, FULL),
    ),
    Rule(
        "S3",
        "Même numéro France Travail, mêmes nom, prénom et date de naissance.",
        both(is_any("ft", "same"), CIVIL_STATUS, FULL),  # regions give out the same number: not without the surname
    ),
    Rule(
        "S4",
        "Même identifiant interne chez le même partenaire, même prénom et même date de naissance.",
        both(is_any("other", "own"), SAME_GIVEN, SAME_DATE, FULL),
    ),
    Rule(
        "S5",
        "Enfant du même dossier dans les deux fichiers, mêmes nom, prénom et date de naissance.",
        both("is_across", is_any("dossier", "member"), CIVIL_STATUS, FULL),  # within one file, two children of a dossier may be twins
    ),
    Rule(
        "C1",
        "Mêmes nom, prénoms et date de naissance (jour connu), un téléphone ou un e-mail en commun, et personne d'autre n'y ressemble.",
        both(CIVIL_STATUS, is_any("dob", "exact"), CONTACT, FULL, negated(is_any("place", "different")), "NOT has_namesake",
             either("is_across", negated(is_any("dossier", "member")))),  # two children of a dossier share its telephone
    ),
    Rule(
        "C3",
        "Mêmes nom, prénoms (plusieurs), date (jour connu) et lieu de naissance, même adresse, et personne d'autre n'y ressemble.",
        both(
            is_any("surname", "birth", "cross"), is_any("given", "same_list"), is_any("dob", "exact"), is_any("place", "same"),
            is_any("address", "same"), is_any("sex", "same", MISSING), "NOT has_namesake",
        ),
    ),
)  # fmt: skip
"""The strongest first."""

NAMESAKE: Final = both(
    CIVIL_STATUS,
    negated(SAME_NIR),
    either(is_any("nir", "near", "different", "different_doubtful"), is_any("place", "different"), is_any("sex", "different")),
)
"""Two records with one civil status that something holds apart: the civil status alone does not tell who is meant."""


SIBLING: Final = both(SAME_SURNAME, SAME_DATE, negated(SAME_GIVEN), negated(SAME_NIR), negated(MISSPELT))
"""Born the same day under the same surname, with another given name."""
_AROUND: Final = {"kin": NEARLY_TOLD, "namesakes": NAMESAKE, "siblings": SIBLING}


def apply_rules(connection: Executes) -> None:
    """Makes the tables ``around`` (of a record, how many others are ``kin``, ``namesakes`` and ``siblings``) and ``certain``.

    ``certain`` has ``a``, ``b`` and ``rule`` by its place in ``RULES``.
    """
    counts = ", ".join(f"count(*) FILTER ({name}) AS {name}" for name in _AROUND)
    flags = ", ".join(f"{condition} AS {name}" for name, condition in _AROUND.items())
    connection.execute(f"""
        CREATE OR REPLACE TABLE around AS SELECT rid, {counts}
        FROM (SELECT unnest([a, b]) AS rid, {flags} FROM compared WHERE {either(*_AROUND.values())}) GROUP BY rid""")
    whens = " ".join(f"WHEN {rule.condition} THEN {place}" for place, rule in enumerate(RULES))
    connection.execute(f"""
        CREATE OR REPLACE TABLE certain AS
        SELECT a, b, is_across, rule FROM (
            SELECT a, b, is_across, CASE {whens} END AS rule FROM (
                SELECT c.*, greatest(oa.kin, ob.kin, 0) > 0 AS has_kin, greatest(oa.namesakes, ob.namesakes, 0) > 0 AS has_namesake
                FROM (FROM compared WHERE {NO_CONTRADICTION} AND {either(SAME_DATE, SAME_NIR)}) AS c
                LEFT JOIN around AS oa ON oa.rid = a LEFT JOIN around AS ob ON ob.rid = b)) WHERE rule IS NOT NULL""")
