"""What of a delivery is not loaded, and what became of it: a record set aside is open until a later delivery brings it right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, TextClause, and_, delete, func, or_, select, text, tuple_, update

from passerelle.ledger.deliveries import Delivery
from passerelle.warehouse.bulk import copy_rows, hash_joins
from passerelle.warehouse.schema_ledger import delivery as _delivery
from passerelle.warehouse.schema_ledger import row_aside as _row
from passerelle.warehouse.schema_ledger import set_aside as _aside

_Places = npt.NDArray[np.int64]
_COUNTED = """
    select which.delivery_id, sum(greatest(coalesce(found.findings, 0), 1)) as findings
    from (
        select a.delivery_id, a.record
        from ledger.set_aside a
        join ledger.delivery d on d.delivery_id = a.delivery_id
        where a.delivery_id = any(:deliveries) and {which}
          and not exists (
              select from ledger.set_aside b
              join ledger.delivery c on c.delivery_id = b.delivery_id
              where b.delivery_id = any(:corrections) and b.key_hash = a.key_hash {again}
                and c.original = coalesce(d.original, d.delivery_id) and c.delivery_id > d.delivery_id
          )
          and (a.key_hash is not null or a.delivery_id <> all(array(
              select e.delivery_id
              from ledger.delivery e
              join ledger.delivery c on c.original = coalesce(e.original, e.delivery_id) and c.delivery_id > e.delivery_id
              join ledger.delivery corrected on corrected.delivery_id = c.corrects
              where e.delivery_id = any(:deliveries) and c.delivery_id = any(:corrections)
                and c.corrects in (e.delivery_id, e.corrects, e.original)
                and c.lines_accepted + c.lines_set_aside >= corrected.lines_set_aside
                and exists (select from ledger.set_aside b where b.delivery_id = c.delivery_id {again})
          )))
    ) which
    left join (
        select f.delivery_id, f.record, count(*) as findings
        from ledger.finding f
        join ledger.broken_rule r on r.delivery_id = f.delivery_id and r.rule_no = f.rule_no
        where r.effect in ('set_aside', 'set_aside_line') and f.delivery_id = any(:deliveries)
        group by f.delivery_id, f.record
    ) found on found.delivery_id = which.delivery_id and found.record = which.record
    group by which.delivery_id
"""
"""Findings of records set aside, one at least for each: a line that only goes with a bad one of its dossier has none of its own.

A record that is still wrong in a later correction counts there only: known by its key, else by a correction that came back whole.
"""
_OPEN_DELIVERIES = text("""
    select d.delivery_id, d.file_name, d.received_at
    from ledger.delivery d
    where d.series = :series and d.sender = :sender and d.state = 'published'
      and exists (select from ledger.set_aside a where a.delivery_id = d.delivery_id and a.closed_at is null)
    order by d.received_at, d.delivery_id
""")
_CLOSED_IN = text("select distinct a.delivery_id from ledger.set_aside a where a.closed_by = :delivery_id")
_CORRECTIONS = text("""
    select c.delivery_id from ledger.delivery c
    where c.state = 'published'
      and c.original in (select coalesce(d.original, d.delivery_id) from ledger.delivery d where d.delivery_id = any(:deliveries))
""")
_OPEN = text(_COUNTED.format(which="a.closed_at is null", again=""))
_CLOSED = text(_COUNTED.format(which="a.closed_by = :delivery_id", again="and b.closed_by = :delivery_id"))


class SetAside(NamedTuple):
    """A line or dossier that is not loaded."""

    record: int
    """Its ordinal in the file."""
    record_key: str | None = None
    """The sender's own key of it, never a NIR."""
    key_hash: str | None = None
    """Keyed hash of its whole key; None when it cannot be read."""


class OpenFile(NamedTuple):
    """A published delivery of which something is still set aside."""

    delivery_id: int
    file_name: str
    received_at: datetime
    findings: int


def replace_set_aside(connection: Connection, delivery_id: int, records: Iterable[SetAside]) -> None:
    """What is not loaded of the delivery, as a whole. What a later delivery brought right stays closed (a replay sets it aside again)."""
    mine = _aside.c.delivery_id == delivery_id
    query = select(_aside.c.record, _aside.c.key_hash, _aside.c.closed_by, _aside.c.closed_at).where(mine, _aside.c.closed_at.is_not(None))
    closed = {(row.record, row.key_hash): (row.closed_by, row.closed_at) for row in connection.execute(query)}
    connection.execute(delete(_aside).where(mine))
    columns = ("delivery_id", *SetAside._fields, "closed_by", "closed_at")
    rows = ((delivery_id, *record, *closed.get((record.record, record.key_hash), (None, None))) for record in records)
    copy_rows(connection, _aside, columns, rows)


def replace_rows_aside(connection: Connection, delivery_id: int, rows: Mapping[str, _Places]) -> None:
    """The rows that are not loaded although their dossier is, by table, as a whole."""
    connection.execute(delete(_row).where(_row.c.delivery_id == delivery_id))
    places = ((delivery_id, name, row) for name, found in rows.items() for row in found.tolist())
    copy_rows(connection, _row, ("delivery_id", "table_name", "row"), places)


def set_aside(connection: Connection, delivery_id: int) -> _Places:
    """The ordinals of the lines or dossiers that are not loaded, sorted."""
    query = select(_aside.c.record).where(_aside.c.delivery_id == delivery_id).order_by(_aside.c.record)
    return np.array(connection.execute(query).scalars().all(), dtype=np.int64)


def rows_aside(connection: Connection, delivery_id: int) -> dict[str, _Places]:
    """Table → the rows that are not loaded although their dossier is."""
    query = select(_row.c.table_name, func.array_agg(_row.c.row)).where(_row.c.delivery_id == delivery_id).group_by(_row.c.table_name)
    return {name: np.array(sorted(rows), dtype=np.int64) for name, rows in connection.execute(query)}


def record_keys(connection: Connection, delivery_id: int, records: Iterable[int]) -> dict[int, str]:
    """Record → the sender's own key, of those of these records that have one."""
    query = select(_aside.c.record, _aside.c.record_key).where(
        _aside.c.delivery_id == delivery_id, _aside.c.record_key.is_not(None), _aside.c.record.in_(list(records))
    )
    return {row.record: row.record_key for row in connection.execute(query)}


def is_open(connection: Connection, delivery_id: int) -> bool:
    """Whether something of the delivery still waits to be brought right."""
    query = select(_aside.c.record).where(_aside.c.delivery_id == delivery_id, _aside.c.closed_at.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def open_hashes(connection: Connection, delivery: Delivery) -> set[str]:
    """The keys still open in what the sender told before this delivery in its series."""
    query = select(_aside.c.key_hash).where(_earlier(delivery), _aside.c.key_hash.is_not(None)).distinct()
    return set(connection.execute(query).scalars())


def close_keys(connection: Connection, delivery: Delivery, hashes: Iterable[str], at: datetime) -> int:
    """Closes, by this delivery, what is open under these keys in what its sender told before; how many records."""
    return _close(connection, delivery, at, _aside.c.key_hash == func.any(list(hashes)))


def close_unread(connection: Connection, delivery: Delivery, carried: Iterable[int], at: datetime) -> int:
    """Closes, by this correction, the records without a readable key of the deliveries whose records it carries; how many.

    Those of earlier corrections of these deliveries too: they are the same records.
    """
    whole = list(carried)
    same = select(_delivery.c.delivery_id).where(
        or_(*(column.in_(whole) for column in (_delivery.c.delivery_id, _delivery.c.corrects, _delivery.c.original)))
    )
    return _close(connection, delivery, at, and_(_aside.c.delivery_id.in_(same), _aside.c.key_hash.is_(None)))


def reopen(connection: Connection, delivery_id: int) -> int:
    """What this delivery had closed is open again, for its undo; how many records."""
    query = update(_aside).where(_aside.c.closed_by == delivery_id).values(closed_by=None, closed_at=None)
    return connection.execute(query).rowcount


def open_files(connection: Connection, series: str, sender: str) -> tuple[OpenFile, ...]:
    """The sender's published deliveries with something still open, oldest first. What came back wrong is open in its correction only."""
    files = connection.execute(_OPEN_DELIVERIES, {"series": series, "sender": sender}).all()
    findings = _counted(connection, _OPEN, {"deliveries": [file.delivery_id for file in files]})
    return tuple(
        OpenFile(file.delivery_id, file.file_name, file.received_at, findings[file.delivery_id])
        for file in files
        if file.delivery_id in findings
    )


def closed_findings(connection: Connection, delivery_id: int) -> int:
    """How many findings of earlier deliveries this one brought right."""
    among = list(connection.execute(_CLOSED_IN, {"delivery_id": delivery_id}).scalars())
    return sum(_counted(connection, _CLOSED, {"deliveries": among, "delivery_id": delivery_id}).values())


def _counted(connection: Connection, query: TextClause, which: dict[str, Any]) -> dict[int, int]:
    """Delivery → findings, of those that have some."""
    corrections = list(connection.execute(_CORRECTIONS, {"deliveries": which["deliveries"]}).scalars())
    with hash_joins(connection):
        found = connection.execute(query, {**which, "corrections": corrections})
        return {row.delivery_id: int(row.findings) for row in found}


def _close(connection: Connection, delivery: Delivery, at: datetime, which: ColumnElement[bool]) -> int:
    query = update(_aside).where(_earlier(delivery), which).values(closed_by=delivery.delivery_id, closed_at=at)
    return connection.execute(query).rowcount


def _earlier(delivery: Delivery) -> ColumnElement[bool]:
    """Open records of what the sender told, by its own stamps, before this delivery in its series."""
    before = select(_delivery.c.delivery_id).where(
        _delivery.c.series == delivery.series,
        _delivery.c.sender == delivery.sender,
        tuple_(_delivery.c.stamp, _delivery.c.delivery_id) < tuple_(delivery.stamp, delivery.delivery_id),
    )
    return and_(_aside.c.closed_at.is_(None), _aside.c.delivery_id.in_(before))
