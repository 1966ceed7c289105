"""The people of a large invented country, with the truth about each: what the sources of :mod:`passerelle.population.sources` know of them.

Millions of people are made in seconds: everything is an array, text is only taken from tables when a source writes it down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from passerelle.errors import ConfigurationError
from passerelle.population.draws import Bools, Draws, Ints
from passerelle.population.families import CHILD, HEAD, Families, make_families
from passerelle.population.homes import Homes, birth_places, settle
from passerelle.population.naming import Names, meet_namesakes, name_people
from passerelle.population.numbering import nir_group, nir_text, order_numbers
from passerelle.population.options import Options
from passerelle.population.origins import ORIGINS

MOST_PEOPLE: Final = 3_300_000
"""Three phone numbers each, and ten million of seven figures (:mod:`passerelle.population.numbering`)."""


@dataclass(frozen=True)
class Register:
    """Parallel arrays, one position per person."""

    families: Families
    homes: Homes
    names: Names
    born: Ints
    """Days since 1970."""
    place: Ints
    """Position in :func:`passerelle.population.homes.births`."""
    is_foreign: Bools
    """Born abroad."""
    namesake: Ints
    """Position of an unrelated person with the same names, sex and date of birth, or -1."""
    nir: Any
    """Thirteen characters."""
    nir_key: Any
    provisional: Ints
    """Position in the two arrays that follow, or -1 for who never had a provisional number."""
    provisional_nir: Any
    provisional_key: Any

    def __len__(self) -> int:
        return len(self.born)


def make_register(options: Options) -> Register:
    """The people: ``records`` times ``persons`` of them, the same for the same options.

    Raises ConfigurationError when nobody can live where the options say, or when they are too many for the numbers of the partners.
    """
    people = max(50, round(options.records * options.persons))
    if people > MOST_PEOPLE:
        raise ConfigurationError(f"Une population compte au plus {MOST_PEOPLE} personnes ; {people} sont demandées.")
    families = make_families(options, people)
    draws = Draws(options.seed, "register")
    homes = settle(options, families)
    origin = _origins(draws, options, families)
    place, abroad = birth_places(options, families, origin, homes)
    is_foreign = abroad.astype(np.bool_)
    born = _first_of_january(draws, options, families, is_foreign)
    names = name_people(options, families, origin, _years(born))
    namesake = _namesakes(draws, options, families, (names, born, place))
    has_provisional = np.flatnonzero(draws.chance(len(born), _provisional_chance(options, is_foreign)))
    position = np.full(len(born), -1, dtype=np.int64)
    position[has_provisional] = np.arange(len(has_provisional))
    nirs, keys = _all_nirs(draws, families, (born, place), has_provisional)
    size = len(born)
    return Register(
        families=families,
        homes=homes,
        names=names,
        born=born,
        place=place,
        is_foreign=is_foreign,
        namesake=namesake,
        nir=nirs[:size],
        nir_key=keys[:size],
        provisional=position,
        provisional_nir=nirs[size:],
        provisional_key=keys[size:],
    )


def _years(born: Ints) -> Ints:
    return 1970 + born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)


def _origins(draws: Draws, options: Options, families: Families) -> Ints:
    """Where each family comes from: a position in ``ORIGINS`` or -1; partners mostly come from the same region."""
    size = len(families)
    # heads and partners are seven in ten of the people, and a third of the children of migrants were born abroad too
    settled = draws.chance(size, min(1.0, options.foreign_born / 0.73))
    own = np.where(settled, draws.shares(size, *(origin.share for origin in ORIGINS)), -1)
    same = draws.chance(size, 0.75)
    origin = own[families.head].copy()
    partner = np.flatnonzero(families.partner == np.arange(size))
    origin[partner] = np.where(same[partner], origin[partner], own[partner])
    return origin


def _first_of_january(draws: Draws, options: Options, families: Families, is_foreign: Bools) -> Ints:
    """Days of birth, where the register wrote 1 January for those whose day it did not know."""
    born = families.born.copy()
    unknown = is_foreign & (families.twin < 0) & draws.chance(len(born), options.january_first)
    born[unknown] = born[unknown].astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return born


def _namesakes(draws: Draws, options: Options, families: Families, civil: tuple[Names, Ints, Ints]) -> Ints:
    """Give some single adults the civil status of another one; one in five was even born in the same place."""
    names, born, place = civil
    size = len(families)
    has_children = np.zeros(size, dtype=np.bool_)
    has_children[families.head[families.place == CHILD]] = True
    alone = np.flatnonzero((families.place == HEAD) & (families.partner < 0) & ~has_children)
    pairs = min(round(options.homonyms * size / 2), len(alone) // 4)
    drawn = draws.some(alone, len(alone))
    same_sex = [drawn[families.is_male[drawn] == male] for male in (False, True)]
    model = np.concatenate([those[0 : len(those) // 2][: (pairs + rank) // 2] for rank, those in enumerate(same_sex)])
    other = np.concatenate([those[len(those) // 2 :][: (pairs + rank) // 2] for rank, those in enumerate(same_sex)])
    count = min(len(model), len(other))
    model, other = model[:count], other[:count]
    meet_namesakes(draws, names, (model, other))
    born[other] = born[model]
    together = draws.chance(count, 0.2)
    place[other[together]] = place[model[together]]
    namesake = np.full(size, -1, dtype=np.int64)
    namesake[model], namesake[other] = other, model
    return namesake


def _provisional_chance(options: Options, is_foreign: Bools) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    share = max(float(is_foreign.mean()), 0.01)
    return np.where(is_foreign, 0.9 * options.provisional / share, 0.1 * options.provisional / max(1 - share, 0.01))


def _all_nirs(draws: Draws, families: Families, civil: tuple[Ints, Ints], has_provisional: Ints) -> tuple[Any, Any]:
    """The NIR of everyone, then the provisional numbers: built from the same civil status, in the same series."""
    born, place = civil
    everyone = np.concatenate([np.arange(len(born)), has_provisional])
    groups = nir_group(families.is_male[everyone], born[everyone], place[everyone])
    follows = np.full(len(everyone), -1, dtype=np.int64)
    younger = np.flatnonzero(families.birth_rank == 2)
    younger = younger[families.is_male[younger] == families.is_male[families.twin[younger]]]
    follows[younger] = families.twin[younger]
    orders = order_numbers(draws, groups, born[everyone], follows)
    return nir_text(groups, orders)
