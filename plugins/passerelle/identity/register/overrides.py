"""What people forbid (never) and order (always), whatever the rules say. An override is ended by an event, never deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.errors import ConfigurationError
from passerelle.identity.decide import Orders
from passerelle.identity.register import events
from passerelle.identity.register.acts import Act
from passerelle.identity.register.persons import find, is_record, records_ever

NEVER, ALWAYS = "never", "always"
Sides = tuple[Sequence[UUID], Sequence[UUID]]
"""The records of one side, and of the other."""


def never(connection: Connection, left: UUID, right: UUID, act: Act) -> int:
    """Two persons, or records, are never the same: no rule and no merge brings them together until this is undone. The event.

    Raises ConfigurationError when they are the same person now (split it instead).
    """
    persons = find(connection, left), find(connection, right)
    if persons[0] == persons[1]:
        raise ConfigurationError("C'est une seule et même personne aujourd'hui : séparez-la (identity split). Rien n'a été changé.")
    sides = _side(connection, left), _side(connection, right)
    event_id = events.write(connection, "override", act)
    add(connection, NEVER, sides, (event_id, act))
    return event_id


def _side(connection: Connection, either: UUID) -> list[UUID]:
    return [either] if is_record(connection, either) else records_ever(connection, find(connection, either))


def add(connection: Connection, kind: str, sides: Sides, decided: tuple[int, Act]) -> None:
    """Writes an override as part of an event; none when a side has no record."""
    if not (sides[0] and sides[1]):
        return
    event_id, act = decided
    query = text("""
        INSERT INTO identity.override (kind, reason, author, second_reader, made_at, event_id)
        VALUES (:kind, :reason, :author, :second, :at, :event) RETURNING override_id
    """)
    values = {"kind": kind, "reason": act.reason, "author": act.author, "second": act.second_reader, "at": act.at, "event": event_id}
    override = connection.execute(query, values).scalar_one()
    rows = [{"override": override, "record": record, "side": name} for name, side in zip("ab", sides, strict=True) for record in side]
    connection.execute(text("INSERT INTO identity.override_record (override_id, record_id, side) VALUES (:override, :record, :side)"), rows)


def between(connection: Connection, kind: str, sides: Sides) -> list[int]:
    """The standing overrides of the kind that speak of a record of one side and one of the other."""
    query = text("""
        SELECT DISTINCT o.override_id
        FROM identity.override_record a
        JOIN identity.override_record b ON b.override_id = a.override_id AND b.side <> a.side
        JOIN identity.override o ON o.override_id = a.override_id AND o.revoked_by IS NULL AND o.kind = :kind
        WHERE a.record_id = ANY(:left) AND b.record_id = ANY(:right)
    """)
    return list(connection.execute(query, {"kind": kind, "left": list(sides[0]), "right": list(sides[1])}).scalars())


def parted(connection: Connection, pairs: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those of the pairs of persons that people said are never the same, by the records they have now."""
    query = text("""
        SELECT DISTINCT p.one, p.other
        FROM unnest(CAST(:one AS uuid[]), CAST(:other AS uuid[])) AS p (one, other)
        JOIN identity.link l ON l.person_id = p.one AND l.revoked_at IS NULL
        JOIN identity.override_record a ON a.record_id = l.record_id
        JOIN identity.override o ON o.override_id = a.override_id AND o.revoked_by IS NULL AND o.kind = :never
        JOIN identity.override_record b ON b.override_id = a.override_id AND b.side <> a.side
        JOIN identity.link m ON m.record_id = b.record_id AND m.revoked_at IS NULL AND m.person_id = p.other
    """)
    if not pairs:
        return set()
    values = {name: list(side) for name, side in zip(("one", "other"), zip(*pairs, strict=True), strict=True)}
    return {(row.one, row.other) for row in connection.execute(query, values | {"never": NEVER})}


def revoke(connection: Connection, override_ids: Sequence[int], event_id: int) -> None:
    """Ends these overrides by the event."""
    query = text("UPDATE identity.override SET revoked_by = :event WHERE override_id = ANY(:ids) AND revoked_by IS NULL")
    connection.execute(query, {"event": event_id, "ids": list(override_ids)})


def undo(connection: Connection, undone: int, decided: tuple[int, Act]) -> None:
    """Ends the overrides that an event made; those it had ended stand again, if the decision that made them still does.

    Raises ConfigurationError when records that must never be together again are together by a later decision.
    """
    event_id, _ = decided
    made = connection.execute(text("SELECT override_id FROM identity.override WHERE event_id = :event"), {"event": undone})
    revoke(connection, list(made.scalars()), event_id)
    query = text("""
        SELECT o.override_id, o.event_id, o.revoked_by
        FROM identity.override o
        WHERE o.revoked_by = :event OR o.event_id = (SELECT e.undoes FROM identity.event e WHERE e.event_id = :event)
        ORDER BY o.override_id
    """)
    for override, origin, ended_by in connection.execute(query, {"event": undone}).all():
        if ended_by is not None and in_force(connection, origin) and not in_force(connection, ended_by):
            _again(connection, override)


def in_force(connection: Connection, event_id: int) -> bool:
    """Whether the event counts: it was not undone, or that was undone in its turn."""
    by = connection.scalar(text("SELECT event_id FROM identity.event WHERE undoes = :event"), {"event": event_id})
    return by is None or not in_force(connection, by)


def _again(connection: Connection, override: int) -> None:
    """The override stands again, as its own event's; an order to be together only if nobody has parted the records since."""
    query = text("""
        SELECT o.kind, count(DISTINCT l.person_id) AS persons,
               count(DISTINCT l.person_id) FILTER (WHERE m.side = 'a')
                 + count(DISTINCT l.person_id) FILTER (WHERE m.side = 'b') AS each_side
        FROM identity.override o
        JOIN identity.override_record m ON m.override_id = o.override_id
        LEFT JOIN identity.link l ON l.record_id = m.record_id AND l.revoked_at IS NULL
        WHERE o.override_id = :id GROUP BY o.kind
    """)
    found = connection.execute(query, {"id": override}).one()
    if found.kind == ALWAYS and found.persons > 1:
        return
    if found.kind == NEVER and found.persons < found.each_side:
        raise ConfigurationError("Une décision prise depuis a réuni ces enregistrements : défaites-la d'abord. Rien n'a été changé.")
    _copy(connection, override, ())


def set_apart(connection: Connection, sides: Sides, event_id: int) -> None:
    """Records that an undo took from a person are no longer ordered to be with it: such an order goes on without them.

    It stays the event's that gave it, so undoing that event ends it too.
    """
    apart = list(sides[0])
    for override in between(connection, ALWAYS, sides):
        revoke(connection, [override], event_id)
        _copy(connection, override, apart)


def _copy(connection: Connection, override: int, apart: Sequence[UUID]) -> None:
    """The same override once more, without some records; none when a side would be empty."""
    query = text("""
        INSERT INTO identity.override (kind, reason, author, second_reader, made_at, event_id)
        SELECT kind, reason, author, second_reader, made_at, event_id FROM identity.override WHERE override_id = :old
          AND 2 = (SELECT count(DISTINCT side) FROM identity.override_record
                   WHERE override_id = :old AND record_id <> ALL(CAST(:apart AS uuid[])))
        RETURNING override_id
    """)
    new = connection.execute(query, {"old": override, "apart": list(apart)}).scalar_one_or_none()
    members = text("""
        INSERT INTO identity.override_record (override_id, record_id, side)
        SELECT :new, record_id, side FROM identity.override_record WHERE override_id = :old AND record_id <> ALL(CAST(:apart AS uuid[]))
    """)
    if new is not None:
        connection.execute(members, {"new": new, "old": override, "apart": list(apart)})


def events_of(connection: Connection, override_ids: Sequence[int]) -> list[int]:
    """The events that made these overrides."""
    query = text("SELECT DISTINCT event_id FROM identity.override WHERE override_id = ANY(:ids) ORDER BY event_id")
    return list(connection.execute(query, {"ids": list(override_ids)}).scalars())


@dataclass(frozen=True, slots=True)
class Said:
    """What was decided about a record and another one, and who that one is about now, if anyone."""

    kind: str
    other: UUID
    person_id: UUID | None


def said_about(connection: Connection, record_ids: Iterable[UUID]) -> dict[UUID, list[Said]]:
    """What people decided about records that come back; those nobody decided about are not in it."""
    query = text("""
        SELECT m.record_id, o.kind, other.record_id, l.person_id
        FROM identity.override_record m
        JOIN identity.override o ON o.override_id = m.override_id AND o.revoked_by IS NULL
        JOIN identity.override_record other ON other.override_id = m.override_id AND other.side <> m.side
        LEFT JOIN identity.link l ON l.record_id = other.record_id AND l.revoked_at IS NULL
        WHERE m.record_id = ANY(:records)
    """)
    found: dict[UUID, list[Said]] = defaultdict(list)
    for record, kind, other, person in connection.execute(query, {"records": list(record_ids)}):
        found[record].append(Said(kind, other, person))
    return dict(found)


def orders(said: Sequence[Said], placed: Mapping[UUID, UUID]) -> Orders:
    """Whom a record must be linked to, and whom never; ``placed`` are the records just decided, not yet written."""
    persons: dict[str, set[UUID]] = {NEVER: set(), ALWAYS: set()}
    for one in said:
        person = placed.get(one.other, one.person_id)
        if person is not None:
            persons[one.kind].add(person)
    return Orders(frozenset(persons[ALWAYS] - persons[NEVER]), frozenset(persons[NEVER]))
