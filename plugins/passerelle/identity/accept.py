"""Automatic acceptance of ranked candidates: one positive rule must hold and no veto may.

A score, however high, accepts nothing: twins and families agree on nearly everything a weight can see. What accepts is a rule that says in
words why these two records are one person; a veto that holds sends the pair to a reviewer, with its words.
"""

from __future__ import annotations

from typing import Final

from passerelle.identity.certain import (
    CIVIL_STATUS,
    CONTACT,
    NEARLY_TOLD,
    SAME_DATE,
    SAME_GIVEN,
    SAME_NIR,
    SAME_SURNAME,
    SIBLING,
    Rule,
    both,
    either,
    negated,
)
from passerelle.identity.compare import is_any
from passerelle.identity.plans import Executes

MARGIN: Final = 8.0
"""Bits by which a pair must be likelier than the next candidate of either record."""
SLIP_OF_DATE: Final = is_any("dob", "swapped", "digit")
NEAR_SURNAME: Final = is_any("surname", "birth", "cross", "swapped", "near", "part")
NEAR_GIVEN: Final = is_any("given", "same_list", "same_first", "split", "swapped", "slip", "near", "among", "stem", "first_only")
SURE_GIVEN: Final = is_any("given", "same_list", "same_first", "split", "swapped")
NUMBER: Final = either(is_any("dossier", "own", "told"), is_any("ft", "same"), is_any("other", "own", "told"))
"""A number given to one person, not to a household."""
PERSONAL: Final = either(SAME_NIR, NUMBER)
CHILD_OF_SAME: Final = is_any("dossier", "member")
SAME_HOME: Final = is_any("address", "same", "near")
SAME_PLACE: Final = is_any("place", "same")
OTHER_CONTACT: Final = either(is_any("phone", "different"), is_any("email", "different"))
NOT_TOLD_APART: Final = either("is_across", both(negated(OTHER_CONTACT), negated(is_any("ft", "different"))))
"""Within one file, which knows its own people, not with two phones, e-mails or France Travail numbers (twins, namesakes)."""
HOME_OF_ONE: Final = both(SAME_HOME, NOT_TOLD_APART)
COMMUNE_OF_ONE: Final = both(is_any("address", "commune"), NOT_TOLD_APART)
KNOWN_BY_BOTH: Final = either(CONTACT, NUMBER)
SAME_DOSSIER_TOO: Final = either(KNOWN_BY_BOTH, CHILD_OF_SAME)
PLAINLY: Final = both(CIVIL_STATUS, either(KNOWN_BY_BOTH, SAME_NIR))
"""No doubt who is meant, whatever else may be wrong: such a candidate is no rival."""

RULES: Final = (
    Rule(
        "A1",
        "Même NIR ; nom, prénom et date de naissance concordent à une faute près.",
        both(SAME_NIR, NEAR_SURNAME, NEAR_GIVEN, SAME_DATE),
    ),
    Rule(
        "A2",
        "Même NIR ; nom et prénom concordent, la date de naissance est à une faute de frappe près.",
        both(is_any("nir", "same", "same_doubtful"), NEAR_SURNAME, SURE_GIVEN, SLIP_OF_DATE),
    ),
    Rule(
        "A3",
        "Mêmes nom, prénom et date de naissance, et un contact, un numéro de dossier ou un identifiant en commun.",
        both(CIVIL_STATUS, SAME_DOSSIER_TOO),
    ),
    Rule(
        "A4",
        "Mêmes prénom et date de naissance, et un contact en commun ; ou, avec un nom voisin, un numéro de dossier ou un identifiant.",
        both(SURE_GIVEN, either(both(is_any("dob", "exact"), CONTACT), both(SAME_DATE, NEAR_SURNAME, SAME_DOSSIER_TOO))),
    ),
    Rule(
        "A5",
        "Mêmes nom et prénom, date de naissance à une faute de frappe près, et un contact ou un identifiant en commun.",
        both(SAME_SURNAME, SAME_GIVEN, SLIP_OF_DATE, SAME_DOSSIER_TOO),
    ),
    Rule(
        "A6",
        "Mêmes nom et date de naissance, prénom à une faute de frappe près, et un contact, un numéro ou une adresse en commun (les deux si "
        "le jour de naissance est incertain).",
        either(
            both(NEAR_SURNAME, is_any("given", "slip", "among"), is_any("dob", "exact"), either(KNOWN_BY_BOTH, HOME_OF_ONE)),
            both(SAME_SURNAME, is_any("given", "slip"), is_any("dob", "vague"), CONTACT, either(SAME_HOME, SAME_PLACE)),
        ),
    ),
    Rule(
        "A7",
        "Même NIR ou numéro personnel, mêmes nom et date de naissance, et un contact en commun ; le prénom diffère, et personne d'autre "
        "de ce nom n'est né ce jour.",
        both(PERSONAL, SAME_SURNAME, is_any("dob", "exact"), CONTACT),
    ),
    Rule(
        "A8",
        "Mêmes prénom et date de naissance (jour connu) ; même adresse avec un nom voisin ou le même lieu de naissance ; ou mêmes nom, "
        "lieu de naissance et commune.",
        both(
            SURE_GIVEN, is_any("dob", "exact"),
            either(both(either(NEAR_SURNAME, SAME_PLACE), SAME_HOME), both(SAME_SURNAME, SAME_PLACE, COMMUNE_OF_ONE)),
        ),
    ),
    Rule(
        "A9",
        "Même NIR, même date de naissance et même prénom, le nom diffère, et un contact ou une adresse en commun.",
        both(
            is_any("nir", "same", "same_doubtful"), is_any("given", "same_list", "same_first", "split", "swapped", "slip"),
            SAME_DATE, either(KNOWN_BY_BOTH, SAME_HOME),
        ),
    ),
    Rule(
        "A10",
        "Même numéro personnel (France Travail, dossier et rôle, identifiant interne) ; nom, prénom et date de naissance concordent à une "
        "faute près.",
        both(NUMBER, NEAR_SURNAME, NEAR_GIVEN, either(SAME_DATE, SLIP_OF_DATE)),
    ),
)  # fmt: skip
"""Positive rules, the strongest first."""

VETOES: Final = (
    Rule("other_nir", "Deux NIR différents, chacun conforme à l'état civil.", is_any("nir", "near", "different")),
    Rule("other_sex", "Le sexe diffère.", is_any("sex", "different")),
    Rule("other_place", "Le lieu de naissance diffère.", is_any("place", "different", "departement")),
    Rule("other_given", "Les prénoms se contredisent.", both(is_any("given", "first_only", "stem", "different"), negated(PERSONAL))),
    Rule("kin", "Une autre personne du même nom, née le même jour, a un prénom voisin (jumeaux).",
         both("(kin_others > 0)", negated(both(SAME_NIR, SAME_GIVEN)))),
    Rule("namesake", "Une autre personne a le même état civil.", both("(namesakes > 0)", negated(SAME_NIR), negated(CONTACT))),
    Rule("kin_near", "Le prénom n'est que voisin et une autre personne du même nom est née le même jour.",
         both(negated(SURE_GIVEN), negated(both(NUMBER, NEAR_GIVEN)), either(negated(is_any("given", "slip")), is_any("dob", "vague")),
              "(siblings > 0)")),
    Rule("slip_alone", "Prénom voisin sans NIR commun : des jumeaux peuvent avoir des prénoms voisins.",
         both(is_any("given", "near"), negated(PERSONAL))),
    Rule("children", "Deux enfants d'un même dossier dans un même fichier : chacun n'y est qu'une fois.",
         both("(NOT is_across)", CHILD_OF_SAME, negated(both(SAME_NIR, NEAR_GIVEN)))),
)  # fmt: skip
"""Why a pair that a positive rule holds for is not accepted; the first that holds is told."""
CLOSE: Final = Rule("margin", "Un autre enregistrement est presque aussi vraisemblable.", "")
"""The veto that needs the other candidates."""


def judge_pairs(connection: Executes) -> None:
    """Makes the table ``judged``: the pairs of ``scored`` for which a positive rule holds (``rule``), with the ``veto`` that does too."""
    positive = " ".join(f"WHEN {rule.condition} THEN {place}" for place, rule in enumerate(RULES))
    vetoes = " ".join(f"WHEN {veto.condition} THEN {place}" for place, veto in enumerate(VETOES))
    connection.execute(f"""
        CREATE OR REPLACE TABLE judged AS
        SELECT a, b, is_across, score, rule, (CASE {vetoes} END)::TINYINT AS veto FROM (
            SELECT s.*, (CASE {positive} END)::TINYINT AS rule,
                greatest(oa.kin, ob.kin, 0) - {_own(NEARLY_TOLD)} AS kin_others,
                greatest(oa.namesakes, ob.namesakes, 0) AS namesakes,
                greatest(oa.siblings, ob.siblings, 0) - {_own(SIBLING)} AS siblings
            FROM scored AS s ANTI JOIN certain USING (a, b)
            LEFT JOIN around AS oa ON oa.rid = s.a LEFT JOIN around AS ob ON ob.rid = s.b)
        WHERE rule IS NOT NULL""")
    _veto_close_calls(connection)


def _own(condition: str) -> str:
    """One, where the two of the pair are that to each other."""
    return f"(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def _veto_close_calls(connection: Executes) -> None:
    """Vetoes what is not ``MARGIN`` bits above the next candidate, unless that candidate is itself the same person as the other record."""
    connection.execute(f"""
        UPDATE judged SET veto = {len(VETOES)} FROM (
            WITH tie AS MATERIALIZED (
                SELECT a, b FROM certain UNION ALL SELECT a, b FROM judged WHERE veto IS NULL
                UNION ALL SELECT a, b FROM compared WHERE {PLAINLY})
            SELECT DISTINCT j.a, j.b
            FROM (SELECT a, b, score, a AS one, b AS other FROM judged WHERE veto IS NULL
                  UNION ALL SELECT a, b, score, b, a FROM judged WHERE veto IS NULL) AS j
            JOIN (SELECT a AS one, b AS rival, score FROM scored WHERE score > -{MARGIN}
                  UNION ALL SELECT b, a, score FROM scored WHERE score > -{MARGIN}) AS c
                ON c.one = j.one AND c.rival <> j.other AND c.score > j.score - {MARGIN}
            ANTI JOIN (SELECT a, b FROM tie UNION ALL SELECT b, a FROM tie) AS t ON t.a = j.other AND t.b = c.rival
        ) AS close WHERE judged.a = close.a AND judged.b = close.b AND judged.veto IS NULL""")


ALL_VETOES: Final = (*VETOES, CLOSE)
"""In the order of their numbers in ``judged``."""
