"""The arithmetic that the figures of one operation must satisfy, for each sex and in total.

A figure that breaks one is a bug of ours, never a fault of the data: the caller raises InvariantError.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

PERSON_COLUMNS = ("F", "M", "N", "T")
"""The columns of an indicator that counts people, as they are printed."""
Figures = Mapping[str, Mapping[str, int]]
"""Indicator code → column (F, M, N, T) → number of people."""


class Check(BaseModel):
    """One identity of one operation, one column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    identity: str
    column: str
    sentence: str
    """The identity, as a formula."""
    left: int
    relation: str
    """``=`` or ``≤``."""
    right: int

    @property
    def holds(self) -> bool:
        """Whether the two sides stand in this relation."""
        return self.left == self.right if self.relation == "=" else self.left <= self.right


def check(figures: Figures) -> tuple[Check, ...]:
    """Every identity of the operation with both its sides, held or broken. Only computed indicators are looked at."""
    return (*_totals(figures), *(one for column in PERSON_COLUMNS for one in _of_column(figures, column)))


def _totals(figures: Figures) -> list[Check]:
    return [
        Check(
            identity="ID1",
            column="T",
            sentence=f"{code} : T = F + M + N",
            left=cell["T"],
            relation="=",
            right=cell["F"] + cell["M"] + cell["N"],
        )
        for code, cell in figures.items()
    ]


def _of_column(figures: Figures, column: str) -> list[Check]:
    def total(*numbers: int) -> int:
        return sum(figures[f"EECO{number:02}"][column] for number in numbers)

    laws = [
        ("ID2", "EECO01 = EECO02 + EECO04 + EECO05", total(1), "=", total(2, 4, 5)),
        ("ID3", "EECO03 ≤ EECO02", total(3), "≤", total(2)),
        ("ID4", "EECO06 + EECO07 + EECO08 ≤ EECO01", total(6, 7, 8), "≤", total(1)),
        ("ID5", "EECO09 + EECO10 + EECO11 = EECO01", total(9, 10, 11), "=", total(1)),
    ]
    laws += [("ID6", f"EECO{number} ≤ EECO01", total(number), "≤", total(1)) for number in range(12, 18) if f"EECO{number}" in figures]
    return [
        Check(identity=identity, column=column, sentence=sentence, left=left, relation=relation, right=right)
        for identity, sentence, left, relation, right in laws
    ]
