"""Names and communes as often as in France: the derived tables of ``data/`` (sources, licence and limits in its README).

Everything here is figures; who is called what is drawn in :mod:`passerelle.population.naming`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passerelle.population.civil import plain, without_accents
from passerelle.population.draws import Draws, Ints

_DATA: Final = Path(__file__).parent / "data"
DECADES: Final = (1941, 1951, 1961, 1971, 1981, 1991, 2001, 2011)
"""First years of the periods of birth the tables distinguish."""
_LAST_SURNAME_DECADE: Final = 6


@dataclass(frozen=True)
class Pool:
    """Positions in a table and the running sum of their weights."""

    positions: Ints
    cumulative: Ints

    def draw(self, draws: Draws, size: int) -> Ints:
        """Positions of the table, by weight."""
        return self.positions[draws.weighted(size, self.cumulative)]


def pool_of(positions: Ints, weights: Ints) -> Pool:
    """A pool of these positions; those without weight are never drawn.

    Raises ValueError when none has a weight.
    """
    if not weights.sum() > 0:
        raise ValueError("A pool needs at least one position with a weight.")
    return Pool(positions, np.cumsum(weights))


@dataclass(frozen=True)
class Names:
    """A table of names: how each is written, and how many were given it in each period."""

    written: Any
    """With its accents, if the source has them."""
    ascii_upper: Any
    """As old systems write it."""
    plain: Any
    """Letters only, lower case, as in an e-mail address."""
    births: Ints
    """One row per period of birth, one column per name."""

    def positions(self, names: set[str]) -> Ints:
        """Where these names (upper case, no accents) are in the table; those it has not are left out."""
        wanted = pc.is_in(self.ascii_upper, value_set=pa.array(sorted(names), pa.string()))
        return np.flatnonzero(wanted.to_numpy(zero_copy_only=False)).astype(np.int64)

    def matching(self, pattern: str) -> npt.NDArray[np.bool_]:
        """Which names match a regular expression (upper case, no accents)."""
        found: npt.NDArray[np.bool_] = pc.match_substring_regex(self.ascii_upper, pattern).to_numpy(zero_copy_only=False)
        return found


@dataclass(frozen=True)
class Codes:
    """A short code per commune: the distinct ones, and which of them each commune has."""

    distinct: Any
    which: Ints


@dataclass(frozen=True)
class Communes:
    """The communes of some size, sorted by code."""

    code: Any
    name: Any
    ascii_upper: Any
    """The name as old systems write it."""
    postcode: Any
    population: Ints
    birth_code: Any
    """A code no real commune has, for births; empty where nobody is born."""
    departement: Codes
    region: Codes


@cache
def surnames() -> Names:
    """The surnames, with the births of the periods before 2001; the last of these stands for those after."""
    table = pq.read_table(_DATA / "surnames.parquet")
    births = _births(table, DECADES[:_LAST_SURNAME_DECADE])
    births = np.vstack([births, *[births[-1:]] * (len(DECADES) - _LAST_SURNAME_DECADE)])
    return _names(table["surname"], births)


@cache
def given_names(sex: str) -> Names:
    """The given names of girls (``F``) or boys (``M``)."""
    table = pq.read_table(_DATA / "given_names.parquet", filters=[("sex", "=", sex)])
    return _names(table["given_name"], _births(table, DECADES))


@cache
def communes() -> Communes:
    """The communes of 1,200 people and more."""
    table = pq.read_table(_DATA / "communes.parquet")
    codes = [str(code) for code in table["code"].to_pylist()]
    departements = [code[:3] if code.startswith("97") else code[:2] for code in codes]
    return Communes(
        code=table["code"].combine_chunks(),
        name=table["name"].combine_chunks(),
        ascii_upper=pa.array([without_accents(str(name)).upper() for name in table["name"].to_pylist()], pa.string()),
        postcode=table["postcode"].combine_chunks(),
        population=table["population"].to_numpy().astype(np.int64),
        birth_code=table["birth_code"].combine_chunks(),
        departement=_codes(departements),
        region=_codes([str(code).zfill(3) for code in table["region"].to_pylist()]),
    )


def period_of(birth_years: Ints) -> Ints:
    """The row of ``Names.births`` for someone born that year; the first one for whoever is older."""
    return np.clip((birth_years - DECADES[0]) // 10, 0, len(DECADES) - 1)


def _codes(values: list[str]) -> Codes:
    distinct, which = np.unique(np.array(values), return_inverse=True)
    return Codes(pa.array(distinct.tolist(), pa.string()), which.astype(np.int64))


def _births(table: Any, decades: tuple[int, ...]) -> Ints:
    return np.vstack([table[f"births_{decade}"].to_numpy().astype(np.int64) for decade in decades])


def _names(column: Any, births: Ints) -> Names:
    written = column.combine_chunks()
    values = [str(name) for name in written.to_pylist()]
    return Names(
        written=written,
        ascii_upper=pa.array([without_accents(name).upper() for name in values], pa.string()),
        plain=pa.array([plain(name) for name in values], pa.string()),
        births=births,
    )
