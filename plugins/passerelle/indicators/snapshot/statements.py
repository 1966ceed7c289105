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

_STATED = """
create temporary table {made} on commit drop as
with published as (
    select d.delivery_id, d.series, d.feed, d.sender, coalesce(d.original, d.delivery_id) as original, d.stamp, d.file_name, d.sha256,
           last.at as published_at,
           array_to_string(array(
               select r.number from ledger.receipt r where r.delivery_id = d.delivery_id order by r.receipt_id
           ), '+') as receipts
    from ledger.delivery d
    join lateral (
        select t.state, t.at from ledger.transition t
        where t.delivery_id = d.delivery_id and t.at <= :moment order by t.transition_id desc limit 1
    ) last on last.state = 'published'
    where d.series in (select series from ledger.delivery where delivery_id in (select distinct delivery_id from {table}))
), holder as (
    select record_id, person_id from identity.link
    where decided_at <= :moment and (revoked_at is null or revoked_at > :moment)
), telling as (
    select distinct on (series, sender, person_id) series, sender, person_id, original
    from (
        select p.series, p.sender, h.person_id, p.original, max(p.stamp) as stamp
        from published p
        join identity.sighting s on s.delivery_id = p.delivery_id
        join holder h on h.record_id = s.record_id
        group by p.series, p.sender, h.person_id, p.original
    ) each_telling
    order by series, sender, person_id, stamp desc, original desc
), stated as (
    select f.*, h.person_id, p.series, p.original, p.file_name, p.sha256 as file_sha256, p.published_at, p.receipts,
           max(f.delivery_id) over (partition by h.person_id, p.series, f.sender, p.original, f.fact_key) as last_to_say,
           min(p.published_at) over (partition by p.series, f.sender, {same}) as first_published_at
    from {table} f
    join published p on p.delivery_id = f.delivery_id
    join holder h on h.record_id = f.record_id
    where cast(:operation as text) is null or f.operation_id = :operation
)
select s.*
from stated s
join telling t on t.series = s.series and t.sender = s.sender and t.person_id = s.person_id and t.original = s.original
where s.delivery_id = s.last_to_say
"""
_SAME: Mapping[str, str] = MappingProxyType(
    {
        "participation": "coalesce(f.participation_number, h.person_id::text || f.fact_key)",
        "participation_exit": "f.fact_key",
        "participation_event": "f.fact_key",
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
        for table in TABLES:
            connection.execute(text(f"drop table if exists {stated_table(table)}"))
            connection.execute(text(_STATED.format(table=f"esf.{table}", made=stated_table(table), same=_SAME[table])), values)


def operations_known(connection: Connection, moment: datetime) -> tuple[str, ...]:
    """Every operation with a participation known at the moment, and every one that was recorded by then."""
    state(connection, None, moment)
    named = connection.execute(text(f"select distinct operation_id from {stated_table('participation')}")).scalars()
    query = text("select distinct operation_id from esf.operation where recorded_at <= :moment")
    return tuple(sorted(({*named} - {None, ""}) | {*connection.execute(query, {"moment": moment}).scalars()}))


def gives_events(connection: Connection, moment: datetime) -> bool:
    """Whether some partner had published events of participations by the moment."""
    query = text("""
        select exists (
            select from ledger.transition t
            where t.state = 'published' and t.at <= :moment
              and exists (select from esf.participation_event e where e.delivery_id = t.delivery_id)
        )
    """)
    return bool(connection.execute(query, {"moment": moment}).scalar_one())
