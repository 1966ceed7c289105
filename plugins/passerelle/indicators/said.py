"""Everything found in one computation, made into sentences only when somebody reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from passerelle.indicators.controls import Batches, Remark, Severity
from passerelle.indicators.rows import Names, Rows


@dataclass(frozen=True)
class Findings:
    """Findings about files and operations, and about rows of the three tables."""

    remarks: tuple[Remark, ...]
    batches: tuple[tuple[Rows, Batches], ...]
    operations: Names
    participants: Names

    def __len__(self) -> int:
        return len(self.remarks) + sum(len(batch.rows) for _, held in self.batches for batch in held.found)

    @property
    def by_severity(self) -> Counter[Severity]:
        """How many there are of each severity."""
        found = Counter(remark.severity for remark in self.remarks)
        for _, held in self.batches:
            for batch in held.found:
                found[batch.severity] += len(batch.rows)
        return found

    @property
    def by_rule(self) -> Counter[str]:
        """How many there are of each control."""
        found = Counter(remark.rule for remark in self.remarks)
        for _, held in self.batches:
            for batch in held.found:
                found[batch.rule] += len(batch.rows)
        return found

    def __iter__(self) -> Iterator[Remark]:
        return (Remark.model_construct(**{**one, "severity": Severity(one["severity"])}) for one in self.as_json())

    def as_json(self) -> list[dict[str, Any]]:
        """Every finding, files and operations first, then by control and row."""
        said = [remark.model_dump(mode="json") for remark in self.remarks]
        said.sort(key=lambda one: (one["operation"] is not None, one["operation"] or "", one["rule"], one["line"] or 0, one["message"]))
        rows = [one for table, held in self.batches for one in self._rows(table, held)]
        rows.sort(key=lambda one: (one["rule"], one["operation"] or "", one["line"], one["message"]))
        return said + rows

    def _rows(self, table: Rows, held: Batches) -> Iterator[dict[str, Any]]:
        operations = [*self.operations.texts.to_pylist(), None]
        participants = self.participants.texts
        for batch in held.found:
            named = participants.take(table["participant_id"][batch.rows]).to_pylist()
            places = zip(table["operation_id"][batch.rows].tolist(), named, table.lines[batch.rows].tolist(), strict=True)
            severity = batch.severity.value
            for operation, participant, line in places:
                yield {
                    "rule": batch.rule,
                    "severity": severity,
                    "operation": operations[operation],
                    "participant": participant,
                    "line": line,
                    "message": batch.message,
                }
