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
    runs = list(_DIGITS.finditer(example))
    pattern = re.compile(column.pattern) if column.pattern else None

    def is_fit(text: str) -> bool:
        return (column.max_length is None or len(text) <= column.max_length) and (pattern is None or pattern.fullmatch(text) is not None)

    def make(number: int) -> str:
        if runs:
            start, end = runs[-1].span()
            text = f"{example[:start]}{number:0{end - start}d}{example[end:]}"
            if is_fit(text):
                return text
        width = column.min_length or 1
        text = f"{number:0{width}d}"
        return text if is_fit(text) else example

    return make


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
