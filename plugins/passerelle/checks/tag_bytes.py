"""The tags of a well-formed XML file as bytes, one after the other, in bounded memory.

Comments, CDATA and processing instructions are passed over, so that a tag inside them is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from passerelle.errors import InvariantError

_BLOCK = 1 << 20
_LONGEST = 100_000_000
"""Bytes of one tag, comment or CDATA section; the parser reads no file with longer ones."""
_TAG = re.compile(rb"""<(?P<end>/?)(?P<name>[^\s/<>]+)(?:[^<>"']|"[^"]*"|'[^']*')*?(?P<empty>/?)>""")
_PASSED = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_ANY = re.compile(rb"<")
_Write = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag."""

    name: bytes
    is_end: bool
    is_empty: bool


class Tags:
    """A cursor: :meth:`next` stops before a tag, :meth:`take` goes past it; all bytes passed are handed on."""

    def __init__(self, file: BinaryIO, record: str) -> None:
        self._file = file
        self._records = re.compile(rb"<(?:!--|!\[CDATA\[|\?|/?" + re.escape(record.encode()) + rb"(?=[\s/>]))")
        self._reserve = max(len(record) + 3, 9)
        """Bytes at the end of a block that may be the beginning of something."""
        self._data = b""
        self._at = 0
        """Everything before it was handed on."""
        self._tag = 0
        """Where the tag ends before which the cursor stands."""
        self._is_ended = False

    def next(self, write: _Write, *, only_records: bool = False) -> Tag | None:
        """The next tag, or the next one of a record; what stands before it goes to ``write``. None at the end of the file."""
        wanted = self._records if only_records else _ANY
        scan = self._at
        while True:
            found = wanted.search(self._data, scan)
            edge = found.start() if found else max(scan, len(self._data) - self._reserve)
            if found is None or (len(self._data) - edge <= self._reserve and not self._is_ended):
                if self._is_ended and found is None:
                    self._hand_on(len(self._data), write)
                    return None
                self._hand_on(edge, write)
                self._fill()
                scan = self._at
                continue
            passed = next((close for opening, close in _PASSED.items() if self._data.startswith(opening, edge)), None)
            finish = self._end_of_passed(edge, passed) if passed else self._end_of_tag(edge)
            if finish is None:
                self._hand_on(edge, write)
                self._fill(must=True)
                scan = self._at
            elif passed:
                scan = finish
            else:
                self._hand_on(edge, write)
                self._tag = finish
                return self._read()

    def take(self, write: _Write) -> None:
        """Goes past the tag, which goes to ``write``."""
        self._hand_on(self._tag, write)

    def _read(self) -> Tag:
        found = _TAG.match(self._data, self._at)
        if found is None:
            raise InvariantError("The XML file has a tag that cannot be read.")
        return Tag(found["name"], bool(found["end"]), bool(found["empty"]))

    def _end_of_passed(self, start: int, close: bytes) -> int | None:
        place = self._data.find(close, start + 2)
        return None if place < 0 else place + len(close)

    def _end_of_tag(self, start: int) -> int | None:
        found = _TAG.match(self._data, start)
        return found.end() if found else None

    def _hand_on(self, until: int, write: _Write) -> None:
        if until > self._at:
            write(self._data[self._at : until])
            self._at = until

    def _fill(self, *, must: bool = False) -> None:
        block = self._file.read(_BLOCK)
        if must and (not block or len(self._data) - self._at > _LONGEST):
            raise InvariantError("The XML file breaks off inside a tag.")
        self._is_ended = not block
        self._data = self._data[self._at :] + block
        self._at = 0
