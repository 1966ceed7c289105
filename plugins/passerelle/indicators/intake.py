"""What came in: participations, events, observations, operations, estimates, and what is said about the lines that cannot be used.

The files are those of ``passerelle esf indicators``; a snapshot writes them out of the warehouse. A value outside its closed
list, a date that does not exist or a key that is missing rejects its row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from passerelle.errors import InvariantError
from passerelle.indicators.bulk import Text, read_text
from passerelle.indicators.columns import Column, Fault, Mask
from passerelle.indicators.controls import Remark, Severity, remark
from passerelle.indicators.layouts import EVENT_COLUMNS, OBSERVATION_COLUMNS, PARTICIPATIONS
from passerelle.indicators.operations import Estimate, Operation, read_estimates, read_operations
from passerelle.indicators.rows import Names, Rows, rows_of_text


class Files(BaseModel):
    """The files of one computation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participations: Path
    events: Path | None = None
    six_months: Path | None = None
    operations: Path | None = None
    estimates: Path | None = None


@dataclass(frozen=True)
class Intake:
    """All that was received, before anything is counted."""

    participations: Rows
    events: Rows | None = None
    """None when nobody gave them: the results are then not collected."""
    six_months: Rows | None = None
    operations: Mapping[str, Operation] = field(default_factory=dict)
    """What is known of each operation; one that is not here is under objective (h), Annex I."""
    estimates: tuple[Estimate, ...] = ()
    remarks: tuple[Remark, ...] = ()
    """About the files as a whole."""
    operation_names: Names = field(default_factory=Names)
    participant_names: Names = field(default_factory=Names)
    must_report: tuple[str, ...] = ()
    """Operations to report even when nobody entered them."""


def read_files(files: Files) -> Intake:
    """Every row of the files, usable or not. Raises DeliveryError when a file must be refused as a whole."""
    remarks: list[Remark] = []

    def text_of(name: str, columns: tuple[Column, ...]) -> Text | None:
        path: Path | None = getattr(files, name)
        text = None if path is None else read_text(path, columns)
        if path is not None and text is not None and text.absent:
            message = f"Colonnes absentes de {path.name}, tenues pour vides : {', '.join(text.absent)}."
            remarks.append(Remark(rule="esf.file.columns", severity=Severity.WARNING, line=1, message=message))
        return text

    return received(text_of, files, remarks)


def received(text_of: Callable[[str, tuple[Column, ...]], Text | None], files: Files, remarks: list[Remark]) -> Intake:
    """Every row of the three large tables, each given when it is asked for by the name it has in the files, and of the two small files."""
    operations, participants = Names(), Names()
    known, about = read_operations(files.operations) if files.operations else ({}, ())
    estimates, doubts = read_estimates(files.estimates) if files.estimates else ((), ())

    def rows(name: str, columns: tuple[Column, ...]) -> Rows | None:
        text = text_of(name, columns)
        return None if text is None else rows_of_text(text, columns, operations, participants)

    participations = rows("participations", PARTICIPATIONS)
    if participations is None:
        raise InvariantError("There is no table of participations.")
    events, six_months = rows("events", EVENT_COLUMNS), rows("six_months", OBSERVATION_COLUMNS)
    if not len(participations):
        remarks.append(Remark(rule="esf.file.empty", severity=Severity.WARNING, message="Le fichier ne contient aucune participation."))
    return Intake(
        participations=participations,
        events=events,
        six_months=six_months,
        operations=known,
        estimates=estimates,
        remarks=(*remarks, *about, *doubts),
        operation_names=operations,
        participant_names=participants,
        must_report=tuple(known),
    )


_BY_COLUMN = {"sex": "V42", "improvement": "V31"}


def rule_of(fault: Fault) -> str:
    """The control that a fault of reading falls under."""
    if fault.is_missing or not fault.column:
        return "V41"
    if fault.column == "labour_at_entry" and any("+" in text or "," in text for text in fault.texts):
        return "V15"
    return "V12" if "AAAA-MM-JJ" in fault.message else _BY_COLUMN.get(fault.column, "V40")


def reading_remarks(intake: Intake, rows: Rows, known: Mask) -> list[Remark]:
    """What is said of the unusable rows among those that are known."""
    said: list[Remark] = []
    for fault in rows.faults:
        rule = rule_of(fault)
        for row in fault.rows[known[fault.rows]].tolist():
            operation = intake.operation_names.of(int(rows["operation_id"][row]))
            participant = intake.participant_names.of(int(rows["participant_id"][row]))
            line = int(rows.lines[row])
            said.append(remark(rule, operation=operation, participant=participant, line=line, detail=fault.message))
    return said


def reason_of(rows: Rows, row: int) -> str:
    """Why one row cannot be used, in French."""
    return " ".join(fault.message for fault in rows.faults if np.isin(row, fault.rows).any())
