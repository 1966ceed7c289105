"""How one invented civil status comes about: names, birth, NIR."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from passerelle.errors import InvariantError
from passerelle.population.dice import between, pick, pick_common
from passerelle.population.names import ENDINGS, GIVEN_F, GIVEN_M, STEMS, SURNAMES
from passerelle.population.nir import build_nir
from passerelle.population.people import Commune, Sex
from passerelle.population.places import ABROAD, ELSEWHERE

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ı": "i", "ł": "l", "Ł": "L", "ø": "o", "đ": "d", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Birth:
    """When and where."""

    day: date
    place_code: str
    place_name: str
    rank: int = 1

    @property
    def is_abroad(self) -> bool:
        """Whether the person was born in another country."""
        return self.place_code >= "99100"


def a_sex(rng: random.Random) -> Sex:
    """Women are a little more numerous among applicants."""
    return "F" if rng.random() < 0.54 else "M"


def a_surname(rng: random.Random) -> str:
    """A common surname, one made of parts, or a compound."""
    draw = rng.random()
    if draw < 0.5:
        return pick_common(rng, SURNAMES)
    made = pick(rng, STEMS) + pick(rng, ENDINGS)
    if draw < 0.93:
        return made
    return f"{pick_common(rng, SURNAMES)}{'-' if draw < 0.97 else ' '}{made}"


def given_names(rng: random.Random, sex: Sex, *, besides: str = "") -> tuple[str, ...]:
    """One to three given names, the first different from ``besides`` (a twin's)."""
    names = GIVEN_F if sex == "F" else GIVEN_M
    chosen: list[str] = []
    for _ in range(1 + (rng.random() < 0.6) + (rng.random() < 0.25)):
        name = pick_common(rng, names)
        while name in chosen or name == besides:
            name = pick(rng, names)
        chosen.append(name)
    return tuple(chosen)


def a_birth(rng: random.Random, as_of: date, ages: tuple[int, int], home: Commune) -> Birth:
    """A birth that makes the person's age fall between ``ages`` on the day ``as_of``: at home, in the country or abroad.

    One person in eight born abroad has 1 January as a date of birth, as registers that did not know the day wrote.
    """
    youngest, oldest = ages
    day = as_of - timedelta(days=between(rng, youngest * 365 + 20, oldest * 365 + 360))
    where = rng.random()
    if where < 0.5:
        return Birth(day, home.code, home.name)
    if where < 0.8:
        return Birth(day, *pick_common(rng, ELSEWHERE))
    code, name = pick_common(rng, ABROAD)
    return Birth(day.replace(month=1, day=1) if rng.random() < 0.125 else day, code, name)


class Register:
    """Hands out NIRs, each one once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def enrol(self, rng: random.Random, sex: Sex, birth: Birth, *, near: int | None = None) -> tuple[str, int]:
        """A NIR no one else has, and its order number; the next number after ``near`` for the second of twins.

        Raises InvariantError when a month of a commune is full, which takes more than a hundred million people.
        """
        order = near + 1 if near is not None and near < 999 else between(rng, 1, 999)
        for _ in range(999):
            nir = build_nir(sex, birth.day, birth.place_code, order)
            if nir not in self._taken:
                self._taken.add(nir)
                return nir, order
            order = order % 999 + 1
        raise InvariantError("No NIR is left for this month and place of birth.")


def plain(name: str) -> str:
    """Letters only, lower case, no accents: a name as an e-mail address has it.

    >>> plain("Éléonore-Anne d'Aÿ")
    'eleonoreanneday'
    """
    return "".join(letter for letter in without_accents(name).lower() if letter.isalpha())


def without_accents(name: str) -> str:
    """The name in the 26 letters, as the CAF and old systems write it; case is kept.

    >>> without_accents("Zoé Wiśniewska-Yılmaz Œuvrard")
    'Zoe Wisniewska-Yilmaz OEuvrard'
    """
    if name.isascii():
        return name
    spelt = name.translate(_LIGATURES)
    return "".join(letter for letter in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(letter))
