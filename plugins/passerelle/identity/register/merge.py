"""Two ids, one person: the older id stays, the records of the other move to it, the other id leads to it for ever."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from passerelle.errors import ConfigurationError
from passerelle.identity import store
from passerelle.identity.reasons import MERGE, differing
from passerelle.identity.register import events, overrides
from passerelle.identity.register.acts import Act
from passerelle.identity.register.comparison import closest
from passerelle.identity.register.events import Move
from passerelle.identity.register.persons import certified_nirs, find, is_record, older_first, records_ever, records_of


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did."""

    event_id: int
    survivor: UUID
    merged: UUID
    moved: tuple[UUID, ...]


def merge(connection: Connection, left: UUID, right: UUID, act: Act) -> Merged:
    """Makes one person of two; each is named by its id, a former id, or one of its records. Runs in the caller's transaction.

    Raises ConfigurationError when they are one already, when a person said that they never are, or when two different numbers are
    certified for them.
    """
    store.lock(connection)
    survivor, merged = _order(connection, left, right)
    kept, moved = records_of(connection, survivor), records_of(connection, merged)
    sides = records_ever(connection, survivor), records_ever(connection, merged)
    if overrides.between(connection, overrides.NEVER, sides):
        raise ConfigurationError(
            "Un agent a décidé que ce sont deux personnes : retirez d'abord cette décision (identity history donne son numéro, "
            "identity undo la retire). Rien n'a été changé."
        )
    if len(certified_nirs(connection, (survivor, merged))) > 1:
        raise ConfigurationError("Deux NIR certifiés différents : ce sont deux personnes, ou un NIR est faux. Rien n'a été changé.")
    event_id = events.write(connection, "merge", act)
    proofs = closest(connection, moved, kept)
    for record in moved:
        proof = proofs.get(record)
        vetoes = differing(proof.fields) if proof else ()
        events.move(connection, event_id, Move(record, survivor, MERGE, proof, vetoes), act)
    events.redirect(connection, event_id, (merged, survivor), act.at)
    overrides.add(connection, overrides.ALWAYS, sides, (event_id, act))
    return Merged(event_id, survivor, merged, tuple(moved))


def _order(connection: Connection, left: UUID, right: UUID) -> tuple[UUID, UUID]:
    persons = find(connection, left), find(connection, right)
    if persons[0] == persons[1]:
        raise ConfigurationError("C'est déjà une seule et même personne. Rien n'a été changé.")
    survivor, merged = older_first(connection, persons)
    return survivor, merged


def always(connection: Connection, left: UUID, right: UUID, act: Act) -> int:
    """Two persons, or records, are always the same, whatever comes later; merges them if they are not one yet. The event."""
    store.lock(connection)
    if find(connection, left) != find(connection, right):
        return merge(connection, left, right, act).event_id
    if left == right or not (is_record(connection, left) and is_record(connection, right)):
        raise ConfigurationError(
            "C'est déjà une seule et même personne : pour l'ordonner, nommez deux enregistrements. Rien n'a été changé."
        )
    event_id = events.write(connection, "override", act)
    overrides.add(connection, overrides.ALWAYS, ([left], [right]), (event_id, act))
    return event_id
