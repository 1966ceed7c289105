"""Takes back a merge, a split, a relink, an override or an undo: by a new event, even if much has changed since.

What moves is the records the event moved, wherever the person they went to has gone since by merges. A record that someone has moved
elsewhere in the meantime stays there and is told; a record that came in the meantime stays too and is put before a reviewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Row, text

from passerelle.errors import ConfigurationError
from passerelle.identity import store
from passerelle.identity.register import events, overrides, suggestions
from passerelle.identity.register.acts import Act
from passerelle.identity.register.persons import person_of, records_ever, records_of, resolve


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: the records given back, those that could not be, and those a reviewer must look at."""

    event_id: int
    restored: tuple[UUID, ...]
    elsewhere: tuple[UUID, ...]
    """Records the event had moved, and that another decision has moved since: they stay where they are."""
    to_review: int
    """Records that came since, about which someone must say whose they are."""


def undo(connection: Connection, event_id: int, act: Act) -> Undone:
    """Undoes the event. Runs in the caller's transaction.

    Raises ConfigurationError when there is no such event, or it was undone already.
    """
    store.lock(connection)
    kind = _kind(connection, event_id)
    new = events.write(connection, "undo", act, undoes=event_id)
    moves = _moves(connection, event_id)
    movable = [move for move in moves if _is_there(connection, move)]
    events.end_redirects(connection, event_id, new)
    for move in movable:
        events.restore(connection, new, move.old_link, resolve(connection, move.old_person), act.at)
    overrides.undo(connection, event_id, (new, act))
    restored = {move.record_id for move in movable}
    pairs = _pairs(connection, movable)
    for holder, _ in pairs:
        overrides.set_apart(connection, (list(restored), records_ever(connection, holder)), new)
    if kind == "relink":
        _keep_apart(connection, movable, (new, act))
    _contradicts_nobody(connection, list(restored))
    _lead_on(connection, event_id, (new, act), moves if kind == "split" else [])
    suggestions.reopen(connection, event_id)
    to_review = sum(suggestions.add_left_behind(connection, pair, event_id, act) for pair in pairs)
    elsewhere = tuple(move.record_id for move in moves if move.record_id not in restored)
    return Undone(new, tuple(sorted(restored)), elsewhere, to_review)


def _kind(connection: Connection, event_id: int) -> str:
    query = text("""
        SELECT e.kind, u.event_id AS undone_by FROM identity.event e LEFT JOIN identity.event u ON u.undoes = e.event_id
        WHERE e.event_id = :event
    """)
    found = connection.execute(query, {"event": event_id}).one_or_none()
    if found is None:
        raise ConfigurationError(f"Aucun événement n'a le numéro {event_id}.")
    if found.undone_by is not None:
        raise ConfigurationError(f"L'événement {event_id} est déjà défait, par l'événement {found.undone_by}. Rien n'a été changé.")
    return str(found.kind)


def _contradicts_nobody(connection: Connection, restored: list[UUID]) -> None:
    """Raises ConfigurationError when a later decision says that records now together never are: that one must be undone first."""
    against: set[int] = set()
    for person in {person_of(connection, record) for record in restored} - {None}:
        records = records_of(connection, person) if person else []
        against.update(overrides.between(connection, overrides.NEVER, (records, records)))
    if against:
        made_by = ", ".join(str(event) for event in overrides.events_of(connection, sorted(against)))
        raise ConfigurationError(
            f"Un agent a décidé depuis que ce sont deux personnes : défaites d'abord l'événement {made_by}. Rien n'a été changé."
        )


def _moves(connection: Connection, event_id: int) -> list[Row[tuple[UUID, int, UUID, UUID]]]:
    query = text("""
        SELECT o.record_id, o.link_id AS old_link, o.person_id AS old_person, n.person_id AS new_person
        FROM identity.event_link eo
        JOIN identity.link o ON o.link_id = eo.link_id
        JOIN identity.event_link en ON en.event_id = eo.event_id AND en.effect = 'made'
        JOIN identity.link n ON n.link_id = en.link_id AND n.record_id = o.record_id
        WHERE eo.event_id = :event AND eo.effect = 'revoked'
        ORDER BY o.link_id
    """)
    return list(connection.execute(query, {"event": event_id}))


def _keep_apart(connection: Connection, movable: list[Row[tuple[UUID, int, UUID, UUID]]], decided: tuple[int, Act]) -> None:
    """What a rule did and a person undid, the rule must not do again."""
    for move in movable:
        named = resolve(connection, move.new_person)
        if person_of(connection, move.record_id) != named:
            overrides.add(connection, overrides.NEVER, ([move.record_id], records_ever(connection, named)), decided)


def _is_there(connection: Connection, move: Row[tuple[UUID, int, UUID, UUID]]) -> bool:
    """Whether the record is still where the event put it: with that person, or with whom it was merged into since."""
    return person_of(connection, move.record_id) == resolve(connection, move.new_person)


def _lead_on(connection: Connection, undone: int, decided: tuple[int, Act], moves: list[Row[tuple[UUID, int, UUID, UUID]]]) -> None:
    """Ids that are left without a record lead to where their records went: a split's new person, a merge made good again."""
    new, act = decided
    ended = text("SELECT from_person, to_person FROM identity.redirect WHERE ended_by = :event ORDER BY redirect_id")
    wanted = [(row.from_person, row.to_person) for row in connection.execute(ended, {"event": undone})]
    wanted += [(move.new_person, move.old_person) for move in moves]
    for source, target in dict.fromkeys(wanted):
        goal = resolve(connection, target)
        if resolve(connection, source) == source != goal and not records_of(connection, source):
            events.redirect(connection, new, (source, goal), act.at)


def _pairs(connection: Connection, movable: list[Row[tuple[UUID, int, UUID, UUID]]]) -> list[tuple[UUID, UUID]]:
    """Who had the records since, and who has them back, as they are called today."""
    found = {(resolve(connection, move.new_person), resolve(connection, move.old_person)) for move in movable}
    return sorted(pair for pair in found if pair[0] != pair[1])
