"""Why a record is about a person, or may be: every rule and reason with the words a French reader is told, and evidence per field.

What the engine's rules and reasons say is in :data:`passerelle.identity.settle.WORDS`; here is what the register adds: persons known
before, people's decisions, and what earlier versions wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passerelle.identity import settle
from passerelle.identity.accept import VETOES
from passerelle.identity.compare import FIELDS, MISSING, MISSING_WORDS

NEW: Final = "NEW"
"""Stands for a rule where none held: a new person."""
ALWAYS, FOLLOWS = "ALWAYS", "FOLLOWS"
"""Stand for a rule where a person's decision was applied again to a record that came back."""
MERGE, SPLIT = "MERGE", "SPLIT"
"""Stand for a rule where a person decided."""
TWO_PERSONS, OTHER_NIR, OTHER_SEX, HUMAN_DECISION, LEFT_BEHIND = "two_persons", "other_nir", "other_sex", "human_decision", "left_behind"

EXPLANATIONS: Final[Mapping[str, str]] = (
    {veto.id: veto.words for veto in VETOES}
    | settle.WORDS
    | {
        NEW: "Aucune règle ne désigne une personne connue.",
        TWO_PERSONS: "Des règles désignent plusieurs personnes ; il garde celle de sa version précédente, ou en reçoit une nouvelle.",
        OTHER_NIR: "Tout désigne cette personne, mais elle est connue sous un autre NIR valide.",
        OTHER_SEX: "Tout désigne cette personne, mais elle est connue avec l'autre sexe.",
        HUMAN_DECISION: "Une règle désigne une autre personne que celle qu'un agent a choisie ; la décision de l'agent est gardée.",
        LEFT_BEHIND: "Reçu pendant que deux personnes étaient réunies : il peut se rapporter à l'une ou à l'autre.",
        ALWAYS: "Un agent a décidé que ces enregistrements sont toujours la même personne.",
        FOLLOWS: "La personne de cet enregistrement a été réunie à celle-ci par un agent.",
        MERGE: "Un agent a réuni les deux personnes.",
        SPLIT: "Un agent a séparé cet enregistrement de la personne à laquelle il était rattaché.",
        "S2": "Même numéro de dossier et même rôle chez le partenaire, même prénom et même date de naissance.",
    }
)
"""What a reader is told of every rule and every reason, those of earlier versions (``S2``) too."""

DIFFERENT: Final = "different"
_EARLIER_FIELDS: Final = {
    "nir": "NIR", "surname": "nom", "given_name": "prénom", "birth_date": "date de naissance", "identifier": "identifiant du partenaire",
}  # fmt: skip
_EARLIER_LEVELS: Final = {"agrees": "identique", "differs": "différent", MISSING: MISSING_WORDS}
"""How the first releases wrote evidence."""
_LEVELS: Final = {field.name: {MISSING: MISSING_WORDS} | {level.name: level.words for level in field.levels} for field in FIELDS}
_NAMES: Final = _EARLIER_FIELDS | {field.name: field.words for field in FIELDS}


def fields_told(fields: Mapping[str, str]) -> list[dict[str, str]]:
    """Each field of a comparison with its level, in French; never a value.

    >>> fields_told({"dob": "swapped", "given_name": "agrees"})[0]["words"]
    'jour et mois intervertis'
    """
    order = {name: place for place, name in enumerate(dict.fromkeys((*_LEVELS, *_EARLIER_FIELDS)))}
    return [
        {"field": _NAMES[name], "verdict": fields[name], "words": _words(name, fields[name])}
        for name in sorted(fields, key=lambda name: order[name])
    ]


def told(fields: Mapping[str, str]) -> str:
    """The comparison as one line of French: what both sides say; of what one does not, only the NIR is worth a word.

    >>> told({"surname": "birth", "dob": "digit", "nir": "missing", "sex": "missing"})
    "nom : identique ; date de naissance : à un chiffre près ; NIR : absent d'un côté au moins"
    """
    said = [one for one in fields_told(fields) if one["verdict"] != MISSING or one["field"] == "NIR"]
    return " ; ".join(f"{one['field']} : {one['words']}" for one in said)


def differing(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that both sides state, each its own way."""
    return tuple(name for name, level in fields.items() if level.startswith(DIFFERENT) or level == "differs")


def agreements(fields: Mapping[str, str]) -> tuple[int, int]:
    """How many fields are equal or nearly, and how few differ: the greater, the closer two records are."""
    apart = len(differing(fields))
    return sum(level != MISSING for level in fields.values()) - apart, -apart


def _words(name: str, level: str) -> str:
    return _LEVELS.get(name, {}).get(level) or _EARLIER_LEVELS[level]
