"""The findings of a delivery: the words of each broken rule once, one narrow row per place. A million of them take seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, text

from passerelle.findings import Rule
from passerelle.warehouse.bulk import copy_rows
from passerelle.warehouse.schema_ledger import broken_rule as _rule
from passerelle.warehouse.schema_ledger import finding as _finding

_COLUMNS = ("ordinal", "rule_no", "line", "record", "value", "proposal")
_TEXTS = ("value", "proposal")
_TOLD = text("""
    select t.rule, t.effect, t.column_name, t.line, t.record, t.message, t.expected, t.fix, t.proposal, a.record_key
    from ledger.finding_told t
    left join ledger.set_aside a on a.delivery_id = t.delivery_id and a.record = t.record
    where t.delivery_id = :delivery_id
    order by t.ordinal
    limit :most
""")


def replace_findings(connection: Connection, delivery_id: int, rules: Iterable[Rule], batches: Iterable[pa.RecordBatch]) -> None:
    """The delivery's findings, as a whole.

    The place of a rule is its ``rule_no``. The batches have the columns ordinal, rule_no, line, record, value and proposal; a line of 0
    and a record below 0 stand for the file itself.
    """
    for table in (_finding, _rule):
        connection.execute(delete(table).where(table.c.delivery_id == delivery_id))
    words = [{"delivery_id": delivery_id, "rule_no": number, **_words(rule)} for number, rule in enumerate(rules)]
    if words:
        connection.execute(insert(_rule), words)
    copy_rows(connection, _finding, ("delivery_id", *_COLUMNS), _rows(delivery_id, batches))


def effect_counts(connection: Connection, delivery_id: int) -> dict[str, int]:
    """Effect → number of findings."""
    query = (
        select(_rule.c.effect, func.count())
        .select_from(_finding.join(_rule, (_rule.c.delivery_id == _finding.c.delivery_id) & (_rule.c.rule_no == _finding.c.rule_no)))
        .where(_finding.c.delivery_id == delivery_id)
        .group_by(_rule.c.effect)
    )
    return {effect: count for effect, count in connection.execute(query)}


def told(connection: Connection, delivery_id: int, most: int) -> Iterator[RowMapping]:
    """The first findings with their words and the sender's own key of the record, in the order of the file; read as they are asked for."""
    found = connection.execute(_TOLD, {"delivery_id": delivery_id, "most": most}, execution_options={"yield_per": 5_000})
    try:
        yield from found.mappings()
    finally:
        found.close()


def _words(rule: Rule) -> dict[str, object]:
    return {
        "rule": rule.id,
        "kind": rule.kind,
        "effect": rule.effect,
        "table_name": rule.table,
        "column_name": rule.column,
        "message": rule.message,
        "expected": rule.expected,
        "fix": rule.fix,
    }


def _rows(delivery_id: int, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[object, ...]]:
    for batch in batches:
        columns = [_tidy(name, batch.column(name)) for name in _COLUMNS]
        yield from zip(repeat(delivery_id), *(column.to_pylist() for column in columns), strict=False)


def _tidy(name: str, column: pa.Array) -> pa.Array:
    """As the table keeps it: no number for the file itself, no NUL (PostgreSQL refuses it, a JSON text may hold one)."""
    if name == "line":
        return pc.if_else(pc.greater(column, 0), column, None)
    if name == "record":
        return pc.if_else(pc.greater_equal(column, 0), column, None)
    return pc.replace_substring(column, "\0", "\ufffd") if name in _TEXTS and column.null_count < len(column) else column
