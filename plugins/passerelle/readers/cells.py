"""One cell of a spreadsheet → the text that the contract's column would hold, and what the spreadsheet program did to it.

Texts go through unchanged. A whole number for an integer, a date cell for a date, a yes-or-no cell lose nothing and are taken as they
are. What lost something keeps its text and gets a word for the damage: nothing is repaired here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Literal, NamedTuple

from passerelle.contract.digits import fits, is_free, lacks_zeros, looks_like_number
from passerelle.contract.model import Column
from passerelle.readers.rows import Damage

_FIRST_LOST = 10**15
"""Spreadsheets keep 15 digits of a number."""
_LAST_DAY = 2_958_465
"""31 December 9999."""
_NO_DAY = 60
"""29 February 1900, which Excel believes in."""
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_TOKENS = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))
_AS_NUMBERS = ("yyyyMMdd", "ddMMyyyy")
_DAY_DIGITS = 8
_DATED = ("date", "time", "timestamp")
_CACHED = 4_096

Seen = tuple[str | None, Damage]


Kind = Literal["text", "number", "dated", "moment", "truth", "error", "formula"]
"""What a cell holds. ``dated``: a number shown as a date or a time; ``moment``: a date as text in ISO form, of the strict variant of the
format; ``formula``: one without a saved result."""


class Cell(NamedTuple):
    """What stands in a cell, as the file writes it."""

    kind: Kind
    raw: str


class CellReader:
    """Reads the cells of one column."""

    def __init__(self, column: Column, decimal: str, *, is_1904: bool) -> None:
        self._column = column
        self._decimal = decimal
        self._is_1904 = is_1904
        self.takes_any_text = column.type != "string" or is_free(column)
        """Whether a text cell needs no look at all."""
        self.read = lru_cache(_CACHED)(self._read)
        """What the column holds where this cell stands, and the damage."""
        self._readers: dict[Kind, Callable[[str], Seen]] = {
            "text": self._text,
            "number": self._number,
            "dated": self._dated,
            "moment": self._moment,
            "truth": self._truth,
            "error": lambda raw: (None, Damage.ERROR),
            "formula": lambda raw: (None, Damage.FORMULA),
        }

    def _read(self, kind: Kind, raw: str) -> Seen:
        return self._readers[kind](raw)

    def _text(self, raw: str) -> Seen:
        text = raw.strip()
        # A text in place of a social security number is judged by the rules of that number, which know this damage.
        is_damaged = not self.takes_any_text and not self._column.nir and looks_like_number(text) and not fits(self._column, text)
        return raw, Damage.NUMBER if is_damaged else Damage.NONE

    def _truth(self, raw: str) -> Seen:
        is_true = raw in ("1", "true")
        codes = self._column.codes.codes if self._column.codes else {}
        for code, entry in codes.items():
            if entry.canonical == ("true" if is_true else "false"):
                return code, Damage.NONE
        if self._column.type == "boolean" and not codes:
            return "1" if is_true else "0", Damage.NONE
        return "VRAI" if is_true else "FAUX", Damage.NONE

    def _number(self, raw: str) -> Seen:
        if not _is_number(raw):
            return None, Damage.ERROR
        text = plain(raw)
        if self._column.type in _DATED:
            return text, self._day_damage(text)
        if abs(Decimal(raw)) >= _FIRST_LOST:
            return text, Damage.NUMBER
        if self._column.type == "string":
            return self._code(text)
        return text.replace(".", self._decimal), Damage.NONE

    def _code(self, text: str) -> Seen:
        column = self._column
        if lacks_zeros(column, text) and not (fits(column, text) and column.codes is None):
            return text, Damage.ZERO
        if column.nir and fits(column, text):
            return text, Damage.EXACT
        return text.replace(".", self._decimal), Damage.NONE

    def _day_damage(self, text: str) -> Damage:
        """A number in a column of dates is a day's serial number, unless the dates of the contract are numbers themselves."""
        if self._column.format in _AS_NUMBERS and text.isdigit():
            if len(text) == _DAY_DIGITS:
                return Damage.NONE
            if len(text) == _DAY_DIGITS - 1:
                return Damage.ZERO
        return Damage.DATE if 0 <= Decimal(text) < _LAST_DAY + 1 else Damage.NONE

    def _dated(self, raw: str) -> Seen:
        if not _is_number(raw):
            return None, Damage.ERROR
        moment = _moment_of(Decimal(raw), is_1904=self._is_1904)
        return (plain(raw), Damage.DATE) if moment is None else self._at(moment, is_time=abs(Decimal(raw)) < 1)

    def _moment(self, raw: str) -> Seen:
        try:
            moment = datetime.fromisoformat(raw.removesuffix("Z"))
        except ValueError:
            return raw, Damage.NONE
        return self._at(moment, is_time=False)

    def _at(self, moment: datetime, *, is_time: bool) -> Seen:
        column = self._column
        if column.type == "time" and is_time:
            return f"{moment:%H:%M:%S}", Damage.NONE
        form = (column.format or "yyyy-MM-dd").replace("'", "")
        for token, directive in _TOKENS:
            form = form.replace(token, directive)
        has_time = (moment.hour, moment.minute, moment.second) != (0, 0, 0)
        if column.type in ("date", "timestamp"):
            # A time that the column has no room for is shown, so that the value is no date of the contract.
            return _written(moment, form if "%H" in form or not has_time else f"{form} %H:%M:%S"), Damage.NONE
        return _written(moment, "%Y-%m-%d %H:%M:%S" if has_time else "%Y-%m-%d"), Damage.DATE


def _is_number(raw: str) -> bool:
    return _NUMBER.fullmatch(raw) is not None and isfinite(float(raw))


def plain(raw: str) -> str:
    """The number without exponent, on the 15 digits that spreadsheets show: they write 12.2 as ``12.199999999999999``.

    >>> plain("12.199999999999999"), plain("1.85E+14"), plain("7.0")
    ('12.2', '185000000000000', '7')
    """
    number = Decimal(raw)
    if number == number.to_integral_value() and abs(number) < Decimal(10) ** 40:
        return f"{number.quantize(Decimal(1)):f}" if number else "0"
    return f"{Decimal(format(float(raw), '.15g')):f}"


def _written(moment: datetime, form: str) -> str:
    return moment.strftime(form.replace("%Y", f"{moment.year:04d}"))


def _moment_of(serial: Decimal, *, is_1904: bool) -> datetime | None:
    """The day and time of a serial number; None when there is none."""
    if not 0 <= serial < _LAST_DAY + 1 - (1462 if is_1904 else 0):
        return None
    whole = int(serial)
    if is_1904:
        start = datetime(1904, 1, 1)  # noqa: DTZ001 -- a calendar day has no zone
    elif whole == _NO_DAY or (whole == 0 and serial == 0):
        return None
    else:
        start = datetime(1899, 12, 31 if whole < _NO_DAY else 30)  # noqa: DTZ001
    seconds = int(((serial - whole) * 86_400).to_integral_value())
    return start + timedelta(days=whole, seconds=seconds)
