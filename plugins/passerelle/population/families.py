"""Families of a large invented population: ages, couples, children, twins, and who lives with whom. No name yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from passerelle.population.draws import Bools, Draws, Ints
from passerelle.population.options import Options

HEAD, PARTNER, CHILD = 0, 1, 2
"""What someone is in the family, values of ``Families.place``."""
_PEOPLE_PER_FAMILY: Final = 2.2
_YEAR: Final = 365.25
_FEMALE, _MALE = 0, 1


@dataclass(frozen=True)
class Families:
    """Parallel arrays, one position per person; the members of a family follow each other."""

    family: Ints
    place: Ints
    """Head, partner or child."""
    is_male: Bools
    born: Ints
    """Days since 1970."""
    birth_rank: Ints
    twin: Ints
    """Position of the twin, or -1."""
    head: Ints
    """Position of the head of the family."""
    partner: Ints
    """Position of the head's partner, or -1."""
    dwelling: Ints
    """Who has the same number lives together."""
    is_adult: Bools

    def __len__(self) -> int:
        return len(self.family)


def epoch_day(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def make_families(options: Options, people: int) -> Families:
    """So many people in families, the same for the same options."""
    draws = Draws(options.seed, "families")
    today = epoch_day(options.as_of)
    count = int(people / _PEOPLE_PER_FAMILY * 1.15) + 50
    head_male = draws.chance(count, 0.48)
    head_born = today - (draws.uniform(count) * 60 * _YEAR + 18.5 * _YEAR).astype(np.int64)
    coupled = draws.chance(count, 0.6)
    partner_male = head_male == draws.chance(count, 0.02)
    partner_born = np.minimum(head_born + (draws.bell(count, -9, 9) * _YEAR).astype(np.int64), today - int(18.2 * _YEAR))
    mother_born = np.where(coupled & head_male & ~partner_male, partner_born, head_born)
    of_child, child_born = _children(draws, mother_born, today)
    couples = np.flatnonzero(coupled)
    family = np.concatenate([np.arange(count), couples, of_child])
    place = np.repeat(np.array([HEAD, PARTNER, CHILD]), [count, len(couples), len(of_child)])
    born = np.concatenate([head_born, partner_born[couples], child_born])
    is_male = np.concatenate([head_male, partner_male[couples], draws.chance(len(of_child), 0.51)])
    order = np.lexsort((born, place, family))[:people]
    return _together(options, draws, (family[order], place[order], is_male[order], born[order]))


def _children(draws: Draws, mother_born: Ints, today: int) -> tuple[Ints, Ints]:
    """Families and days of birth of the children already born."""
    number = draws.shares(len(mother_born), 0.27, 0.22, 0.28, 0.15, 0.06, 0.02)
    family = np.repeat(np.arange(len(mother_born)), number)
    born = mother_born[family] + (draws.bell(len(family), 15, 45) * _YEAR).astype(np.int64)
    alive = born < today
    return family[alive], born[alive]


def _together(options: Options, draws: Draws, people: tuple[Ints, Ints, Bools, Ints]) -> Families:
    family, place, is_male, born = people
    size = len(family)
    head = np.flatnonzero(place == HEAD)[family]
    partner = np.full(len(family), -1, dtype=np.int64)
    couples = np.flatnonzero(place == PARTNER)
    partner_of_family = np.full(family[-1] + 1, -1, dtype=np.int64)
    partner_of_family[family[couples]] = couples
    partner = partner_of_family[family]
    twin = _pair_twins(draws, family, place, round(options.twins * size / 2))
    elder = np.flatnonzero(twin > np.arange(size))
    younger = twin[elder]
    born[younger] = born[elder]
    is_male[younger] = np.where(draws.chance(len(elder), 0.64), is_male[elder], ~is_male[elder])
    rank = np.ones(size, dtype=np.int64)
    rank[younger] = 2
    age = (epoch_day(options.as_of) - born) / _YEAR
    return Families(
        family=family,
        place=place,
        is_male=is_male,
        born=born,
        birth_rank=rank,
        twin=twin,
        head=head,
        partner=partner,
        dwelling=_dwellings(draws, family, place, age),
        is_adult=age >= 18,
    )


def _pair_twins(draws: Draws, family: Ints, place: Ints, pairs: int) -> Ints:
    """For so many pairs of siblings born one after the other, the position of the other one; -1 for everybody else."""
    size = len(family)
    starts = np.flatnonzero((place[:-1] == CHILD) & (family[:-1] == family[1:]))
    first_child = np.concatenate([[True], (place[1:] == CHILD) & (place[:-1] != CHILD)])
    first = np.maximum.accumulate(np.where(first_child, np.arange(size), 0))
    chosen = draws.some(starts[(starts - first[starts]) % 2 == 0], pairs)
    twin = np.full(size, -1, dtype=np.int64)
    twin[chosen] = chosen + 1
    twin[chosen + 1] = chosen
    return twin


def _dwellings(draws: Draws, family: Ints, place: Ints, age: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Ints:
    """One per family, and one for each grown-up child or separated partner who left."""
    size = len(family)
    leaving = np.where(place == CHILD, np.clip((age - 18) / 12, 0, 0.95), np.where(place == PARTNER, 0.16, 0.0))
    left = draws.chance(size, leaving)
    dwelling = family.copy()
    dwelling[left] = family[-1] + 1 + np.arange(int(left.sum()))
    return dwelling
