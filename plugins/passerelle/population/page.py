"""One source's file while it is written: who its records are about, and the randomness of each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.population.dossiers import Records
from passerelle.population.draws import Bools, Draws, Ints
from passerelle.population.options import Options, Rates, Source
from passerelle.population.register import Register


@dataclass(frozen=True)
class Page:
    """What the writers of columns need."""

    options: Options
    source: Source
    register: Register
    records: Records

    def __len__(self) -> int:
        return len(self.records)

    @property
    def person(self) -> Ints:
        """Who each record is about: a position in the register."""
        return self.records.person

    @property
    def rates(self) -> Rates:
        """How well the source knows and writes."""
        return self.source.rates

    @property
    def has_dossiers(self) -> bool:
        """Whether the source deals with households (CAF, MSA)."""
        return self.source.organisation in ("caf", "msa")

    def draws(self, purpose: str) -> Draws:
        """Randomness for one column, the same whatever the other columns draw."""
        return Draws(self.options.seed, "file", self.source.name, purpose)


def taken(values: Any, positions: Ints) -> Any:
    """The values of a table at these positions; missing where a position is -1."""
    return values.take(pa.array(positions, mask=positions < 0))


def nothing(size: int) -> Any:
    """A column of texts without any."""
    return pa.nulls(size, pa.string())


def only(values: Any, kept: Bools) -> Any:
    """The values where ``kept``, nothing elsewhere."""
    return pc.if_else(pa.array(kept), values, pa.scalar(None, pa.string()))


def everywhere(text: str, size: int) -> Any:
    """A column that says the same on each line."""
    return pa.array([text], pa.string()).take(pa.array(np.zeros(size, dtype=np.int64)))
