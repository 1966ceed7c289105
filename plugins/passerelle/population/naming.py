"""Who is called what in a large invented population: surnames handed down, given names of the time, usage names, namesakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from passerelle.population.draws import Draws, Ints
from passerelle.population.families import CHILD, HEAD, PARTNER, Families
from passerelle.population.frequencies import DECADES, Pool, given_names, period_of, pool_of, surnames
from passerelle.population.options import Options
from passerelle.population.origins import ORIGINS

NATIVE: Final = -1
_GROWTH: Final = 3
"""A surname came recently when it has three times as many births since 1981 as it had before 1961."""
_UNLISTED: Final = 40
"""Births of a period that a given name of an origin counts for when the table has none."""


@dataclass
class Names:
    """Positions in the tables of names, one row per person; -1 where there is none."""

    surname: Ints
    """Two columns: the name, and the second half of a compound."""
    usage: Ints
    """Two columns, likewise; -1 for whoever has no usage name."""
    given: Ints
    """Three columns, positions in the table of the person's sex."""


def name_people(options: Options, families: Families, origin: Ints, years: Ints) -> Names:
    """Names for everyone; ``origin`` is a position in ``ORIGINS`` (that of the family for children), or -1."""
    draws = Draws(options.seed, "names")
    period = period_of(years)
    surname = _surnames(draws, families, (origin, period), years)
    given = _given_names(draws, families, origin, period)
    _call_like_parent(draws, families, given, options.parent_homonyms)
    _tell_twins_apart(draws, families, given, period)
    _share_stems(draws, families, given, options.twins_common_stem)
    given[:, 1][given[:, 1] == given[:, 0]] = -1
    given[:, 2][(given[:, 2] == given[:, 0]) | (given[:, 2] == given[:, 1])] = -1
    return Names(surname, _usage_names(draws, families, surname), given)


def _surnames(draws: Draws, families: Families, belonging: tuple[Ints, Ints], years: Ints) -> Ints:
    """One's own for heads and partners, that of the parents for children."""
    origin, period = belonging
    size = len(families)
    own = np.full((size, 2), -1, dtype=np.int64)
    for group in np.unique(origin):
        for decade in range(len(DECADES)):
            here = np.flatnonzero((origin == group) & (period == decade) & (families.place != CHILD))
            own[here, 0] = _surname_pool(int(group), decade).draw(draws, len(here))
    compound = (families.place != CHILD) & draws.chance(size, 0.025)
    own[compound, 1] = own[draws.order(size)[: int(compound.sum())], 0]
    child = families.place == CHILD
    head_is_father = families.is_male[families.head] | (families.partner < 0)
    father = np.where(head_is_father, families.head, families.partner)
    mother = np.where(head_is_father & (families.partner >= 0), families.partner, families.head)
    style = draws.uniform(size)
    takes_mother = child & (style < 0.1)
    own[child] = own[np.where(takes_mother, mother, father)[child]]
    double = child & (style > 0.85) & (years >= 2005) & (families.partner >= 0)
    own[double] = np.stack([own[father[double], 0], own[mother[double], 0]], axis=1)
    twins = np.flatnonzero(families.birth_rank == 2)
    own[twins] = own[families.twin[twins]]
    own[own[:, 1] == own[:, 0], 1] = -1
    return own


@cache
def _surname_pool(group: int, decade: int) -> Pool:
    table = surnames()
    births = table.births
    if group == NATIVE:
        return pool_of(np.arange(births.shape[1]), births[decade])
    origin = ORIGINS[group]
    fits = table.matching(origin.surnames)
    if origin.is_recent:
        fits &= births[4] + births[5] >= _GROWTH * (births[0] + births[1])
    positions = np.flatnonzero(fits)
    return pool_of(positions, births[4][positions] + births[5][positions])


def _given_names(draws: Draws, families: Families, origin: Ints, period: Ints) -> Ints:
    size = len(families)
    given = np.full((size, 3), -1, dtype=np.int64)
    foreign_names = (origin != NATIVE) & ~((families.place == CHILD) & draws.chance(size, 0.35))
    group = np.where(foreign_names, origin, NATIVE)
    for male in (False, True):
        for which in np.unique(group):
            for decade in range(len(DECADES)):
                here = np.flatnonzero((families.is_male == male) & (group == which) & (period == decade))
                for column, back in ((0, 0), (1, 2), (2, 3)):
                    given[here, column] = _given_pool(male, int(which), max(0, decade - back)).draw(draws, len(here))
    one, two = draws.chance(size, np.where(foreign_names, 0.7, 0.25)), draws.chance(size, 0.5)
    given[one, 1] = -1
    given[one | two, 2] = -1
    return given


@cache
def _given_pool(male: bool, group: int, decade: int) -> Pool:
    table = given_names("M" if male else "F")
    if group == NATIVE:
        return pool_of(np.arange(table.births.shape[1]), table.births[decade])
    positions = table.positions(set(ORIGINS[group].boys if male else ORIGINS[group].girls))
    return pool_of(positions, np.sqrt(table.births[decade][positions] + _UNLISTED).astype(np.int64))


def _call_like_parent(draws: Draws, families: Families, given: Ints, share: float) -> None:
    """Some children bear the given name of the parent of their sex."""
    child = (families.place == CHILD) & (families.twin < 0)
    for parent in (families.head, families.partner):
        same = child & (parent >= 0) & (families.is_male == families.is_male[parent])
        chosen = np.flatnonzero(same & draws.chance(len(families), share / max(same.sum() / max(child.sum(), 1), 0.01) / 2))
        given[chosen, 0] = given[parent[chosen], 0]


def _same_sex_twins(families: Families) -> tuple[Ints, Ints]:
    younger = np.flatnonzero(families.birth_rank == 2)
    younger = younger[families.is_male[younger] == families.is_male[families.twin[younger]]]
    return families.twin[younger], younger


def _tell_twins_apart(draws: Draws, families: Families, given: Ints, period: Ints) -> None:
    """No two twins have the same given name, not even but for accents."""
    elder, younger = _same_sex_twins(families)
    for _ in range(20):
        clash = np.zeros(len(younger), dtype=np.bool_)
        for male in (False, True):
            plain = np.array(given_names("M" if male else "F").plain.to_pylist())
            of_sex = families.is_male[younger] == male
            clash[of_sex] = plain[given[younger[of_sex], 0]] == plain[given[elder[of_sex], 0]]
        again = younger[clash]
        if not len(again):
            return
        for male in (False, True):
            for decade in range(len(DECADES)):
                here = again[(families.is_male[again] == male) & (period[again] == decade)]
                given[here, 0] = _given_pool(male, NATIVE, decade).draw(draws, len(here))


def _share_stems(draws: Draws, families: Families, given: Ints, share: float) -> None:
    """Some twins of the same sex are called Marie-Anne and Marie-Louise."""
    elder, younger = _same_sex_twins(families)
    chosen = draws.chance(len(younger), share)
    for male in (False, True):
        pairs = np.flatnonzero(chosen & (families.is_male[younger] == male))
        stems = _stems(male)
        stem = draws.weighted(len(pairs), np.cumsum(np.array([len(members) for members in stems])))
        for pair, which in zip(pairs.tolist(), stem.tolist(), strict=True):
            first, second = draws.some(stems[which], 2).tolist()
            given[elder[pair], 0], given[younger[pair], 0] = first, second


@cache
def _stems(male: bool) -> tuple[Ints, ...]:
    """Positions of compound given names by their first half, where there are at least three; none twice that differs by accents only."""
    groups: dict[str, list[int]] = {}
    seen: set[str] = set()
    for position, name in enumerate(given_names("M" if male else "F").ascii_upper.to_pylist()):
        stem, hyphen, _ = name.partition("-")
        if hyphen and name not in seen:
            seen.add(name)
            groups.setdefault(stem, []).append(position)
    return tuple(np.array(members) for _, members in sorted(groups.items()) if len(members) >= 3)


def _usage_names(draws: Draws, families: Families, surname: Ints) -> Ints:
    """The name of the husband for most married women, sometimes after one's own; few men have one."""
    size = len(families)
    usage = np.full((size, 2), -1, dtype=np.int64)
    spouse = np.full(size, -1, dtype=np.int64)
    of_couple = (families.place == HEAD) & (families.partner >= 0) | (families.place == PARTNER)
    spouse[of_couple] = np.where(families.place == HEAD, families.partner, families.head)[of_couple]
    others = draws.order(size)
    grown = families.is_adult & ~of_couple
    married_out = grown & draws.chance(size, np.where(families.is_male, 0.01, 0.22))
    spouse[married_out] = others[married_out]
    married = (spouse >= 0) & (married_out | draws.chance(size, np.where(families.is_male, 0.02, 0.62)))
    own_first = married & draws.chance(size, 0.15)
    usage[married, 0] = surname[spouse[married], 0]
    usage[own_first] = np.stack([surname[own_first, 0], surname[spouse[own_first], 0]], axis=1)
    useless = (usage[:, 1] == usage[:, 0]) | ((usage[:, 0] == surname[:, 0]) & (usage[:, 1] < 0))
    usage[useless] = -1
    return usage


def meet_namesakes(draws: Draws, names: Names, alike: tuple[Ints, Ints]) -> None:
    """Give each person of the second array the whole name of the one of the first: same names, no usage name."""
    model, namesake = alike
    names.surname[namesake] = names.surname[model]
    names.given[namesake] = names.given[model]
    names.usage[namesake] = -1
