"""One broken rule and the rows of a chunk that break it: what the judges of a file hand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks.wording import MOST_SHOWN
from passerelle.contract.model import Column
from passerelle.findings import Rule
from passerelle.readers.rows import Rows

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Violation:
    """One rule broken at some places of one chunk."""

    rule: Rule
    lines: Places
    records: Places
    """-1: the file itself, its header or footer."""
    values: pa.Array | None = None
    """The received values, only where the column's classification allows showing them."""
    proposals: pa.Array | None = None
    """What to write instead (texts, each distinct one once: a dictionary array), null where nothing can be proposed."""
    hits: Places | None = None
    """Which rows of the rule's table, by their place in the chunk; None when it is not about rows."""
    columns: tuple[str, ...] = ()
    """The columns of these rows that are wrong together, by name."""


def places(numbers: Any) -> Places:
    """The numbers as an array."""
    return np.array(numbers, dtype=np.int64)


def at_rows(rule: Rule, mask: pa.Array, rows: Rows, columns: tuple[Column, ...] = ()) -> Violation | None:
    """The violation at the rows where the mask is true; None when there is none. Line and value are those of the first column."""
    hits = np.flatnonzero(np.asarray(pc.fill_null(mask, False)))
    if not len(hits):
        return None
    lines, values = np.asarray(rows.line)[hits], None
    if columns:
        lines = places(rows.lines_of(columns[0].name, hits.tolist())) if rows.places is not None else lines
        if columns[0].classification.may_be_shown:
            values = shown(rows.values.column(columns[0].name).take(pa.array(hits)))
    return Violation(
        rule=rule,
        lines=lines,
        records=np.asarray(rows.record)[hits],
        values=values,
        hits=hits,
        columns=tuple(column.name for column in columns),
    )


def shown(values: pa.Array) -> pa.Array:
    """As much of received values as is ever shown."""
    return pc.utf8_slice_codeunits(values, 0, MOST_SHOWN)
