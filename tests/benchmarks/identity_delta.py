"""A daily delivery against a register of many: how long it takes to say who is who, alone and with everything written.

The register is a generated population's first source, loaded in bulk into a real PostgreSQL; the deliveries are taken from the second one.
Each delivery is recognised and rolled back, so that every measure starts from the same register.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Engine, text

from passerelle.checks import nir
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.identity.candidates import find, traits_of
from passerelle.identity.decide import Batch, Decision
from passerelle.identity.matcher import Matcher
from passerelle.identity.pool import Pool
from passerelle.identity.reasons import NEW
from passerelle.identity.recognise import collector_paused, recognise
from passerelle.identity.statement import Recognition, Statement, content_hash, facts_of, keys_of
from passerelle.identity.write import Decided, write_decided
from passerelle.population.options import Options
from passerelle.population.sources import make_files
from passerelle.warehouse.connect import open_engine
from passerelle.warehouse.migrate import upgrade

_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
_CAF: Final = Recognition(1, "caf_msa", "caf", _AT, b"bench")
_FT: Final = Recognition(2, "france_travail", "ft", _AT, b"bench")
_BATCH: Final = 20_000
WHERE: Final = ("59",)
"""One Département: CAFs give out the same numbers, each for itself."""
CERTAIN, RANKED = "règles certaines", "toutes les couches"
MATCHING, WRITING = "rapprochement", "écriture comprise"
MEMORY: Final = "2GB"
"""Of tables that the server keeps: as docker-compose.yml has it."""
SIZES: Final = (1, 1_000, 10_000)
"""Records of a delivery."""
_TIMES: Final = 3
"""How many deliveries of many records."""
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
        batch = Batch(matcher, Pool(found.known, facts, found.crowd), [uuid4() for _ in facts], partial(traits_of, connection))
        for number in range(len(facts)):
            batch.place(number, batch.choose(number) or uuid4())
        batch.decisions()


def deliver(folder: Path, records: str, singles: str) -> None:
    """Deliveries of each size to a register of so many records; their seconds, per layers, size and work, go to ``deltas.json``."""
    files = make_files(Options(seed=20261101, records=int(records), departements=WHERE).of_two())
    with EmbeddedPostgres(folder / "pg", memory=MEMORY) as postgres:
        url = postgres.create_database("bench")
        upgrade(url)
        engine = open_engine(url)
        clock = time.perf_counter()
        load_register(engine, files.sources["CAF"])
        loaded = time.perf_counter() - clock
        incoming = list(statements(files.sources["FRANCE_TRAVAIL"], _TIMES * SIZES[-1]))
        found = [one for is_ranked in (False, True) for one in _measures(engine, incoming, int(singles), is_ranked=is_ranked)]
        engine.dispose()
    told = {"register": len(files.sources["CAF"]), "loaded": loaded, "measures": found}
    (folder / "deltas.json").write_text(json.dumps(told), encoding="utf-8")


def _measures(engine: Engine, incoming: list[Statement], singles: int, *, is_ranked: bool) -> Iterator[dict[str, Any]]:
    context = replace(_FT, is_ranked=is_ranked)
    with engine.connect() as connection, Matcher(is_ranked=is_ranked) as matcher:
        works: dict[str, Callable[[list[Statement]], object]] = {
            MATCHING: lambda delivery: match_only(connection, matcher, delivery),
            WRITING: lambda delivery: recognise(connection, delivery, context),
        }
        for size in SIZES:
            times = singles + _WARM if size == 1 else _TIMES
            deliveries = [
                [replace(statement, row=row) for row, statement in enumerate(incoming[start * size : (start + 1) * size])]
                for start in range(times)
            ]
            for work, do in works.items():
                seconds = _timed(connection, do, [delivery for delivery in deliveries if len(delivery) == size])
                yield {"layers": RANKED if is_ranked else CERTAIN, "size": size, "work": work, "seconds": seconds}


def _timed(connection: Connection, work: Callable[[list[Statement]], object], deliveries: list[list[Statement]]) -> list[float]:
    seconds = []
    for delivery in deliveries:
        clock = time.perf_counter()
        work(delivery)
        seconds.append(time.perf_counter() - clock)
        connection.rollback()
    return seconds[_WARM:] if len(seconds) > _WARM else seconds
