"""What a row of a delivery says about who it is about, and what is derived from it: its hash, its keys, its facts."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime

from passerelle.errors import InvariantError
from passerelle.identity.normalise import fold, identifier, is_exact, name_key
from passerelle.identity.rules import HOUSEHOLD_KINDS, NAME_DATE, NIR, PERSONAL_KINDS, Facts, Key


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
    if not _identifies(statement):
        said += [context.delivery_id, statement.table_name, statement.row]
    return _digest(context.hash_key, "record", said)


def source_identifiers(statement: Statement, context: Recognition) -> frozenset[Key]:
    """The partner's identifiers with their scope; those that say nothing (junk, a household's without role) left out.

    Raises InvariantError for a kind that no rule knows.
    """
    found = set()
    for kind, raw in statement.identifiers:
        if kind not in HOUSEHOLD_KINDS + PERSONAL_KINDS:
            raise InvariantError(f"No rule knows identifiers of kind {kind!r}; known: {', '.join(HOUSEHOLD_KINDS + PERSONAL_KINDS)}.")
        value = identifier(raw)
        if not value or (kind in HOUSEHOLD_KINDS and not statement.role):
            continue
        scope = f"{context.source}|{context.sender}" if kind == "other_id" else context.source
        role = statement.role if kind in HOUSEHOLD_KINDS else ""
        found.add((kind, f"{scope}|{value}|{role}"))
    return frozenset(found)


def facts_of(statement: Statement, context: Recognition) -> Facts:
    """The statement in the form in which rules compare it."""
    return Facts(
        nir=statement.nir_hash if statement.nir_hash and statement.nir_valid else None,
        surnames=frozenset(filter(None, (name_key(statement.birth_name), name_key(statement.usage_name)))),
        given_names=(name_key(statement.given_name), fold(statement.other_given_names)),
        birth_date=statement.birth_date,
        is_exact=is_exact(statement.birth_date, statement.birth_date_precision),
        identifiers=source_identifiers(statement, context),
    )


def keys_of(facts: Facts, hash_key: bytes) -> tuple[Key, ...]:
    """Where a record with these facts meets others, in a fixed order; names and dates go in hashed."""
    keys = sorted(facts.identifiers)
    if facts.nir is not None:
        keys.append((NIR, facts.nir))
    if facts.birth_date is not None and facts.given_names[0]:
        born = facts.birth_date.isoformat()
        keys += [(NAME_DATE, _digest(hash_key, NAME_DATE, [surname, facts.given_names[0], born])) for surname in sorted(facts.surnames)]
    return tuple(keys)


def _identifies(statement: Statement) -> bool:
    if statement.birth_date is None or not fold(statement.given_name):
        return False
    if fold(statement.birth_name) or fold(statement.usage_name) or (statement.nir_hash and statement.nir_valid):
        return True
    return any(identifier(value) for _, value in statement.identifiers)


def _digest(key: bytes, use: str, said: list[object]) -> str:
    """The first 128 bits of the HMAC: no chance of a collision among people, and half the index."""
    return hmac.digest(key, json.dumps([use, *said], separators=(",", ":")).encode(), hashlib.sha256)[:16].hex()
