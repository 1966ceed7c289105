"""A national month of the RSA flow, 12 GB, made while it is read: nothing of it is ever on disk or in memory as a whole."""

from __future__ import annotations

import io
import re
from pathlib import Path

_NUMBER = re.compile(rb"(?<=<NUMDEMRSA>)\d{11}(?=</NUMDEMRSA>)")
_COUNT = re.compile(rb"(?<=<NBTOTDOSRSATRANSM>)\d+(?=</NBTOTDOSRSATRANSM>)")


class NationalMonth(io.RawIOBase):
    """A file to read: a small file's dossiers again and again, each time with other numbers, and the count that makes it whole."""

    def __init__(self, small: Path, size: int) -> None:
        super().__init__()
        data = small.read_bytes()
        start, end = data.index(b"<InfosFoyerRSA>"), data.rindex(b"</InfosFoyerRSA>") + len(b"</InfosFoyerRSA>")
        self._before, self._dossiers, after = data[:start], data[start:end] + b"\n", data[end:]
        self._each = self._dossiers.count(b"<InfosFoyerRSA>")
        self.rounds = max(1, size // len(self._dossiers))
        self._after = _COUNT.sub(str(self._each * self.rounds).encode(), after)
        self.dossiers = self._each * self.rounds
        self._round = 0
        self._part = memoryview(self._before)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """To the beginning only."""
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        """Begins again."""
        if place or whence:
            raise io.UnsupportedOperation("only the beginning can be sought")
        self._round, self._part = 0, memoryview(self._before)
        return 0

    def readinto(self, target: memoryview) -> int:  # type: ignore[override]
        """The next bytes."""
        if not self._part:
            self._part = memoryview(self._next())
        size = min(len(target), len(self._part))
        target[:size], self._part = self._part[:size], self._part[size:]
        return size

    def _next(self) -> bytes:
        self._round += 1
        if self._round > self.rounds:
            return self._after if self._round == self.rounds + 1 else b""
        first = self._round * self._each
        numbers = iter(range(first, first + self._each))
        return _NUMBER.sub(lambda found: b"%011d" % next(numbers), self._dossiers)
