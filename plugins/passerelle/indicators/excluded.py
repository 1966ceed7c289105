"""The participations that do not count, one by one."""

from __future__ import annotations

from dataclasses import dataclass

from passerelle.indicators.columns import Ints
from passerelle.indicators.intake import Intake, reason_of
from passerelle.indicators.settle import Reason, Settlement


@dataclass(frozen=True)
class Excluded:
    """One participation that does not count."""

    reason: Reason
    detail: str
    """French."""
    operation_id: str
    participation_id: str | None
    participant_id: str | None
    line: int


def excluded_in(intake: Intake, settlement: Settlement, operation: int) -> tuple[Excluded, ...]:
    """The participations of one operation that do not count (-1: of no readable operation), by reason and key."""
    named = intake.participations["operation_id"]
    found = [
        _excluded(intake, int(row), group.reason, group.detail)
        for group in settlement.excluded
        for row in _of(group.rows, named, operation)
    ]
    return tuple(sorted(found, key=lambda one: (one.reason, one.participation_id or "", one.line)))


def _of(rows: Ints, named: Ints, operation: int) -> Ints:
    return rows[named[rows] == operation]


def _excluded(intake: Intake, row: int, reason: Reason, detail: str) -> Excluded:
    rows = intake.participations
    key = int(rows["participation_id"][row])
    return Excluded(
        reason=reason,
        detail=detail or reason_of(rows, row),
        operation_id=intake.operation_names.of(int(rows["operation_id"][row])) or "",
        participation_id=None if key < 0 else str(rows.ids[key].as_py()),
        participant_id=intake.participant_names.of(int(rows["participant_id"][row])),
        line=int(rows.lines[row]),
    )
