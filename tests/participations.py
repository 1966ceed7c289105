"""Files of participations for the tests: the standard person of ``tests/cases/esf.yml``, with what differs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from passerelle.indicators.compute import compute
from passerelle.indicators.intake import PARTICIPATIONS, read_participations
from passerelle.indicators.parameters import LongTermUnemployment, Rules
from passerelle.indicators.report import Report

Row = Mapping[str, Any]
TABLE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases" / "esf.yml").read_text(encoding="utf-8"))
CUTOFF: date = TABLE["cutoff"]
RULES = {
    "own": Rules(),
    "former": Rules(version="2014-2020", long_term_unemployment=(LongTermUnemployment(since=date(2014, 1, 1), under_25_over_months=6),)),
    "lenient": Rules(version="sans durée", unemployment_months_required=False),
}


def write(path: Path, rows: Iterable[Row], columns: Iterable[str] = PARTICIPATIONS) -> Path:
    """The path of a file with these rows, each completed by the standard person."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(columns), delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(_numbered(rows))
    return path


def report(path: Path, rows: Iterable[Row], cutoff: date = CUTOFF, rules: Rules = RULES["own"]) -> Report:
    """The report of these rows, read from a file."""
    return compute(read_participations(write(path, rows)), cutoff, rules)


def _numbered(rows: Iterable[Row]) -> Iterator[Row]:
    number = 0
    for row in rows:
        for _ in range(row.get("times", 1)):
            number += 1
            own = {"participation_id": f"P{number}", "participant_id": f"K{number}"}
            yield {**TABLE["standard"], **own, **{key: value for key, value in row.items() if key != "times"}}
