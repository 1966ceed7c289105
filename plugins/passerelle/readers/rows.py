"""What every reader yields: chunks of all-text rows, and what it saw that does not fit the contract's structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import pyarrow as pa


class Damage(IntEnum):
    """What a spreadsheet program did to a value before it was sent."""

    NONE = 0
    ZERO = 1
    """A code typed as a number: its zeros on the left are gone."""
    NUMBER = 2
    """A number typed for a text, digits of which are gone or written as ``1,85E+14``."""
    DATE = 3
    """A day's serial number in place of a date, or a date in place of another value."""
    ERROR = 4
    """``#N/A``, ``#REF!``: there is no value."""
    FORMULA = 5
    """A formula whose result was not saved: there is no value."""
    EXACT = 6
    """A social security number typed as a number, which still has all its digits: it is read, and told."""


class Places(Protocol):
    """Where the values of a table stand in the file."""

    def lines(self, column: int, rows: Sequence[int]) -> list[int]:
        """The line of the value of this column (by its place) in each of these rows, 0 where there is none."""


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
    places: Places | None = None
    """XML: the line of each value."""
    damage: Mapping[str, pa.Array] | None = None
    """Spreadsheets: for the columns that have any, the :class:`Damage` of each value (uint8)."""

    def lines_of(self, column: str, rows: Sequence[int]) -> list[int]:
        """The lines of this column's values in these rows; that of the row where a value has none of its own."""
        lines = self.line.take(pa.array(rows, pa.int64())).to_pylist()
        if self.places is None:
            return list(map(int, lines))
        places = self.places.lines(self.values.schema.get_field_index(column), rows)
        return [place or int(line) for place, line in zip(places, lines, strict=True)]

    def __len__(self) -> int:
        return int(self.values.num_rows)


@dataclass(frozen=True)
class Oddity:
    """Something the reader met that the contract's structure does not provide for."""

    kind: str
    """``columns`` (wrong number of fields), ``swallowed`` (a field over several lines), ``unknown_element``, ``repeated_element``; the
    others have their words in :mod:`passerelle.checks.wording`."""
    line: int
    record: int
    what: str
    """Name of the element, or numbers such as ``12 au lieu de 13`` and ``les lignes 6 à 8``; never a value."""
    is_short: bool = False
    """The line has too few fields, or stops in the middle of its object: the last one of a file that was cut looks so."""


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
