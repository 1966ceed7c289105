"""What a recognition that runs again tells of: records it gives to another person than before, and where it disagrees with people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from uuid import UUID

from sqlalchemy import Connection

from passerelle.identity import store
from passerelle.identity.decide import Candidate, Doubt, Index, decide
from passerelle.identity.register import events
from passerelle.identity.register.acts import Act
from passerelle.identity.rules import HUMAN_DECISION, NEW, TWO_PERSONS, Key, told
from passerelle.identity.statement import Recognition, Statement, facts_of, keys_of
from passerelle.identity.write import Decided, suggest


def tell_relinked(connection: Connection, context: Recognition, decided: Iterable[Decided], last: Mapping[UUID, tuple[int, UUID]]) -> None:
    """An event for each record that came back and is about another person than its last link said."""
    for item in decided:
        if item.record_id in last and last[item.record_id][1] != item.person_id:
            reason = f"La livraison {context.delivery_id} a été reprise."
            events.relinked(connection, item.record_id, last[item.record_id][0], Act(f"rule:{item.rule}", reason, context.decided_at))


def disagreements(connection: Connection, context: Recognition, stated: Mapping[str, tuple[store.Known, Statement]]) -> None:
    """Where a certain rule names another person than a human chose for a record: told once, to a reviewer; the human's link stays."""
    facts = {content: facts_of(statement, context) for content, (_, statement) in stated.items()}
    keys = {content: keys_of(facts[content], context.hash_key) for content in stated}
    index = store.load_index(connection, chain.from_iterable(keys.values()))
    found = []
    for content, (known, _) in stated.items():
        decision = decide(facts[content], keys[content], _Without(index, known.record_id))
        named = [Doubt(decision.person_id, NEW, "", decision.proof)] if decision.person_id else []
        named += [doubt for doubt in decision.doubts if doubt.reason == TWO_PERSONS]
        # One of them may be the human's choice, or be called otherwise today: the queue leaves those out.
        if known.person_id not in {doubt.person_id for doubt in named}:
            found += [(known.record_id, doubt) for doubt in named]
    suggest(connection, context, ((record, _as_disagreement(doubt)) for record, doubt in found))


def _as_disagreement(doubt: Doubt) -> Doubt:
    return Doubt(doubt.person_id, HUMAN_DECISION, told(doubt.proof.fields) if doubt.proof else "", doubt.proof)


class _Without(Index):
    """The same records but one."""

    def __init__(self, index: Index, left_out: UUID) -> None:
        super().__init__()
        self._index, self._left_out = index, left_out

    def find(self, keys: Iterable[Key]) -> Iterator[Candidate]:
        """See :class:`passerelle.identity.decide.Index`."""
        return (candidate for candidate in self._index.find(keys) if candidate.record_id != self._left_out)

    def nirs(self, person_id: UUID) -> frozenset[str]:
        """See :class:`passerelle.identity.decide.Index`."""
        return self._index.nirs(person_id)
