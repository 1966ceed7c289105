"""How often names are borne in France: what the rarity of a name adds where the records at hand are too few to tell.

Derived when first asked from the tables of :mod:`passerelle.population.frequencies` (INSEE; sources and licence beside them).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.identity.comparable import RARE_FIRST
from passerelle.population import frequencies

_RARE_BITS: Final = math.log2(RARE_FIRST)
_MILLION: Final = 1_000_000
RAREST: Final = -17.0
"""Bits of a name that is not in the tables."""


@cache
def surname_bits() -> dict[str, float]:
    """log2 of the share of people who bear each surname."""
    return _bits([frequencies.surnames()])


@cache
def given_bits() -> dict[str, float]:
    """The same of first given names."""
    return _bits([frequencies.given_names(sex) for sex in ("F", "M")])


def bearers(given_name: str) -> int:
    """How many people of a million bear the given name first; one at least."""
    return max(1, round(_MILLION * 2 ** given_bits().get(given_name, RAREST)))


def is_rare(given_name: str) -> bool:
    """Whether the given name is hardly anybody's."""
    return given_bits().get(given_name, RAREST) <= _RARE_BITS


def _bits(tables: list[frequencies.Names]) -> dict[str, float]:
    values = pa.concat_arrays([pc.replace_substring_regex(table.ascii_upper, "[^A-Z]", "") for table in tables])
    births = np.concatenate([table.births.sum(axis=0) for table in tables]).astype(np.float64)
    grouped = pa.table({"value": values, "births": births}).group_by("value").aggregate([("births", "sum")])
    shares = np.log2(grouped["births_sum"].to_numpy() / births.sum())
    return dict(zip(grouped["value"].to_pylist(), shares.tolist(), strict=True))
