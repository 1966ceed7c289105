"""What partners had stated of participations at a moment: persons, deliveries and corrections as they stood then.

Of each person, each sender's last telling counts, whole: a participation that its newest file no longer holds is gone. A delivery counts
when its last transition up to the moment published it; a record speaks of the person it was linked to at the moment. So neither a later
delivery, nor one undone later, nor persons merged or split later change what was known.

The rows stay in PostgreSQL, as temporary tables of the transaction: an operation of a million participations is not brought here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, text

from passerelle.warehouse.bulk import hash_joins

_HOLDER = """
    select record_id, person_id from identity.link
    where decided_at <= :moment and (revoked_at is null or revoked_at > :moment)
"""
_ASKED = "(cast(:operation as text) is null or f.operation_id = :operation)"
_PUBLISHED = """
    create temporary table esf_published on commit drop as
    select *, row_number() over (partition by series, sender order by stamp desc, original desc) = 1
              and count(*) over (partition by series, sender, original) = 1 as is_newest
    from (
        select d.delivery_id, d.series, d.feed, d.sender, coalesce(d.original, d.delivery_id) as original, d.stamp, d.file_name,
               d.sha256 as file_sha256, last.at as published_at, cast(last.at at time zone 'Europe/Paris' as date) as published_on,
               array_to_string(array(
                   select r.number from ledger.receipt r where r.delivery_id = d.delivery_id order by r.receipt_id
               ), '+') as receipts
        from ledger.delivery d
        join lateral (
            select t.state, t.at from ledger.transition t
            where t.delivery_id = d.delivery_id and t.at <= :moment order by t.transition_id desc limit 1
        ) last on last.state = 'published'
        where d.series in (select series from ledger.delivery where {holds})
    ) each_delivery
"""
"""The deliveries; what the newest one of a series tells, without a correction of it, needs no other look: nothing can replace it."""
_STEPS = {
    # Each is analysed before the next: of a chain of common table expressions the planner expects one row and joins everything to all.
    # Whom the newest file tells again, by the same record, says nothing in an older one: most rows end here.
    "esf_row": """
        select f.version_id, f.delivery_id, f.fact_key, h.person_id, f.series, f.sender, f.original
        from (
            select f.version_id, f.record_id, f.delivery_id, f.fact_key, p.series, p.sender, p.original
            from {table} f
            join esf_published p on p.delivery_id = f.delivery_id and not p.is_newest
            where {asked} and not exists (
                select from identity.sighting s join esf_published n on n.delivery_id = s.delivery_id and n.is_newest
                where s.record_id = f.record_id and n.series = p.series and n.sender = p.sender
            )
        ) f
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
    "{older}": """
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
_STATED = f"""
    select f.*, p.file_name, p.file_sha256, p.published_at, p.published_on, p.receipts, p.series
    from (
        select f.*, h.person_id from {{table}} f join ({_HOLDER}) h on h.record_id = f.record_id
        where {_ASKED} and f.delivery_id in (select delivery_id from esf_published where is_newest)
        union all
        select f.*, o.person_id from {{table}} f join {{older}} o on o.version_id = f.version_id
    ) f
    join esf_published p on p.delivery_id = f.delivery_id
    where {{same}} is not null
"""
_FIRST = f"""
    select p.series, f.sender, {{same}} as same, min(p.published_on) as first_published_on
    from (select f.*, h.person_id from {{table}} f join ({_HOLDER}) h on h.record_id = f.record_id where {_ASKED}) f
    join esf_published p on p.delivery_id = f.delivery_id
    group by p.series, f.sender, {{same}}
"""
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


def stated(table: str) -> str:
    """SQL of the statements of a fact table, once :func:`state` was called; ``:moment`` and ``:operation`` as there.

    Each row has, beside the fact, its person, file, when that was published, and the numbers of its receipts.
    """
    return f"({_STATED.format(**_words(table))})"


def stated_first(table: str) -> str:
    """The same, and the day on which a statement was first published: it reads every file of the partners once more."""
    return f"""(
        select f.*, i.first_published_on from {stated(table)} f
        join ({_FIRST.format(**_words(table))}) i on i.series = f.series and i.sender = f.sender and i.same = {_SAME[table]}
    )"""


def state(connection: Connection, operation_id: str | None, moment: datetime) -> None:
    """Makes the temporary tables out of which is told what was known at the moment, of one operation or of all."""
    values = {"moment": moment, "operation": operation_id}
    # A scalar subquery, which the planner leaves alone: it looks into an index once per delivery.
    holds = " or ".join(f"(select true from esf.{table} f where f.delivery_id = delivery.delivery_id limit 1)" for table in TABLES)
    with hash_joins(connection):
        connection.execute(text("set local work_mem = '128MB'"))
        connection.execute(text("drop table if exists esf_published"))
        connection.execute(text(_PUBLISHED.format(holds=holds)), values)
        connection.execute(text("analyze esf_published"))
        for table in TABLES:
            for name, query in _STEPS.items():
                made = name.format(**_words(table))
                connection.execute(text(f"drop table if exists {made}"))
                connection.execute(text(f"create temporary table {made} on commit drop as {query.format(**_words(table))}"), values)
                connection.execute(text(f"analyze {made}"))


def operations_known(connection: Connection, moment: datetime) -> tuple[str, ...]:
    """Every operation with a participation known at the moment, and every one that was recorded by then."""
    state(connection, None, moment)
    tables = " union ".join(f"select operation_id from {stated(name)} s" for name in ("participation", "participation_pending"))
    named = connection.execute(text(tables), {"moment": moment, "operation": None}).scalars()
    query = text("select distinct operation_id from esf.operation where recorded_at <= :moment")
    return tuple(sorted(({*named} - {None, ""}) | {*connection.execute(query, {"moment": moment}).scalars()}))


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


def _words(table: str) -> dict[str, str]:
    return {"table": f"esf.{table}", "older": f"esf_older_{table}", "same": _SAME[table], "holder": _HOLDER, "asked": _ASKED}
