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
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryDirectory
from types import MappingProxyType

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, text

from passerelle.warehouse.columns import Session, sessions
from passerelle.warehouse.schema_facts import PAYLOADS

_PUBLISHED = """
    select *, max(place) over (partition by series, sender, original) = count(*) over (partition by series, sender, original) as is_newest
    from (
        select l.delivery_id, l.series, l.sender, coalesce(l.original, l.delivery_id) as original, l.stamp, l.file_name,
               l.sha256 as file_sha256, last.at as published_at, cast(last.at at time zone 'Europe/Paris' as date) as published_on,
               array_to_string(array(
                   select r.number from ledger.receipt r where r.delivery_id = l.delivery_id order by r.receipt_id
               ), '+') as receipts,
               row_number() over (partition by l.series, l.sender order by l.stamp desc, coalesce(l.original, l.delivery_id) desc) as place
        from ledger.delivery l
        join lateral (
            select t.state, t.at from ledger.transition t
            where t.delivery_id = l.delivery_id and t.at <= {moment} order by t.transition_id desc limit 1
        ) last on last.state = 'published'
        where l.series in (select d.series from ledger.delivery d where {holds})
    ) each_delivery
"""
"""The deliveries. The newest of a series, with its corrections unless another came between, tell what nothing can replace."""
_HOLDS = """
    (select f.delivery_id from esf.{table} f where f.delivery_id >= d.delivery_id order by f.delivery_id limit 1) = d.delivery_id
"""
"""Whether a delivery has rows in a table: one look into its index, where an ``exists`` may read the table."""
_UNTOLD = """
    select f.version_id, f.record_id, f.delivery_id, f.fact_key from {table} f
    where {asked} and f.delivery_id = any('{{{older}}}') and not exists (
        select from identity.sighting s where s.record_id = f.record_id and s.delivery_id = any('{{{newest}}}') and {near}
    )
"""
"""Whom the newest file of a series tells again, by the same record, says nothing in an older one: most rows end here."""
_STEPS = {
    # Each is analysed before the next: of a chain of common table expressions the planner expects one row and joins everything to all.
    "esf_row": """
        select f.version_id, f.delivery_id, f.fact_key, h.person_id, p.series, p.sender, p.original
        from ({untold}) f
        join esf_published p on p.delivery_id = f.delivery_id
        join ({holder}) h on h.record_id = f.record_id
    """,
    "esf_telling": """
        select distinct on (person_id, series, sender) series, sender, person_id, original
        from (
            select p.series, p.sender, h.person_id, p.original, max(p.stamp) as stamp
            from identity.sighting s
            join esf_published p on p.delivery_id = s.delivery_id
            join ({holder}) h on h.record_id = s.record_id and h.person_id in (select person_id from esf_row)
            group by p.series, p.sender, h.person_id, p.original
        ) each_telling
        order by person_id, series, sender, stamp desc, original desc
    """,
    "esf_older": """
        select version_id, person_id
        from (
            select r.version_id, r.person_id, r.delivery_id,
                   max(r.delivery_id) over (partition by r.person_id, r.series, r.sender, r.original, r.fact_key) as last_to_say
            from esf_row r
            join esf_telling t on t.series = r.series and t.sender = r.sender and t.person_id = r.person_id and t.original = r.original
        ) each_row
        where delivery_id = last_to_say
    """,
}
_FIRST = """
    select p.series, f.sender, {same} as same, min(p.published_on) as first_published_on
    from (select f.*, h.person_id from {table} f join ({holder}) h on h.record_id = f.record_id where {asked}) f
    join esf_published p on p.delivery_id = f.delivery_id
    group by p.series, f.sender, {same}
"""
_STATED = """
    create temporary view {stated} as
    select f.*, p.series, p.sender, p.file_name, p.file_sha256, p.published_at, p.published_on, p.receipts
    from (
        select n.* from {newest} n join esf_published p on p.delivery_id = n.delivery_id
        {last_to_say}
        union all by name
        select * from older_{name}
    ) f
    join esf_published p on p.delivery_id = f.delivery_id
    where {same} is not null
"""
_LAST_TO_SAY = "qualify n.delivery_id = max(n.delivery_id) over (partition by n.person_id, p.series, p.sender, p.original, n.fact_key)"
"""Of one fact told in a file and in its correction, the correction's row counts."""
_SAME: Mapping[str, str] = MappingProxyType(
    {
        "participation": "coalesce(f.participation_number, f.person_id::text || f.fact_key)",
        "participation_pending": "f.participation_number",
        "participation_exit": "f.fact_key",
        "participation_event": "f.fact_key",
        "participation_observation": "f.fact_key",
    }
)
"""By what a statement is recognised in an earlier file of the sender."""
TABLES = tuple(_SAME)
_READ = ("version_id", "record_id", "delivery_id", "fact_key", "line")
_READ_OF: Mapping[str, tuple[str, ...]] = MappingProxyType({"participation_exit": ("participation_number", "exit_date")})
"""What is read of each row, with its payload, or with these of its payload."""


@dataclass(frozen=True)
class Question:
    """What is asked of the warehouse."""

    operation_id: str | None
    """None: all of them."""
    moment: datetime
    traced: bool = False
    """Whether also where each row comes from, and since when it is known: every file of the partners is then looked at."""
    tables: tuple[str, ...] = TABLES

    @property
    def at(self) -> str:
        """SQL of the moment."""
        return f"timestamptz '{self.moment.isoformat()}'"

    @property
    def asked(self) -> str:
        """SQL of the condition on a row ``f``."""
        return "true" if self.operation_id is None else f"f.operation_id = {quoted(self.operation_id)}"

    @property
    def holder(self) -> str:
        """SQL of whom each record spoke of."""
        return f"""
            select record_id, person_id from identity.link
            where decided_at <= {self.at} and (revoked_at is null or revoked_at > {self.at})
        """

    def columns(self, table: str) -> str:
        """SQL of what is read of a row ``f``."""
        read = (*_READ, *(("feed",) if self.traced else ()), *_READ_OF.get(table, tuple(PAYLOADS[table])))
        return ", ".join(f"f.{name}" for name in read)

    def words(self, table: str) -> dict[str, str]:
        """What fills the queries about a table."""
        # Adds no condition: of one operation its few records are hashed, and not everybody's sightings.
        near = "true" if self.operation_id is None else f"s.record_id in (select f.record_id from esf.{table} f where {self.asked})"
        return {"name": table, "table": f"esf.{table}", "asked": self.asked, "holder": self.holder, "near": near, "same": _SAME[table]}


def stated_table(table: str) -> str:
    """The view of the statements of a fact table: each row has, beside the fact, its person, file, when that was published, receipts."""
    return f"esf_stated_{table}"


def stated_first(table: str) -> str:
    """SQL of the same, and the day on which a statement was first published."""
    return f"""(
        select f.*, i.first_published_on from {stated_table(table)} f
        join first_{table} i on i.series = f.series and i.sender = f.sender and i.same = {_SAME[table]}
    )"""


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
            words = {"name": table, "newest": newest, "last_to_say": _LAST_TO_SAY if corrected else ""}
            found.execute(_STATED.format(**words, stated=stated_table(table), same=_SAME[table]))
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


def quoted(value: str) -> str:
    """The SQL of a text."""
    return "'" + value.replace("'", "''") + "'"


def _arrive(connection: Connection, question: Question, found: duckdb.DuckDBPyConnection) -> None:
    """Brings the rows: while PostgreSQL looks for the older ones in one session, the newest of the largest table arrive by the other."""
    with sessions(connection, 2) as (one, other), ThreadPoolExecutor(1) as beside:
        holds = " or ".join(_HOLDS.format(table=table) for table in question.tables)
        _keep(one, "esf_published", _PUBLISHED.format(holds=holds, moment=question.at))
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
            arrived[f"first_{table}"] = session.fetch(_FIRST.format(**words))
        held = session.fetch(f"select d.delivery_id from esf_published d where {_HOLDS.format(table=table)}")["delivery_id"]
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
            queries.append(_UNTOLD.format(**words, newest=_numbers(newest), older=_numbers(older)))
    return " union all ".join(queries)


def _speaking(session: Session, question: Question, words: Mapping[str, str]) -> pa.Table:
    """The rows of older files that still speak, with their persons."""
    columns, table = question.columns(words["name"]), words["table"]
    if not words["untold"]:
        return session.fetch(f"select {columns}, null::uuid as person_id from {table} f limit 0")
    for name, query in _STEPS.items():
        _keep(session, name, query.format(**words))
    session.run("set local enable_nestloop = on")
    rows = session.fetch(f"select {columns}, o.person_id from {table} f join esf_older o on o.version_id = f.version_id")
    session.run(f"drop table {', '.join(_STEPS)}")
    return rows


def _numbers(deliveries: pa.Table) -> str:
    return ", ".join(map(str, deliveries["delivery_id"].to_pylist()))


def _keep(session: Session, name: str, query: str) -> None:
    session.run(f"create temporary table {name} on commit drop as {query}")
    session.run(f"analyze {name}")
