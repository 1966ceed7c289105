"""PostgreSQL and DuckDB of :mod:`.statements`: which deliveries and which of their rows speak at a moment, and how they are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from passerelle.warehouse.schema_facts import PAYLOADS

PUBLISHED = """
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
HOLDS = """
    (select f.delivery_id from esf.{table} f where f.delivery_id >= d.delivery_id order by f.delivery_id limit 1) = d.delivery_id
"""
"""Whether a delivery has rows in a table: one look into its index, where an ``exists`` may read the table."""
UNTOLD = """
    select f.version_id, f.record_id, f.delivery_id, f.fact_key from {table} f
    where {asked} and f.delivery_id = any('{{{older}}}') and not exists (
        select from identity.sighting s where s.record_id = f.record_id and s.delivery_id = any('{{{newest}}}') and {near}
    )
"""
"""Whom the newest file of a series tells again, by the same record, says nothing in an older one: most rows end here."""
STEPS = {
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
FIRST = """
    select p.series, f.sender, {same} as same, min(p.published_on) as first_published_on
    from (select f.*, h.person_id from {table} f join ({holder}) h on h.record_id = f.record_id where {asked}) f
    join esf_published p on p.delivery_id = f.delivery_id
    group by p.series, f.sender, {same}
"""
STATED = """
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
LAST_TO_SAY = "qualify n.delivery_id = max(n.delivery_id) over (partition by n.person_id, p.series, p.sender, p.original, n.fact_key)"
"""Of one fact told in a file and in its correction, the correction's row counts."""
SAME: Mapping[str, str] = MappingProxyType(
    {
        "participation": "coalesce(f.participation_number, f.person_id::text || f.fact_key)",
        "participation_pending": "f.participation_number",
        "participation_exit": "f.fact_key",
        "participation_event": "f.fact_key",
        "participation_observation": "f.fact_key",
    }
)
"""By what a statement is recognised in an earlier file of the sender."""
TABLES = tuple(SAME)
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
        return {"name": table, "table": f"esf.{table}", "asked": self.asked, "holder": self.holder, "near": near, "same": SAME[table]}


def stated_table(table: str) -> str:
    """The view of the statements of a fact table: each row has, beside the fact, its person, file, when that was published, receipts."""
    return f"esf_stated_{table}"


def stated_first(table: str) -> str:
    """SQL of the same, and the day on which a statement was first published."""
    return f"""(
        select f.*, i.first_published_on from {stated_table(table)} f
        join first_{table} i on i.series = f.series and i.sender = f.sender and i.same = {SAME[table]}
    )"""


def quoted(value: str) -> str:
    """The SQL of a text."""
    return "'" + value.replace("'", "''") + "'"
