"""What is printed for each indicator of an operation or a group of operations: figures by sex, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from passerelle.indicators.columns import Ints, Mask
from passerelle.indicators.definitions import ANNEX_2, COMBINED, INDICATORS, NOT_IN_SHORT, Indicator, Kind
from passerelle.indicators.parameters import Rules
from passerelle.indicators.participation import Sex
from passerelle.indicators.regimes import Regime, Regimes
from passerelle.indicators.tally import Sample, Tally

NOT_COLLECTED, NOT_APPLICABLE = "not_collected", "not_applicable"
ESTIMATE, PARTIAL = "estimate", "partial"
NOT_BROKEN_DOWN = "not_broken_down"
_COLUMNS = (*(sex.value for sex in Sex), "T")


@dataclass(frozen=True)
class Cell:
    """One indicator of one operation or group."""

    figures: Mapping[str, int] = field(default_factory=dict)
    """F, M, N and T; only T for organisations and for an estimate that is not by sex; nothing when there is only a status."""
    status: str | None = None
    method: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the interface prints it."""
        said = {"status": self.status} if self.status else {}
        return {**self.figures, **said, **({"method": self.method} if self.method else {})}

    @property
    def is_counted(self) -> bool:
        """Whether people were counted for it, by sex."""
        return "F" in self.figures


@dataclass(frozen=True)
class Given:
    """The informed estimate that holds for one indicator of one operation."""

    by_sex: Mapping[str, int]
    method: str


Estimates = Mapping[tuple[int, str], Given]
"""Number of the operation and indicator → estimate."""


def by_sex(numbers: Ints) -> dict[str, int]:
    """F, M, N and their sum."""
    each = numbers.tolist()
    return dict(zip(_COLUMNS, (*each, sum(each)), strict=True))


@dataclass(frozen=True)
class Figures:
    """The tables of one computation."""

    tally: Tally
    about: Regimes
    estimates: Estimates
    rules: Rules

    def annex_1(self, operations: Sequence[int]) -> dict[str, Cell]:
        """Every common indicator of Annex I over these operations."""
        return {one.code: self.cell(one, operations) for one in INDICATORS}

    def annex_2(self, operations: Sequence[int]) -> dict[str, Cell]:
        """The set of Annex II over those of these operations that report it."""
        return {one.code: self.cell(one, operations) for one in ANNEX_2}

    def combined(self, cells: Mapping[str, Cell]) -> dict[str, Cell]:
        """The reserved sums of a table of Annex I."""
        return {name: _sum([cells[code] for code in codes]) for name, codes in COMBINED.items()}

    def half_years(self, operations: Sequence[int], cells: Mapping[str, Cell]) -> dict[int, dict[str, Cell]]:
        """Half-year → indicators counted in it; what is not simply counted is not broken down."""
        first, size = self.tally.first_half, next(iter(self.tally.halves.values())).shape[1]
        listed = list(operations)
        tables: dict[int, dict[str, Cell]] = {}
        summed = {code: held[listed].sum(axis=0) for code, held in self.tally.halves.items() if code in cells}
        for half in range(size):
            tables[first + half] = {
                code: Cell(by_sex(summed[code][half])) if cell.is_counted and cell.status in (None, PARTIAL) else _unbroken(cell)
                for code, cell in cells.items()
            }
        return tables

    def cell(self, indicator: Indicator, operations: Sequence[int]) -> Cell:
        """One indicator over these operations."""
        applying = [number for number in operations if self.applies(indicator, number)]
        if not applying:
            return Cell(status=NOT_APPLICABLE)
        if indicator.kind is Kind.ENTITIES:
            return Cell({"T": sum(self._entities(indicator.code, number) for number in applying)})
        estimated = [self.estimates[number, indicator.code] for number in applying if (number, indicator.code) in self.estimates]
        counted = [number for number in applying if (number, indicator.code) not in self.estimates]
        collected = [number for number in counted if self.tally.collected[indicator.code][number]]
        if not collected and not estimated:
            return Cell(status=NOT_COLLECTED)
        parts = [self._counted(indicator.code, collected)] if collected else []
        parts += [Cell(one.by_sex, ESTIMATE, one.method) for one in estimated]
        if len(collected) < len(counted):
            parts.append(Cell(dict.fromkeys(("F", "M", "N", "T"), 0), PARTIAL))
        return _sum(parts)

    def applies(self, indicator: Indicator, number: int) -> bool:
        """Whether an operation reports an indicator: which annex it is under, and how much of it."""
        regime = self.about.regime[number]
        if indicator.is_of_annex_2:
            return bool(regime == Regime.ANNEX_2)
        if indicator.kind is Kind.ENTITIES:
            return True
        return bool(regime == Regime.FULL or (regime == Regime.SHORT and indicator.code not in NOT_IN_SHORT))

    def members(self, operation: Ints) -> dict[str, Mask]:
        """Indicator → the people in it, each of an operation (by its number) that reports it."""
        found = {}
        for one in (*INDICATORS, *ANNEX_2):
            if one.code in self.tally.holds:
                reports = np.array([self.applies(one, number) for number in range(self.tally.operations)], dtype=np.bool_)
                found[one.code] = self.tally.holds[one.code] & reports[operation]
        return found

    def _entities(self, code: str, number: int) -> int:
        operation = self.about.operations[number]
        return operation.entities_public if code == "EECO18" else operation.entities_sme

    def _counted(self, code: str, operations: Sequence[int]) -> Cell:
        sample = self.tally.samples.get(code)
        if sample is not None:
            listed = list(operations)
            pooled = Sample(*(held[listed].sum(axis=0) for held in (sample.due, sample.drawn, sample.reached, sample.positive)))
            if 0 < pooled.drawn.sum() < pooled.due.sum():
                return _extrapolated(pooled, self.rules)
        return Cell(by_sex(self.tally.counts[code][list(operations)].sum(axis=0)))


def _unbroken(cell: Cell) -> Cell:
    return Cell(status=NOT_BROKEN_DOWN if cell.figures else cell.status)


def _sum(parts: Sequence[Cell]) -> Cell:
    """The sum of cells; only as precise, and only as sure, as the least of them."""
    if len(parts) == 1:
        return parts[0]
    without = [cell.status for cell in parts if not cell.figures]
    if without:
        return Cell(status=without[0])
    names = ("F", "M", "N", "T") if all("F" in cell.figures for cell in parts) else ("T",)
    statuses = {cell.status for cell in parts}
    status = ESTIMATE if ESTIMATE in statuses else PARTIAL if PARTIAL in statuses else None
    methods = dict.fromkeys(cell.method for cell in parts if cell.method)
    return Cell({name: sum(cell.figures[name] for cell in parts) for name in names}, status, " ; ".join(methods))


def _extrapolated(sample: Sample, rules: Rules) -> Cell:
    """What the sample says of all who are due: by sex, rounded so that the sexes add up to the rounded total."""
    base = sample.drawn if rules.sample_denominator == "sampled" else sample.reached
    overall = sample.positive.sum() / max(int(base.sum()), 1)
    rates = np.where(base > 0, sample.positive / np.maximum(base, 1), overall)
    exact = rates * sample.due
    floor = np.floor(exact + 1e-9).astype(np.int64)
    total = int(np.floor(exact.sum() + 0.5 + 1e-9))
    order = np.argsort(-(exact - floor), kind="stable")
    figures = floor.copy()
    figures[order[: total - int(floor.sum())]] += 1
    drawn, due, reached = (int(held.sum()) for held in (sample.drawn, sample.due, sample.reached))
    method = f"Échantillon : {drawn} personnes tirées sur {due} sorties à échéance, {reached} jointes ; extrapolé par sexe."
    return Cell(by_sex(figures), ESTIMATE, method)
