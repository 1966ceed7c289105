"""Rules between columns of a row, and between a child table and its parent."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks.columns import prepared
from passerelle.checks.values import typed
from passerelle.contract.model import Contract, RowRule, Table
from passerelle.readers.rows import Rows


def broken(contract: Contract, table: Table, rule: RowRule, values: pa.RecordBatch) -> pa.Array:
    """Mask of the rows that break a rule between columns."""
    columns = [table.column(name) for name in rule.columns]
    first, second = (prepared(contract, column, values.column(column.name)) for column in columns)
    match rule.kind:
        case "equal":
            return pc.fill_null(pc.not_equal(first, second), False)
        case "ordered":
            earlier, later = (typed(column, side, contract.layout.decimal) for column, side in zip(columns, (first, second), strict=True))
            return pc.fill_null(pc.greater(earlier, later), False)
        case "required_if":
            asked = pc.is_valid(second)
            if rule.values:
                asked = pc.and_(asked, pc.fill_null(pc.is_in(second, value_set=pa.array(rule.values, pa.string())), False))
            return pc.and_(asked, pc.is_null(first))


def parents_with_wrong_count(table: Table, children: Rows | None, parents: Rows) -> pa.Array | None:
    """Mask over the parent's rows that have too few or too many rows of this child table; None when none has."""
    counts = np.zeros(len(parents), dtype=np.int64)
    if children is not None and children.parent is not None and len(children):
        first = int(parents.row[0].as_py())
        places, found = np.unique(np.asarray(children.parent) - first, return_counts=True)
        counts[places] = found
    wrong = counts < table.min_rows
    if table.max_rows is not None:
        wrong |= counts > table.max_rows
    return pa.array(wrong) if wrong.any() else None
