"""What a recognition that runs again tells of: records it gives to another person than before, and where it disagrees with people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from uuid import UUID

from sqlalchemy import Connection

from passerelle.identity import store
from passerelle.identity.candidates import find, traits_of
from passerelle.identity.decide import Batch
from passerelle.identity.matcher import Matcher
from passerelle.identity.pool import Pool
from passerelle.identity.reasons import HUMAN_DECISION
from passerelle.identity.register import events
from passerelle.identity.register.acts import Act
from passerelle.identity.statement import Recognition, Statement, facts_of, keys_of
from passerelle.identity.write import Decided, suggest


def tell_relinked(connection: Connection, context: Recognition, decided: Iterable[Decided], last: Mapping[UUID, tuple[int, UUID]]) -> None:
    """An event for each record that came back and is about another person than its last link said."""
    for item in decided:
        if item.record_id in last and last[item.record_id][1] != item.person_id:
            reason = f"La livraison {context.delivery_id} a été reprise."
            events.relinked(connection, item.record_id, last[item.record_id][0], Act(f"rule:{item.rule}", reason, context.decided_at))


def disagreements(connection: Connection, run: tuple[Recognition, Matcher], stated: Mapping[str, tuple[store.Known, Statement]]) -> None:
    """Where a rule names another person than a human chose for a record: told once, to a reviewer; the human's link stays."""
    context, matcher = run
    facts = [facts_of(statement, context) for _, statement in stated.values()]
    keys = chain.from_iterable(keys_of(statement, context) for _, statement in stated.values())
    found = find(connection, facts, keys, is_ranked=matcher.is_ranked)
    ids = [known.record_id for known, _ in stated.values()]
    batch = Batch(matcher, Pool(found.known, facts, found.crowd), ids, partial(traits_of, connection))
    doubts = []
    for number, (known, _) in enumerate(stated.values()):
        named = batch.named(number)
        # One of them may be the human's choice, or be called otherwise today: the queue leaves those out.
        if known.person_id not in {doubt.person_id for doubt in named}:
            doubts += [(known.record_id, replace(doubt, reason=HUMAN_DECISION)) for doubt in named]
    suggest(connection, context, doubts)
