"""A first pass over the raw bytes: hash, physical lines, and what no parser reports well.

NUL bytes pass every CSV reader and break PostgreSQL; a wrong encoding makes mojibake without an error; a 10 MB line eats the memory.
A line ends with LF, CR LF or CR, as the reader of delimited files counts them.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from passerelle.contract.model import Layout
from passerelle.errors import DeliveryError
from passerelle.readers import refusals
from passerelle.readers.wide import Transcoder, is_wide

_BLOCK = 1 << 18
"""What is read at once stays in the processor's cache while it is hashed, decoded and counted: half the time of a megabyte."""
_TAIL = 1 << 16
"""Bytes at the end of the file in which its trailer must stand."""
_LINE_FEED = ord("\n")
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]{1,40})""")
_CONTROL_BITS, _CONTROL = 0xE0, 0x80
"""Bytes 80 to 9F: letters and signs in Windows-1252, control characters in ISO-8859, which no file has on purpose."""


@dataclass(frozen=True)
class Survey:
    """Facts about the bytes of one file."""

    sha256: str
    size: int
    lines: int
    """Physical lines, a last one without an end included."""
    has_bom: bool
    has_quotes: bool
    has_bare_returns: bool = False
    """Some line may end with CR alone."""
    ends_with_line_end: bool = True
    tail: bytes = b""
    """The last bytes of the text, where its trailer stands, if the contract provides for one."""
    tail_at: int = 0
    """Offset of the tail in the text."""


def survey(layout: Layout, file: BinaryIO) -> Survey:
    """The facts about the file, read from its beginning to its end.

    Raises DeliveryError, for the partner, when the bytes cannot be what the contract says.
    """
    surveyor = _Surveyor(layout)
    while block := file.read(_BLOCK):
        if surveyor.size + len(block) > layout.max_bytes:
            raise refusals.too_large(layout)
        surveyor.take(block)
    return surveyor.survey()


class _Surveyor:
    """Looks at one block after another."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._encoding = layout.encoding
        self._hash = hashlib.sha256()
        self._is_text = layout.format not in ("xml", "xlsx")
        self._transcoder = Transcoder(layout.encoding) if is_wide(layout) else None
        self._decoder = codecs.getincrementaldecoder(layout.encoding)() if self._is_text and self._transcoder is None else None
        self._is_latin = self._is_text and codecs.lookup(layout.encoding).name.startswith("iso8859")
        self._as_utf8 = codecs.getincrementaldecoder("utf-8")()
        self._looks_utf8 = False
        self._non_ascii = False
        self._quote = layout.quote.encode()
        self._open_line = 0
        self._last = b"\n"
        self._lines = 0
        self._has_bom = False
        self._has_quotes = False
        self._has_bare_returns = False
        self._tail = b""
        self._text_size = 0
        self.size = 0

    def take(self, block: bytes) -> None:
        """Looks at the next block."""
        self._hash.update(block)
        if self.size == 0:
            self._first(block)
        self.size += len(block)
        if self._layout.format == "xlsx":
            return
        self._look(block if self._transcoder is None else self._transcoded(block))

    def _look(self, block: bytes) -> None:
        """Looks at the next part of the text; in UTF-8 where the file has wide characters."""
        if b"\0" in block:
            raise refusals.nul(self._line_at(block, block.index(b"\0")))
        self._decode(block)
        if self._layout.is_lines:
            self._measure(block)
            self._has_quotes = self._has_quotes or (self._layout.format == "delimited" and self._quote in block)
        if not self._has_bare_returns and b"\r" in block:
            self._has_bare_returns = block.count(b"\r") != block.count(b"\r\n")
        self._lines += self._ends(block)
        self._last = block[-1:] or self._last
        self._text_size += len(block)
        if self._layout.trailer is not None:
            self._tail = (self._tail + block)[-_TAIL:]

    def survey(self) -> Survey:
        """The facts, once every block was looked at."""
        if self.size == 0:
            raise refusals.empty()
        if self._transcoder is not None:
            self._look(self._transcoded(b"", final=True))
        self._decode(b"", final=True)
        if self._looks_utf8 and self._non_ascii:
            raise self._wrong_encoding("UTF-8", None)
        is_ended = self._last in (b"\n", b"\r")
        return Survey(
            sha256=self._hash.hexdigest(),
            size=self.size,
            lines=self._lines + (0 if is_ended else 1),
            has_bom=self._has_bom,
            has_quotes=self._has_quotes,
            has_bare_returns=self._has_bare_returns,
            ends_with_line_end=is_ended,
            tail=self._tail,
            tail_at=self._text_size - len(self._tail),
        )

    def _first(self, block: bytes) -> None:
        self._has_bom = block.startswith(codecs.BOM_UTF8)
        if self._layout.format == "xlsx":
            return
        other = refusals.other_kind(block)
        if other is not None:
            raise other
        if self._layout.format == "xml":
            declared = _DECLARED.match(block)
            self._encoding = declared[1].decode("ascii", "replace") if declared else "utf-8"
        self._looks_utf8 = not self._encoding.lower().startswith("utf")
        for bom, name in _BOMS.items():
            if block.startswith(bom) and self._transcoder is None:
                raise self._wrong_encoding(name, 1)

    def _decode(self, block: bytes, *, final: bool = False) -> None:
        has_accents = not block.isascii()
        self._non_ascii = self._non_ascii or has_accents
        if self._decoder is not None:
            try:
                self._decoder.decode(block, final)
            except UnicodeDecodeError as error:
                raise self._wrong_encoding(None, self._line_at(error.object, error.start)) from None
        if self._looks_utf8:
            try:
                self._as_utf8.decode(block, final)
            except UnicodeDecodeError:
                self._looks_utf8 = False
        if self._is_latin and has_accents and not self._looks_utf8:
            controls = np.flatnonzero((np.frombuffer(block, dtype=np.uint8) & _CONTROL_BITS) == _CONTROL)
            if len(controls):
                raise self._wrong_encoding("Windows-1252", self._line_at(block, int(controls[0])))

    def _transcoded(self, block: bytes, *, final: bool = False) -> bytes:
        """The block as UTF-8."""
        if self._transcoder is None:
            return block
        try:
            return self._transcoder.feed(block, final=final)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(error.encoding, "replace").encode()
            raise self._wrong_encoding(None, self._line_at(before, len(before))) from None

    def _ends(self, data: bytes) -> int:
        """Line ends in the data; a LF that completes the CR of the block before is none."""
        # Ten times as fast as bytes.count, which stops at every line end.
        ends = int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == _LINE_FEED))
        if b"\r" in data:
            ends += data.count(b"\r") - data.count(b"\r\n")
        return ends - (1 if self._last == b"\r" and data.startswith(b"\n") else 0)

    def _line_at(self, data: bytes, place: int) -> int:
        return self._lines + self._ends(data[:place]) + 1

    def _measure(self, block: bytes) -> None:
        """Every line has at most so many bytes: looks for a line end within reach of each line's start, in as few steps as can be."""
        limit = self._layout.max_line_bytes
        start = -self._open_line
        while start + limit < len(block):
            end = block.rfind(b"\n", max(start, 0), start + limit + 1)
            if end < 0:
                raise refusals.line_too_long(self._layout, self._line_at(block, max(start, 0)))
            start = end + 1
        last = block.rfind(b"\n")
        self._open_line = self._open_line + len(block) if last < 0 else len(block) - last - 1

    def _wrong_encoding(self, found: str | None, line: int | None) -> DeliveryError:
        return refusals.wrong_encoding(self._layout, self._encoding, found, line)
