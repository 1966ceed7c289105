"""The NIR (numéro de sécurité sociale): its key, and how it is put together from a civil status.

Thirteen characters say sex, year and month of birth, place of birth and rank in the register; two more are a key against typing
errors. CAF files carry 13 characters, MSA files 15.
"""

from __future__ import annotations

from datetime import date

CORSICA_SPLIT = 1976
"""Corsica was one département, numbered 20, for people born before this year; then 2A and 2B."""


def nir_key(nir13: str) -> str:
    """The two digits that complete a NIR of 13 characters: 97 - (N mod 97), where 2A counts as 19 and 2B as 18.

    Raises ValueError when the text is not a NIR of 13 characters.

    >>> nir_key("2550899350123")
    '42'
    """
    if len(nir13) != 13:
        raise ValueError("A NIR without its key has 13 characters.")
    return f"{97 - int(nir13.replace('2A', '19').replace('2B', '18')) % 97:02d}"


def build_nir(sex: str, born: date, place_code: str, order: int) -> str:
    """The 13 characters for someone of this sex (``M``/``F``), born on this day in this place (5-character code), at this rank."""
    place = place_code
    if born.year < CORSICA_SPLIT and place.startswith(("2A", "2B")):
        place = "20" + place[2:]
    return f"{'1' if sex == 'M' else '2'}{born:%y%m}{place}{order:03d}"
