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

import numpy as np

from passerelle.indicators.columns import as_date
from passerelle.indicators.compute import compute
from passerelle.indicators.document_text import document_text
from passerelle.indicators.intake import Files as Paths
from passerelle.indicators.intake import Intake, read_files
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.participation import Sex
from passerelle.indicators.report import Report
from passerelle.indicators.snapshot import canonical

PARTICIPATIONS, EVENTS, SIX_MONTHS = "participations.csv", "events.csv", "six_months.csv"
OPERATIONS, ESTIMATES, RULES = "operations.csv", "estimates.csv", "rules.json"
INPUTS = (PARTICIPATIONS, EVENTS, SIX_MONTHS, OPERATIONS, ESTIMATES, RULES)
"""Without events, or situations six months after, nobody gives any: the results are then not collected, which is not 0."""
FIGURES, COUNTED, EXCLUDED = "figures.json", "counted.csv", "excluded.csv"

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Outcome:
    """What the engine answers."""

    figures: bytes
    """What ``passerelle esf indicators --json`` prints."""
    counted: tuple[canonical.Row, ...]
    """One row per participant that counts, with the indicators in which it does, joined by ``+``."""
    excluded: tuple[canonical.Row, ...]
    rules_version: str

    @property
    def document(self) -> dict[str, Any]:
        """The figures, in the types in which frozen ones are read."""
        return document({FIGURES: self.figures})

    def files(self) -> dict[str, bytes]:
        """The results as files; the same outcome always gives the same bytes."""
        return {
            FIGURES: self.figures,
            COUNTED: canonical.write(canonical.COUNTED, self.counted),
            EXCLUDED: canonical.write(canonical.EXCLUDED, self.excluded),
        }


def calculate(files: Files, cut_off: date, intake: Intake | None = None) -> Outcome:
    """The figures of the inputs among the files, or of the same inputs already received with the rules among them.

    Raises DeliveryError when a file is refused, ConfigurationError for wrong rules.
    """
    made = report(files, cut_off, intake)
    figures = b"".join(piece.encode("utf-8") for piece in document_text(made.document()))
    return Outcome(figures, tuple(_counted(made)), tuple(_excluded(made)), made.rules.version)


def document(files: Files) -> dict[str, Any]:
    """The document of the figures in the files of a snapshot."""
    found: dict[str, Any] = json.loads(files[FIGURES])
    return found


def report(files: Files, cut_off: date, intake: Intake | None = None) -> Report:
    """The whole report of canonical files; without a file of rules by the product's own."""
    with TemporaryDirectory(prefix="passerelle-esf-") as name:
        given = {file: Path(name) / file for file in (INPUTS if intake is None else (RULES,)) if file in files}
        for file, path in given.items():
            path.write_bytes(files[file])
        return compute(intake or _read(given), cut_off, load_rules(given.get(RULES)))


def _read(given: Mapping[str, Path]) -> Intake:
    paths = Paths(
        participations=given[PARTICIPATIONS],
        events=given.get(EVENTS),
        six_months=given.get(SIX_MONTHS),
        operations=given.get(OPERATIONS),
        estimates=given.get(ESTIMATES),
    )
    return read_files(paths)


def _counted(made: Report) -> list[canonical.Row]:
    """Everyone who counts, by column: people with the same indicators share their text."""
    computed = made.computed
    persons, members, rows = computed.view.persons, computed.members, computed.intake.participations
    codes = list(members)
    patterns = np.zeros(len(persons), dtype=np.int64)
    for place, code in enumerate(codes):
        patterns |= members[code].astype(np.int64) << place
    texts = {one: "+".join(code for place, code in enumerate(codes) if one >> place & 1) for one in np.unique(patterns).tolist()}
    sexes = [one.value for one in Sex]
    named = (
        computed.intake.operation_names.texts.take(persons.operation).to_pylist(),
        rows.ids.take(rows["participation_id"][persons.row]).to_pylist(),
        computed.intake.participant_names.texts.take(persons.participant).to_pylist(),
        [sexes[sex] for sex in persons["sex"].tolist()],
        [as_date(day) for day in persons.exit.tolist()],
        [texts[pattern] for pattern in patterns.tolist()],
    )
    found = [dict(zip(canonical.COUNTED, values, strict=True)) for values in zip(*named, strict=True)]
    return sorted(found, key=lambda row: (row["operation_id"] or "", row["participation_id"]))


def _excluded(made: Report) -> list[canonical.Row]:
    found = [row for one in made.operations for row in one.excluded] + list(made.nameless)
    return [
        {name: getattr(row, name) for name in canonical.EXCLUDED if name != "reason"} | {"reason": row.reason.value}
        for row in sorted(found, key=lambda row: (row.operation_id, row.participation_id or "", row.reason.value))
    ]
