"""What every reader yields: chunks of all-text rows, and what it saw that does not fit the contract's structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True)
class Rows:
    """Rows of one table. All arrays have the same length; ``values`` holds one text column per contract column, null = absent."""

    values: pa.RecordBatch
    row: pa.Array
    """Ordinal of the row in its table, from 0 (int64)."""
    line: pa.Array
    """Physical line in the file, from 1 (int64)."""
    record: pa.Array
    """Ordinal of the line (CSV) or dossier (XML) it belongs to, from 0 (int64)."""
    parent: pa.Array | None = None
    """Ordinal of the row of the parent table it hangs on (XML child tables)."""
    places: Sequence[int] | None = None
    """XML: the line of each value, row by row, 0 where there is none."""

    def lines_of(self, column: str, rows: Sequence[int]) -> list[int]:
        """The lines of this column's values in these rows; that of the row where a value has none of its own."""
        lines = self.line.take(pa.array(rows, pa.int64())).to_pylist()
        if self.places is None:
            return list(map(int, lines))
        width, place = self.values.num_columns, self.values.schema.get_field_index(column)
        return [self.places[row * width + place] or int(line) for row, line in zip(rows, lines, strict=True)]

    def __len__(self) -> int:
        return int(self.values.num_rows)


@dataclass(frozen=True)
class Oddity:
    """Something the reader met that the contract's structure does not provide for."""

    kind: str
    """``columns`` (wrong number of fields), ``swallowed`` (a field over several lines), ``unknown_element``, ``repeated_element``."""
    line: int
    record: int
    what: str
    """Name of the element, or numbers such as ``12 au lieu de 13`` and ``les lignes 6 à 8``; never a value."""
    is_short: bool = False
    """``columns``: the line has too few fields, not too many."""


@dataclass(frozen=True)
class Chunk:
    """A part of the file. A dossier and its rows are never split over two chunks."""

    tables: Mapping[str, Rows]
    records: int
    """How many lines or dossiers the chunk holds, blank ones included."""
    blank: tuple[int, ...] = ()
    """Ordinals of blank lines: ignored."""
    swallowed: int = 0
    """Physical lines that are not records of their own because a quote before them was never closed: received, and set aside."""
    oddities: tuple[Oddity, ...] = field(default=())
