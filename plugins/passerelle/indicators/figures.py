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
        collected = [
            number for number in counted if self.tally.collected[indicator.code][number] and not self._is_unknown(indicator, number)
        ]
        if not collected and not estimated:
            return Cell(status=NOT_COLLECTED)
        if self._is_sampled(indicator.code, collected):
            collected = counted
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

    def _is_sampled(self, code: str, operations: Sequence[int]) -> bool:
        """Whether a sample was drawn among these operations: it stands for all of a specific objective, also where it drew nobody."""
        sample = self.tally.samples.get(code)
        return sample is not None and bool(sample.drawn[list(operations)].any())

    def _is_unknown(self, indicator: Indicator, number: int) -> bool:
        """Whether people are only estimated to be there (Annex II): that nobody entered one with this answer is no 0."""
        estimated = indicator.is_of_annex_2 and (number, ANNEX_2[0].code) in self.estimates
        return estimated and not self.tally.counts["EECO01"][number].any()

    def _counted(self, code: str, operations: Sequence[int]) -> Cell:
        listed, sample = list(operations), self.tally.samples.get(code)
        counts = self.tally.counts[code][listed]
        if sample is not None:
            chosen = Sample(*(held[listed] for held in (sample.due, sample.drawn, sample.reached, sample.positive, sample.observed)))
            if 0 < chosen.drawn.sum() < chosen.due.sum():
                return _extrapolated(chosen, counts, self.rules)
        return Cell(by_sex(counts.sum(axis=0)))


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


def _extrapolated(sample: Sample, counts: Ints, rules: Rules) -> Cell:
    """What the sample says of all who are due, rounded so that the sexes add up to the rounded total.

    Each operation and sex by its own rate, as it was drawn (:mod:`.survey.frame`); where everybody was asked without a draw, as counted;
    where nobody was asked, by the rate of that sex elsewhere, else of all.
    """
    base = sample.drawn if rules.sample_denominator == "sampled" else sample.reached
    overall = sample.positive.sum() / max(int(base.sum()), 1)
    by_sex_base = base.sum(axis=0)
    elsewhere = np.where(by_sex_base > 0, sample.positive.sum(axis=0) / np.maximum(by_sex_base, 1), overall)
    rates = np.where(base > 0, sample.positive / np.maximum(base, 1), elsewhere)
    is_census = (sample.drawn == 0) & (sample.observed > 0)
    exact = np.where(is_census, counts, rates * sample.due).sum(axis=0)
    floor = np.floor(exact + 1e-9).astype(np.int64)
    total = int(np.floor(exact.sum() + 0.5 + 1e-9))
    order = np.argsort(-(exact - floor), kind="stable")
    figures = floor.copy()
    figures[order[: total - int(floor.sum())]] += 1
    drawn, due, reached = (int(held.sum()) for held in (sample.drawn, sample.due, sample.reached))
    method = (
        f"Échantillon : {drawn} personnes tirées sur {due} sorties à échéance, {reached} jointes ; extrapolé par opération et par sexe."
    )
    return Cell(by_sex(figures), ESTIMATE, method)
