"""The whole list of findings as rows, for the workbook only: a receipt holds groups, a workbook one row per finding."""

from __future__ import annotations

from typing import NamedTuple, Self

from passerelle.findings import Effect, Finding


class DetailRow(NamedTuple):
    """One finding as the workbook prints it."""

    rule: str
    effect: Effect
    message: str
    line: int | None = None
    record: str | None = None
    key: str | None = None
    """The sender's own key of the record, only for documents left in its own outbox; one that may be a NIR is not printed."""
    column: str | None = None
    expected: str = ""
    fix: str = ""
    proposal: str = ""

    @classmethod
    def of(cls, finding: Finding, key: str | None = None) -> Self:
        """The row of a finding."""
        return cls(
            rule=finding.rule,
            effect=finding.effect,
            message=finding.message,
            line=finding.line,
            record=finding.record,
            key=key,
            column=finding.column,
            expected=finding.expected,
            fix=finding.fix,
            proposal=finding.proposal,
        )
