"""Large semicolon-separated files as columns of text, with the true line of every row (UTF-8, header on the first line).

One physical line is one record. Lines as they should be are read all at once; a line with a quote, a stray carriage return or another
number of values is looked at by itself, so a broken line is said with its number and hides no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from passerelle.errors import ConfigurationError
from passerelle.indicators.columns import Column, Ints, Mask
from passerelle.indicators.table import cells_of, check_header, not_utf8

_BLOCK = 32 << 20
_SEMICOLON, _QUOTE, _RETURN, _NEWLINE = 59, 34, 13, 10


@dataclass(frozen=True)
class Text:
    """The rows of one file as columns of text."""

    columns: dict[str, pa.ChunkedArray]
    lines: Ints
    """Physical line of each row, counted from 1."""
    shapeless: Ints
    """Lines that have not as many values as the header."""
    absent: tuple[str, ...] = ()
    """Optional headings that the file has not."""


@dataclass
class _Reading:
    names: list[str]
    types: dict[str, pa.DataType]
    tables: list[pa.Table] = field(default_factory=list)
    lines: list[Ints] = field(default_factory=list)
    shapeless: list[int] = field(default_factory=list)
    odd: list[tuple[int, list[str]]] = field(default_factory=list)

    def take(self, block: bytes, first: int) -> int:
        """Reads one block of whole lines, the first of which has this number; how many lines it has."""
        content = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero(content == _NEWLINE)
        if not block.endswith(b"\n"):
            ends = np.append(ends, len(block))
        starts = np.concatenate([[0], ends[:-1] + 1])
        semicolons = np.flatnonzero(content == _SEMICOLON)
        counts = np.diff(np.searchsorted(semicolons, ends), prepend=0)
        plain = (counts == len(self.names) - 1) & ~_odd_lines(block, content, ends)
        for index in np.flatnonzero(~plain):
            self._one(block[starts[index] : ends[index]], first + int(index))
        if plain.any():
            self._many(block if plain.all() else _kept(block, starts, ends, plain))
            self.lines.append(np.flatnonzero(plain) + first)
        return len(ends)

    def _one(self, line: bytes, number: int) -> None:
        text = line.decode("utf-8")
        if not text.strip():
            return
        cells = cells_of(text)
        if cells is None or len(cells) != len(self.names):
            self.shapeless.append(number)
        else:
            self.odd.append((number, cells))

    def _many(self, block: bytes) -> None:
        self.tables.append(
            pacsv.read_csv(
                pa.BufferReader(block),
                read_options=pacsv.ReadOptions(column_names=self.names),
                parse_options=pacsv.ParseOptions(delimiter=";", quote_char=False, ignore_empty_lines=False),
                convert_options=pacsv.ConvertOptions(column_types=self.types, strings_can_be_null=False),
            )
        )

    def text(self, absent: tuple[str, ...]) -> Text:
        """All that was read."""
        if self.odd:
            values = zip(*(cells for _, cells in self.odd), strict=True)
            arrays = [pa.array(list(held), pa.string()).cast(self.types[name]) for name, held in zip(self.names, values, strict=True)]
            self.tables.append(pa.table(dict(zip(self.names, arrays, strict=True))))
            self.lines.append(np.array([number for number, _ in self.odd], dtype=np.int64))
        whole = pa.concat_tables(self.tables) if self.tables else pa.schema(list(self.types.items())).empty_table()
        lines = np.concatenate(self.lines).astype(np.int64) if self.lines else np.zeros(0, dtype=np.int64)
        columns = {name: whole.column(name) for name in self.names}
        return Text(columns, lines, np.array(sorted(self.shapeless), dtype=np.int64), absent)


def read_text(path: Path, columns: Sequence[Column]) -> Text:
    """The columns of a file whose header is right.

    Raises ConfigurationError when the file cannot be opened, DeliveryError when it is not UTF-8 or its header is wrong.
    """
    try:
        with path.open("rb") as file:
            return _read(path.name, file, columns)
    except OSError as error:
        raise ConfigurationError(f"Le fichier {path} est illisible ({type(error).__name__}).") from error


def _read(name: str, file: BufferedReader, columns: Sequence[Column]) -> Text:
    header = file.readline().removeprefix(b"\xef\xbb\xbf")
    names = cells_of(_decoded(name, header, 1).rstrip("\n")) or []
    known = [column.name for column in columns]
    check_header(name, names, known, [column.name for column in columns if column.optional])
    keys = {column.name for column in columns if column.is_text}
    coded = pa.dictionary(pa.int32(), pa.string())
    reading = _Reading(names, {column: pa.string() if column in keys else coded for column in names})
    first = 2
    for block in _blocks(file):
        _decoded(name, block, first)
        first += reading.take(block, first)
    return reading.text(tuple(column for column in known if column not in names))


def _blocks(file: BufferedReader) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block if block.endswith(b"\n") else block + file.readline()


def _decoded(name: str, block: bytes, first: int) -> str:
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(name, first + block[: error.start].count(b"\n")) from None


def _odd_lines(block: bytes, content: np.typing.NDArray[np.uint8], ends: Ints) -> Mask:
    odd = np.zeros(len(ends), dtype=np.bool_)
    places = [np.flatnonzero(content == byte) for byte in (_QUOTE, 0) if bytes([byte]) in block]
    if b"\r" in block:
        returns = np.flatnonzero(content == _RETURN)
        after = np.append(content, _NEWLINE)[returns + 1]
        places.append(returns[after != _NEWLINE])
    for place in places:
        odd[np.searchsorted(ends, place)] = True
    return odd


def _kept(block: bytes, starts: Ints, ends: Ints, plain: Mask) -> bytes:
    edges = np.diff(np.concatenate([[False], plain, [False]]).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return b"".join(block[starts[one] : ends[other] + 1] for one, other in zip(firsts, lasts, strict=True))
