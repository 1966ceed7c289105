"""One receipt as data: what page and workbook print and what a partner's program may read as JSON (its schema is published)."""

from __future__ import annotations

import json
from typing import Self

from pydantic import Field, model_validator

from passerelle.errors import InvariantError
from passerelle.findings import Effect, LineCounts
from passerelle.receipt.kinds import Integration, Kind, Outcome, StepResult
from passerelle.receipt.parts import (
    MOST_EXAMPLES,
    MOST_FILES,
    MOST_LINES,
    ChangeCounts,
    CorrectionFile,
    DeliveryFacts,
    Example,
    ExpectedName,
    FindingGroup,
    Foreign,
    Frozen,
    IgnoredLines,
    Moment,
    OpenFile,
    OpenFindings,
    PeopleCounts,
    Step,
    Threshold,
)
from passerelle.receipt.wording import PARIS, plain_name

__all__ = [
    "MOST_EXAMPLES",
    "MOST_FILES",
    "MOST_LINES",
    "ChangeCounts",
    "CorrectionFile",
    "DeliveryFacts",
    "Effect",
    "Example",
    "ExpectedName",
    "FindingGroup",
    "Foreign",
    "IgnoredLines",
    "Integration",
    "Kind",
    "LineCounts",
    "Moment",
    "OpenFile",
    "OpenFindings",
    "Outcome",
    "PeopleCounts",
    "Receipt",
    "Step",
    "StepResult",
    "Threshold",
    "file_names",
    "number",
]


class Receipt(Frozen):
    """One document for the partner. Its counts always add up: received = accepted + set aside + ignored."""

    kind: Kind
    number: str
    delivery: DeliveryFacts
    made_at: Moment
    outcome: Outcome
    code: Integration | None = None
    """CRI only: 0 fully, 1 with observations, 2 partly, 3 not integrated."""
    headline: str
    summary: str
    next_steps: tuple[str, ...] = Field(min_length=1)
    """What the partner does now, in order."""
    steps: tuple[Step, ...] = ()
    counts: LineCounts | None = None
    ignored: tuple[IgnoredLines, ...] = ()
    changes: ChangeCounts | None = None
    """CRI: what the delivery changed."""
    people: PeopleCounts | None = None
    groups: tuple[FindingGroup, ...] = ()
    findings_total: int = Field(default=0, ge=0)
    thresholds: tuple[Threshold, ...] = ()
    """CC: the limits that were passed, so that a person must decide."""
    correction: CorrectionFile | None = None
    """The file of only what was set aside, when one is made."""
    open: OpenFindings | None = None
    """CRI: what remains to be corrected since the last time."""
    expected_names: tuple[ExpectedName, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.counts is not None and not self.counts.add_up:
            raise InvariantError(f"{self.number}: {self.counts!r} do not add up.")
        if self.ignored and self.counts is not None and sum(item.count for item in self.ignored) != self.counts.ignored:
            raise InvariantError(f"{self.number}: the reasons do not account for {self.counts.ignored} ignored lines.")
        if self.groups and sum(group.count for group in self.groups) != self.findings_total:
            raise InvariantError(f"{self.number}: the groups do not account for {self.findings_total} findings.")
        if self.open is not None and not _files_account_for(self.open):
            raise InvariantError(f"{self.number}: the files do not account for {self.open.still_open} open findings.")
        return self

    def to_json(self) -> str:
        """The receipt as JSON text: the same receipt always gives the same bytes."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The receipt a :meth:`to_json` wrote, of this release or an earlier one; pydantic's ValidationError for anything else."""
        return cls.model_validate_json(text)


def _files_account_for(found: OpenFindings) -> bool:
    """Whether the files hold all open findings; when the list is full there may be more than it says."""
    told = sum(file.count for file in found.files)
    return told == found.still_open or (len(found.files) == MOST_FILES and told < found.still_open)


def number(kind: Kind, facts: DeliveryFacts) -> str:
    """The document's number, the same each time it is made: ``AR-2026-000123``.

    Without a delivery id the file's own hash tells it apart: ``AR-2026-1a2b3c4d``.
    """
    own = facts.sha256[:8] if facts.delivery_id is None else f"{facts.delivery_id:06d}"
    return f"{kind.value}-{facts.received_at.astimezone(PARIS).year}-{own}"


def file_names(receipt: Receipt) -> dict[str, str]:
    """The names under which the partner finds the document, by format (``json``, ``html``, ``xlsx``); always plain ASCII."""
    base = f"{receipt.number}_{plain_name(receipt.delivery.file_name)}"
    return {form: f"{base}.{form}" for form in ("json", "html", "xlsx")}
