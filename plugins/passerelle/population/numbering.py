"""Numbers for a large invented population: NIR, provisional numbers, and those each partner gives.

A NIR is built from the civil status; the order number follows the days of a month in a place, with gaps, and twins follow each other. The
communes of birth have codes no real commune has, so no number of someone born in France is a living person's.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.errors import InvariantError
from passerelle.population.draws import Bools, Draws, Ints
from passerelle.population.homes import births
from passerelle.population.nir import CORSICA_SPLIT

_LETTERS: Final = "ABCDEFGHJKLMNPRSTVWXYZ"
_LAST_ORDER: Final = 999


def order_numbers(draws: Draws, groups: Ints, days: Ints, follows: Ints) -> Ints:
    """For each person an order number from 1 to 999, no two the same in a group, growing with the day of birth.

    ``follows`` is the position of the twin a person comes right after, or -1. Raises InvariantError when a group has more than 999 people.
    """
    size = len(groups)
    spot = np.where(follows >= 0, follows, np.arange(size))
    order = np.lexsort((follows >= 0, spot, draws.uniform(size)[spot], days, groups))
    group = groups[order]
    first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    members = np.diff(np.append(first, size))
    if members.max(initial=0) > _LAST_ORDER:
        raise InvariantError("No NIR is left for one month and place of birth: ask for fewer people.")
    widest = np.repeat(_LAST_ORDER // members, members)
    gap = 1 + (draws.uniform(size) * np.minimum(widest, 40)).astype(np.int64)
    gap[follows[order] >= 0] = 1
    gap = np.minimum(gap, widest)
    running = np.cumsum(gap)
    result = np.empty(size, dtype=np.int64)
    result[order] = running - np.repeat(running[first] - gap[first], members)
    return result


def nir_group(is_male: Bools, born: Ints, place: Ints) -> Ints:
    """The ten first characters of a NIR as a number (2A as 19, 2B as 18; 20 for Corsica before 1976)."""
    months = born.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    years = 1970 + months // 12
    numeric = births().numeric[place].copy()
    old_corsica = (years < CORSICA_SPLIT) & np.isin(numeric // 1000, (18, 19)) & _is_corsican(place)
    numeric[old_corsica] = 20_000 + numeric[old_corsica] % 1000
    split = ~old_corsica & _is_corsican(place)
    sex = np.where(is_male, 1, 2)
    # 19 and 18 are real départements too: one digit more keeps their groups apart
    return (((split * 10 + sex) * 100 + years % 100) * 100 + months % 12 + 1) * 100_000 + numeric


def _is_corsican(place: Ints) -> Bools:
    found: Bools = pc.match_substring_regex(births().code, "^2[AB]").to_numpy(zero_copy_only=False)[place]
    return found


def nir_text(groups: Ints, orders: Ints) -> tuple[Any, Any]:
    """The NIR of 13 characters and the keys of two digits."""
    split = groups >= 10**10
    number = groups % 10**10 * 1000 + orders
    text = pc.cast(pa.array(number), pa.string())
    corsican = number // 10**6 % 100
    for digits, letters in ((19, "2A"), (18, "2B")):
        text = pc.if_else(pa.array(split & (corsican == digits)), pc.utf8_replace_slice(text, 5, 7, letters), text)
    keys = 97 - number % 97
    return text, padded(keys, 2)


def padded(numbers: Ints, width: int) -> Any:
    """Numbers as text, with zeros before."""
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")


def ranks_within(groups: Ints) -> Ints:
    """For each row its rank, from 0, among the rows of its group."""
    order = np.argsort(groups, kind="stable")
    group = groups[order]
    first = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    ranks = np.empty(len(groups), dtype=np.int64)
    ranks[order] = np.arange(len(groups)) - np.repeat(first, np.diff(np.append(first, len(groups))))
    return ranks


def caf_numbers(ranks: Ints) -> Any:
    """Seven digits: an allocataire of one caisse; another caisse gives the same ones."""
    return padded((ranks * 7_919 + 1_253_359) % 10_000_000, 7)


def dossier_numbers(ranks: Ints, departements: Any) -> Any:
    """Eight digits and the département on three."""
    number = padded((ranks * 104_729 + 20_040_077) % 100_000_000, 8)
    return pc.binary_join_element_wise(number, pc.utf8_lpad(departements, 3, "0"), "")


def france_travail_numbers(ranks: Ints) -> Any:
    """Seven digits and a letter: someone registered in one region; another region gives the same ones."""
    number = (ranks * 6_101 + 1_770_077) % 10_000_000
    letters = pa.array(list(_LETTERS)).take(pa.array(number % len(_LETTERS)))
    return pc.binary_join_element_wise(padded(number, 7), letters, "")


def phone_numbers(ranks: Ints) -> Any:
    """Ten digits beginning with 070, a different one for each number below ten million."""
    return pc.binary_join_element_wise(pa.scalar("070"), padded((ranks * 7_368_787 + 4_417) % 10_000_000, 7), "")
