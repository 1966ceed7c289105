"""Comparable forms of names and dates: pure functions, no rule about who is who.

Names come in two to three forms from the same sender (case, accents, hyphens, a compound given name split over two fields). What is
here makes these equal, and nothing else: near spellings stay different.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

_SEPARATORS = re.compile(r"[^A-Z]+")
_APART = str.maketrans(
    {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th"}
)
"""Letters that Unicode does not decompose into a plain letter and an accent; ``ß`` becomes ``SS`` with upper()."""
_DAY_IS_KNOWN = frozenset({"", "N", "day"})
"""CNAF code TYPEDTNAI: N day and month known, J day unknown, O day and month unknown (formats, 3.4)."""
_JUNK = re.compile(r"0*|(.)\1{5,}")
"""Zeros, or one character six times or more: 00000000 is on file for dozens of people (seen by les-emplois)."""


@lru_cache(maxsize=50_000)
def fold(name: str | None) -> str:
    """The name in upper ASCII letters, its parts separated by one blank.

    >>> fold("  Le Goff-d'Ünal ")
    'LE GOFF D UNAL'
    >>> fold("Œuvrard")
    'OEUVRARD'
    >>> fold(None)
    ''
    """
    if not name:
        return ""
    if name.isascii():
        if name.isalpha():
            return name.upper()
    else:
        name = "".join(mark for mark in unicodedata.normalize("NFKD", name.translate(_APART)) if not unicodedata.combining(mark))
    return _SEPARATORS.sub(" ", name.upper()).strip()


def name_key(name: str | None) -> str:
    """The form by which two names are compared: folded, without blanks. Empty when there is nothing to compare.

    >>> name_key("Jean-Pierre") == name_key("JEAN PIERRE")
    True
    >>> name_key("D'Almeida") == name_key("Dalmeida")
    True
    """
    return fold(name).replace(" ", "")


def is_exact(birth_date: date | None, precision: str | None) -> bool:
    """Whether the day of birth is really known: 1 January stands for "unknown" in too many files.

    >>> is_exact(date(1980, 5, 17), "N"), is_exact(date(1980, 5, 17), "J"), is_exact(date(1980, 1, 1), None)
    (True, False, False)
    """
    return birth_date is not None and (precision or "") in _DAY_IS_KNOWN and (birth_date.month, birth_date.day) != (1, 1)


def identifier(value: str | None) -> str:
    """A partner's identifier without blanks, in upper case; empty when it identifies nobody (``00000000``).

    >>> identifier(" 1253359x "), identifier("22"), identifier("00000000"), identifier("999999"), identifier(None)
    ('1253359X', '22', '', '', '')
    """
    plain = "".join((value or "").split()).upper()
    return "" if _JUNK.fullmatch(plain) else plain
