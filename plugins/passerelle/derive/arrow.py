"""Contract → Arrow types: what a staged column is in memory. Loads no database library, so a partner's desk can check a file."""

from __future__ import annotations

import pyarrow as pa

from passerelle.contract.model import Column


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of the staged column."""
    match column.type:
        case "date":
            return pa.date32()
        case "time":
            return pa.time64("us")
        case "timestamp":
            return pa.timestamp("us")
        case "integer":
            return pa.int64()
        case "number":
            return pa.decimal128(max(column.precision or 18, column.scale + 1), column.scale)
        case "boolean":
            return pa.bool_()
        case _:
            return pa.string()
