"""What is compared of one record of the warehouse, in the same comparable form that :mod:`passerelle.identity.comparable` gives files.

A NIR is only a keyed hash here: it is equal to another or not, never near. What says nothing is absent: a NIR that is not well formed or
has a wrong key, zeros as an identifier, a telephone number of one digit.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from passerelle.identity.normalise import fold, identifier, is_exact, name_key

Key = tuple[str, str]
"""Kind and value of a number two records may share: ``("nir", …)``, ``("dossier_number", "source|value|role")``.

A source's numbers are its own; the one that France Travail gives is told by others too and bears no source: ``"|value|"``.
"""

NIR: Final = "nir"
PREVIOUS: Final = "previous_dossier_number"
HOUSEHOLD_KINDS: Final = ("allocataire_number", "dossier_number", PREVIOUS)
"""Identifiers of a household: with the role they are nearly a person's, but all its children share one."""
FT: Final = "france_travail_number"
PERSONAL_KINDS: Final = (FT, "other_id")
COLUMN_OF: Final = {
    "allocataire_number": "caf", "dossier_number": "dossier", PREVIOUS: "former_dossier",
    FT: "ft", "other_id": "other",
}  # fmt: skip
"""The column of ``record`` in which the engine compares a kind of identifier."""
_SEXES: Final = {"M": "M", "F": "F"}
_BETWEEN: Final = re.compile(r"[|,\s]+")
_DIGITS: Final = re.compile(r"[^0-9]")
_PHONE: Final = 9


@dataclass(slots=True, unsafe_hash=True)
class Facts:
    """Comparable values of a record; None where it says nothing. To be read only: freezing them would take five times as long to make."""

    scope: str
    """Source and sender: their own numbers are comparable within it only."""
    nir: str | None = None
    surname: str | None = None
    """Name of birth, or the usage name where it is the only one."""
    usage: str | None = None
    """Usage name, where it is another."""
    surname_parts: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    """Given names, the first one first; a compound one is one."""
    dob: str | None = None
    """YYYYMMDD."""
    is_exact: bool = False
    """Whether the day of birth is really known."""
    sex: str | None = None
    role: str | None = None
    caf: str | None = None
    dossier: str | None = None
    former_dossier: str | None = None
    ft: str | None = None
    other: str | None = None
    place_name: str | None = None
    postcode: str | None = None
    commune: str | None = None
    phone: str | None = None
    email: str | None = None


NAMES_OF_FACTS: Final = tuple(field.name for field in fields(Facts))


def nir_fact(nir_hash: str | None, is_valid: bool) -> str | None:
    """The NIR as the engine compares it: of one length for all, and never near another; None when it is not valid."""
    return hashlib.blake2b(nir_hash.encode(), digest_size=16).hexdigest() if nir_hash and is_valid else None


def surnames(birth_name: str | None, usage_name: str | None) -> tuple[str | None, str | None]:
    """Surname and usage name in comparable form; the second only where it is another.

    >>> surnames("Le Goff", "LEGOFF"), surnames(None, "Martin"), surnames("Dupont", "Martin")
    (('LEGOFF', None), ('MARTIN', None), ('DUPONT', 'MARTIN'))
    """
    birth, usage = name_key(birth_name) or None, name_key(usage_name) or None
    surname = birth or usage
    return surname, usage if usage != surname else None


def surname_parts(birth_name: str | None) -> tuple[str, ...]:
    """The parts of a compound surname that are long enough to say something.

    >>> surname_parts("Garcia-de la Torre"), surname_parts(None)
    (('GARCIA', 'TORRE'), ())
    """
    return tuple(part for part in fold(birth_name).split() if len(part) > 3) if birth_name else ()


def given_names(first: str | None, others: str | None) -> tuple[str, ...]:
    """All given names in comparable form; others are separated by a bar, a comma or a blank, within which a hyphen holds together.

    >>> given_names("Jean-Pierre", "Anne|Marie Claude"), given_names("Marie", "Anne, Lou"), given_names(None, None)
    (('JEANPIERRE', 'ANNE', 'MARIE', 'CLAUDE'), ('MARIE', 'ANNE', 'LOU'), ())
    """
    return tuple(filter(None, (name_key(first), *(name_key(part) for part in _BETWEEN.split(others or "")))))


def phone_fact(phone: str | None) -> str | None:
    """The last nine digits of a telephone number, however it is written; None when that is one digit over and over.

    >>> phone_fact("+33 6 12 34 56 78"), phone_fact("00 00 00 00 00"), phone_fact("12")
    ('612345678', None, None)
    """
    digits = _DIGITS.sub("", phone or "")[-_PHONE:]
    return digits if len(digits) == _PHONE and len(set(digits)) > 1 else None


def place_fact(name: str | None) -> str | None:
    """The name of a place in comparable form."""
    return name_key(name) or None


def email_fact(email: str | None) -> str | None:
    """The e-mail without blanks around it, in lower case; None when it is none."""
    plain = (email or "").strip().lower()
    return plain if "@" in plain else None


def plain_fact(value: str | None) -> str | None:
    """A code in capitals without blanks and signs; None when nothing is left."""
    if value and value.isalnum() and value.isascii():
        return value.upper()
    return "".join(letter for letter in (value or "").upper() if letter.isascii() and letter.isalnum()) or None


def sex_fact(sex: str | None) -> str | None:
    """M or F; None for any other word."""
    return _SEXES.get(sex or "")


def born(birth_date: date | None, precision: str | None) -> tuple[str | None, bool]:
    """The date of birth as text, and whether its day is really known."""
    return (birth_date.isoformat().replace("-", "") if birth_date else None), is_exact(birth_date, precision)


def identifier_facts(stated: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The partner's identifiers, by the column of ``record``; junk left out."""
    return {COLUMN_OF[kind]: value for kind, raw in stated if (value := identifier(raw))}
