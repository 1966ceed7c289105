"""From the judgement of a file to what its CC is made of, without walking every finding: a million of them cost no more than a few."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from passerelle.checks.inspect import Inspection, Violation
from passerelle.findings import Finding
from passerelle.receipt.control import Checked
from passerelle.receipt.grouping import column_labels
from passerelle.receipt.model import MOST_LINES, IgnoredLines

_KEPT = 10 * MOST_LINES
"""Findings kept per rule: enough for distinct lines and different examples."""


def checked(inspection: Inspection) -> Checked:
    """What :func:`passerelle.receipt.build.conformity` needs: every rule's total, and its first findings in the order of the file."""
    totals: dict[str, int] = {}
    first: dict[str, list[tuple[int, int, Finding]]] = {}
    for violation in inspection.violations:
        rule = violation.rule.id
        totals[rule] = totals.get(rule, 0) + len(violation.lines)
        first[rule] = heapq.nsmallest(_KEPT, [*first.get(rule, []), *_first(inspection, violation)], key=lambda item: item[:2])
    counts = inspection.counts
    return Checked(
        verdict=inspection.verdict,
        counts=counts,
        findings=tuple(finding for found in first.values() for _, _, finding in found),
        totals=totals,
        labels=column_labels(inspection.contract),
        ignored=(IgnoredLines(reason="lignes vides", count=counts.ignored),) if counts.ignored else (),
        reason=inspection.reason,
    )


def _first(inspection: Inspection, violation: Violation) -> Iterator[tuple[int, int, Finding]]:
    rule = violation.rule
    noun = "dossier" if inspection.contract.is_grouped else "enregistrement"
    for index, (line, record) in enumerate(zip(violation.lines[:_KEPT].tolist(), violation.records[:_KEPT].tolist(), strict=True)):
        value = violation.values[index] if violation.values else None
        finding = Finding(
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
        yield line, record, finding
