"""Subjects of extracts for the tests: the files of a snapshot made of invented participations, without any database."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import participations as given
from passerelle.indicators.extracts.subject import Subject
from passerelle.indicators.snapshot import canonical, engine
from passerelle.indicators.snapshot.store import Snapshot, digest

OPERATION = "OP1"
AT = datetime(2026, 1, 2, 8, 30, tzinfo=UTC)
FROZEN = Snapshot(
    snapshot_id=12,
    operation_id=OPERATION,
    cut_off=given.CUTOFF,
    known_at=AT,
    previous_id=7,
    rules_version=given.OWN.version,
    engine_version="0.1",
    manifest="{}",
    sha256=digest(b"{}"),
    proposed_by="agent-1",
    proposed_at=AT,
    frozen_by="agent-2",
    frozen_at=AT,
)
GRANT = {
    "operation_id": OPERATION,
    "specific_objective": "h",
    "priority": "1",
    "region_category": "développée",
    "start": "2022-01-01",
    "end": "2027-12-31",
    "annex": "I",
}
RESULTS = [{"participant_id": "K1", "event_date": "2024-07-10", "event": "employed"}]


def files(rows: Iterable[Mapping[str, Any]], events: Iterable[Mapping[str, Any]] | None = None, **more: bytes) -> dict[str, bytes]:
    """The files of a snapshot; ``more`` replaces or adds some by name without ending."""
    people = list(given._numbered(rows))
    found = {
        engine.PARTICIPATIONS: canonical.write(canonical.PARTICIPATIONS, people),
        engine.OPERATIONS: canonical.write(canonical.OPERATIONS, [GRANT]),
        engine.RULES: given.OWN.model_dump_json().encode("utf-8"),
        "sources.csv": canonical.write(canonical.SOURCES, [_source(number, row) for number, row in enumerate(people, start=2)]),
    }
    if events is not None:
        found[engine.EVENTS] = canonical.write(canonical.EVENTS, list(given._completed("events", events)))
    found |= {f"{name}.csv": content for name, content in more.items()}
    return found | engine.calculate(found, given.CUTOFF).files()


def subject(
    rows: Iterable[Mapping[str, Any]],
    events: Iterable[Mapping[str, Any]] | None = None,
    snapshot: Snapshot | None = FROZEN,
    **more: bytes,
) -> Subject:
    """An operation at the usual cut-off, frozen unless said otherwise."""
    return Subject(OPERATION, given.CUTOFF, AT, files(rows, events, **more), snapshot)


def table(content: bytes) -> list[dict[str, str]]:
    """A CSV extract as rows."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def _source(line: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "subject": "participation",
        "id": row["participation_id"],
        "feed": "fse/participants_entrees",
        "sender": "fse",
        "delivery_id": 4,
        "file_name": row.get("file_name", "entrees.csv"),
        "line": line,
        "receipts": "CRI-2026-000004",
        "first_recorded_on": row["recorded_on"],
        "recorded_on": row["recorded_on"],
    }
