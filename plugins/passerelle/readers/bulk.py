"""Many dossiers in plain markup → rows of the contract's tables, all at once; several times as fast as element by element.

What it yields is what :class:`passerelle.readers.dossier.Walker` yields for the same bytes; a test compares them on many files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.readers.dossier import Walker
from passerelle.readers.markup import Flags, Ints, Tags, Words, head, tags_of
from passerelle.readers.paths import RECORD, UNKNOWN, PathTable
from passerelle.readers.rows import Chunk, Oddity, Rows

_INLINE = 12
"""Bytes of a text that Arrow's string views hold themselves; longer ones they point to."""
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


@dataclass(frozen=True)
class _Lines:
    """From tags to lines: all that is kept of a piece once its rows are made."""

    first: int
    less: npt.NDArray[np.int32]
    new_lines: npt.NDArray[np.int32]

    def of(self, tags: Ints) -> Ints:
        """The physical line of each tag."""
        return self.first + np.searchsorted(self.new_lines, self.less[tags])


@dataclass(frozen=True)
class _Places:
    """Where the values of one table stand, by column: the opening tag of each row's value, -1 where there is none."""

    all_lines: _Lines
    columns: dict[int, npt.NDArray[np.int32]]

    def lines(self, column: int, rows: Sequence[int]) -> list[int]:
        """The line of each value, 0 where there is none."""
        if column not in self.columns:
            return [0] * len(rows)
        tags = self.columns[column][np.asarray(rows, dtype=np.int64)]
        lines = self.all_lines.of(np.maximum(tags, 0))
        return [int(line) for line in np.where(tags < 0, 0, lines)]


@dataclass
class _Piece:
    """One piece of the file with its tags and what each of them is."""

    buffer: bytearray
    tags: Tags
    lines: _Lines
    path: npt.NDArray[np.int16]
    """Of each opening tag; -1 for the others."""
    by_path: dict[int, Ints] = field(default_factory=dict)
    """Path → its opening tags, in the order of the piece."""

    def of(self, path: int) -> Ints:
        """The opening tags of a path."""
        return self.by_path.get(path, np.empty(0, dtype=np.int64))


class BulkReader:
    """Reads pieces of a file of one contract; ordinals go on where the walker's are."""

    def __init__(self, walker: Walker, record: str) -> None:
        self._walker = walker
        self._sheets = walker.plan.sheets
        self._paths = PathTable(walker.plan, record)
        self._path_of = {table: path for path, table in self._paths.tables.items()}

    def chunk(self, buffer: bytearray, size: int, first_line: int) -> Chunk | None:
        """The rows of the dossiers in the first ``size`` bytes of the buffer; None when they are not plain markup."""
        tags = tags_of(buffer, size)
        if tags is None:
            return None
        path = self._classify(tags)
        if path is None:
            return None
        new_lines = np.flatnonzero(np.frombuffer(buffer, dtype=np.uint8)[:size] == ord("\n"))
        lines = _Lines(first_line, tags.less.astype(np.int32), new_lines.astype(np.int32))
        piece = _Piece(buffer, tags, lines, path)
        _group(piece)
        oddities = self._unknown(piece)
        if oddities is None:
            return None
        built = {index: self._table(index, piece, oddities) for index in self._path_of if len(piece.of(self._path_of[index]))}
        self._lift(built)
        records = len(piece.of(RECORD))
        for index, rows in built.items():
            self._sheets[index].first_row += len(rows)
        self._walker.record += records
        tables = {self._sheets[index].table.name: rows for index, rows in sorted(built.items())}
        return Chunk(tables, records, oddities=tuple(oddities))

    def _classify(self, tags: Tags) -> npt.NDArray[np.int16] | None:
        """The path of each opening tag, -1 for closing ones; None when something stands beside the dossiers."""
        names = self._paths.names(tags.name)
        path = np.full(len(names), -1, dtype=np.int16)
        above = np.flatnonzero(tags.is_open & (tags.depth == 1))
        if (names[above] != self._paths.record_name).any():
            return None
        path[above] = RECORD
        for level in range(2, int(tags.depth.max()) + 1):
            here = np.flatnonzero(tags.is_open & (tags.depth == level))
            parents = above[np.searchsorted(above, here) - 1]
            path[here] = self._paths.below(path[parents], names[here])
            above = here
        return path

    def _unknown(self, piece: _Piece) -> list[Oddity] | None:
        """The elements the contract does not know; None when one has not a plain name (attributes, a namespace)."""
        found = piece.of(UNKNOWN)
        names: dict[int, str] = {}
        for number, place in zip(*np.unique(piece.tags.name[found], return_index=True), strict=True):
            tag = found[place]
            name = piece.buffer[piece.tags.less[tag] + 1 : piece.tags.greater[tag]].decode().rstrip("/").rstrip(" ")
            if not name.replace("_", "a").replace("-", "a").replace(".", "a").isalnum() or name[0] in "-.0123456789":
                return None
            names[int(number)] = name
        records = self._records(piece, found)
        return [
            Oddity("unknown_element", int(line), int(record), names[int(number)])
            for line, record, number in zip(piece.lines.of(found), records, piece.tags.name[found], strict=True)
        ]

    def _records(self, piece: _Piece, tags: Ints) -> Ints:
        """The ordinal of the dossier each tag stands in."""
        return self._walker.record + np.searchsorted(piece.of(RECORD), tags, side="right") - 1

    def _table(self, index: int, piece: _Piece, oddities: list[Oddity]) -> Rows:
        sheet = self._sheets[index]
        tags = piece.of(self._path_of[index])
        arrays: list[pa.Array] = [pa.nulls(len(tags), pa.string())] * sheet.width
        columns: dict[int, npt.NDArray[np.int32]] = {}
        for known in self._paths.fields:
            values = piece.of(known.path)
            if known.table == index and len(values):
                rows = np.searchsorted(tags, values) - 1
                self._again(piece, values, rows, oddities)
                places = np.full(len(tags), -1, dtype=np.int64)
                places[rows] = values
                columns[known.column] = places.astype(np.int32)
                arrays[known.column] = _texts(piece, places)
        parent = pa.nulls(len(tags), pa.int64())
        if sheet.table.parent is not None:
            above = self._walker.plan.by_name[sheet.table.parent]
            rows = np.searchsorted(piece.of(self._path_of[above]), tags) - 1
            parent = pa.array(self._sheets[above].first_row + rows)
        return Rows(
            values=pa.RecordBatch.from_arrays(arrays, names=[column.name for column in sheet.table.columns]),
            row=pa.array(np.arange(sheet.first_row, sheet.first_row + len(tags))),
            line=pa.array(piece.lines.of(tags)),
            record=pa.array(self._records(piece, tags)),
            parent=parent,
            places=_Places(piece.lines, columns),
        )

    def _again(self, piece: _Piece, values: Ints, rows: Ints, oddities: list[Oddity]) -> None:
        """Reports a value that is there twice, or holds elements."""
        odd = np.zeros(len(values), dtype=bool)
        odd[1:] = rows[1:] == rows[:-1]
        following = np.minimum(values + 1, len(piece.tags.less) - 1)
        odd |= ~piece.tags.is_empty[values] & piece.tags.is_open[following]
        hit = values[odd]
        if len(hit):
            name = piece.buffer[piece.tags.less[hit[0]] + 1 : piece.tags.greater[hit[0]]].decode().rstrip("/").rstrip(" ")
            places = zip(piece.lines.of(hit), self._records(piece, hit), strict=True)
            oddities += [Oddity("repeated_element", int(line), int(record), name) for line, record in places]

    def _lift(self, built: dict[int, Rows]) -> None:
        """Repeats on the parent's rows the values of child rows that the contract lifts."""
        for index, rows in built.items():
            sheet = self._sheets[index]
            if not sheet.lifts or sheet.table.parent is None:
                continue
            above = self._walker.plan.by_name[sheet.table.parent]
            parent = built[above]
            places = np.asarray(rows.parent) - self._sheets[above].first_row
            for lift in sheet.lifts:
                which = pc.equal(pc.utf8_rtrim_whitespace(rows.values.column(lift.field)), lift.value)
                hit = np.flatnonzero(np.asarray(pc.fill_null(which, False)))
                source = np.full(len(parent), -1, dtype=np.int64)
                source[places[hit]] = hit
                taken = rows.values.column(lift.source).take(pa.array(source, mask=source < 0))
                name = parent.values.schema.names[lift.target]
                values = parent.values.set_column(lift.target, name, taken)
                built[above] = parent = replace(parent, values=values)


def _group(piece: _Piece) -> None:
    """Sorts the opening tags by path."""
    opened = np.flatnonzero(piece.tags.is_open)
    paths = piece.path[opened]
    order = np.argsort(paths, kind="stable")
    bounds = np.cumsum(np.bincount(paths))
    start = 0
    for path, end in enumerate(bounds.tolist()):
        if end > start:
            piece.by_path[path] = opened[order[start:end]]
        start = end


def _texts(piece: _Piece, tags: Ints) -> pa.Array:
    """The text of each element, null where its tag is -1."""
    present = tags >= 0
    safe = np.where(present, tags, 0)
    following = np.minimum(safe + 1, len(piece.tags.less) - 1)
    starts = piece.tags.greater[safe] + 1
    ends = np.where(piece.tags.is_empty[safe], starts, piece.tags.less[following])
    views = _views(piece.tags.words, starts, np.where(present, ends - starts, 0))
    validity = None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little").tobytes())
    made = pa.Array.from_buffers(pa.string_view(), len(tags), [validity, pa.py_buffer(views), pa.py_buffer(piece.buffer)])
    texts = pc.cast(made, pa.string())
    if b"&" in piece.buffer:
        for entity, character in _ENTITIES:
            texts = pc.replace_substring(texts, entity, character)
    if b"\r" in piece.buffer:
        texts = pc.replace_substring(texts, "\r\n", "\n")
    return texts


def _views(words: Words, starts: Ints, sizes: Ints) -> Words:
    """Arrow's string views: the size and, of a short text, its bytes; of a long one its first bytes and its place."""
    first = head(words, starts, sizes)
    rest = head(words, starts + 8, np.clip(sizes - 8, 0, 4))
    views = np.empty((len(starts), 2), dtype=np.uint64)
    views[:, 0] = sizes.astype(np.uint64) | (first << np.uint64(32))
    inline = (first >> np.uint64(32)) | (rest << np.uint64(32))
    is_inline: Flags = sizes <= _INLINE
    views[:, 1] = np.where(is_inline, inline, starts.astype(np.uint64) << np.uint64(32))
    return views
