"""What partners had stated of participations at a moment: persons, deliveries and corrections as they stood then.

Of each person, each sender's last telling counts, whole: a participation that its newest file no longer holds is gone. A delivery counts
when its last transition up to the moment published it; a record speaks of the person it was linked to at the moment. So neither a later
delivery, nor one undone later, nor persons merged or split later change what was known.

PostgreSQL says which older rows still speak; the rows come here as columns, whom each is about and which sender's file it stands in
being joined here (DuckDB, in memory): an operation of a million participations takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from passerelle.indicators.snapshot.statements_sql import (
    FIRST,
    HOLDS,
    LAST_TO_SAY,
    PUBLISHED,
    SAME,
    STATED,
    STEPS,
    UNTOLD,
    Question,
    stated_table,
)
from passerelle.warehouse.columns import Session, sessions


@contextmanager
def stated(connection: Connection, question: Question) -> Iterator[duckdb.DuckDBPyConnection]:
    """The views of what was known at the moment, as long as they are open; what the transaction itself has written is not in them."""
    with TemporaryDirectory(prefix="passerelle-esf-") as own, duckdb.connect() as found:
        # What memory cannot hold goes where only this login can read, not to the working directory.
        found.execute(f"set temp_directory = '{own}'; set preserve_insertion_order = false")
        _arrive(connection, question, found)
        (corrected,) = found.execute("select count(*) > 0 from esf_published where is_newest and place > 1").fetchall()[0]
        for table in question.tables:
            newest = f"newest_{table}"
            if question.operation_id is None:
                newest = f"(select r.*, h.person_id from newest_{table} r join holder h on h.record_id = r.record_id)"
            words = {"name": table, "newest": newest, "last_to_say": LAST_TO_SAY if corrected else ""}
            found.execute(STATED.format(**words, stated=stated_table(table), same=SAME[table]))
        yield found


def operations_known(connection: Connection, moment: datetime) -> tuple[str, ...]:
    """Every operation with a participation known at the moment, and every one that was recorded by then."""
    tables = ("participation", "participation_pending")
    with stated(connection, Question(None, moment, tables=tables)) as found:
        query = " union ".join(f"select operation_id from {stated_table(name)}" for name in tables)
        named = {name for (name,) in found.execute(query).fetchall()} - {None, ""}
    recorded = text("select distinct operation_id from esf.operation where recorded_at <= :moment")
    return tuple(sorted(named | {*connection.execute(recorded, {"moment": moment}).scalars()}))


def is_given(connection: Connection, table: str, moment: datetime) -> bool:
    """Whether some partner had published rows of one of these tables by the moment."""
    query = text(f"""
        select exists (
            select from ledger.transition t
            where t.state = 'published' and t.at <= :moment
              and exists (select from esf.{table} f where f.delivery_id = t.delivery_id)
        )
    """)
    return bool(connection.execute(query, {"moment": moment}).scalar_one())


def _arrive(connection: Connection, question: Question, found: duckdb.DuckDBPyConnection) -> None:
    """Brings the rows: while PostgreSQL looks for the older ones in one session, the newest of the largest table arrive by the other."""
    with sessions(connection, 2) as (one, other), ThreadPoolExecutor(1) as beside:
        holds = " or ".join(HOLDS.format(table=table) for table in question.tables)
        _keep(one, "esf_published", PUBLISHED.format(holds=holds, moment=question.at))
        published = one.fetch("select * from esf_published")
        others = beside.submit(lambda: _older(one, question, published) | _newest(one, question, published, question.tables[1:]))
        arrived = _newest(other, question, published, question.tables[:1])
        if question.operation_id is None:
            arrived["holder"] = other.fetch(question.holder)
        arrived |= {"esf_published": published} | others.result()
    for name, rows in arrived.items():
        found.register(name, rows)


def _newest(session: Session, question: Question, published: pa.Table, tables: Sequence[str]) -> dict[str, pa.Table]:
    newest, arrived = _numbers(published.filter(published["is_newest"])), {}
    for table in tables:
        rows = f"select {question.columns(table)} from esf.{table} f where f.delivery_id = any('{{{newest}}}')"
        if question.operation_id is not None:
            rows = f"""
                select {question.columns(table)}, h.person_id from esf.{table} f join ({question.holder}) h on h.record_id = f.record_id
                where {question.asked} and f.delivery_id = any('{{{newest}}}')
            """
        arrived[f"newest_{table}"] = session.fetch(rows)
    return arrived


def _older(session: Session, question: Question, published: pa.Table) -> dict[str, pa.Table]:
    session.run("set local work_mem = '128MB'")
    arrived = {}
    for table in question.tables:
        words = question.words(table)
        # Of rows just written the planner takes a million for one and reads each time anew.
        session.run("set local enable_nestloop = off")
        if question.traced:
            arrived[f"first_{table}"] = session.fetch(FIRST.format(**words))
        held = session.fetch(f"select d.delivery_id from esf_published d where {HOLDS.format(table=table)}")["delivery_id"]
        concerned = published.filter(pc.or_(published["is_newest"], pc.is_in(published["delivery_id"], held.combine_chunks())))
        arrived[f"older_{table}"] = _speaking(session, question, words | {"untold": _untold(concerned, words)})
    return arrived


def _untold(published: pa.Table, words: Mapping[str, str]) -> str:
    """SQL of the rows of older files of records that the newest one of their series does not tell; empty where there is no older file."""
    queries = []
    for series, sender in sorted(set(zip(published["series"].to_pylist(), published["sender"].to_pylist(), strict=True))):
        mine = published.filter((pc.field("series") == series) & (pc.field("sender") == sender))
        newest, older = mine.filter(pc.field("is_newest")), mine.filter(~pc.field("is_newest"))
        if len(older):
            queries.append(UNTOLD.format(**words, newest=_numbers(newest), older=_numbers(older)))
    return " union all ".join(queries)


def _speaking(session: Session, question: Question, words: Mapping[str, str]) -> pa.Table:
    """The rows of older files that still speak, with their persons."""
    columns, table = question.columns(words["name"]), words["table"]
    if not words["untold"]:
        return session.fetch(f"select {columns}, null::uuid as person_id from {table} f limit 0")
    for name, query in STEPS.items():
        _keep(session, name, query.format(**words))
    session.run("set local enable_nestloop = on")
    rows = session.fetch(f"select {columns}, o.person_id from {table} f join esf_older o on o.version_id = f.version_id")
    session.run(f"drop table {', '.join(STEPS)}")
    return rows


def _numbers(deliveries: pa.Table) -> str:
    return ", ".join(map(str, deliveries["delivery_id"].to_pylist()))


def _keep(session: Session, name: str, query: str) -> None:
    session.run(f"create temporary table {name} on commit drop as {query}")
    session.run(f"analyze {name}")
