"""What a row of a delivery says about who it is about, and what is derived from it: its hash, its keys, its facts."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime

from passerelle.errors import InvariantError
from passerelle.identity import facts as comparable
from passerelle.identity.facts import FT, HOUSEHOLD_KINDS, NIR, PERSONAL_KINDS, PREVIOUS, Facts, Key
from passerelle.identity.normalise import fold, identifier


@dataclass(frozen=True, slots=True)
class Statement:
    """One staged row about one person. Values are as received: comparing forms are made here, secret ones are already hashed."""

    table_name: str
    row: int
    nir_hash: str | None = None
    nir_valid: bool = False
    birth_name: str | None = None
    usage_name: str | None = None
    given_name: str | None = None
    """First given name; a compound one stays whole."""
    other_given_names: str | None = None
    birth_date: date | None = None
    birth_date_precision: str | None = None
    """``N`` or ``day``, or nothing: the day is known; anything else: it is not."""
    sex: str | None = None
    role: str | None = None
    identifiers: tuple[tuple[str, str], ...] = ()
    """Kind and value: dossier_number, allocataire_number (hashed), france_travail_number, other_id."""
    postcode: str | None = None
    birth_place_name: str | None = None
    previous_dossier_number: str | None = None
    """The household's number at the paying body it comes from (CNAF ``NUMDEMRSAPRECE``)."""
    phone: str | None = None
    email: str | None = None
    commune_code: str | None = None
    nir_certified: bool | None = None
    """Whether the row says that the number is certified. Not a part of who is meant: kept with the row, not with the record."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Whose statements are recognised, on which delivery's behalf, and when."""

    delivery_id: int
    source: str
    """The sender's information system: its identifiers are comparable within it only."""
    sender: str
    decided_at: datetime
    hash_key: bytes
    """Key of the HMAC by which statements and names are compared; the same for ever, and kept outside the database."""
    stamp: datetime | None = None
    """The sender's own date of the delivery: since when its new records speak of someone."""
    is_ranked: bool = False
    """Whether what is accepted by a positive rule makes links too; else only the certain rules do."""

    @property
    def scope(self) -> str:
        """Within which the sender's own numbers are comparable."""
        return f"{self.source}|{self.sender}"


_NEWER = ("birth_place_name", "previous_dossier_number", "phone", "email", "commune_code")
"""Fields that came after the first release: they are part of the hash where they are stated, so that other hashes stay as they were."""


def content_hash(statement: Statement, context: Recognition) -> str:
    """The same for the same statement of the same sender, whatever the delivery.

    Raw values are hashed, so that a better normalisation does not make known records new. A statement that identifies nobody (no
    given name, no birth date, or neither surname nor number) is only ever the same as itself: same delivery, same row.
    """
    said: list[object] = [
        context.source,
        context.sender,
        statement.nir_hash,
        statement.nir_valid,
        statement.birth_name,
        statement.usage_name,
        statement.given_name,
        statement.other_given_names,
        statement.birth_date.isoformat() if statement.birth_date else None,
        statement.birth_date_precision,
        statement.sex,
        statement.role,
        sorted(statement.identifiers),
        statement.postcode,
    ]
    said += [[name, value] for name in _NEWER if (value := getattr(statement, name))]
    if not _identifies(statement):
        said += [context.delivery_id, statement.table_name, statement.row]
    return _digest(context.hash_key, "record", said)


def facts_of(statement: Statement, context: Recognition) -> Facts:
    """The statement in the form in which the engine compares it.

    Raises InvariantError for an identifier of a kind that no rule knows.
    """
    for kind, _ in statement.identifiers:
        if kind not in HOUSEHOLD_KINDS + PERSONAL_KINDS:
            raise InvariantError(f"No rule knows identifiers of kind {kind!r}; known: {', '.join(HOUSEHOLD_KINDS + PERSONAL_KINDS)}.")
    surname, usage = comparable.surnames(statement.birth_name, statement.usage_name)
    dob, is_exact = comparable.born(statement.birth_date, statement.birth_date_precision)
    former = {PREVIOUS: statement.previous_dossier_number} if statement.previous_dossier_number else {}
    return Facts(
        scope=context.scope,
        nir=comparable.nir_fact(statement.nir_hash, statement.nir_valid),
        surname=surname,
        usage=usage,
        surname_parts=comparable.surname_parts(statement.birth_name),
        given=comparable.given_names(statement.given_name, statement.other_given_names),
        dob=dob,
        is_exact=is_exact,
        sex=comparable.sex_fact(statement.sex),
        role=statement.role,
        place_name=comparable.place_fact(statement.birth_place_name),
        postcode=comparable.plain_fact(statement.postcode),
        commune=comparable.plain_fact(statement.commune_code),
        phone=comparable.phone_fact(statement.phone),
        email=comparable.email_fact(statement.email),
        **comparable.identifier_facts((*statement.identifiers, *former.items())),
    )


def keys_of(statement: Statement, context: Recognition) -> tuple[Key, ...]:
    """Numbers by which the statement's record is found: a valid NIR, and the partner's identifiers with their scope.

    Those that say nothing (junk, a household's without role) are left out. A France Travail number has no scope, whoever tells it.
    """
    former = ((PREVIOUS, statement.previous_dossier_number),) if statement.previous_dossier_number else ()
    found = {key for kind, raw in (*statement.identifiers, *former) if (key := _key(kind, raw, statement.role, context))}
    keys = sorted(found)
    if statement.nir_hash and statement.nir_valid:
        keys.append((NIR, statement.nir_hash))
    return tuple(keys)


def _key(kind: str, raw: str, role: str | None, context: Recognition) -> Key | None:
    value = identifier(raw)
    if not value or (kind in HOUSEHOLD_KINDS and not role):
        return None
    scope = {"other_id": context.scope, FT: ""}.get(kind, context.source)
    return kind, f"{scope}|{value}|{role if kind in HOUSEHOLD_KINDS else ''}"


def _identifies(statement: Statement) -> bool:
    if statement.birth_date is None or not fold(statement.given_name):
        return False
    if fold(statement.birth_name) or fold(statement.usage_name) or (statement.nir_hash and statement.nir_valid):
        return True
    return any(identifier(value) for _, value in statement.identifiers)


def _digest(key: bytes, use: str, said: list[object]) -> str:
    """The first 128 bits of the HMAC: no chance of a collision among people, and half the index."""
    return hmac.digest(key, json.dumps([use, *said], separators=(",", ":")).encode(), hashlib.sha256)[:16].hex()
