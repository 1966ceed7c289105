"""Writes events: links revoked and made, redirects made and ended. Decides nothing, commits nothing.

Every change of the person of a record, after its first link, goes through here: that is what ``identity.change`` rests on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.errors import InvariantError
from passerelle.identity.decide import Proof
from passerelle.identity.register.acts import Act


@dataclass(frozen=True, slots=True)
class Move:
    """A record that goes to a person by a person's decision: the rule's id, what was compared, and what spoke against it."""

    record_id: UUID
    person_id: UUID
    rule: str
    proof: Proof | None = None
    vetoes: tuple[str, ...] = ()


def write(connection: Connection, kind: str, act: Act, undoes: int | None = None) -> int:
    """A new event; its number."""
    query = text("""
        INSERT INTO identity.event (kind, reason, author, second_reader, at, undoes)
        VALUES (:kind, :reason, :author, :second, :at, :undoes) RETURNING event_id
    """)
    values = {"kind": kind, "reason": act.reason, "author": act.author, "second": act.second_reader, "at": act.at, "undoes": undoes}
    return int(connection.execute(query, values).scalar_one())


def move(connection: Connection, event_id: int, moved: Move, act: Act) -> None:
    """Revokes the record's link and makes the new one, both as part of the event."""
    valid_from = _revoke(connection, event_id, moved.record_id, act.at)
    query = text("""
        INSERT INTO identity.link (record_id, person_id, rule, decided_by, decided_at, valid_from, evidence, compared_with, vetoes)
        VALUES (:record, :person, :rule, :author, :at, :valid_from, CAST(:evidence AS jsonb), :compared_with, :vetoes) RETURNING link_id
    """)
    values = {
        "record": moved.record_id,
        "person": moved.person_id,
        "rule": moved.rule,
        "author": act.author,
        "at": act.at,
        "valid_from": valid_from,
        "evidence": json.dumps(moved.proof.fields) if moved.proof else None,
        "compared_with": moved.proof.compared_with if moved.proof else None,
        "vetoes": list(moved.vetoes) or None,
    }
    _note(connection, event_id, connection.execute(query, values).scalar_one(), "made")


def restore(connection: Connection, event_id: int, old_link: int, person_id: UUID, at: datetime) -> None:
    """Gives the record of a revoked link back to ``person_id``, by a copy of that link: who and what had decided it stays known."""
    record = connection.scalar(text("SELECT record_id FROM identity.link WHERE link_id = :link"), {"link": old_link})
    if record is None:
        raise InvariantError(f"Link {old_link} does not exist.")
    _revoke(connection, event_id, record, at)
    query = text("""
        INSERT INTO identity.link (record_id, person_id, rule, decided_by, delivery_id, decided_at, valid_from, model_version, score,
                                   evidence, compared_with, vetoes)
        SELECT record_id, :person, rule, decided_by, delivery_id, :at, valid_from, model_version, score, evidence, compared_with, vetoes
        FROM identity.link WHERE link_id = :link RETURNING link_id
    """)
    made = connection.execute(query, {"person": person_id, "at": at, "link": old_link}).scalar_one()
    _note(connection, event_id, made, "made")


def relinked(connection: Connection, record_id: UUID, former_link: int, act: Act) -> None:
    """The machine has linked a record that came back to another person than before: an event says so."""
    event_id = write(connection, "relink", act)
    _note(connection, event_id, former_link, "revoked")
    now = connection.scalar(text("SELECT link_id FROM identity.link WHERE record_id = :r AND revoked_at IS NULL"), {"r": record_id})
    if now is None:
        raise InvariantError("A record that was linked again has no link.")
    _note(connection, event_id, now, "made")


def redirect(connection: Connection, event_id: int, persons: tuple[UUID, UUID], at: datetime) -> None:
    """From now on the first person's id leads to the second's."""
    query = text("INSERT INTO identity.redirect (from_person, to_person, event_id, made_at) VALUES (:source, :target, :event, :at)")
    connection.execute(query, {"source": persons[0], "target": persons[1], "event": event_id, "at": at})


def end_redirects(connection: Connection, made_by: int, ended_by: int) -> None:
    """The redirects of one event end by another; they are kept."""
    query = text("UPDATE identity.redirect SET ended_by = :ended WHERE event_id = :made AND ended_by IS NULL")
    connection.execute(query, {"ended": ended_by, "made": made_by})


def _revoke(connection: Connection, event_id: int, record_id: UUID, at: datetime) -> datetime | None:
    query = text("UPDATE identity.link SET revoked_at = :at WHERE record_id = :record AND revoked_at IS NULL RETURNING link_id, valid_from")
    link_id, valid_from = connection.execute(query, {"at": at, "record": record_id}).one()
    _note(connection, event_id, link_id, "revoked")
    return valid_from  # type: ignore[no-any-return]


def _note(connection: Connection, event_id: int, link_id: int, effect: str) -> None:
    query = text("INSERT INTO identity.event_link (event_id, link_id, effect) VALUES (:event, :link, :effect)")
    connection.execute(query, {"event": event_id, "link": link_id, "effect": effect})
