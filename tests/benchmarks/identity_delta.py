"""A daily delivery against a register of many: how long it takes to say who is who, alone and with everything written.

The register is a generated population's first source, loaded in bulk into a real PostgreSQL; the deliveries are taken from the second one.
Each delivery is recognised and rolled back, so that every measure starts from the same register. A smaller population is delivered in two
orders, to see whether the order changes who is who. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations, islice
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from rich.console import Console
from sqlalchemy import Connection, Engine, text

from passerelle.checks import nir
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.identity.candidates import find
from passerelle.identity.decide import Batch, Decision
from passerelle.identity.matcher import Matcher
from passerelle.identity.pool import Pool
from passerelle.identity.reasons import NEW
from passerelle.identity.recognise import collector_paused, recognise
from passerelle.identity.statement import Recognition, Statement, content_hash, facts_of, keys_of
from passerelle.identity.write import Decided, write_decided
from passerelle.population.options import Options
from passerelle.population.sources import Files, make_files
from passerelle.warehouse.connect import open_engine
from passerelle.warehouse.migrate import upgrade

_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
_CAF: Final = Recognition(1, "caf_msa", "caf", _AT, b"bench")
_FT: Final = Recognition(2, "france_travail", "ft", _AT, b"bench")
_BATCH: Final = 20_000
_WHERE: Final = ("59",)
"""One Département: CAFs give out the same numbers, each for itself."""
_WARM: Final = 3
"""Deliveries before the clock starts."""
_PLAIN: Final = ("birth_name", "usage_name", "birth_date_precision", "sex", "role", "postcode", "birth_place_name", "phone", "email")
_NUMBERS: Final = {
    "caf_number": "allocataire_number", "dossier_number": "dossier_number", "france_travail_number": "france_travail_number",
    "other_id": "other_id",
}  # fmt: skip
_INDEXES: Final = text("""
    SELECT indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'identity' AND tablename IN ('record', 'key', 'link') AND indexname LIKE 'ix_%'
""")


@dataclass(frozen=True)
class Measure:
    """Seconds of each run."""

    name: str
    seconds: tuple[float, ...]

    @property
    def told(self) -> str:
        """Median and, of many runs, the 95th centile."""
        middle = f"{self.name} : {statistics.median(self.seconds):.3f} s"
        if len(self.seconds) < 20:
            return middle
        return f"{middle}, 95e centile {statistics.quantiles(self.seconds, n=20)[-1]:.3f} s ({len(self.seconds)} mesures)"


def statements(table: Any, count: int | None = None) -> Iterator[Statement]:
    """The records of a generated file, as staged rows."""
    head = table.slice(0, count)
    numbers = head["nir"].combine_chunks()
    valid = [flags == "" for flags in nir.flags(numbers).to_pylist()]
    compared = nir.comparable(numbers).to_pylist()
    for row, record in enumerate(head.to_pylist()):
        first, _, others = (record["given_names"] or "").partition("|")
        yield Statement(
            "personne",
            row,
            nir_hash=hashlib.sha256(compared[row].encode()).hexdigest() if compared[row] else None,
            nir_valid=valid[row],
            given_name=first or None,
            other_given_names=others or None,
            birth_date=record["birth_date"],
            identifiers=tuple((kind, record[name]) for name, kind in _NUMBERS.items() if record[name]),
            **{name: record[name] for name in _PLAIN},
        )


def load_register(engine: Engine, table: Any) -> None:
    """Writes every record as a person of its own, as a first delivery would; indexes are made afterwards."""
    with engine.begin() as connection:
        indexes = connection.execute(_INDEXES).all()
        for name, _ in indexes:
            connection.execute(text(f"DROP INDEX identity.{name}"))
        remaining = statements(table)
        while batch := list(islice(remaining, _BATCH)):
            write_decided(connection, _CAF, [_minted(statement) for statement in batch])
        for _, definition in indexes:
            connection.execute(text(definition))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _minted(statement: Statement) -> Decided:
    return Decided(
        record_id=uuid4(),
        person_id=uuid4(),
        content_hash=f"{content_hash(statement, _CAF)}{statement.row}",
        statement=statement,
        keys=keys_of(statement, _CAF),
        decision=Decision(None, NEW),
        is_on_file=False,
        is_new_person=True,
    )


def match_only(connection: Connection, matcher: Matcher, delivery: list[Statement]) -> None:
    """Says who is who and writes nothing."""
    with collector_paused():
        facts = [facts_of(statement, _FT) for statement in delivery]
        keys = [key for statement in delivery for key in keys_of(statement, _FT)]
        found = find(connection, facts, keys, is_ranked=matcher.is_ranked)
        batch = Batch(matcher, Pool(found.known, facts, found.crowd), found.traits, [uuid4() for _ in facts])
        for number in range(len(facts)):
            batch.place(number, batch.choose(number) or uuid4())
        batch.decisions()


def measure(engine: Engine, incoming: list[Statement], singles: int, *, is_ranked: bool) -> Iterator[Measure]:
    """Deliveries of one, 1,000 and 10,000 records: the matching alone, and with the writing."""
    deliveries = {1: [[one] for one in incoming[: singles + _WARM]]}
    deliveries |= {size: [incoming[start : start + size] for start in (0, size, 2 * size)] for size in (1_000, 10_000)}
    context = replace(_FT, is_ranked=is_ranked)
    layer = "toutes les couches" if is_ranked else "règles certaines"
    with engine.connect() as connection, Matcher(is_ranked=is_ranked) as matcher:
        works: dict[str, Callable[[list[Statement]], object]] = {
            "rapprochement": lambda delivery: match_only(connection, matcher, delivery),
            "écriture comprise": lambda delivery: recognise(connection, delivery, context),
        }
        for size, some in deliveries.items():
            kept = [[replace(statement, row=row) for row, statement in enumerate(delivery)] for delivery in some if len(delivery) == size]
            for word, work in works.items():
                if kept:
                    yield Measure(f"{size} enregistrement(s), {layer}, {word}", _timed(connection, work, kept))


def _timed(connection: Connection, work: Callable[[list[Statement]], object], deliveries: list[list[Statement]]) -> tuple[float, ...]:
    seconds = []
    for delivery in deliveries:
        clock = time.perf_counter()
        work(delivery)
        seconds.append(time.perf_counter() - clock)
        connection.rollback()
    return tuple(seconds[_WARM:] if len(seconds) > _WARM else seconds)


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


def compare_orders(engine: Engine, files: Files, console: Console, *, is_ranked: bool) -> None:
    """Every source as a delivery, in two orders: records with the same companions, and pairs that one order loses in silence."""
    names = tuple(files.sources)
    truth = {row["record_id"]: row["truth_id"] for row in files.truth.to_pylist()}
    known: dict[str, str] = {}
    for name in names:
        said = zip(statements(files.sources[name]), files.sources[name]["record_id"].to_pylist(), strict=True)
        known |= {content_hash(statement, _context(names, name, is_ranked)): truth[record] for statement, record in said}
    there, back = (_delivered(engine, files, order, is_ranked) for order in (names, names[::-1]))
    lost = sum(
        reached[one] != reached[other]
        for joined, reached in ((there.persons, back.followed()), (back.persons, there.followed()))
        for group in _groups(joined).values()
        for one, other in combinations(sorted(group), 2)
    )
    told = [
        f"{_same(there.persons, back.persons):.3%} des enregistrements ont les mêmes compagnons",
        f"{_same(there.followed(known), back.followed(known)):.3%} une fois la file tranchée",
        f"{lost} paire(s) réunie(s) dans un ordre, ni réunie(s) ni en revue dans l'autre",
    ]
    layer = "toutes les couches" if is_ranked else "règles certaines"
    console.print(f"  Deux ordres de {len(names)} livraisons, {len(known)} enregistrements, {layer} : {' ; '.join(told)}", soft_wrap=True)


def _same(one: dict[str, str], other: dict[str, str]) -> float:
    companions = [{record: group for group in _groups(persons).values() for record in group} for persons in (one, other)]
    return sum(companions[0][record] == companions[1][record] for record in one) / len(one)


def _context(names: Sequence[str], name: str, is_ranked: bool) -> Recognition:
    return Recognition(1 + sorted(names).index(name), name.lower(), name.lower(), _AT, b"bench", is_ranked=is_ranked)


def _delivered(engine: Engine, files: Files, order: Sequence[str], is_ranked: bool) -> Ordered:
    with engine.connect() as connection:
        for name in order:
            recognise(connection, statements(files.sources[name]), _context(order, name, is_ranked))
        persons = {content: str(person) for content, person in connection.execute(_LINKED)}
        asked = [(str(one), str(other)) for one, other in connection.execute(_ASKED)]
        connection.rollback()
    return Ordered(persons, asked)


def _groups(persons: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for record, person in persons.items():
        found.setdefault(person, set()).add(record)
    return found


_LINKED: Final = text("SELECT r.content_hash, l.person_id FROM identity.link l JOIN identity.record r USING (record_id)")
_ASKED: Final = text("SELECT l.person_id, g.person_id FROM identity.suggestion g JOIN identity.link l USING (record_id)")


def run(chosen: argparse.Namespace, console: Console) -> None:
    """Makes the register and the deliveries, measures, prints each measure at once."""
    few = make_files(Options(seed=20261102, records=chosen.orders, departements=_WHERE))
    with tempfile.TemporaryDirectory() as name, EmbeddedPostgres(Path(name) / "pg") as postgres:
        url = postgres.create_database("orders")
        upgrade(url)
        engine = open_engine(url)
        for is_ranked in (False, True):
            compare_orders(engine, few, console, is_ranked=is_ranked)
        engine.dispose()
    if chosen.records:
        time_deliveries(chosen.records, chosen.singles, console)


def time_deliveries(records: int, singles: int, console: Console) -> None:
    """Deliveries of several sizes against a register of so many records."""
    files = make_files(Options(seed=20261101, records=records, departements=_WHERE).of_two())
    with tempfile.TemporaryDirectory() as name, EmbeddedPostgres(Path(name) / "pg") as postgres:
        url = postgres.create_database("bench")
        upgrade(url)
        engine = open_engine(url)
        clock = time.perf_counter()
        load_register(engine, files.sources["CAF"])
        console.print(f"Registre de {len(files.sources['CAF'])} enregistrements, chargé en {time.perf_counter() - clock:.0f} s")
        incoming = list(statements(files.sources["FRANCE_TRAVAIL"], 30_000))
        for is_ranked in (False, True):
            for found in measure(engine, incoming, singles, is_ranked=is_ranked):
                console.print(f"  {found.told}", soft_wrap=True)
        engine.dispose()


def main() -> None:
    """Reads the options and runs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=1_000_000, help="records of the register; 0: not timed")
    options.add_argument("--singles", type=int, default=100, help="deliveries of one record")
    options.add_argument("--orders", type=int, default=5_000, help="records of the first of the files delivered in two orders")
    chosen = options.parse_args()
    run(chosen, Console())


if __name__ == "__main__":
    main()
