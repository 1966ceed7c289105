"""The result at one cut-off: figures, who is behind them, who is excluded, what was checked.

``as_json`` gives exactly the document of the interface; the workbook is written from the same object, so both show the same figures.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from passerelle.indicators.definitions import INDICATORS, Indicator, Kind
from passerelle.indicators.identities import Check
from passerelle.indicators.intake import Remark
from passerelle.indicators.parameters import Rules
from passerelle.indicators.settle import Counted, Excluded, Reason


class OperationReport(BaseModel):
    """One operation at the cut-off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation_id: str
    figures: dict[str, dict[str, int]]
    """Computed indicators only: code → F, M, N, T."""
    counted: tuple[Counted, ...]
    excluded: tuple[Excluded, ...]
    checks: tuple[Check, ...]

    @property
    def received(self) -> int:
        """Participations received, whatever became of them."""
        return len(self.counted) + len(self.excluded)

    @property
    def excluded_by_reason(self) -> dict[str, int]:
        """Every reason, 0 where nobody was excluded for it."""
        found = Counter(one.reason for one in self.excluded)
        order = ("incomplete", "not_participant", "merged_reentry", "after_cutoff", "draft", "withdrawn", "rejected")
        return {name: found[Reason(name)] for name in order}

    @property
    def incomplete_rate(self) -> float | None:
        """Share of the participants whose entry data are incomplete; None when there is no participant."""
        incomplete = self.excluded_by_reason["incomplete"]
        participants = len(self.counted) + incomplete
        return incomplete / participants if participants else None

    def cells(self, indicator: Indicator) -> dict[str, Any]:
        """What is printed for an indicator: its figures, ``{"T": 0}`` for entities, or a status."""
        if indicator.kind is Kind.COMPUTED:
            return dict(self.figures[indicator.code])
        return {"T": 0} if indicator.kind is Kind.ENTITIES else {"status": Kind.NOT_COLLECTED.value}


class Report(BaseModel):
    """All operations at the cut-off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cutoff: date
    rules: Rules
    operations: tuple[OperationReport, ...]
    """In order of operation id; the nameless one (rows that do not say their operation) is in ``nameless``."""
    nameless: tuple[Excluded, ...] = ()
    """Rejected rows whose operation could not be read."""
    remarks: tuple[Remark, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The document that ``passerelle esf indicators --json`` prints."""
        excluded = {one.operation_id: one.excluded_by_reason for one in self.operations}
        if self.nameless:
            excluded[""] = OperationReport(operation_id="", figures={}, counted=(), excluded=self.nameless, checks=()).excluded_by_reason
        return {
            "cutoff": self.cutoff.isoformat(),
            "rules": self.rules.model_dump(mode="json"),
            "operations": {one.operation_id: {item.code: one.cells(item) for item in INDICATORS} for one in self.operations},
            "excluded": excluded,
            "quality": {one.operation_id: _quality(one) for one in self.operations},
            "findings": [remark.model_dump(mode="json") for remark in self.remarks],
        }


def refused_json(cutoff: date, rules: Rules, finding: Remark) -> dict[str, Any]:
    """The same document for a file refused as a whole: no operation, no figure, and why."""
    return Report(cutoff=cutoff, rules=rules, operations=(), remarks=(finding,)).as_json()


def _quality(operation: OperationReport) -> dict[str, Any]:
    rate = operation.incomplete_rate
    # The exit side is not computed yet: null says that nobody looked, 0 would say that nothing is missing.
    return {"exit_without_status": None, "window_open": None, "incomplete_rate": None if rate is None else round(rate, 4)}
