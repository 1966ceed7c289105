"""Files of the ESF+ interface for the tests: the standard person of ``tests/cases/esf.yml``, with what differs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from passerelle.indicators import layouts
from passerelle.indicators.compute import compute
from passerelle.indicators.intake import Files, Intake, read_files
from passerelle.indicators.parameters import Rules, default_rules
from passerelle.indicators.report import Report
from passerelle.indicators.table import ESTIMATES, OPERATIONS

Row = Mapping[str, Any]
TABLE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases" / "esf.yml").read_text(encoding="utf-8"))
CUTOFF: date = TABLE["cutoff"]
OWN = default_rules()
PARTICIPATIONS = layouts.headings(layouts.PARTICIPATIONS)
EVENTS = layouts.headings(layouts.EVENT_COLUMNS)
SIX_MONTHS = layouts.headings(layouts.OBSERVATION_COLUMNS)
HEADINGS = {
    "participations": PARTICIPATIONS,
    "events": EVENTS,
    "six_months": SIX_MONTHS,
    "operations": OPERATIONS,
    "estimates": ESTIMATES,
}


def rules(**values: Any) -> Rules:
    """The product's own rules with other values."""
    return OWN.replaced({"version": "essai", **values})


def chosen(name: str | Mapping[str, Any]) -> Rules:
    """The rules of a case: named in the table, or given with their values."""
    if name == "own":
        return OWN
    return rules(**(TABLE["rules"][name] if isinstance(name, str) else name))


def write(path: Path, rows: Iterable[Row], columns: Iterable[str] = PARTICIPATIONS) -> Path:
    """The path of a file with these rows, each completed by the standard person."""
    return write_table(path, list(_numbered(rows)), columns)


def write_table(path: Path, rows: Iterable[Row], columns: Iterable[str]) -> Path:
    """The path of a file with these rows as they are."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(columns), delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def files(folder: Path, case: Mapping[str, Any]) -> Files:
    """The files of a case: its rows, events, observations, operations and estimates, each completed by what is usual."""
    given: dict[str, Path] = {"participations": write(folder / "p.csv", case["rows"])}
    for name in ("events", "six_months", "operations", "estimates"):
        if name in case:
            given[name] = write_table(folder / f"{name}.csv", list(_completed(name, case[name])), HEADINGS[name])
    return Files(**given)


def report_of(folder: Path, case: Mapping[str, Any]) -> Report:
    """The report of a case."""
    return compute(read_files(files(folder, case)), case.get("cutoff", CUTOFF), chosen(case.get("rules", "own")))


def intake(path: Path) -> Intake:
    """What one file of participations holds."""
    return read_files(Files(participations=path))


def report(path: Path, rows: Iterable[Row], cutoff: date = CUTOFF, rules: Rules = OWN) -> Report:
    """The report of these participations, read from a file."""
    return compute(intake(write(path, rows)), cutoff, rules)


def _numbered(rows: Iterable[Row]) -> Iterator[Row]:
    number = 0
    for row in rows:
        for _ in range(row.get("times", 1)):
            number += 1
            own = {"participation_id": f"P{number}", "participant_id": f"K{number}", "recorded_on": _recorded(row)}
            yield {**TABLE["standard"], **own, **{key: value for key, value in row.items() if key != "times"}}


def _recorded(row: Row) -> date:
    """The usual day, or that of the entry when that is later."""
    usual, entry = TABLE["standard"]["recorded_on"], row.get("entry_date")
    return max(usual, entry) if isinstance(entry, date) else usual  # type: ignore[no-any-return]


def _completed(name: str, rows: Iterable[Row]) -> Iterator[Row]:
    usual = TABLE["usual"][name]
    for number, row in enumerate(_repeated(rows), start=1):
        own = {"event_id": f"E{number}", "observation_id": f"O{number}"}
        day = row.get("event_date", row.get("observed_on"))
        yield {**usual, **own, **({"recorded_on": day} if day else {}), **row}


def _repeated(rows: Iterable[Row]) -> Iterator[Row]:
    number = 0
    for row in rows:
        for _ in range(row.get("times", 1)):
            number += 1
            own = {"participant_id": f"K{number}"}
            yield {**own, **{key: value for key, value in row.items() if key != "times"}}
