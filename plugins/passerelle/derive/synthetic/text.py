"""Texts made to fit a column: its alphabet, length and pattern."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from passerelle.contract.model import Column
from passerelle.derive.synthetic.scene import Style
from passerelle.population.civil import without_accents

_DIGITS = re.compile(r"\d+")


def fitter(column: Column, style: Style) -> Callable[[str], str]:
    """What turns a name into the form this column takes.

    XML flows have capitals without accents, as the CAF writes; other files keep accents where their encoding has them. A name that
    is too long is cut, one the pattern refuses loses its hyphens and apostrophes; what still does not fit becomes empty.
    """
    pattern = re.compile(column.pattern) if column.pattern else None

    @lru_cache(maxsize=50_000)
    def fit(value: str) -> str:
        if style.is_xml:
            value = without_accents(value).upper()
        elif not _is_encodable(value, style.encoding):
            value = without_accents(value)
        for form in (value, re.sub(r"['’-]", " ", value), re.sub(r"[^A-Za-z0-9]", "", value)):
            cut = form[: column.max_length].rstrip() if column.max_length else form
            if pattern is None or pattern.fullmatch(cut):
                return cut
        return ""

    return fit


def numbered(column: Column, example: str) -> Callable[[int], str]:
    """What turns a number into a reference like the example: the last run of digits is replaced; the number alone if there is none.

    The results for different numbers differ as long as the column has room for them.
    """
    around = _around_last_digits(example)

    def make(number: int) -> str:
        if around is not None:
            head, digits, tail = around
            text = f"{head}{number:0{len(digits)}d}{tail}"
            if _has_room(column, text):
                return text
        width = column.min_length or 1
        text = f"{number:0{width}d}"
        return text if _has_room(column, text) else example

    return make


def counted(column: Column) -> Callable[[int], str]:
    """What turns the number of a row into its reference: the example is the first one, and from it they are counted on.

    Only the last run of digits changes. Where the column has room for no further digit, counting goes on from zero, so the results
    differ as long as there are numbers of that length. A check digit the contract asks for is computed, and not counted.
    """
    head, digits, tail = _around_last_digits(column.example) or ("", "1".zfill(column.min_length or 1), "")
    checked = column.checksum is not None
    body = digits[:-1] if checked else digits
    first, width = int(body or "0"), len(body)

    def make(number: int) -> str:
        count = first + number - 1
        for value in (count, count % 10**width):
            text = f"{value:0{width}d}"
            whole = f"{head}{with_luhn_digit(text) if checked else text}{tail}"
            if _has_room(column, whole):
                return whole
        return column.example

    return make


def with_luhn_digit(digits: str) -> str:
    """The digits, and the one that makes the whole number pass Luhn's check (ISO/IEC 7812-1), as in a SIREN or SIRET."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return f"{digits}{-sum(sum(divmod(value, 10)) for value in doubled) % 10}"


def _around_last_digits(example: str) -> tuple[str, str, str] | None:
    """What stands before the last run of digits, the run, and what stands after it."""
    runs = list(_DIGITS.finditer(example))
    return (example[: runs[-1].start()], runs[-1][0], example[runs[-1].end() :]) if runs else None


def _has_room(column: Column, text: str) -> bool:
    is_short = column.max_length is None or len(text) <= column.max_length
    return is_short and (column.pattern is None or re.fullmatch(column.pattern, text) is not None)


def plain_text(column: Column, style: Style) -> str:
    """A text for a column nothing is known of: its example, else its label, cut to length."""
    fit = fitter(column, style)
    return column.example or fit(column.label).ljust(column.min_length or 1, "X")


def _is_encodable(value: str, encoding: str) -> bool:
    try:
        value.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
