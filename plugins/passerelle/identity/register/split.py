"""One id, two people: some records get a person of their own, and nothing brings the two together again unasked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from passerelle.errors import ConfigurationError
from passerelle.identity import store
from passerelle.identity.reasons import SPLIT
from passerelle.identity.register import events, overrides
from passerelle.identity.register.acts import Act
from passerelle.identity.register.comparison import closest
from passerelle.identity.register.events import Move
from passerelle.identity.register.persons import records_ever, records_of, resolve


@dataclass(frozen=True, slots=True)
class Separated:
    """What a split did."""

    event_id: int
    person_id: UUID
    new_person: UUID
    moved: tuple[UUID, ...]


def split(connection: Connection, person: UUID, records: Sequence[UUID], act: Act) -> Separated:
    """Gives these records of a person a new one. Runs in the caller's transaction.

    Raises ConfigurationError when a record is not the person's, or when none or all of them would go.
    """
    store.lock(connection)
    person_id = resolve(connection, person)
    all_records = records_of(connection, person_id)
    moved = list(dict.fromkeys(records))
    for record in moved:
        if record not in all_records:
            raise ConfigurationError(f"L'enregistrement {record} n'est pas rattaché à cette personne. Rien n'a été changé.")
    remaining = [record for record in all_records if record not in moved]
    if not (moved and remaining):
        raise ConfigurationError("Il faut séparer au moins un enregistrement, et en laisser au moins un. Rien n'a été changé.")
    event_id = events.write(connection, "split", act)
    sides = moved, [record for record in records_ever(connection, person_id) if record not in moved]
    overrides.revoke(connection, overrides.between(connection, overrides.ALWAYS, sides), event_id)
    new_person = _mint(connection, moved[0], act)
    proofs = closest(connection, moved, remaining)
    for record in moved:
        events.move(connection, event_id, Move(record, new_person, SPLIT, proofs.get(record)), act)
    overrides.add(connection, overrides.NEVER, sides, (event_id, act))
    return Separated(event_id, person_id, new_person, tuple(moved))


def _mint(connection: Connection, record: UUID, act: Act) -> UUID:
    query = text("""
        INSERT INTO identity.person (person_id, minted_at, minted_by)
        SELECT :person, :at, first_delivery FROM identity.record WHERE record_id = :record RETURNING person_id
    """)
    return UUID(str(connection.execute(query, {"person": uuid4(), "at": act.at, "record": record}).scalar_one()))
