"""How often names are borne in France: what the rarity of a name adds where the records at hand are too few to tell.

Derived when first asked from the tables of :mod:`passerelle.population.frequencies` (INSEE; sources and licence beside them).
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.population import frequencies

RARE_FIRST: Final = 2e-5
"""A given name that fewer have is taken for a misspelling when it is next to a usual one."""


@cache
def surname_bits() -> Any:
    """Arrow table ``value, bits``: log2 of the share of people who bear each surname."""
    return _bits([frequencies.surnames()])


@cache
def given_bits() -> Any:
    """The same of first given names."""
    return _bits([frequencies.given_names(sex) for sex in ("F", "M")])


@cache
def usual_given_names() -> frozenset[str]:
    """The given names that are nobody's misspelling."""
    table = given_bits()
    return frozenset(table.filter(pc.greater(table["bits"], float(np.log2(RARE_FIRST))))["value"].to_pylist())


def _bits(tables: list[frequencies.Names]) -> Any:
    values = pa.concat_arrays([pc.replace_substring_regex(table.ascii_upper, "[^A-Z]", "") for table in tables])
    births = np.concatenate([table.births.sum(axis=0) for table in tables]).astype(np.float64)
    grouped = pa.table({"value": values, "births": births}).group_by("value").aggregate([("births", "sum")])
    shares = grouped["births_sum"].to_numpy() / births.sum()
    return pa.table({"value": grouped["value"], "bits": np.log2(shares).astype(np.float32)})
