"""What hangs on a suggestion when persons are decided about: it is settled by an event, and open again when that is undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.errors import ConfigurationError
from passerelle.identity.reasons import LEFT_BEHIND
from passerelle.identity.register.acts import Act

SAME, DIFFERENT, UNSURE = "same", "different", "unsure"
WAITING = ("open", "deferred", "proposed")
"""States in which a suggestion still asks for someone."""


def get(connection: Connection, suggestion_id: int) -> dict[str, Any]:
    """The suggestion with the persons of today: ``holder`` has the record, ``candidate`` may be whom it is about.

    Raises ConfigurationError when there is none.
    """
    query = text("""
        SELECT g.*, l.person_id AS holder, v.resolved_id AS candidate
        FROM identity.suggestion g
        LEFT JOIN identity.link l ON l.record_id = g.record_id AND l.revoked_at IS NULL
        CROSS JOIN LATERAL identity.resolve(g.person_id) v
        WHERE g.suggestion_id = :id
    """)
    found = connection.execute(query, {"id": suggestion_id}).mappings().one_or_none()
    if found is None:
        raise ConfigurationError(f"Aucune suggestion n'a le numéro {suggestion_id}.")
    return dict(found)


def note(connection: Connection, suggestion_id: int, decision: str, state: str, act: Act) -> None:
    """Writes what a reviewer said of the suggestion."""
    query = text("""
        UPDATE identity.suggestion
        SET decision = :decision, state = :state, decided_by = :author, decided_at = :at, decision_reason = :reason, second_reader = :second
        WHERE suggestion_id = :id
    """)
    values = {"decision": decision, "state": state, "author": act.author, "at": act.at, "reason": act.reason, "second": act.second_reader}
    connection.execute(query, values | {"id": suggestion_id})


def refused(connection: Connection, suggestion_id: int) -> None:
    """A second reader did not agree: the suggestion waits again, as if nobody had decided."""
    query = text("""
        UPDATE identity.suggestion SET state = 'open', decision = NULL, decided_by = NULL, decided_at = NULL, decision_reason = NULL
        WHERE suggestion_id = :id
    """)
    connection.execute(query, {"id": suggestion_id})


def settle(connection: Connection, persons: tuple[UUID, UUID], decision: str, decided: tuple[int, Act]) -> int:
    """Every waiting suggestion between two persons is decided by the event; how many."""
    event_id, act = decided
    query = text("""
        UPDATE identity.suggestion g
        SET decision = :decision, state = 'decided', decided_by = :author, decided_at = :at, decision_reason = :reason,
            second_reader = :second, event_id = :event
        FROM identity.link l
        WHERE g.state = ANY(:waiting) AND l.record_id = g.record_id AND l.revoked_at IS NULL AND l.person_id = ANY(:persons)
          AND (SELECT resolved_id FROM identity.resolve(g.person_id)) = ANY(:persons)
    """)
    values = {"decision": decision, "author": act.author, "at": act.at, "reason": act.reason, "second": act.second_reader}
    values |= {"event": event_id, "waiting": list(WAITING), "persons": list(persons)}
    return connection.execute(query, values).rowcount


def reopen(connection: Connection, event_id: int) -> None:
    """What the event had settled waits again."""
    query = text("""
        UPDATE identity.suggestion
        SET state = 'open', decision = NULL, decided_by = NULL, decided_at = NULL, decision_reason = NULL, second_reader = NULL,
            event_id = NULL
        WHERE event_id = :event
    """)
    connection.execute(query, {"event": event_id})


def add_left_behind(connection: Connection, pair: tuple[UUID, UUID], event_id: int, act: Act) -> int:
    """Records that came to the first person after the event, and so may be about the second: one suggestion each; how many."""
    query = text("""
        INSERT INTO identity.suggestion (record_id, person_id, reason, detail, state, delivery_id, made_at)
        SELECT l.record_id, :other, :reason, '', 'open', coalesce(l.delivery_id, r.first_delivery), :at
        FROM identity.link l JOIN identity.record r USING (record_id)
        WHERE l.person_id = :holder AND l.revoked_at IS NULL AND l.decided_by LIKE 'rule:%'
          AND l.link_id > (SELECT max(link_id) FROM identity.event_link WHERE event_id = :event)
          AND NOT EXISTS (SELECT FROM identity.event_link el JOIN identity.event e USING (event_id)
                          WHERE el.link_id = l.link_id AND e.kind = 'undo')
        ON CONFLICT (record_id, person_id, reason) DO UPDATE SET state = 'open', made_at = excluded.made_at
    """)
    values = {"holder": pair[0], "other": pair[1], "reason": LEFT_BEHIND, "at": act.at, "event": event_id}
    return connection.execute(query, values).rowcount


def take(connection: Connection, suggestion_id: int, login: str, due_at: datetime | None) -> None:
    """The login takes the suggestion on, until a day of its own choice. ConfigurationError when there is none, or it no longer waits."""
    query = text("""
        UPDATE identity.suggestion SET assignee = :login, due_at = coalesce(:due, due_at)
        WHERE suggestion_id = :id AND state = ANY(:waiting)
    """)
    if connection.execute(query, {"login": login, "due": due_at, "id": suggestion_id, "waiting": list(WAITING)}).rowcount == 0:
        raise ConfigurationError(f"La suggestion {suggestion_id} n'attend pas : elle n'existe pas, ou elle est décidée.")
