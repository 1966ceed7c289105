"""Rows of text that passed the check → typed rows for staging, secrets already hashed and encrypted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import nir
from passerelle.checks.columns import prepared
from passerelle.checks.values import typed
from passerelle.contract.model import Column, Contract, Table
from passerelle.readers.rows import Rows

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Protection:
    """How a protected value is turned into what may be stored."""

    hash: Callable[[str], str]
    encrypt: Callable[[str], bytes]


def typed_rows(contract: Contract, table: Table, rows: Rows, protection: Protection) -> pa.RecordBatch:
    """The staging columns of these rows, without ``_delivery_id``. A value not of its type is null here: the check has reported it."""
    arrays: dict[str, pa.Array] = {
        "_row": rows.row,
        "_line": rows.line,
        "_record": rows.record,
        "_parent": rows.parent if rows.parent is not None else pa.nulls(len(rows), pa.int64()),
    }
    for column in table.columns:
        values = prepared(contract, column, rows.values.column(column.name))
        if column.protected:
            arrays.update(_protected(column, values, protection))
        else:
            arrays[column.name] = typed(column, values, contract.layout.decimal)
    return pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))


def without(rows: Rows, set_aside: Places, rows_aside: Places | None = None) -> Rows:
    """The rows whose line or dossier was not set aside, nor they themselves (``rows_aside``: ordinals in their table)."""
    keep = ~np.isin(np.asarray(rows.record), set_aside) if len(set_aside) else np.ones(len(rows), dtype=bool)
    if rows_aside is not None:
        keep &= ~np.isin(np.asarray(rows.row), rows_aside)
    if keep.all():
        return rows
    mask = pa.array(keep)
    parent = rows.parent.filter(mask) if rows.parent is not None else None
    return Rows(rows.values.filter(mask), rows.row.filter(mask), rows.line.filter(mask), rows.record.filter(mask), parent)


def _protected(column: Column, values: pa.Array, protection: Protection) -> dict[str, pa.Array]:
    flags = nir.flags(values) if column.nir else pc.if_else(pc.is_valid(values), "", None)
    comparable = nir.comparable(values).to_pylist()
    return {
        f"{column.name}_hash": pa.array([protection.hash(text) if text is not None else None for text in comparable], pa.string()),
        f"{column.name}_flags": pc.cast(flags, pa.string()),
        f"{column.name}_cipher": pa.array(
            [protection.encrypt(text) if text is not None else None for text in values.to_pylist()], pa.binary()
        ),
    }
