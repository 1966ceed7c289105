"""What was found in one file: the broken rules with their places, the counts, the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from passerelle.contract.model import Contract
from passerelle.findings import Finding, LineCounts, Rule, Verdict
from passerelle.readers.survey import Survey

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Violation:
    """One rule broken at some places of one chunk."""

    rule: Rule
    lines: Places
    records: Places
    """-1: the file itself or its header."""
    values: tuple[str | None, ...] | None = None
    """The received values, only where the column's classification allows showing them."""


@dataclass
class Inspection:
    """What was found in one file."""

    contract: Contract
    survey: Survey | None
    counts: LineCounts
    verdict: Verdict
    reason: str
    """Why the file is refused or held, in French; empty otherwise."""
    violations: list[Violation] = field(default_factory=list)
    set_aside: Places = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Ordinals of the lines or dossiers that are not loaded."""
    stamp: datetime | None = None

    @property
    def total(self) -> int:
        """Number of findings."""
        return sum(len(violation.lines) for violation in self.violations)

    def findings(self) -> Iterator[tuple[Rule, Finding, int]]:
        """Every finding with its rule and the ordinal of its record, in the order of the file."""
        order = sorted(
            (
                (int(line), int(record), v, i)
                for v in self.violations
                for i, (line, record) in enumerate(zip(v.lines, v.records, strict=True))
            ),
            key=lambda place: (place[0], place[1], place[2].rule.id),
        )
        for line, record, violation, index in order:
            yield violation.rule, self._finding(violation, index, line, record), record

    def _finding(self, violation: Violation, index: int, line: int, record: int) -> Finding:
        rule = violation.rule
        value = violation.values[index] if violation.values else None
        noun = "dossier" if self.contract.is_grouped else "enregistrement"
        return Finding(
            rule=rule.id,
            severity=rule.effect.severity,
            effect=rule.effect,
            table=rule.table,
            column=rule.column,
            line=line or None,
            record=f"{noun} n° {record + 1}" if record >= 0 else None,
            message=rule.message.replace("{value}", (value or "")[:80]),
            expected=rule.expected,
            fix=rule.fix,
        )


def places(numbers: Sequence[int]) -> Places:
    """The numbers as an array."""
    return np.array(numbers, dtype=np.int64)
