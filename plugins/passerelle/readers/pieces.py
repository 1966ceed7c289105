"""An XML file cut into pieces of whole dossiers, in UTF-8, and what stands before and after them.

The cuts are made at closing tags of dossiers. They are right as long as every piece is plain markup (no comment or CDATA section could
hold such a tag); the first piece that is not, and all that follows, is given back as one document for a parser.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from passerelle.readers.markup import PADDING

_PIECE = 2 << 20
_LONGEST_DOSSIER = 64 << 20
_DECLARATION = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]{1,40})["'][^>]*\?>""")
_ONE_BYTE = ("windows-1252", "cp1252", "iso-8859-1", "iso-8859-15", "latin1", "us-ascii", "ascii")
"""Encodings in which every byte of the markup is itself and no character has more than one."""


@dataclass(frozen=True)
class Piece:
    """Whole dossiers, one after another."""

    buffer: bytearray
    """In UTF-8, padded."""
    size: int
    raw: bytes | None
    """As in the file, where that is not UTF-8 as well."""
    line_ends: int
    foreign: int | None = None
    """How many lines come before the first byte that is not of the file's encoding; None: all are."""

    def bytes(self) -> bytes:
        """The bytes of the file."""
        return self.raw if self.raw is not None else bytes(memoryview(self.buffer)[: self.size])


class Pieces:
    """Cuts one file; ``is_plain`` says whether its beginning allows it."""

    def __init__(self, file: BinaryIO, root: str, record: str) -> None:
        self._file = file
        self._root = root
        self._end = f"</{record}>".encode()
        beginning = _filled(file, _PIECE)
        start = re.search(b"<" + re.escape(record.encode()) + rb"[\s/>]", beginning)
        self._before = beginning[: start.start()] if start else b""
        self._left = beginning[len(self._before) :]
        declared = _DECLARATION.match(self._before)
        self._encoding = declared[1].decode().lower() if declared else "utf-8"
        opening = re.search(b"<" + re.escape(root.encode()) + rb"(\s[^<>]*)?>", self._before)
        self._opening = re.sub(rb"\s", b" ", opening[0]) if opening else b""
        is_known = self._encoding in ("utf-8", *_ONE_BYTE)
        self.is_plain = bool(self._opening) and b"<!" not in self._before and is_known
        self.first_line = 1 + self._before.count(b"\n")
        """The line on which the first dossier begins."""

    def before(self) -> BinaryIO:
        """What stands before the first dossier, as a document of its own."""
        return io.BytesIO(self._before + f"</{self._root}>".encode())

    def dossiers(self) -> Iterator[Piece]:
        """The pieces; what is left is after the last dossier, or, when one is too long or never ends, begins with it."""
        while True:
            cut = self._left.rfind(self._end)
            if cut >= 0:
                cut += len(self._end)
                raw, self._left = self._left[:cut], self._left[cut:]
                yield self._piece(raw)
            more = _filled(self._file, _PIECE)
            if not more or len(self._left) > _LONGEST_DOSSIER:
                self._left += more
                return
            self._left += more

    def rest(self, piece: Piece) -> BinaryIO:
        """This piece and everything after it, as a document of its own, on whose first line the piece begins."""
        return io.BufferedReader(_Joined(self._head() + piece.bytes() + self._left, self._file))

    def after(self) -> BinaryIO:
        """What was left after the last piece, as a document of its own."""
        return io.BufferedReader(_Joined(self._head() + self._left, self._file))

    def _head(self) -> bytes:
        return f'<?xml version="1.0" encoding="{self._encoding}"?>'.encode() + self._opening

    def _piece(self, raw: bytes) -> Piece:
        line_ends = raw.count(b"\n")
        try:
            text = self._as_utf8(raw)
        except UnicodeDecodeError as error:
            return Piece(bytearray(PADDING), 0, raw, line_ends, raw.count(b"\n", 0, error.start))
        buffer = bytearray(text)
        buffer += bytes(PADDING)
        return Piece(buffer, len(text), None if text is raw else raw, line_ends)

    def _as_utf8(self, raw: bytes) -> bytes:
        if raw.isascii():
            return raw
        text = raw.decode(self._encoding)
        return raw if self._encoding == "utf-8" else text.encode()


class _Joined(io.RawIOBase):
    """Some bytes, and then what is left of a file."""

    def __init__(self, first: bytes, file: BinaryIO) -> None:
        super().__init__()
        self._first = first
        self._file = file

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        """Fills the target as far as one read goes."""
        if self._first:
            part, self._first = self._first[: len(target)], self._first[len(target) :]
        else:
            part = self._file.read(len(target))
        target[: len(part)] = part
        return len(part)


def _filled(file: BinaryIO, size: int) -> bytes:
    """So many bytes of the file, fewer only at its end."""
    parts = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
