"""The same deliveries in several orders: whether the order changes who is who, before and after the queue is decided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from identity_delta import CERTAIN, RANKED, WHERE, statements
from sqlalchemy import Engine, text

from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.identity.recognise import recognise
from passerelle.identity.statement import Recognition, Statement, content_hash
from passerelle.population.options import Options
from passerelle.population.sources import Files, make_files
from passerelle.warehouse.connect import open_engine
from passerelle.warehouse.migrate import upgrade

_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)


def deliver_in_orders(folder: Path, records: str, *seeds: str) -> None:
    """Of each population, every source as a delivery, in three orders; how the others differ from the first goes to ``orders.json``."""
    told: list[dict[str, Any]] = []
    with EmbeddedPostgres(folder / "pg") as postgres:
        url = postgres.create_database("orders")
        upgrade(url)
        engine = open_engine(url)
        for seed in seeds:
            files = make_files(Options(seed=int(seed), records=int(records), departements=WHERE))
            told += [{"seed": seed} | _compare(engine, files, is_ranked=is_ranked) for is_ranked in (False, True)]
        engine.dispose()
    (folder / "orders.json").write_text(json.dumps(told), encoding="utf-8")


@dataclass(frozen=True)
class Ordered:
    """What the register says after deliveries in one order: per record its person, and the persons the queue asks about."""

    persons: dict[str, str]
    asked: list[tuple[str, str]]

    def followed(self, truth: dict[str, str] | None = None) -> dict[str, str]:
        """Per record the person the queue leads to; with the truth, only where a reviewer who knows it says "the same"."""
        true = {person: truth[record] for record, person in self.persons.items()} if truth else {}
        first = {person: person for person in self.persons.values()}
        before: dict[str, str] = {}
        while before != first:
            before = dict(first)
            for one, other in self.asked:
                if true.get(one) == true.get(other):
                    first[one] = first[other] = min(first[one], first[other])
        return {record: first[person] for record, person in self.persons.items()}


def _compare(engine: Engine, files: Files, *, is_ranked: bool) -> dict[str, Any]:
    """Of all records, in two comparisons: those with other companions, the same once the queue is decided, and pairs lost in silence."""
    names = tuple(files.sources)
    truth = {row["record_id"]: row["truth_id"] for row in files.truth.to_pylist()}
    known: dict[str, str] = {}
    for name in names:
        said = zip(_scoped(files.sources[name]), files.sources[name]["record_id"].to_pylist(), strict=True)
        known |= {content_hash(statement, _context(names, name, is_ranked)): truth[record] for statement, record in said}
    orders = (names, names[::-1], names[2:] + names[:2])
    first, *others = (_delivered(engine, files, order, is_ranked) for order in orders)
    return {
        "layers": RANKED if is_ranked else CERTAIN,
        "records": len(known) * len(others),
        "asked": [len(one.asked) for one in (first, *others)],
        "apart": sum(_apart(first.persons, other.persons) for other in others),
        "apart_decided": sum(_apart(first.followed(known), other.followed(known)) for other in others),
        "lost": sum(_lost(*pair) for other in others for pair in ((first, other), (other, first))),
    }


def _lost(joined: Ordered, other: Ordered) -> int:
    """Pairs of records joined in one order, and neither joined nor connected by the queue in the other."""
    reached = other.followed()
    groups = _groups(joined.persons).values()
    return sum(reached[one] != reached[two] for group in groups for one, two in combinations(sorted(group), 2))


def _apart(one: dict[str, str], other: dict[str, str]) -> int:
    """Records whose companions are not the same."""
    companions = [{record: group for group in _groups(persons).values() for record in group} for persons in (one, other)]
    return sum(companions[0][record] != companions[1][record] for record in one)


def _context(names: Sequence[str], name: str, is_ranked: bool) -> Recognition:
    return Recognition(1 + sorted(names).index(name), name.lower(), name.lower(), _AT, b"bench", is_ranked=is_ranked)


def _delivered(engine: Engine, files: Files, order: Sequence[str], is_ranked: bool) -> Ordered:
    with engine.connect() as connection:
        for name in order:
            recognise(connection, _scoped(files.sources[name]), _context(order, name, is_ranked))
            connection.execute(_KNOWN)
        persons = {content: str(person) for content, person in connection.execute(_LINKED)}
        asked = [(str(one), str(other)) for one, other in connection.execute(_ASKED)]
        connection.rollback()
    return Ordered(persons, asked)


def _scoped(table: Any) -> Iterator[Statement]:
    """The records of a source as one sender's, which they are not: each organisation's own numbers bear its name."""
    for statement, organisation in zip(statements(table), table["organisation"].to_pylist(), strict=True):
        own = ((kind, value if kind == "france_travail_number" else f"{organisation} {value}") for kind, value in statement.identifiers)
        yield replace(statement, identifiers=tuple(own))


def _groups(persons: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for record, person in persons.items():
        found.setdefault(person, set()).add(record)
    return found


_LINKED: Final = text("SELECT r.content_hash, l.person_id FROM identity.link l JOIN identity.record r USING (record_id)")
_ASKED: Final = text("SELECT l.person_id, g.person_id FROM identity.suggestion g JOIN identity.link l USING (record_id)")
_KNOWN: Final = text("ANALYZE identity.person, identity.record, identity.key, identity.link, identity.suggestion")
"""What the server does by itself once a delivery is there to stay."""
