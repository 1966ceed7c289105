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

_PUBLISHED = """
    select *, row_number() over (partition by series, sender order by stamp desc, original desc) = 1
              and count(*) over (partition by series, sender, original) = 1 as is_newest
    from (
        select l.delivery_id, l.series, l.feed, l.sender, coalesce(l.original, l.delivery_id) as original, l.stamp, l.file_name,
               l.sha256 as file_sha256, last.at as published_at, cast(last.at at time zone 'Europe/Paris' as date) as published_on,
               array_to_string(array(
                   select r.number from ledger.receipt r where r.delivery_id = l.delivery_id order by r.receipt_id
               ), '+') as receipts
        from ledger.delivery l
        join lateral (
            select t.state, t.at from ledger.transition t
            where t.delivery_id = l.delivery_id and t.at <= {moment} order by t.transition_id desc limit 1
        ) last on last.state = 'published'
        where l.series in (select d.series from ledger.delivery d where {holds})
    ) each_delivery
"""
"""The deliveries; what the newest one of a series tells, without a correction of it, needs no other look: nothing can replace it."""
_HOLDS = """
    (select f.delivery_id from esf.{table} f where f.delivery_id >= d.delivery_id order by f.delivery_id limit 1) = d.delivery_id
"""
"""Whether a delivery has rows in a table: one look into its index, where an ``exists`` may read the table."""
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
                where s.record_id = f.record_id and n.series = p.series and n.sender = p.sender and {near}
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
_ROWS = {
    "{stated}": """
        select f.*, p.series, p.file_name, p.file_sha256, p.published_at, p.published_on, p.receipts
        from (
            select f.*, h.person_id from {table} f join ({holder}) h on h.record_id = f.record_id
            where {asked} and f.delivery_id = any('{{{newest}}}')
            union all
            select f.*, o.person_id from {table} f join {older} o on o.version_id = f.version_id
        ) f
        join esf_published p on p.delivery_id = f.delivery_id
        where {same} is not null
    """,
    "{first}": """
        select p.series, f.sender, {same} as same, min(p.published_on) as first_published_on
        from (select f.*, h.person_id from {table} f join ({holder}) h on h.record_id = f.record_id where {asked}) f
        join esf_published p on p.delivery_id = f.delivery_id
        group by p.series, f.sender, {same}
    """,
}
"""The rows of one operation are few and kept as tables; those of all are views: nobody needs them twice at the price of a copy."""
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


def stated_table(table: str) -> str:
    """The temporary table, or view, of the statements of a fact table.

    Each row has, beside the fact, its person, file, when that was published, and the numbers of its receipts.
    """
    return f"esf_stated_{table}"


def stated_first(table: str) -> str:
    """SQL of the same, and the day on which a statement was first published: it reads every file of the partners once more."""
    return f"""(
        select f.*, i.first_published_on from {stated_table(table)} f
        join esf_first_{table} i on i.series = f.series and i.sender = f.sender and i.same = {_SAME[table]}
    )"""


def state(connection: Connection, operation_id: str | None, moment: datetime) -> None:
    """Makes the temporary tables and views of what was known at the moment, of one operation or of all."""
    # The views of an earlier call go with it.
    connection.execute(text("drop table if exists esf_published cascade"))
    with hash_joins(connection):
        connection.execute(text("set local work_mem = '128MB'"))
        holds = " or ".join(_HOLDS.format(table=table) for table in TABLES)
        _keep(connection, "esf_published", _PUBLISHED.format(holds=holds, moment=_at(moment)), {})
        newest = connection.execute(text("select delivery_id from esf_published where is_newest")).scalars()
        shared = _asked(operation_id, moment) | {"newest": ", ".join(map(str, newest))}
        for table in TABLES:
            _make(connection, shared | _names(table, operation_id), operation_id)


def _make(connection: Connection, words: Mapping[str, str], operation_id: str | None) -> None:
    values = {} if operation_id is None else {"operation": operation_id}
    connection.execute(text("drop table if exists esf_row, esf_telling, {older}, {stated}, {first}".format(**words)))
    for name, query in _STEPS.items():
        _keep(connection, name.format(**words), query.format(**words), values)
    for name, query in _ROWS.items():
        if operation_id is None:
            connection.execute(text(f"create temporary view {name.format(**words)} as {query.format(**words)}"))
        else:
            _keep(connection, name.format(**words), query.format(**words), values)


def _keep(connection: Connection, name: str, query: str, values: Mapping[str, str]) -> None:
    connection.execute(text(f"create temporary table {name} on commit drop as {query}"), values)
    connection.execute(text(f"analyze {name}"))


def operations_known(connection: Connection, moment: datetime) -> tuple[str, ...]:
    """Every operation with a participation known at the moment, and every one that was recorded by then."""
    state(connection, None, moment)
    tables = " union ".join(f"select operation_id from {stated_table(name)}" for name in ("participation", "participation_pending"))
    named = connection.execute(text(tables)).scalars()
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


def _at(moment: datetime) -> str:
    """A view takes no parameters."""
    return f"timestamptz '{moment.isoformat()}'"


def _asked(operation_id: str | None, moment: datetime) -> dict[str, str]:
    at = _at(moment)
    holder = f"select record_id, person_id from identity.link where decided_at <= {at} and (revoked_at is null or revoked_at > {at})"
    return {"holder": holder, "asked": "true" if operation_id is None else "f.operation_id = :operation"}


def _names(table: str, operation_id: str | None) -> dict[str, str]:
    # Adds no condition: of one operation its few records are hashed, and not everybody's sightings.
    near = "true" if operation_id is None else f"s.record_id in (select record_id from esf.{table} where operation_id = :operation)"
    made = {"older": f"esf_older_{table}", "stated": stated_table(table), "first": f"esf_first_{table}"}
    return made | {"table": f"esf.{table}", "same": _SAME[table], "near": near}
