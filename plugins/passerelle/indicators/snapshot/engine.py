"""The one place where snapshots meet the engine: canonical files in, figures and what each is made of out.

The files are those of ``passerelle esf indicators``, read as that command reads them: whoever has the files of a snapshot can compute it
again without the warehouse.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from passerelle.indicators import workbook
from passerelle.indicators.compute import compute
from passerelle.indicators.intake import read_operations, read_participations
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.report import Report
from passerelle.indicators.snapshot import canonical

PARTICIPATIONS, EVENTS, OPERATIONS, RULES = "participations.csv", "events.csv", "operations.csv", "rules.json"
INPUTS = (PARTICIPATIONS, EVENTS, OPERATIONS, RULES)
FIGURES, COUNTED, EXCLUDED = "figures.json", "counted.csv", "excluded.csv"
RESULTS = (FIGURES, COUNTED, EXCLUDED)

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Outcome:
    """What the engine answers."""

    document: dict[str, Any]
    """What ``passerelle esf indicators --json`` prints."""
    counted: tuple[canonical.Row, ...]
    """One row per participant that counts, with the indicators in which it does, joined by ``+``."""
    excluded: tuple[canonical.Row, ...]
    rules_version: str

    def files(self) -> dict[str, bytes]:
        """The results as files; the same outcome always gives the same bytes."""
        return {
            FIGURES: json.dumps(self.document, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8"),
            COUNTED: canonical.write(canonical.COUNTED, self.counted),
            EXCLUDED: canonical.write(canonical.EXCLUDED, self.excluded),
        }


def calculate(files: Files, cut_off: date) -> Outcome:
    """The figures of canonical files at a cut-off. Raises DeliveryError when a file is refused, ConfigurationError for wrong rules."""
    report = _report(files, cut_off)
    return Outcome(report.as_json(), tuple(_counted(report)), tuple(_excluded(report)), report.rules.version)


def write_workbook(files: Files, cut_off: date, path: Path) -> None:
    """Writes the workbook of canonical files at a cut-off; the same files always give the same bytes."""
    workbook.write_workbook(_report(files, cut_off), path)


def _report(files: Files, cut_off: date) -> Report:
    with TemporaryDirectory(prefix="passerelle-esf-") as name:
        folder = Path(name)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        operations, remarks = read_operations(folder / OPERATIONS)
        intake = read_participations(folder / PARTICIPATIONS)
        whole = intake.model_copy(update={"operations": operations, "remarks": (*intake.remarks, *remarks)})
        return compute(whole, cut_off, load_rules(folder / RULES))


def _counted(report: Report) -> list[canonical.Row]:
    return [
        {
            "operation_id": one.operation_id,
            "participation_id": person.participation.participation_id,
            "participant_id": person.participation.participant_id,
            "sex": person.entry.sex.value,
            "indicators": "+".join(person.indicators),
        }
        for one in report.operations
        for person in sorted(one.counted, key=lambda counted: counted.participation.participation_id)
    ]


def _excluded(report: Report) -> list[canonical.Row]:
    rows = [row for one in report.operations for row in one.excluded] + list(report.nameless)
    return [
        {name: getattr(row, name) for name in canonical.EXCLUDED if name != "reason"} | {"reason": row.reason.value}
        for row in sorted(rows, key=lambda row: (row.operation_id, row.participation_id or "", row.reason.value))
    ]


def document(files: Files) -> dict[str, Any]:
    """The document of the figures in the files of a snapshot."""
    found: dict[str, Any] = json.loads(files[FIGURES])
    return found
