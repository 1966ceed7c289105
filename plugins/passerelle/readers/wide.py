"""Text whose characters take two bytes or more (UTF-16, UTF-32), read as UTF-8.

What comes after sees UTF-8 only: there a line end is one byte. Which byte comes first is never guessed: a file without a byte order
mark is read only where the contract names the order (``utf-16-le``).
"""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO

from passerelle.contract.model import Contract, Layout

_BLOCK = 1 << 20
_MARKS = {
    "utf-16": {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"},
    "utf-32": {codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"},
}


def is_wide(layout: Layout) -> bool:
    """Whether the contract says that the file's characters take two bytes or more."""
    return layout.is_lines and codecs.lookup(layout.encoding).name.startswith(("utf-16", "utf-32"))


def as_utf8(contract: Contract, file: BinaryIO) -> tuple[Contract, BinaryIO]:
    """The file as UTF-8, and the contract as it would be then; both as they are when there is nothing to do."""
    if not is_wide(contract.layout):
        return contract, file
    layout = contract.layout.model_copy(update={"encoding": "utf-8"})
    return contract.model_copy(update={"layout": layout}), io.BufferedReader(_Utf8(contract.layout.encoding, file), _BLOCK)


class Transcoder:
    """Turns the bytes of a file into UTF-8, block by block; the byte order mark is left out."""

    def __init__(self, encoding: str) -> None:
        self._codec = codecs.lookup(encoding).name
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head = b""

    def feed(self, block: bytes, *, final: bool = False) -> bytes:
        """The next bytes; UnicodeDecodeError when the file cannot be in the encoding."""
        if self._decoder is None:
            self._head += block
            if len(self._head) < 4 and not final:
                return b""
            block, self._head = self._start(), b""
        return self._decoder.decode(block, final).encode("utf-8") if self._decoder else b""

    def _start(self) -> bytes:
        """Chooses the order of bytes; what comes after the mark."""
        family = self._codec[:6]
        found = next((mark for mark in _MARKS[family] if self._head.startswith(mark)), b"")
        codec = _MARKS[family].get(found, self._codec)
        # Text in any other encoding has no NUL; this one has one beside every plain letter.
        if codec == family or self._codec not in (codec, family) or b"\0" not in self._head:
            raise UnicodeDecodeError(self._codec, self._head, 0, 1, "no byte order mark of this encoding")
        self._decoder = codecs.getincrementaldecoder(codec)()
        return self._head[len(found) :]


class _Utf8(io.RawIOBase):
    """A file as UTF-8; going back starts anew from its beginning."""

    def __init__(self, encoding: str, file: BinaryIO) -> None:
        super().__init__()
        self._encoding = encoding
        self._file = file
        self._rewind()

    def _rewind(self) -> None:
        self._file.seek(0)
        self._transcoder = Transcoder(self._encoding)
        self._ready = memoryview(b"")
        self._position = 0
        self._is_ended = False

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Place in the UTF-8 text."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a place counted from the beginning."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("A transcoded file has no known end.")
        if offset < self._position:
            self._rewind()
        while self._position < offset:
            skipped = bytearray(min(_BLOCK, offset - self._position))
            if not self.readinto(skipped):
                break
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fills the buffer with UTF-8; 0 at the end."""
        while not self._ready and not self._is_ended:
            block = self._file.read(_BLOCK)
            self._is_ended = not block
            self._ready = memoryview(self._transcoder.feed(block, final=not block))
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self._position += count
        return count
