"""JSON lines → rows of text: one object per line, values found by their path (``structure/code_safir``), in bounded memory.

A line that cannot be read is set aside with its true line and the rest is loaded. A key the contract neither declares nor ignores is
told once. ``null`` and a key that is absent are no value; an empty text is an empty text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import pyarrow as pa

from passerelle.contract.model import Contract
from passerelle.readers.objects import ObjectReader, Refused, Value, shown
from passerelle.readers.rows import Chunk, Oddity, Rows
from passerelle.readers.survey import Survey

_BLOCK = 1 << 20
_LINES_PER_CHUNK = 20_000
_MOST_STRANGERS = 100
"""Unknown keys named; a file where every line invents new ones is told so."""
_BLANKS = " \t"


@dataclass(slots=True)
class _Node:
    """What the contract knows of the keys of one object: columns, inner objects, and keys left out on purpose."""

    columns: dict[str, int] = field(default_factory=dict)
    inner: dict[str, _Node] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)


def read(contract: Contract, file: BinaryIO, survey: Survey) -> Iterator[Chunk]:
    """The chunks of the file."""
    collector = _Collector(contract)
    file.seek(3 if survey.has_bom else 0)
    for line, data in enumerate(_lines(file), start=1):
        collector.take(line, data.decode(contract.layout.encoding))
        if collector.is_full:
            yield collector.chunk()
    collector.tell_strangers()
    yield collector.chunk()


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The physical lines, without their ends, as the survey counts them: ended by LF, CR LF or CR; it has found none too long."""
    rest = b""
    while block := file.read(_BLOCK):
        lines = (rest + block).splitlines(keepends=True)
        # The last one may go on in the next block, and so may a CR LF.
        rest = lines.pop()
        yield from map(_bare, lines)
    if rest:
        yield _bare(rest)


def _bare(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")


class _Collector:
    """Collects the values of the lines of the next chunk."""

    def __init__(self, contract: Contract) -> None:
        self._table = contract.record_table
        self._width = len(self._table.columns)
        self._tree = _tree(contract)
        self._objects = ObjectReader(contract.layout.decimal)
        self._strangers: dict[str, tuple[int, int]] = {}
        """Line and ordinal where each unknown key came first."""
        self._first = 0
        """Ordinal of the first line of the chunk."""
        self._count = 0
        self._values: list[str | None] = []
        self._at: list[int] = []
        """Ordinals of the rows."""
        self._blank: list[int] = []
        self._oddities: list[Oddity] = []

    @property
    def is_full(self) -> bool:
        """Whether the chunk holds enough lines."""
        return self._count >= _LINES_PER_CHUNK

    def take(self, line: int, text: str) -> None:
        """Adds one line."""
        ordinal = self._first + self._count
        self._count += 1
        if not text.strip(_BLANKS):
            self._blank.append(ordinal)
            return
        found = self._objects.read(text)
        row: list[str | None] = [None] * self._width
        wrong = found if isinstance(found, Refused) else self._fill(row, found, self._tree, "", (line, ordinal))
        if wrong is not None:
            self._oddities.append(Oddity(wrong.kind, line, ordinal, wrong.what, is_short=wrong.is_cut))
            return
        self._values += row
        self._at.append(ordinal)

    def _fill(self, row: list[str | None], found: dict[str, Value], node: _Node, path: str, place: tuple[int, int]) -> Refused | None:
        for name, value in found.items():
            column = node.columns.get(name)
            if column is not None:
                if isinstance(value, (dict, list)):
                    return Refused("json_single", f"{path}{name}")
                row[column] = value if not isinstance(value, bool) else "true" if value else "false"
            elif name in node.inner:
                if isinstance(value, dict):
                    wrong = self._fill(row, value, node.inner[name], f"{path}{name}/", place)
                    if wrong is not None:
                        return wrong
                elif value is not None:
                    return Refused("json_inner", f"{path}{name}")
            elif name not in node.ignored:
                self._stranger(f"{path}{shown(name)}", place)
        return None

    def _stranger(self, name: str, place: tuple[int, int]) -> None:
        if name not in self._strangers and len(self._strangers) <= _MOST_STRANGERS:
            self._strangers[name] = place

    def tell_strangers(self) -> None:
        """Reports the unknown keys, once the last line was taken."""
        for number, (name, (line, ordinal)) in enumerate(self._strangers.items()):
            self._oddities.append(Oddity("unknown_key", line, ordinal, name if number < _MOST_STRANGERS else "et d'autres encore"))

    def chunk(self) -> Chunk:
        """What was collected since the last chunk."""
        arrays = [pa.array(self._values[place :: self._width], pa.string()) for place in range(self._width)]
        ordinals = pa.array(self._at, pa.int64())
        rows = Rows(
            pa.RecordBatch.from_arrays(arrays, names=[column.name for column in self._table.columns]),
            row=ordinals,
            line=pa.array([ordinal + 1 for ordinal in self._at], pa.int64()),
            record=ordinals,
        )
        chunk = Chunk({self._table.name: rows} if self._at else {}, self._count, tuple(self._blank), oddities=tuple(self._oddities))
        self._first += self._count
        self._count = 0
        self._values, self._at, self._blank, self._oddities = [], [], [], []
        return chunk


def _tree(contract: Contract) -> _Node:
    root = _Node()
    for place, column in enumerate(contract.record_table.columns):
        node, name = _reach(root, column.source)
        node.columns[name] = place
    for ignored in contract.layout.ignored:
        node, name = _reach(root, ignored.path)
        node.ignored.add(name)
    return root


def _reach(root: _Node, path: str) -> tuple[_Node, str]:
    *outer, name = path.split("/")
    for step in outer:
        root = root.inner.setdefault(step, _Node())
    return root, name
