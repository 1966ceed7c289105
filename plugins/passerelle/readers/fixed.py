"""Fixed width → rows of text: each line has the same number of characters, each column its place in it.

Blocks of whole lines are cut a column at a time, the characters of all lines at once (:mod:`passerelle.readers.characters`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.contract.model import Column, Contract
from passerelle.readers.characters import Lines
from passerelle.readers.rows import Chunk, Oddity, Rows
from passerelle.readers.survey import Survey
from passerelle.readers.trailer import End, find_end, misplaced

_BLOCK = 8 << 20
_Numbers = npt.NDArray[np.int64]


def read(contract: Contract, file: BinaryIO, survey: Survey) -> Iterator[Chunk]:
    """The chunks of the file. Raises DeliveryError when its last line is not the trailer the contract provides for."""
    yield from _Reader(contract, find_end(contract.layout, survey)).chunks(file, survey)


def line_width(contract: Contract) -> int:
    """Characters of each line: up to the end of the last column."""
    return max((column.start or 1) + (column.width or 0) - 1 for column in contract.record_table.columns)


class _Reader:
    """Keeps ordinals, which are physical lines here, right over the blocks of one file."""

    def __init__(self, contract: Contract, end: End) -> None:
        self._layout = contract.layout
        self._table = contract.record_table
        self._width = line_width(contract)
        self._end = end
        self._next = 0
        """Ordinal of the next line."""
        self._blank = 0

    def chunks(self, file: BinaryIO, survey: Survey) -> Iterator[Chunk]:
        """The rows of the file, block by block."""
        file.seek(3 if survey.has_bom else 0)
        for text in self._blocks(file):
            yield self._chunk(text)
        self._end.check(self._next - self._blank)
        if self._end.blank:
            yield Chunk({}, self._end.blank, tuple(range(self._next, self._next + self._end.blank)))

    def _blocks(self, file: BinaryIO) -> Iterator[bytes]:
        """Whole lines, each ended by LF."""
        rest = b""
        while data := file.read(_BLOCK if self._end.at is None else min(_BLOCK, self._end.at - file.tell())):
            block = rest + data
            # A CR at the very end may be half a line end.
            cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, len(block) - 1)) + 1
            rest = block[cut:]
            if cut:
                yield _tidy(block[:cut])
        if rest:
            tidy = _tidy(rest)
            yield tidy if tidy.endswith(b"\n") else tidy + b"\n"

    def _chunk(self, text: bytes) -> Chunk:
        lines = Lines(text, self._layout.encoding)
        count, widths = len(lines), lines.widths()
        self._no_trailer_before(lines)
        blank = self._blank_lines(lines, widths)
        wrong = (widths != self._width) & ~blank
        good = ~(wrong | blank)
        oddities = [self._wrong_width(at, int(widths[at])) for at in np.flatnonzero(wrong).tolist()]
        lines.keep(good)
        rows = self._rows(lines, np.flatnonzero(good))
        blanks = (self._next + np.flatnonzero(blank)).tolist()
        self._next += count
        self._blank += len(blanks)
        return Chunk({self._table.name: rows} if len(rows) else {}, count, tuple(blanks), 0, tuple(oddities))

    def _blank_lines(self, lines: Lines, widths: _Numbers) -> npt.NDArray[np.bool_]:
        """Mask of lines without any value."""
        # Few begin with blanks; only where one does are whole lines looked at.
        if np.asarray(pc.not_equal(lines.cut(0, 1), "")).all():
            return np.zeros(len(lines), dtype=bool)
        blank: npt.NDArray[np.bool_] = np.asarray(pc.equal(lines.cut(0, int(widths.max())), ""))
        return blank

    def _rows(self, lines: Lines, at: _Numbers) -> Rows:
        columns = self._table.columns
        values = pa.RecordBatch.from_arrays([_values(column, lines) for column in columns], names=[column.name for column in columns])
        ordinals = pa.array(self._next + at)
        return Rows(values, row=ordinals, line=pa.array(self._next + at + 1), record=ordinals)

    def _wrong_width(self, at: int, width: int) -> Oddity:
        what = f"{width} caractère{'s' if width > 1 else ''} au lieu de {self._width}"
        return Oddity("width", self._next + at + 1, self._next + at, what, is_short=width < self._width)

    def _no_trailer_before(self, lines: Lines) -> None:
        """Raises DeliveryError when a line before the last one is a trailer."""
        if self._layout.trailer is None:
            return
        marker = self._layout.trailer.marker
        found = np.flatnonzero(np.asarray(pc.equal(lines.cut(0, len(marker)), marker.rstrip())))
        if len(found):
            raise misplaced(self._layout, self._next + int(found[0]) + 1)


def _tidy(block: bytes) -> bytes:
    """The lines with one kind of line end."""
    return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block


def _values(column: Column, lines: Lines) -> pa.Array:
    """The column's characters of every line, without the blanks that fill it; null where there is nothing else."""
    start = (column.start or 1) - 1
    text = lines.cut(start, start + (column.width or 0))
    if column.type in ("integer", "number"):
        text = pc.ascii_ltrim_whitespace(text)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
