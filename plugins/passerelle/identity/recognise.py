"""Recognises the people a delivery speaks of: every statement gets a record, a person and an outcome.

It runs in the caller's transaction and commits nothing. The same delivery may be recognised again at any time: records, persons and
links are found again by the content of the statements, so ids stay the same, and so do the outcomes.
"""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain, islice
from uuid import UUID, uuid4

from sqlalchemy import Connection

from passerelle.identity import store
from passerelle.identity.candidates import find, traits_of
from passerelle.identity.decide import Batch, Decision
from passerelle.identity.facts import Facts, Key
from passerelle.identity.matcher import Matcher
from passerelle.identity.outcome import KNOWN, MINTED, REVIEW
from passerelle.identity.pool import Pool
from passerelle.identity.register.again import disagreements, tell_relinked
from passerelle.identity.register.overrides import orders, parted, said_about
from passerelle.identity.statement import Recognition, Statement, content_hash, facts_of, keys_of
from passerelle.identity.write import Decided, write_decided, write_sightings

__all__ = ["Outcome", "Recognition", "Statement", "recognise", "withdraw"]

_log = logging.getLogger(__name__)

_BATCH = 20_000
"""Statements per round trip: enough to make the round trips cheap, little enough to stay below 100 MB."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many statements are about a person known before, about a new person, and about a new person someone should look at."""

    known: int
    new: int
    review: int


def recognise(connection: Connection, statements: Iterable[Statement], context: Recognition) -> Outcome:
    """Who each statement of one delivery is about; ``statements`` are all of the delivery's, in the order of the file.

    Waits for another recognition to finish. May be run again for the same delivery. Raises InvariantError when two statements claim
    the same table and row.
    """
    store.lock(connection)
    tally: Counter[str] = Counter()
    remaining = iter(statements)
    with Matcher(is_ranked=context.is_ranked) as matcher, store.by_index(connection):
        run = _Run(connection, context, matcher, unseen=store.delete_sightings(connection, context.delivery_id), told=set())
        while batch := list(islice(remaining, _BATCH)):
            with collector_paused():
                tally.update(run.recognise(batch))
    store.release(connection, run.unseen, context.decided_at)
    return Outcome(known=tally[KNOWN], new=tally[MINTED], review=tally[REVIEW])


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search for cyclic garbage meanwhile: a batch makes none, and the search, again and again, takes a third of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def withdraw(connection: Connection, delivery_id: int, at: datetime) -> int:
    """Takes back what recognising a delivery did, for its undo; how many records it had stated.

    Records that another delivery states too are left alone. The others are no longer linked to anyone, so that nobody is recognised
    by them; a replay of the delivery gives them the ids they had.
    """
    store.lock(connection)
    before = store.delete_sightings(connection, delivery_id)
    store.release(connection, before, at)
    return len(before)


@dataclass(frozen=True, slots=True)
class _Run:
    """One recognition under way."""

    connection: Connection
    context: Recognition
    matcher: Matcher
    unseen: set[UUID]
    """Records the delivery stated the last time it was recognised, and has not stated again yet."""
    told: set[UUID]
    """Records whose outcome (new, review) was given to an earlier row of this delivery: the later ones find them known."""

    def recognise(self, batch: Sequence[Statement]) -> list[str]:
        """The outcome of each statement, once everything about them is written."""
        hashes = [content_hash(statement, self.context) for statement in batch]
        known = store.find_records(self.connection, list(dict.fromkeys(hashes)), self.context.delivery_id)
        records = {content: (found.record_id, found.outcome) for content, found in known.items()}
        fresh: dict[str, Statement] = {}
        for content, statement in zip(hashes, batch, strict=True):
            if content not in fresh and (content not in known or known[content].person_id is None):
                fresh[content] = statement
        if fresh:
            on_file = {content: known[content].record_id for content in fresh if content in known}
            decided = self._decide(fresh, on_file)
            last = store.find_last(self.connection, list(on_file.values()))
            write_decided(self.connection, self.context, decided)
            tell_relinked(self.connection, self.context, decided, last)
            records |= {item.content_hash: (item.record_id, item.outcome) for item in decided}
        outcomes = [self._tell(*records[content]) for content in hashes]
        rows = zip(batch, hashes, outcomes, strict=True)
        delivery_id = self.context.delivery_id
        write_sightings(
            self.connection,
            ((delivery_id, s.table_name, s.row, records[content][0], told, s.nir_certified) for s, content, told in rows),
        )
        humans = {
            content: statement for content, statement in zip(hashes, batch, strict=True) if content in known and known[content].is_human
        }
        if humans:
            disagreements(self.connection, (self.context, self.matcher), {content: (known[content], humans[content]) for content in humans})
        return outcomes

    def _decide(self, fresh: dict[str, Statement], on_file: dict[str, UUID]) -> list[Decided]:
        facts = [facts_of(statement, self.context) for statement in fresh.values()]
        keys = [keys_of(statement, self.context) for statement in fresh.values()]
        ids = [on_file.get(content) or uuid4() for content in fresh]
        batch = self._batch(facts, keys, ids)
        returning = list(on_file.values())
        minted = store.find_minted(self.connection, returning)
        said = said_about(self.connection, returning) if returning else {}
        placed: dict[UUID, UUID] = {}
        formers: list[store.Former | None] = []
        for number, record_id in enumerate(ids):
            ordered = orders(said.get(record_id, ()), placed)
            former = minted.get(record_id)
            formers.append(former if former and former.person_id not in ordered.barred else None)
            person = batch.choose(number, ordered) or (formers[-1].person_id if formers[-1] else uuid4())
            placed[record_id] = person
            batch.place(number, person)
        decisions = self._unanswered(batch.decisions())
        return [
            Decided(
                record_id=ids[number],
                person_id=placed[ids[number]],
                content_hash=content,
                statement=statement,
                keys=keys[number],
                decision=decisions[number],
                is_on_file=content in on_file,
                is_new_person=decisions[number].person_id is None and formers[number] is None,
                follows=decisions[number].person_id is None and (former := formers[number]) is not None and former.was_merged,
            )
            for number, (content, statement) in enumerate(fresh.items())
        ]

    def _unanswered(self, decisions: Sequence[Decision]) -> list[Decision]:
        """The decisions, without what people answered already: that two persons are never the same."""
        asked = {(told.person_id, doubt.person_id) for told in decisions if told.person_id for doubt in told.doubts}
        answered = parted(self.connection, asked)
        kept = [tuple(doubt for doubt in told.doubts if (told.person_id, doubt.person_id) not in answered) for told in decisions]
        return [replace(told, doubts=doubts) for told, doubts in zip(decisions, kept, strict=True)]

    def _batch(self, facts: list[Facts], keys: list[tuple[Key, ...]], ids: list[UUID]) -> Batch:
        found = find(self.connection, facts, chain.from_iterable(keys), is_ranked=self.matcher.is_ranked)
        batch = Batch(self.matcher, Pool(found.known, facts, found.crowd), ids, partial(traits_of, self.connection))
        crowded, of_too_many = found.crowded + self.matcher.crowded, self.matcher.of_too_many
        if crowded or of_too_many:
            delivery_id = self.context.delivery_id
            _log.info("left out delivery_id=%d crowded_keys=%d values_of_too_many=%d", delivery_id, crowded, of_too_many)
        return batch

    def _tell(self, record_id: UUID, outcome: str) -> str:
        self.unseen.discard(record_id)
        if outcome == KNOWN or record_id in self.told:
            return KNOWN
        self.told.add(record_id)
        return outcome
