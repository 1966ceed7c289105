"""An XML file reduced to some of its dossiers, byte for byte: what comes before the first, those dossiers, what comes after the last.

Only the number of dossiers the file announces is written anew. No parser: what is copied must be the partner's own bytes. The reader has
judged the file before, so it is well formed, without DOCTYPE, in an encoding in which ``<`` is one byte.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import BinaryIO

from passerelle.checks.tag_bytes import Tag, Tags
from passerelle.contract.model import Contract
from passerelle.errors import InvariantError

_Write = Callable[[bytes], object]


def copy_dossiers(contract: Contract, file: BinaryIO, records: Collection[int], write: _Write) -> int:
    """Writes the file with these dossiers only; how many dossiers the whole file has.

    Raises InvariantError when the file has no dossier of such an ordinal.
    """
    file.seek(0)
    return _Copy(contract, Tags(file, contract.layout.record), records, write).run()


class _Copy:
    """One pass over the tags."""

    def __init__(self, contract: Contract, tags: Tags, records: Collection[int], write: _Write) -> None:
        self._record = contract.layout.record.encode()
        self._tags = tags
        self._wanted = records
        self._write = write
        self._path: list[bytes] = []
        self._outer = _Outer(contract, len(records))
        """What stands between the last dossier and the next."""
        self._seen = 0
        self._written = 0

    def run(self) -> int:
        """Reads the file to its end."""
        while (tag := self._tags.next(self._outer.add)) is not None:
            if tag.name == self._record and len(self._path) == 1 and not tag.is_end:
                self._dossier(tag)
            else:
                self._outer_tag(tag)
        self._flush()
        if self._written != len(self._wanted):
            raise InvariantError(f"Of {len(self._wanted)} dossiers to copy, {self._written} were found.")
        return self._seen

    def _dossier(self, tag: Tag) -> None:
        is_wanted = self._seen in self._wanted
        if not self._seen or is_wanted and self._written and self._outer.is_blank:
            self._flush()
        self._outer.clear()
        write: _Write = self._write if is_wanted else _drop
        self._tags.take(write)
        depth = 0 if tag.is_empty else 1
        while depth:
            inner = self._tags.next(write, only_records=True)
            if inner is None:
                raise InvariantError("A dossier has no end.")
            self._tags.take(write)
            depth += 0 if inner.is_empty else -1 if inner.is_end else 1
        self._seen += 1
        self._written += is_wanted

    def _outer_tag(self, tag: Tag) -> None:
        if tag.is_end:
            self._outer.leave(tuple(self._path))
            self._path.pop()
        self._tags.take(self._outer.add)
        if not tag.is_end and not tag.is_empty:
            self._path.append(tag.name)
            self._outer.enter(tuple(self._path))

    def _flush(self) -> None:
        for piece in self._outer.pieces():
            self._write(piece)
        self._outer.clear()


class _Outer:
    """Bytes outside of the dossiers, in which the announced number is replaced."""

    def __init__(self, contract: Contract, count: int) -> None:
        self._count = count
        self._announced: tuple[bytes, ...] = ()
        self._minus: tuple[bytes, ...] = ()
        check = contract.layout.count
        if check is not None:
            table = contract.table(check.table)
            self._announced = _path(table.path, table.column(check.column).source)
            self._minus = _path(table.path, table.column(check.minus).source) if check.minus else ()
        self.clear()

    def clear(self) -> None:
        """Forgets what was collected."""
        self._pieces: list[bytes] = []
        self._begins: dict[tuple[bytes, ...], int] = {}
        self._texts: dict[tuple[bytes, ...], tuple[int, int]] = {}

    def add(self, data: bytes) -> None:
        """Takes the next bytes."""
        self._pieces.append(data)

    def enter(self, path: tuple[bytes, ...]) -> None:
        """The text of this element begins here."""
        if path in (self._announced, self._minus):
            self._begins[path] = len(self._pieces)

    def leave(self, path: tuple[bytes, ...]) -> None:
        """The text of this element ends here."""
        if path in self._begins:
            self._texts[path] = (self._begins.pop(path), len(self._pieces))

    @property
    def is_blank(self) -> bool:
        """Whether nothing but white space was collected."""
        return not b"".join(self._pieces).strip()

    def pieces(self) -> list[bytes]:
        """What was collected, with the right number in it."""
        if self._announced not in self._texts:
            return self._pieces
        start, stop = self._texts[self._announced]
        minus = self._text(self._minus)
        number = self._count + (int(minus) if minus.isdigit() else 0)
        return [*self._pieces[:start], same_width(self._text(self._announced), number), *self._pieces[stop:]]

    def _text(self, path: tuple[bytes, ...]) -> bytes:
        start, stop = self._texts.get(path, (0, 0))
        return b"".join(self._pieces[start:stop]).strip()


def same_width(former: bytes, number: int) -> bytes:
    """The number, filled up with zeros where the former one was."""
    return str(number).encode().zfill(len(former) if former.startswith(b"0") else 0)


def _path(table: str, source: str) -> tuple[bytes, ...]:
    return tuple(step.encode() for step in (*table.strip("/").split("/"), *source.split("/")))


def _drop(_data: bytes) -> None:
    """Writes nothing."""
