"""The result at one cut-off: figures, who is behind them, who is excluded, what was checked.

``as_json`` gives the document of the interface; the workbook is written from the same object, so both show the same figures. People and
exclusions are listed only when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from passerelle.indicators.columns import Ints, Mask
from passerelle.indicators.controls import Remark
from passerelle.indicators.definitions import ANNEX_2, INDICATORS
from passerelle.indicators.excluded import Excluded, excluded_in
from passerelle.indicators.figures import Cell, Figures
from passerelle.indicators.intake import Intake
from passerelle.indicators.parameters import Rules, document
from passerelle.indicators.predicates import View
from passerelle.indicators.regimes import Regime, Regimes
from passerelle.indicators.said import Findings
from passerelle.indicators.settle import Reason, Settlement
from passerelle.indicators.spans import half_year_name

REASONS = ("incomplete", "not_participant", "merged_reentry", "after_cutoff", "draft", "withdrawn", "rejected")
"""In the order of the interface."""


@dataclass(frozen=True)
class Computed:
    """Everything a computation holds, as columns."""

    intake: Intake
    settlement: Settlement
    view: View
    about: Regimes
    figures: Figures

    @cached_property
    def excluded(self) -> dict[int, dict[str, int]]:
        """Number of the operation (-1: not said) → reason → participations."""
        named = self.intake.participations["operation_id"]
        size = len(self.about.operations)
        found: dict[int, dict[str, int]] = {number: dict.fromkeys(REASONS, 0) for number in range(-1, size)}
        for group in self.settlement.excluded:
            counts = np.bincount(named[group.rows] + 1, minlength=size + 1)
            for place in np.flatnonzero(counts).tolist():
                found[place - 1][group.reason] += int(counts[place])
        return found

    @cached_property
    def members(self) -> dict[str, Mask]:
        """Indicator → the people counted in it."""
        return self.figures.members(self.view.persons.operation)

    @cached_property
    def quality(self) -> dict[str, Ints]:
        """What is missing, or known six months after: people by operation."""
        exits, later, operation = self.view.exits, self.view.follow_up, self.view.persons.operation
        masks = {
            "exit_without_status": exits.is_unknown,
            "window_open": exits.is_pending,
            "due": later.is_due,
            "observed": later.is_due & later.has_observation,
            "reached": later.is_due & later.is_reached,
        }
        return {name: np.bincount(operation[mask], minlength=len(self.about.operations)) for name, mask in masks.items()}


def as_cells(cells: Mapping[str, Cell]) -> dict[str, Any]:
    """A table as the interface prints it."""
    return {code: cell.as_json() for code, cell in cells.items()}


@dataclass(frozen=True)
class OperationReport:
    """One operation at the cut-off."""

    operation_id: str
    number: int
    table: Mapping[str, Cell]
    """Every common indicator of Annex I."""
    computed: Computed

    @cached_property
    def excluded(self) -> tuple[Excluded, ...]:
        """The participations not counted."""
        return excluded_in(self.computed.intake, self.computed.settlement, self.number)

    @property
    def counted_number(self) -> int:
        """How many people are counted."""
        return int(self.computed.figures.tally.counts["EECO01"][self.number].sum())

    @property
    def received(self) -> int:
        """Participations received, whatever became of them."""
        return self.counted_number + sum(self.excluded_by_reason.values())

    @property
    def excluded_by_reason(self) -> dict[str, int]:
        """Every reason, 0 where nobody was excluded for it."""
        return self.computed.excluded[self.number]

    @property
    def incomplete_rate(self) -> float | None:
        """Share of the participants whose entry data are incomplete; None when there is no participant."""
        incomplete = self.excluded_by_reason[Reason.INCOMPLETE]
        participants = self.counted_number + incomplete
        return incomplete / participants if participants else None

    @property
    def annex_2(self) -> dict[str, Cell] | None:
        """The set of Annex II; None for an operation under Annex I."""
        if self.computed.about.regime[self.number] != Regime.ANNEX_2:
            return None
        return self.computed.figures.annex_2([self.number])

    def quality(self) -> dict[str, Any]:
        """What is missing: exits without situation, windows still open, incomplete records, answers six months after."""
        rate, given = self.incomplete_rate, self.computed.intake.events is not None
        numbers = {name: int(held[self.number]) for name, held in self.computed.quality.items()}
        six = {name: numbers[name] for name in ("due", "observed", "reached")}
        return {
            "exit_without_status": numbers["exit_without_status"] if given else None,
            "window_open": numbers["window_open"] if given else None,
            "incomplete_rate": None if rate is None else round(rate, 4),
            "six_months": {**six, "response_rate": round(six["reached"] / six["due"], 4) if six["due"] else None},
        }


@dataclass(frozen=True)
class GroupReport:
    """All operations of one priority, specific objective and category of region."""

    group: tuple[str, str, str]
    numbers: tuple[int, ...]
    table: Mapping[str, Cell]
    computed: Computed

    def as_json(self) -> dict[str, Any]:
        """The group with its tables."""
        figures, about = self.computed.figures, self.computed.about
        priority, objective, region = self.group
        has_annex_2 = any(about.regime[number] == Regime.ANNEX_2 for number in self.numbers)
        return {
            "priority": priority,
            "specific_objective": objective,
            "region_category": region,
            "operations": sorted(about.operations[number].operation_id for number in self.numbers),
            "indicators": as_cells(self.table),
            "combined": as_cells(figures.combined(self.table)),
            **({"annex_2": as_cells(figures.annex_2(self.numbers))} if has_annex_2 else {}),
            "half_years": _halves(figures, self.numbers, self.table),
        }


@dataclass(frozen=True)
class Report:
    """All operations at the cut-off."""

    cutoff: date
    rules: Rules
    operations: tuple[OperationReport, ...]
    """In order of operation id; what does not say its operation is in ``nameless``."""
    groups: tuple[GroupReport, ...]
    findings: Findings
    computed: Computed

    @cached_property
    def nameless(self) -> tuple[Excluded, ...]:
        """Rejected rows whose operation could not be read."""
        return excluded_in(self.computed.intake, self.computed.settlement, -1)

    @cached_property
    def remarks(self) -> tuple[Remark, ...]:
        """Every finding, in sentences."""
        return tuple(self.findings)

    def as_json(self) -> dict[str, Any]:
        """The document that ``passerelle esf indicators --json`` prints."""
        return {**self.document(), "findings": self.findings.as_json()}

    def document(self) -> dict[str, Any]:
        """The same with its findings as they are kept: what :func:`.document_text` writes soonest."""
        excluded = {one.operation_id: one.excluded_by_reason for one in self.operations}
        nameless = self.computed.excluded[-1]
        if any(nameless.values()):
            excluded[""] = nameless
        figures, view = self.computed.figures, self.computed.view
        second = {one.operation_id: as_cells(cells) for one in self.operations if (cells := one.annex_2) is not None}
        return {
            **header(self.cutoff, self.rules),
            "operations": {one.operation_id: as_cells(one.table) for one in self.operations},
            "excluded": excluded,
            "quality": {one.operation_id: one.quality() for one in self.operations},
            "findings": self.findings,
            "combined": {one.operation_id: as_cells(figures.combined(one.table)) for one in self.operations},
            "annex_2": second,
            "half_years": {one.operation_id: _halves(figures, (one.number,), one.table) for one in self.operations},
            "groups": [one.as_json() for one in self.groups],
            "received": {
                "participations": self.computed.settlement.received,
                "counted": len(view.persons),
                "excluded": self.computed.settlement.left_out,
                "events": view.exits.ledger or None,
                "six_months": view.follow_up.ledger or None,
            },
            **appendix(self.rules),
        }


def header(cutoff: date, rules: Rules) -> dict[str, Any]:
    """What every document begins with."""
    return {"cutoff": cutoff.isoformat(), "rules": rules.model_dump(mode="json")}


def appendix(rules: Rules) -> dict[str, Any]:
    """What the figures rest on: parameters with their sources, facts, units."""
    units = {one.code: one.unit for one in (*INDICATORS, *ANNEX_2)}
    return {"parameters": rules.described(), "facts": document()["facts"], "units": units}


def refused_json(cutoff: date, rules: Rules, finding: Remark) -> dict[str, Any]:
    """The same document for a file refused as a whole: no operation, no figure, and why."""
    empty: dict[str, Any] = {"operations": {}, "excluded": {}, "quality": {}, "findings": [finding.model_dump(mode="json")]}
    return {**header(cutoff, rules), **empty}


def _halves(figures: Figures, numbers: tuple[int, ...], table: Mapping[str, Cell]) -> dict[str, Any]:
    return {half_year_name(half): as_cells(cells) for half, cells in figures.half_years(numbers, table).items()}
