"""Compares records on file with each other, by the engine: the closest one, field by field, and the rule that ties two of them today."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from passerelle.identity.decide import Proof
from passerelle.identity.matcher import Matcher
from passerelle.identity.pool import Known, Pool
from passerelle.identity.reasons import EXPLANATIONS, agreements
from passerelle.identity.recorded import load_facts


def closest(connection: Connection, records: Sequence[UUID], others: Sequence[UUID]) -> dict[UUID, Proof]:
    """Per record, the comparison with the other one that agrees on most; those without any other are not in it."""
    facts = load_facts(connection, list(dict.fromkeys((*others, *records))))
    places = {record: place for place, record in enumerate(facts)}
    pairs = {
        (min(places[record], places[other]), max(places[record], places[other]))
        for record in records
        for other in others
        if record != other
    }
    if not pairs:
        return {}
    with Matcher() as matcher:
        levels = matcher.compare(Pool((), list(facts.values())), pairs)
    found: dict[UUID, Proof] = {}
    for record in records:
        for other in others:
            fields = levels.get((min(places[record], places[other]), max(places[record], places[other])))
            if fields is not None and (record not in found or agreements(fields) > agreements(found[record].fields)):
                found[record] = Proof(other, fields)
    return found


def shares(connection: Connection, record: UUID, other: UUID) -> dict[str, float | None]:
    """How frequent the values are that the two records share: see :meth:`passerelle.identity.matcher.Matcher.shares`."""
    with Matcher() as matcher:
        return matcher.shares(Pool((), list(load_facts(connection, [record, other]).values())), (0, 1))


def rule_today(connection: Connection, record: UUID, other: UUID, *, is_ranked: bool) -> dict[str, str] | None:
    """The rule that ties the two records by themselves, or why they are only worth a look; None when nothing does."""
    facts = load_facts(connection, [other, record])
    pool = Pool([Known(other, other, facts[other])], [facts[record]])
    with Matcher(is_ranked=is_ranked) as matcher:
        held = [tie.rule for tie in matcher.ties(pool)] or [look.reason for look in matcher.looks(pool, [0, 1], ())]
    return {"id": held[0], "explanation": EXPLANATIONS[held[0]]} if held else None
