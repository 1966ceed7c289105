"""Persons and their records as they stand now. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.errors import ConfigurationError


def resolve(connection: Connection, person_id: UUID) -> UUID:
    """The person this id leads to today. ConfigurationError when no person ever had it."""
    query = text("SELECT v.resolved_id FROM identity.person p, LATERAL identity.resolve(p.person_id) v WHERE p.person_id = :person")
    found = connection.scalar(query, {"person": person_id})
    if found is None:
        raise ConfigurationError(f"Aucune personne n'a l'identifiant {person_id}.")
    return UUID(str(found))


def find(connection: Connection, either: UUID) -> UUID:
    """The person today, for the id of a person or of a record. ConfigurationError when it is neither, or a record of nobody."""
    if not is_record(connection, either):
        return resolve(connection, either)
    person = person_of(connection, either)
    if person is None:
        raise ConfigurationError(f"L'enregistrement {either} n'est rattaché à personne (sa livraison a été retirée).")
    return person


def is_record(connection: Connection, either: UUID) -> bool:
    """Whether this is the id of a record."""
    return bool(connection.scalar(text("SELECT EXISTS (SELECT FROM identity.record WHERE record_id = :id)"), {"id": either}))


def person_of(connection: Connection, record_id: UUID) -> UUID | None:
    """Who the record is about now; None when it is linked to nobody."""
    query = text("SELECT person_id FROM identity.link WHERE record_id = :record AND revoked_at IS NULL")
    found: UUID | None = connection.scalar(query, {"record": record_id})
    return found


def records_of(connection: Connection, person_id: UUID) -> list[UUID]:
    """The records linked to the person now, the first linked first."""
    query = text("SELECT record_id FROM identity.link WHERE person_id = :person AND revoked_at IS NULL ORDER BY link_id")
    return list(connection.execute(query, {"person": person_id}).scalars())


def records_ever(connection: Connection, person_id: UUID) -> list[UUID]:
    """The person's records, and those that came back to nobody yet: their delivery was withdrawn when they were this person's."""
    query = text("""
        WITH RECURSIVE ids AS (
            SELECT CAST(:person AS uuid) AS person_id
            UNION
            SELECT r.from_person FROM ids JOIN identity.redirect r ON r.to_person = ids.person_id AND r.ended_by IS NULL
        )
        SELECT l.record_id
        FROM ids
        CROSS JOIN LATERAL (
            -- Live and former links: each kind has an index of its own.
            SELECT f.record_id, f.link_id FROM identity.link f
            WHERE f.person_id = ids.person_id AND (f.revoked_at IS NULL OR f.revoked_at IS NOT NULL) OFFSET 0
        ) l
        WHERE NOT EXISTS (SELECT FROM identity.link n WHERE n.record_id = l.record_id AND n.link_id > l.link_id)
        ORDER BY l.link_id
    """)
    return list(connection.execute(query, {"person": person_id}).scalars())


def older_first(connection: Connection, persons: Sequence[UUID]) -> list[UUID]:
    """The persons by age of their id, the oldest first."""
    query = text("SELECT person_id FROM identity.person WHERE person_id = ANY(:persons) ORDER BY minted_at, person_id")
    return list(connection.execute(query, {"persons": list(persons)}).scalars())


def with_open_rights(connection: Connection, persons: Iterable[UUID], day: date) -> set[UUID]:
    """Those of the persons who hold an RSA right that is open on this day: two people must agree on what becomes of them."""
    query = text("SELECT person_id FROM identity.open_right(:persons, :day)")
    return set(connection.execute(query, {"persons": list(persons), "day": day}).scalars())


def certified_nirs(connection: Connection, persons: Iterable[UUID]) -> set[str]:
    """The numbers (hashed) that a sender certified for one of the persons."""
    query = text("""
        SELECT DISTINCT r.nir_hash
        FROM identity.link l
        JOIN identity.record r ON r.record_id = l.record_id AND r.nir_valid
        JOIN identity.sighting s ON s.record_id = r.record_id AND s.nir_certified
        WHERE l.person_id = ANY(:persons) AND l.revoked_at IS NULL
    """)
    return set(connection.execute(query, {"persons": list(persons)}).scalars())


def names_of(connection: Connection, persons: Iterable[UUID]) -> list[str | None]:
    """Every name their records state, to keep them out of free text."""
    query = text("""
        SELECT unnest(ARRAY[r.birth_name, r.usage_name, r.given_name])
        FROM identity.link l JOIN identity.record r USING (record_id)
        WHERE l.person_id = ANY(:persons) AND l.revoked_at IS NULL
    """)
    return list(connection.execute(query, {"persons": list(persons)}).scalars())
