"""The policy: what is certain enough to say "the same person" without asking, and what is worth a person's look.

Each rule is one small function of two records' facts. ``POLICY`` is read from top to bottom and the first rule that holds is named
as the reason of the link. A rule that holds is still overruled by the veto (:func:`contradicts`). ``REASONS`` is read the same way
for pairs no rule ties. Nothing here knows the database; ``tests/cases/identity.yml`` shows every rule at work.

Why so strict: the NIR alone is wrong 1.5 times in a thousand links (another household member's number, twins' numbers swapped).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from passerelle.identity.normalise import is_near, same_given_names

Key = tuple[str, str]
"""Kind and value of something two records may share: ``("nir", …)``, ``("dossier_number", …)``, ``("name_date", …)``."""

NIR, NAME_DATE = "nir", "name_date"
HOUSEHOLD_KINDS = ("allocataire_number", "dossier_number")
"""Identifiers of a household: with the role they are nearly a person's, but all its children share one."""
PERSONAL_KINDS = ("france_travail_number", "other_id")
NEW = "NEW"
"""Stands for a rule where none held: a new person."""
ALWAYS, FOLLOWS = "ALWAYS", "FOLLOWS"
"""Stand for a rule where a person's decision was applied again to a record that came back."""
MERGE, SPLIT = "MERGE", "SPLIT"
"""Stand for a rule where a person decided."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared of a record; names are already in their comparable form."""

    nir: str | None
    """Keyed hash of a valid NIR; an invalid one is no fact."""
    surnames: frozenset[str]
    """Birth and usage name: each sender puts either in either field."""
    given_names: tuple[str, str]
    """First given name, and the others."""
    birth_date: date | None
    is_exact: bool
    """Whether the day of birth is really known."""
    identifiers: frozenset[Key]
    """The partner's identifiers, each within its scope (source or sender, and role)."""


def same_nir(record: Facts, candidate: Facts) -> bool:
    """Both have a valid NIR, and it is the same."""
    return record.nir is not None and record.nir == candidate.nir


def same_surname(record: Facts, candidate: Facts) -> bool:
    """A birth or usage name of one is a birth or usage name of the other."""
    return not record.surnames.isdisjoint(candidate.surnames)


def same_given_name(record: Facts, candidate: Facts) -> bool:
    """See :func:`passerelle.identity.normalise.same_given_names`."""
    return same_given_names(record.given_names, candidate.given_names)


def same_birth_date(record: Facts, candidate: Facts) -> bool:
    """Both have a birth date, and it is the same."""
    return record.birth_date is not None and record.birth_date == candidate.birth_date


def near_birth_date(record: Facts, candidate: Facts) -> bool:
    """Both days are really known, and one date is a slip of the other."""
    if record.birth_date is None or candidate.birth_date is None:
        return False
    return record.is_exact and candidate.is_exact and is_near(record.birth_date, candidate.birth_date)


def shares(record: Facts, candidate: Facts, kinds: tuple[str, ...]) -> bool:
    """Both bear the same identifier of one of these kinds."""
    return any(kind in kinds for kind, _ in record.identifiers & candidate.identifiers)


def contradicts(record: Facts, nirs: frozenset[str]) -> bool:
    """The veto: the person is known by valid NIRs (``nirs``), and the record's valid NIR is none of them."""
    return record.nir is not None and bool(nirs) and record.nir not in nirs


@dataclass(frozen=True, slots=True)
class Rule:
    """A test on two records, with the words in which a French reader is told of it."""

    id: str
    explanation: str
    holds: Callable[[Facts, Facts], bool]


def _n1(record: Facts, candidate: Facts) -> bool:
    return (
        same_nir(record, candidate)
        and same_birth_date(record, candidate)
        and same_surname(record, candidate)
        and same_given_name(record, candidate)
    )


def _n2(record: Facts, candidate: Facts) -> bool:
    if not (same_nir(record, candidate) and same_given_name(record, candidate)):
        return False
    return same_birth_date(record, candidate) or (near_birth_date(record, candidate) and same_surname(record, candidate))


def _identifier(kind: str) -> Callable[[Facts, Facts], bool]:
    def holds(record: Facts, candidate: Facts) -> bool:
        return shares(record, candidate, (kind,)) and same_given_name(record, candidate) and same_birth_date(record, candidate)

    return holds


POLICY = (
    Rule("N1", "Même NIR, même date de naissance, même nom et même prénom.", _n1),
    Rule("N2", "Même NIR, même prénom et même date de naissance (ou une date à une faute de frappe près, avec le même nom).", _n2),
    Rule(
        "S1",
        "Même numéro d'allocataire et même rôle chez le partenaire, même prénom et même date de naissance.",
        _identifier("allocataire_number"),
    ),
    Rule(
        "S2",
        "Même numéro de dossier et même rôle chez le partenaire, même prénom et même date de naissance.",
        _identifier("dossier_number"),
    ),
    Rule(
        "S3", "Même numéro France Travail chez le partenaire, même prénom et même date de naissance.", _identifier("france_travail_number")
    ),
    Rule("S4", "Même identifiant interne de l'expéditeur, même prénom et même date de naissance.", _identifier("other_id")),
)
"""The certain rules, the strongest first."""


def _same_civil_status(record: Facts, candidate: Facts) -> bool:
    return same_surname(record, candidate) and same_given_name(record, candidate) and same_birth_date(record, candidate)


def _same_identifier(record: Facts, candidate: Facts) -> bool:
    if shares(record, candidate, PERSONAL_KINDS):
        return True
    # Brothers and sisters of one dossier have the same number and role: only one who shares something more is worth a look.
    return shares(record, candidate, HOUSEHOLD_KINDS) and (same_given_name(record, candidate) or same_birth_date(record, candidate))


TWO_PERSONS = "two_persons"
OTHER_NIR = "other_nir"
HUMAN_DECISION = "human_decision"
LEFT_BEHIND = "left_behind"
SAME_NIR = "same_nir"
REASONS = (
    Rule(SAME_NIR, "Même NIR, mais le prénom ou la date de naissance diffère.", same_nir),
    Rule("same_identifier", "Même identifiant chez le partenaire, mais le prénom ou la date de naissance diffère.", _same_identifier),
    Rule("same_civil_status", "Mêmes nom, prénom et date de naissance, sans NIR commun ni identifiant commun.", _same_civil_status),
)
"""Why a pair that no certain rule ties is worth a look, the most pressing first."""

EXPLANATIONS = {rule.id: rule.explanation for rule in (*POLICY, *REASONS)} | {
    NEW: "Aucune règle certaine ne désigne une personne connue.",
    TWO_PERSONS: "Des règles certaines désignent plusieurs personnes.",
    OTHER_NIR: "Une règle certaine désigne cette personne, mais elle est connue sous un autre NIR valide.",
}
"""What a reader is told, in French, for every rule and every reason."""

HUMAN_EXPLANATIONS = {
    HUMAN_DECISION: "Une règle certaine désigne une autre personne que celle qu'un agent a choisie ; la décision de l'agent est gardée.",
    LEFT_BEHIND: "Reçu pendant que deux personnes étaient réunies : il peut se rapporter à l'une ou à l'autre.",
    ALWAYS: "Un agent a décidé que ces enregistrements sont toujours la même personne.",
    FOLLOWS: "La personne de cet enregistrement a été réunie à celle-ci par un agent.",
    MERGE: "Un agent a réuni les deux personnes.",
    SPLIT: "Un agent a séparé cet enregistrement de la personne à laquelle il était rattaché.",
}
"""The same where a person decided, or must."""

AGREES, DIFFERS, MISSING = "agrees", "differs", "missing"
FIELDS = {
    "nir": "NIR",
    "surname": "nom",
    "given_name": "prénom",
    "birth_date": "date de naissance",
    "identifier": "identifiant du partenaire",
}
"""What is compared, with the words in which a French reader is told of it."""
_TOLD = {AGREES: "identique", DIFFERS: "différent", MISSING: "absent"}
_CRITERIA: tuple[tuple[str, Callable[[Facts, Facts], bool], Callable[[Facts], object]], ...] = (
    ("nir", same_nir, lambda facts: facts.nir),
    ("surname", same_surname, lambda facts: facts.surnames),
    ("given_name", same_given_name, lambda facts: facts.given_names[0]),
    ("birth_date", same_birth_date, lambda facts: facts.birth_date),
)
"""What a reviewer compares: its name, the test, and what must be there on both sides."""


def evidence(record: Facts, candidate: Facts) -> dict[str, str]:
    """Per field: whether the two records agree, differ, or one of them says nothing; never a value."""
    found = {}
    for name, same, is_given in _CRITERIA:
        found[name] = MISSING
        if is_given(record) and is_given(candidate):
            found[name] = AGREES if same(record, candidate) else DIFFERS
    # Different numbers of two partners contradict nothing: each gives its own.
    found["identifier"] = AGREES if record.identifiers & candidate.identifiers else MISSING
    return found


def describe(record: Facts, candidate: Facts) -> str:
    """What agrees, differs and is missing between two records, in French and without any value."""
    return told(evidence(record, candidate))


def told(fields: Mapping[str, str]) -> str:
    """The evidence as one line of French; an identifier that is not shared is not worth a word.

    >>> told({"nir": "missing", "surname": "agrees", "given_name": "agrees", "birth_date": "differs", "identifier": "missing"})
    'identique : nom, prénom ; différent : date de naissance ; absent : NIR'
    """
    found: dict[str, list[str]] = {verdict: [] for verdict in _TOLD}
    for name, words in FIELDS.items():
        if (name, fields.get(name)) != ("identifier", MISSING) and name in fields:
            found[fields[name]].append(words)
    return " ; ".join(f"{_TOLD[verdict]} : {', '.join(names)}" for verdict, names in found.items() if names)
