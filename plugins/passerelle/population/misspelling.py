"""How names and numbers are written wrong: at the keyboard, by text recognition, by ear, by a form that was too short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.population.draws import Bools, Draws, Ints

_NEIGHBOURS: Final = {
    "A": "ZQ", "B": "VN", "C": "XV", "D": "SF", "E": "ZR", "F": "DG", "G": "FH", "H": "GJ", "I": "UO", "J": "HK", "K": "JL", "L": "KM",
    "M": "L", "N": "B", "O": "IP", "P": "O", "Q": "SA", "R": "ET", "S": "QD", "T": "RY", "U": "YI", "V": "CB", "W": "X", "X": "WC",
    "Y": "TU", "Z": "AE",
}  # fmt: skip
"""Keys beside each other on a French keyboard."""
_LOOK_ALIKE: Final = (
    ("RN", "M"),
    ("M", "RN"),
    ("CL", "D"),
    ("I", "L"),
    ("L", "I"),
    ("O", "Q"),
    ("U", "V"),
    ("V", "U"),
    ("E", "F"),
    ("B", "R"),
)
_SOUND_ALIKE: Final = (
    ("OU", "U"), ("U", "OU"), ("CH", "SH"), ("SH", "CH"), ("DJ", "J"), ("J", "DJ"), ("K", "Q"), ("Q", "K"), ("KH", "H"), ("PH", "F"),
    ("AA", "A"), ("EE", "I"), ("Y", "I"), ("I", "Y"), ("SS", "S"), ("MM", "M"), ("M", "MM"), ("W", "OU"), ("Z", "S"), ("S", "SS"),
    ("GH", "G"), ("TH", "T"), ("C", "K"), ("EI", "AI"), ("AI", "EI"), ("E", "A"), ("SC", "SK"),
    ("CZ", "TCH"), ("TCH", "CH"), ("V", "W"), ("EAU", "AUX"),
)  # fmt: skip

_Slip = Callable[[str, float, float], str]


def _middle(text: str, where: float) -> int:
    """A position that is not the first, nor the last unless there are only two."""
    return 1 + int(where * max(1, len(text) - 2))


def _key_beside(text: str, where: float, which: float) -> str:
    at = _middle(text, where)
    beside = _NEIGHBOURS.get(text[at].upper(), "E")
    new = beside[int(which * len(beside))]
    return text[:at] + (new if text[at].isupper() else new.lower()) + text[at + 1 :]


def _exchanged(text: str, where: float, which: float) -> str:
    at = min(_middle(text, where), len(text) - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _dropped(text: str, where: float, which: float) -> str:
    at = _middle(text, where)
    return text[:at] + text[at + 1 :]


def _doubled(text: str, where: float, which: float) -> str:
    at = _middle(text, where)
    return text[:at] + text[at] + text[at:]


def _replaced(pairs: tuple[tuple[str, str], ...]) -> _Slip:
    def slip(text: str, where: float, which: float) -> str:
        upper = text.upper()
        present = [pair for pair in pairs if pair[0] in upper]
        if not present or len(upper) != len(text):
            return _dropped(text, where, which)
        old, new = present[int(which * len(present))]
        places = [at for at in range(len(upper)) if upper.startswith(old, at)]
        at = places[int(where * len(places))]
        return text[:at] + (new if text.isupper() else new.lower()) + text[at + len(old) :]

    return slip


def _cut(text: str, where: float, which: float) -> str:
    """A compound loses its second half, a long name its end."""
    for mark in ("-", " "):
        if mark in text and which < 0.7:
            return text.split(mark)[0] if len(text.split(mark)[0]) > 2 else text.replace(mark, "", 1)
    return text[: max(4, int(len(text) * 0.75))]


def _joined(text: str, where: float, which: float) -> str:
    """A hyphen becomes a blank or nothing, an apostrophe goes."""
    if "-" in text:
        return text.replace("-", " " if which < 0.6 else "", 1)
    if " " in text or "'" in text:
        return text.replace(" ", "" if which < 0.5 else "-", 1).replace("'", "", 1)
    return _exchanged(text, where, which)


_LOOKS, _SOUNDS = _replaced(_LOOK_ALIKE), _replaced(_SOUND_ALIKE)
_BY_HAND: Final[tuple[tuple[_Slip, int], ...]] = (
    (_key_beside, 22), (_exchanged, 16), (_dropped, 18), (_doubled, 10), (_LOOKS, 8), (_SOUNDS, 10), (_cut, 8), (_joined, 8),
)  # fmt: skip
"""Ways of slipping and their weights, for names everyone here knows how to write."""
_BY_EAR: Final[tuple[tuple[_Slip, int], ...]] = (
    (_key_beside, 10), (_exchanged, 7), (_dropped, 9), (_doubled, 6), (_LOOKS, 4), (_SOUNDS, 50), (_cut, 6), (_joined, 8),
)  # fmt: skip
"""The same for names written as they were heard, or transcribed from another script."""


def misspell(name: str, by_ear: bool, chances: tuple[float, float, float]) -> str:
    """The name with one slip; names of one or two letters stay. The three numbers from 0 to 1 decide which slip and where.

    >>> misspell("MOHAMED", True, (0.5, 0.9, 0.5)), misspell("MARTIN", False, (0.0, 0.5, 0.0)), misspell("LY", False, (0.0, 0.0, 0.0))
    ('MOHAMAD', 'MARRIN', 'LY')
    """
    if len(name) < 3:
        return name
    slips = _BY_EAR if by_ear else _BY_HAND
    left = chances[0] * sum(weight for _, weight in slips)
    for slip, weight in slips:
        left -= weight
        if left < 0:
            return slip(name, chances[1], chances[2])
    return name


def misspell_some(draws: Draws, names: Any, chosen: Bools, by_ear: Bools) -> Any:
    """The array with a slip in each chosen name; empty names stay empty."""
    rows = np.flatnonzero(chosen)
    chances = [draws.uniform(len(rows)).tolist() for _ in range(3)]
    old = names.take(pa.array(rows)).to_pylist()
    new = [
        misspell(name, ear, (one, two, three)) if name else name
        for name, ear, one, two, three in zip(old, by_ear[rows].tolist(), *chances, strict=True)
    ]
    return pc.replace_with_mask(names, pa.array(chosen), pa.array(new, pa.string()))


def mistype_numbers(draws: Draws, numbers: Any, rows: Ints) -> Any:
    """The array with one digit wrong, or two exchanged, in each of these numbers."""
    chances = draws.uniform(len(rows)).tolist()
    digits = draws.whole(len(rows), 1, 9).tolist()
    old = numbers.take(pa.array(rows)).to_pylist()
    new = [_mistyped(number, chance, digit) for number, chance, digit in zip(old, chances, digits, strict=True)]
    mask = np.zeros(len(numbers), dtype=np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(numbers, pa.array(mask), pa.array(new, pa.string()))


def _mistyped(number: str, chance: float, digit: int) -> str:
    at = 1 + int(chance * 11.99)
    if digit > 7 and number[at] != number[at - 1]:
        return number[: at - 1] + number[at] + number[at - 1] + number[at + 1 :]
    if not number[at].isdigit():
        at = 12
    return number[:at] + str((int(number[at]) + digit) % 10) + number[at + 1 :]
