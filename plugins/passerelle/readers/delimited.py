"""Delimited text (CSV) → rows of text, by Arrow's streaming reader.

Two traps are closed here: a row with too few or too many fields is reported with its true line instead of being padded or aborting the
file, and a quote that is never closed is seen because its field holds line ends. So that a quote open at the very end is seen as
well, one empty row is read after the file: when it does not come out, a quote has swallowed it.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from passerelle.contract.model import Contract
from passerelle.readers import refusals
from passerelle.readers.header import read_header
from passerelle.readers.rows import Chunk, Oddity, Rows
from passerelle.readers.survey import Survey
from passerelle.readers.trailer import End, find_end, is_trailer, misplaced

_BLOCK = 4 << 20
"""Arrow reads 32 blocks ahead, so memory grows with this; 2 MB took 8 % more time."""
_MOST_ODD = 50_000
"""Odd rows handed on at once."""
_LINE_END = r"\r\n?|\n"
_Numbers = npt.NDArray[np.int64]


def read(contract: Contract, file: BinaryIO, survey: Survey) -> Iterator[Chunk]:
    """The chunks of the file.

    Raises DeliveryError when the header or the trailer is not the contract's or the quoting cannot be read at all.
    """
    # First the header: of a file with another delimiter, the last line is wrong only because of it.
    header = read_header(contract, file, survey)
    yield from _Reader(contract, header, survey, find_end(contract.layout, survey)).chunks(file)


class _Reader:
    """Keeps ordinals and physical lines right over the blocks of one file."""

    def __init__(self, contract: Contract, header: list[str], survey: Survey, end: End) -> None:
        self._layout = contract.layout
        self._table = contract.record_table
        self._width = len(header)
        self._places = [header.index(column.source) for column in self._table.columns]
        self._survey = survey
        self._end = end
        self._first = 2 if contract.layout.header else 1
        """Physical line of the first row."""
        self._last = end.line - 1 if end.line else survey.lines
        """Physical line of the last row."""
        self._blank = 0
        self._odd: list[pacsv.InvalidRow] = []
        self._next = 0
        """Ordinal of the next row."""
        self._swallowed = 0
        """Line ends met inside fields so far."""

    def chunks(self, file: BinaryIO) -> Iterator[Chunk]:
        """The rows of the file, block by block."""
        try:
            for batch in self._open(file):
                while len(self._odd) >= _MOST_ODD and self._ordinal(self._odd[_MOST_ODD - 1]) == self._next + _MOST_ODD - 1:
                    yield self._chunk(None)
                yield self._chunk(batch)
        except pa.ArrowInvalid:
            raise refusals.unreadable_quoting() from None
        while self._odd:
            yield self._chunk(None)
        if self._next + self._swallowed != self._last - self._first + 1:
            raise refusals.unreadable_quoting()
        # A quote hides rows from this count, not from the sender's.
        self._end.check(self._next - self._blank, self._next - self._blank + self._swallowed)
        if self._end.blank:
            yield Chunk({}, self._end.blank, tuple(range(self._next, self._next + self._end.blank)))

    def _open(self, file: BinaryIO) -> Iterator[pa.RecordBatch]:
        file.seek(0)
        # Columns go by their place: names may be there twice. All are read where a field of any may hold a line end.
        names = [str(place) for place in range(self._width)]
        reader: Iterator[pa.RecordBatch] = pacsv.open_csv(
            _Closed(file, self._end.at, self._last_row()),
            # Row numbers are only told to the handler when threads are off.
            read_options=pacsv.ReadOptions(
                use_threads=False,
                block_size=max(_BLOCK, self._layout.max_line_bytes),
                encoding=self._layout.encoding,
                column_names=names,
                skip_rows=self._first - 1,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self._layout.delimiter,
                quote_char=self._layout.quote,
                # Arrow searches quoted line ends only on demand, and that costs; without any quote there are none.
                newlines_in_values=self._survey.has_quotes,
                ignore_empty_lines=False,
                invalid_row_handler=self._keep_odd,
            ),
            convert_options=pacsv.ConvertOptions(
                check_utf8=False,  # the survey has decoded every byte
                column_types={name: pa.string() for name in names},
                include_columns=names if self._survey.has_quotes or self._end.line else [str(place) for place in self._places],
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        return reader

    def _last_row(self) -> bytes:
        line_end = "" if self._survey.ends_with_line_end or self._end.line else "\n"
        row = self._layout.quote * 2 + self._layout.delimiter * (self._width - 1)
        return f"{line_end}{row}".encode(self._layout.encoding)

    def _keep_odd(self, row: pacsv.InvalidRow) -> str:
        has_use = self._end.line or re.search(_LINE_END, row.text or "")
        self._odd.append(row if has_use else row._replace(text=None))
        return "skip"

    def _chunk(self, batch: pa.RecordBatch | None) -> Chunk:
        odd = self._take_odd(batch)
        count = len(odd) + (batch.num_rows if batch is not None else 0)
        odd_at = np.array([self._ordinal(row) - self._next for row in odd], dtype=np.int64)
        good_at = np.delete(np.arange(count), odd_at)
        ends = np.zeros(count, dtype=np.int64)
        ends[odd_at] = [len(re.findall(_LINE_END, row.text or "")) for row in odd]
        if batch is not None and self._survey.has_quotes:
            ends[good_at] = self._line_ends(batch)
        lines = self._next + self._first + self._swallowed + np.arange(count) + np.cumsum(ends) - ends
        if batch is not None and count and lines[-1] > self._last:
            # The row read after the file came out whole.
            batch, good_at, lines, ends = batch.slice(0, batch.num_rows - 1), good_at[:-1], lines[:-1], ends[:-1]
        is_long = ends > 0
        ends[is_long & (lines + ends > self._last)] -= 1
        if self._end.line:
            self._no_trailer_before(batch, lines[good_at], [(row, int(lines[at])) for row, at in zip(odd, odd_at.tolist(), strict=True)])
        oddities = [self._wrong_width(row, int(lines[at])) for row, at in zip(odd, odd_at.tolist(), strict=True) if not is_long[at]]
        oddities += [_swallowed(int(lines[at]), self._next + at, int(ends[at])) for at in np.flatnonzero(is_long).tolist()]
        rows, blank = self._rows(batch, good_at, lines, is_long) if batch is not None else (None, ())
        self._blank += len(blank)
        self._next += len(ends)
        self._swallowed += int(ends.sum())
        return Chunk({self._table.name: rows} if rows else {}, len(ends), blank, int(ends.sum()), tuple(oddities))

    def _take_odd(self, batch: pa.RecordBatch | None) -> list[pacsv.InvalidRow]:
        """The odd rows that stand among the good ones of the batch; Arrow reads ahead and has told of later ones already."""
        odd = self._odd[:_MOST_ODD]
        if batch is not None:
            odd = [row for i, row in enumerate(self._odd) if self._ordinal(row) - self._next - i < batch.num_rows]
        self._odd = self._odd[len(odd) :]
        return odd

    def _line_ends(self, batch: pa.RecordBatch) -> _Numbers:
        """How many line ends stand inside the fields of each row."""
        total = np.zeros(batch.num_rows, dtype=np.int64)
        for column in batch.columns:
            found = pc.count_substring_regex(column, _LINE_END) if self._survey.has_bare_returns else pc.count_substring(column, "\n")
            total += np.asarray(pc.fill_null(found, 0))
        return total

    def _rows(
        self, batch: pa.RecordBatch, good_at: _Numbers, lines: _Numbers, is_long: npt.NDArray[np.bool_]
    ) -> tuple[Rows | None, tuple[int, ...]]:
        """The rows to judge, and the ordinals of the blank ones."""
        names = [column.name for column in self._table.columns]
        values = pa.RecordBatch.from_arrays([batch.column(str(place)) for place in self._places], names=names)
        whole = ~is_long[good_at]
        blank = _blank(values) & whole
        keep = whole & ~blank
        at = good_at[keep]
        ordinals = pa.array(self._next + at)
        rows = Rows(values if keep.all() else values.filter(pa.array(keep)), row=ordinals, line=pa.array(lines[at]), record=ordinals)
        return rows if len(at) else None, tuple((self._next + good_at[blank]).tolist())

    def _wrong_width(self, row: pacsv.InvalidRow, line: int) -> Oddity:
        what = f"{row.actual_columns} au lieu de {row.expected_columns}"
        return Oddity("columns", line, self._ordinal(row), what, is_short=row.actual_columns < row.expected_columns)

    def _ordinal(self, row: pacsv.InvalidRow) -> int:
        """Arrow numbers rows from 1, the header included."""
        return int(row.number) - self._first

    def _no_trailer_before(self, batch: pa.RecordBatch | None, lines: _Numbers, odd: list[tuple[pacsv.InvalidRow, int]]) -> None:
        """Raises DeliveryError when a line before the last one is a trailer."""
        trailer = self._layout.trailer
        if trailer is None:
            return
        found = [line for row, line in odd if is_trailer(self._layout, trailer, row.text or "")]
        if batch is not None:
            is_marker = pc.equal(pc.utf8_trim_whitespace(batch.column("0")), trailer.marker)
            found += lines[np.asarray(pc.fill_null(is_marker, False))].tolist()
        if found:
            raise misplaced(self._layout, min(found))


class _Closed(io.RawIOBase):
    """A file up to some byte and, after it, a few bytes more."""

    def __init__(self, file: BinaryIO, end: int | None, more: bytes) -> None:
        super().__init__()
        self._file = file
        self._left = sys.maxsize if end is None else end
        self._more = more

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = _BLOCK) -> bytes:
        """The next bytes, as many as asked for while there are any."""
        data = self._part(size)
        while len(data) < size:
            part = self._part(size - len(data))
            if not part:
                part, self._more = self._more[: size - len(data)], self._more[size - len(data) :]
                return data + part
            data += part
        return data

    def _part(self, size: int) -> bytes:
        part = self._file.read(min(size, self._left))
        self._left -= len(part)
        return part


def _swallowed(line: int, record: int, more: int) -> Oddity:
    what = "la fin du fichier"
    if more:
        what = f"la ligne {line + 1}" if more == 1 else f"les lignes {line + 1} à {line + more}"
    return Oddity("swallowed", line, record, what)


def _blank(values: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    """Mask of rows without any value."""
    if any(column.null_count == 0 for column in values.columns):
        return np.zeros(values.num_rows, dtype=bool)
    mask = pc.is_null(values.column(0))
    for column in values.columns[1:]:
        mask = pc.and_(mask, pc.is_null(column))
    return np.asarray(mask)
