"""Which texts a column's rules allow, and whether a number in its place may have lost zeros on the left: spreadsheets eat them."""

from __future__ import annotations

import re
from functools import lru_cache

from passerelle.contract.model import Column, IdentityRole

_MOST_ZEROS = 6
_CHARACTERS = {IdentityRole.POSTCODE: 5, IdentityRole.COMMUNE_CODE: 5, IdentityRole.PHONE: 10}
"""How long these are where the contract does not say; none begins with two zeros."""
_NIR = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[ABab])[0-9]{6}(?:[0-9]{2})?")
_AS_NUMBER = re.compile(r"[0-9]+[.,]0+|-?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}")


def fits(column: Column, text: str) -> bool:
    """Whether the text is of the column's form: its code list, pattern and length (of a NIR: 13 or 15 characters)."""
    if column.codes is not None:
        return text in column.codes.codes
    if column.nir:
        return _NIR.fullmatch(text.replace(" ", "")) is not None
    if column.pattern is not None and not _pattern(column.pattern).fullmatch(text):
        return False
    return _shortest(column) <= len(text) <= (column.max_length or len(text))


def is_free(column: Column) -> bool:
    """Whether the column takes any text of its length: nothing tells a damaged value from another."""
    return column.codes is None and column.pattern is None and not column.nir and _shortest(column) == 0


def lacks_zeros(column: Column, digits: str) -> bool:
    """Whether the digits make a value of the column once zeros are put before them; no NIR begins with zero."""
    if is_free(column) or column.nir or not (digits.isascii() and digits.isdigit()):
        return False
    most = 1 if column.identity in _CHARACTERS else max(_MOST_ZEROS, _shortest(column) - len(digits))
    return any(fits(column, "0" * zeros + digits) for zeros in range(1, most + 1))


def looks_like_number(text: str) -> bool:
    """Whether the text is a number as spreadsheets write it: ``1803331476872.0`` or ``1,85E+14``."""
    return _AS_NUMBER.fullmatch(text) is not None


def _shortest(column: Column) -> int:
    if column.min_length is not None or column.pattern is not None or column.identity is None:
        return column.min_length or 0
    return _CHARACTERS.get(column.identity, 0)


@lru_cache(maxsize=500)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
