"""One sheet of a workbook → rows of text, with the damage that the spreadsheet program did to each value.

The line of a row is its number in the sheet. Rows without a value are ignored, and what comes after the last value is no row; what the
sheet says of its own size is not believed. Formulas count by their saved result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from passerelle.contract.model import Contract
from passerelle.readers import header
from passerelle.readers import workbook_words as words
from passerelle.readers.cells import Cell, CellReader, plain
from passerelle.readers.grid import rows_of
from passerelle.readers.package import Package
from passerelle.readers.rows import Chunk, Damage, Oddity, Rows
from passerelle.readers.workbook import Sheet, Workbook

_ROWS_PER_CHUNK = 5_000
_MOST_NAMED = 5


def read(contract: Contract, file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of the sheet. Raises DeliveryError when the file is no workbook that may be read, or lacks the sheet or a column."""
    book = Workbook(Package(file, contract.layout.max_inflated_bytes))
    sheet = book.chosen(contract.layout.sheet)
    collector = _Collector(contract, is_1904=book.is_1904)
    for number, cells, is_hidden in rows_of(book, sheet):
        if not collector.is_begun:
            collector.begin(number, cells)
            if contract.layout.header:
                continue
        yield from collector.take(number, cells)
        if is_hidden:
            collector.hidden.append(number)
    if not collector.is_begun:
        raise words.empty_sheet()
    collector.end(book.others_with_data(sheet))
    yield collector.chunk()


class _Collector:
    """Collects the rows of the next chunk."""

    def __init__(self, contract: Contract, *, is_1904: bool) -> None:
        self._contract = contract
        self._table = contract.record_table
        self._readers = [CellReader(column, contract.layout.decimal, is_1904=is_1904) for column in self._table.columns]
        self._columns: dict[int, int] = {}
        """Place in the sheet → column of the contract."""
        self._known: set[int] = set()
        """Places whose header says what they are."""
        self._strangers: set[int] = set()
        """Places without a header that hold values."""
        self._above = 0
        """Line of the header; 0 when there is none."""
        self.is_begun = False
        self.hidden: list[int] = []
        """Lines of the hidden rows."""
        self._first = 0
        """Ordinal of the first row of the chunk."""
        self._clear()

    def _clear(self) -> None:
        self._values: list[str | None] = []
        self._lines: list[int] = []
        self._blank: list[int] = []
        self._oddities: list[Oddity] = []
        self._damage: list[tuple[int, int, Damage]] = []
        """Column, row of the chunk, damage."""

    def begin(self, number: int, cells: dict[int, Cell]) -> None:
        """Takes the first row that holds a value. Raises DeliveryError when it is not the header of the contract."""
        self.is_begun = True
        columns = self._table.columns
        if not self._contract.layout.header:
            header.check_first_row(self._contract, [_name(cell) for cell in cells.values()])
            self._columns = {place: place for place in range(len(columns))}
            self._known = set(self._columns)
            return
        self._above = number
        spelling = {tidy(column.source): column.source for column in columns}
        spelling |= {tidy(ignored.path): ignored.path for ignored in self._contract.layout.ignored}
        names = {place: spelling.get(_name(cell), _name(cell)) for place, cell in cells.items() if _name(cell)}
        unknown = header.check_names(self._contract, list(names.values()), number)
        self._oddities += [Oddity("unknown_column", number, -1, name) for name in unknown]
        self._known = set(names)
        by_source = {column.source: place for place, column in enumerate(columns)}
        self._columns = {place: by_source[name] for place, name in names.items() if name in by_source}

    def take(self, number: int, cells: dict[int, Cell]) -> Iterator[Chunk]:
        """Adds a row; yields a chunk whenever one is full."""
        row: list[str | None] = [None] * len(self._readers)
        damage: list[tuple[int, Damage]] = []
        columns, readers = self._columns, self._readers
        for place, (kind, raw) in cells.items():
            column = columns.get(place)
            if column is None:
                if place not in self._known:
                    self._strangers.add(place)
            elif kind == "text" and readers[column].takes_any_text:
                row[column] = raw
            else:
                row[column], done = readers[column].read(kind, raw)
                if done:
                    damage.append((column, done))
        if not damage and not any(row):
            return
        ordinal = number - self._above - 1
        while self._first + len(self._lines) + len(self._blank) < ordinal:
            self._blank.append(self._first + len(self._lines) + len(self._blank))
            if self._is_full:
                yield self.chunk()
        self._damage += [(column, len(self._lines), done) for column, done in damage]
        self._values += row
        self._lines.append(number)
        if self._is_full:
            yield self.chunk()

    @property
    def _is_full(self) -> bool:
        return len(self._lines) + len(self._blank) >= _ROWS_PER_CHUNK

    def end(self, others: Sequence[Sheet]) -> None:
        """Reports what stands beside the rows, once the last was taken."""
        top = max(self._above, 1)
        self._oddities += [Oddity("unknown_column", top, -1, f"{_letters(place)}, sans nom") for place in sorted(self._strangers)]
        if others:
            self._oddities.append(Oddity("other_sheets", top, -1, _listed(others)))
        if self.hidden:
            self._oddities.append(Oddity("hidden_rows", self.hidden[0], -1, f"{len(self.hidden)}"))

    def chunk(self) -> Chunk:
        """What was collected since the last chunk."""
        width, count = len(self._readers), len(self._lines)
        lines = np.array(self._lines, dtype=np.int64)
        ordinals = pa.array(lines - self._above - 1)
        names = [column.name for column in self._table.columns]
        arrays = [pa.array(self._values[place::width], pa.string()) for place in range(width)]
        values = pa.RecordBatch.from_arrays(arrays, names=names)
        rows = Rows(values, row=ordinals, line=pa.array(lines), record=ordinals, damage=self._damage_arrays(names))
        records = count + len(self._blank)
        chunk = Chunk({self._table.name: rows} if count else {}, records, tuple(self._blank), oddities=tuple(self._oddities))
        self._first += records
        self._clear()
        return chunk

    def _damage_arrays(self, names: list[str]) -> dict[str, pa.Array] | None:
        codes: dict[str, np.ndarray[tuple[int], np.dtype[np.uint8]]] = {}
        for column, row, done in self._damage:
            codes.setdefault(names[column], np.zeros(len(self._lines), dtype=np.uint8))[row] = done
        return {name: pa.array(array) for name, array in codes.items()} or None


def tidy(name: str) -> str:
    """A name of a header without line breaks, tabs and doubled blanks: they come and go unseen.

    >>> tidy("Date de\\nNaissance\\t")
    'Date de Naissance'
    """
    return " ".join(name.split())


def _name(cell: Cell) -> str:
    return tidy(plain(cell.raw) if cell.kind == "number" else cell.raw)


def _listed(sheets: Sequence[Sheet]) -> str:
    """The sheets by their place: people name sheets after people."""
    shown = [f"n° {sheet.number}{', masquée' if sheet.is_hidden else ''}" for sheet in sheets[:_MOST_NAMED]]
    return " ; ".join(shown) + (f" ; et {len(sheets) - _MOST_NAMED} autres" if len(sheets) > _MOST_NAMED else "")


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
