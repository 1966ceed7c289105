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

_STEPS = {
    # Each is analysed before the next: of a chain of common table expressions the planner expects one row and joins everything to all.
    "esf_published": """
        select d.delivery_id, d.series, d.feed, d.sender, coalesce(d.original, d.delivery_id) as original, d.stamp, d.file_name,
               d.sha256 as file_sha256, last.at as published_at,
               array_to_string(array(
                   select r.number from ledger.receipt r where r.delivery_id = d.delivery_id order by r.receipt_id
               ), '+') as receipts
        from ledger.delivery d
        join lateral (
            select t.state, t.at from ledger.transition t
            where t.delivery_id = d.delivery_id and t.at <= :moment order by t.transition_id desc limit 1
        ) last on last.state = 'published'
        where d.series in (select series from ledger.delivery where delivery_id in (select distinct delivery_id from {table}))
    """,
    "esf_row": """
        select f.version_id, f.delivery_id, f.fact_key, h.person_id, p.series, p.sender, p.original, p.published_at, {same} as same
        from {table} f
        join esf_published p on p.delivery_id = f.delivery_id
        join ({holder}) h on h.record_id = f.record_id
        where cast(:operation as text) is null or f.operation_id = :operation
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
    "esf_first": "select series, sender, same, min(published_at) as published_at from esf_row group by series, sender, same",
    "esf_last": """
        select r.version_id, r.delivery_id, r.person_id, r.series, r.original, r.same,
               max(r.delivery_id) over (partition by r.person_id, r.series, r.sender, r.original, r.fact_key) as last_to_say
        from esf_row r
        join esf_telling t on t.series = r.series and t.sender = r.sender and t.person_id = r.person_id and t.original = r.original
    """,
    "{made}": """
        select f.*, l.person_id, l.series, l.original, p.file_name, p.file_sha256, p.published_at, p.receipts,
               i.published_at as first_published_at
        from esf_last l
        join {table} f on f.version_id = l.version_id
        join esf_published p on p.delivery_id = l.delivery_id
        join esf_first i on i.series = l.series and i.sender = f.sender and i.same = l.same
        where l.delivery_id = l.last_to_say
    """,
}
_HOLDER = """
    select record_id, person_id from identity.link
    where decided_at <= :moment and (revoked_at is null or revoked_at > :moment)
"""
_SAME: Mapping[str, str] = MappingProxyType(
    {
        "participation": "coalesce(f.participation_number, h.person_id::text || f.fact_key)",
        "participation_pending": "f.participation_number",
        "participation_exit": "f.fact_key",
        "participation_event": "f.fact_key",
        "participation_observation": "f.fact_key",
    }
)
"""By what a statement is recognised in an earlier file of the sender."""
TABLES = tuple(_SAME)


def stated_table(table: str) -> str:
    """The temporary table of the statements of a fact table."""
    return f"esf_stated_{table}"


def state(connection: Connection, operation_id: str | None, moment: datetime) -> None:
    """Makes the temporary tables of what was known at the moment, of one operation or of all.

    Each row has, beside the fact, its person, file, when it was published, when first, and the numbers of its receipts.
    """
    values = {"moment": moment, "operation": operation_id}
    with hash_joins(connection):
        connection.execute(text("set local work_mem = '128MB'"))
        for table in TABLES:
            words = {"table": f"esf.{table}", "made": stated_table(table), "same": _SAME[table], "holder": _HOLDER}
            for name, query in _STEPS.items():
                made = name.format(**words)
                connection.execute(text(f"drop table if exists {made}"))
                connection.execute(text(f"create temporary table {made} on commit drop as {query.format(**words)}"), values)
                connection.execute(text(f"analyze {made}"))


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
