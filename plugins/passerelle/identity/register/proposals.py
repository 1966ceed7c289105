"""Four eyes: what one login decides about persons who hold open rights takes effect when another login confirms it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.errors import ConfigurationError
from passerelle.identity import store
from passerelle.identity.register import suggestions
from passerelle.identity.register.acts import Act, refuse_personal
from passerelle.identity.register.merge import always, merge
from passerelle.identity.register.persons import find, names_of, resolve, with_open_rights
from passerelle.identity.register.split import split
from passerelle.identity.register.undo import undo


@dataclass(frozen=True, slots=True)
class Intent:
    """What someone wants done: merge, split, always or undo, and the ids it is about."""

    kind: str
    subject: Mapping[str, Any]
    """``a`` and ``b`` (merge, always; with the ``suggestion`` it answers), ``person`` and ``records`` (split), ``event`` (undo)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Either the event by which it was done, or the proposal that waits for another login."""

    event_id: int | None
    proposal_id: int | None
    told: Mapping[str, Any]
    """What else a reader should know: ids of persons and records only."""


def submit(connection: Connection, intent: Intent, act: Act) -> Outcome:
    """Does it, or proposes it when one of the persons holds an open right. ConfigurationError when it cannot be done."""
    store.lock(connection)
    persons = _persons(connection, intent)
    refuse_personal(act.reason, names_of(connection, persons))
    if not with_open_rights(connection, persons, act.at.date()):
        return _perform(connection, intent, act)
    with connection.begin_nested() as rehearsal:  # what cannot be done is said to the first, not only to the second
        _perform(connection, intent, act)
        rehearsal.rollback()
    return Outcome(None, _propose(connection, intent, act), {"persons": [str(person) for person in persons]})


def _propose(connection: Connection, intent: Intent, act: Act) -> int:
    query = text("""
        INSERT INTO identity.proposal (kind, subject, reason, author, made_at, state)
        VALUES (:kind, CAST(:subject AS jsonb), :reason, :author, :at, 'open') RETURNING proposal_id
    """)
    subject = json.dumps(dict(intent.subject), sort_keys=True)
    twin = text("SELECT proposal_id FROM identity.proposal WHERE state = 'open' AND kind = :kind AND subject = CAST(:subject AS jsonb)")
    known = connection.scalar(twin, {"kind": intent.kind, "subject": subject})
    if known is not None:
        raise ConfigurationError(f"C'est déjà proposé : n° {known}. Un autre agent confirme par « passerelle identity confirm {known} ».")
    values = {"kind": intent.kind, "subject": subject, "reason": act.reason, "author": act.author, "at": act.at}
    if "suggestion" in intent.subject:
        suggestions.note(connection, intent.subject["suggestion"], suggestions.SAME, "proposed", act)
    return int(connection.execute(query, values).scalar_one())


def confirm(connection: Connection, proposal_id: int, login: str, at: Any) -> Outcome:
    """A second login agrees: it is done. ConfigurationError when it is the same login, or the proposal is not open."""
    store.lock(connection)
    found = _open(connection, proposal_id)
    if found["author"] == login:
        raise ConfigurationError("Un autre agent doit confirmer : vous avez vous-même proposé cette décision.")
    done = _perform(connection, Intent(found["kind"], found["subject"]), Act(found["author"], found["reason"], at, second_reader=login))
    _close(connection, proposal_id, "confirmed", (login, at, done.event_id))
    return done


def refuse(connection: Connection, proposal_id: int, login: str, at: Any) -> None:
    """The proposal is dropped, by its author or by another. ConfigurationError when it is not open."""
    store.lock(connection)
    found = _open(connection, proposal_id)
    _close(connection, proposal_id, "refused", (login, at, None))
    if "suggestion" in found["subject"]:
        suggestions.refused(connection, found["subject"]["suggestion"])


def waiting(connection: Connection) -> list[dict[str, Any]]:
    """The open proposals, the oldest first."""
    query = text("""
        SELECT proposal_id, kind, subject, reason, author, made_at FROM identity.proposal WHERE state = 'open' ORDER BY proposal_id
    """)
    return [dict(row) for row in connection.execute(query).mappings()]


def _open(connection: Connection, proposal_id: int) -> dict[str, Any]:
    query = text("SELECT * FROM identity.proposal WHERE proposal_id = :id AND state = 'open'")
    found = connection.execute(query, {"id": proposal_id}).mappings().one_or_none()
    if found is None:
        raise ConfigurationError(f"La proposition {proposal_id} n'attend pas : elle n'existe pas, ou elle est close.")
    return dict(found)


def _close(connection: Connection, proposal_id: int, state: str, by: tuple[str, Any, int | None]) -> None:
    query = text("""
        UPDATE identity.proposal SET state = :state, decided_by = :login, decided_at = :at, event_id = :event WHERE proposal_id = :id
    """)
    connection.execute(query, {"state": state, "login": by[0], "at": by[1], "event": by[2], "id": proposal_id})


def _persons(connection: Connection, intent: Intent) -> list[UUID]:
    subject = intent.subject
    if intent.kind == "split":
        return [resolve(connection, UUID(subject["person"]))]
    if intent.kind != "undo":
        return [find(connection, UUID(subject[name])) for name in ("a", "b")]
    query = text("""
        SELECT DISTINCT v.resolved_id
        FROM identity.event_link el JOIN identity.link l USING (link_id), LATERAL identity.resolve(l.person_id) v WHERE el.event_id = :event
    """)
    return list(connection.execute(query, {"event": subject["event"]}).scalars())


def _perform(connection: Connection, intent: Intent, act: Act) -> Outcome:
    return _DEEDS[intent.kind](connection, intent.subject, act)


def _merge(connection: Connection, subject: Mapping[str, Any], act: Act) -> Outcome:
    done = merge(connection, UUID(subject["a"]), UUID(subject["b"]), act)
    suggestions.settle(connection, (done.survivor, done.survivor), suggestions.SAME, (done.event_id, act))
    told = {"survivor": str(done.survivor), "merged": str(done.merged), "records": [str(record) for record in done.moved]}
    return Outcome(done.event_id, None, told)


def _split(connection: Connection, subject: Mapping[str, Any], act: Act) -> Outcome:
    done = split(connection, UUID(subject["person"]), [UUID(record) for record in subject["records"]], act)
    told = {"person": str(done.person_id), "new_person": str(done.new_person), "records": [str(record) for record in done.moved]}
    return Outcome(done.event_id, None, told)


def _always(connection: Connection, subject: Mapping[str, Any], act: Act) -> Outcome:
    event_id = always(connection, UUID(subject["a"]), UUID(subject["b"]), act)
    return Outcome(event_id, None, {"survivor": str(find(connection, UUID(subject["a"])))})


def _undo(connection: Connection, subject: Mapping[str, Any], act: Act) -> Outcome:
    done = undo(connection, int(subject["event"]), act)
    lists = {"records": [str(record) for record in done.restored], "elsewhere": [str(record) for record in done.elsewhere]}
    return Outcome(done.event_id, None, {**lists, "to_review": done.to_review})


_DEEDS: Mapping[str, Callable[[Connection, Mapping[str, Any], Act], Outcome]] = MappingProxyType(
    {"merge": _merge, "split": _split, "always": _always, "undo": _undo}
)
