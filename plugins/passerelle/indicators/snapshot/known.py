"""Everything known of an operation at a moment, as canonical rows with the source of each.

The key of a participation is a hash of the sender's own number of it where there is one (the files hold no partner's key), else of
the person and the fact: it stays the same from one file of the sender to the next.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from passerelle.indicators.snapshot import canonical
from passerelle.indicators.snapshot.moment import day_of
from passerelle.indicators.snapshot.statements import Stated, gives_events, stated

_COPIED = (
    "operation_id", "sex", "birth_date", "entry_date", "labour_at_entry", "unemployment_months", "in_education_at_entry", "isced_level",
    "disability", "nationality_group", "foreign_background", "minority", "housing_exclusion", "direct_support_days", "attempt_on",
)  # fmt: skip


UNMATCHED = "exit_unmatched"
"""An exit whose participation is not known in the operation: it counts for nothing and does not disappear."""


@dataclass
class Known:
    """Rows of the canonical files, still open to what people confirmed."""

    participations: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    has_events: bool = False
    """Whether a partner gives events at all: no event of the operation is then 0 results, not "not collected"."""

    def files(self) -> dict[str, bytes]:
        """The canonical files, in an order that rests on the rows alone; without events when nobody gives any."""
        events = {"events.csv": _written(canonical.EVENTS, self.events)} if self.events or self.has_events else {}
        return events | {
            "participations.csv": _written(canonical.PARTICIPATIONS, self.participations),
            "operations.csv": _written(canonical.OPERATIONS, self.operations),
            "sources.csv": _written(canonical.SOURCES, self.sources),
        }


@dataclass(frozen=True)
class Rurality:
    """Which communes are rural (level 3 of 3 of the density grid), and the year of that grid."""

    year: str = ""
    rural: Mapping[str, bool] = field(default_factory=dict)

    def of(self, commune: str | None) -> str | None:
        """``yes``, ``no``, or None where it cannot be told: it is then to collect, never "no"."""
        if commune is None or commune not in self.rural:
            return None
        return "yes" if self.rural[commune] else "no"


def read(connection: Connection, operation_id: str, moment: datetime, rurality: Rurality) -> Known:
    """What partners and the Département's own records said of the operation up to the moment."""
    known = Known(operations=_operations(connection, operation_id, moment), has_events=gives_events(connection, moment))
    exits = _exits(stated(connection, "participation_exit", operation_id, moment))
    for row in stated(connection, "participation", operation_id, moment):
        _take_participation(known, row, (exits, rurality))
    taken = {source["id"] for source in known.sources if source["subject"] == "exit"}
    for (sender, number), row in exits.items():
        participation_id = _numbered(sender, number)
        if participation_id not in taken:
            known.sources.append(_source(UNMATCHED, participation_id, row, "sortie sans participation connue dans cette opération"))
    for row in stated(connection, "participation_event", operation_id, moment):
        _take_event(known, row)
    return known


def key(*parts: object) -> str:
    """A short key out of what makes something what it is; nothing can be read from it."""
    return hashlib.sha256("|".join(map(str, parts)).encode("utf-8")).hexdigest()[:20]


def _take_participation(known: Known, row: Stated, given: tuple[Mapping[tuple[str, str], Stated], Rurality]) -> None:
    exits, rurality = given
    number = row["participation_number"]
    participation_id = _numbered(row["sender"], number) if number else "P-" + key(row["sender"], row["person_id"], row["fact_key"])
    leaving = exits.get((row["sender"], number)) if number else None
    recorded = max(row["published_at"], leaving["published_at"]) if leaving else row["published_at"]
    rural = rurality.of(row["commune_code"])
    known.participations.append(
        {name: row[name] for name in _COPIED}
        | {
            "participation_id": participation_id,
            "participant_id": row["person_id"],
            "status": "submitted",
            "exit_date": leaving["exit_date"] if leaving else None,
            "rural": rural or "unknown",
            "recorded_on": day_of(recorded),
        }
    )
    note = f"commune de résidence, grille de densité {rurality.year}" if rural else ""
    known.sources.append(_source("participation", participation_id, row, note))
    if leaving:
        known.sources.append(_source("exit", participation_id, leaving, ""))


def _numbered(sender: str, number: str) -> str:
    return "P-" + key(sender, number)


def _take_event(known: Known, row: Stated) -> None:
    event_id = "E-" + key(row["sender"], row["fact_key"])
    known.events.append(
        {name: row[name] for name in ("operation_id", "event_date", "event")}
        | {
            "event_id": event_id,
            "participant_id": row["person_id"],
            "withdrawn": bool(row["withdrawn"]),
            "recorded_on": day_of(row["published_at"]),
        }
    )
    known.sources.append(_source("event", event_id, row, ""))


def _exits(rows: Iterable[Stated]) -> dict[tuple[str, str], Stated]:
    """The last exit told of each numbered participation of a sender."""
    found: dict[tuple[str, str], list[Stated]] = defaultdict(list)
    for row in rows:
        found[row["sender"], row["participation_number"]].append(row)
    return {name: max(told, key=lambda row: (row["published_at"], row["delivery_id"], row["line"])) for name, told in found.items()}


def _source(subject: str, identifier: str, row: Stated, note: str) -> dict[str, Any]:
    copied = ("feed", "sender", "delivery_id", "file_name", "file_sha256", "line")
    return {name: row[name] for name in copied} | {
        "subject": subject,
        "id": identifier,
        "receipts": "+".join(row["receipts"]),
        "first_recorded_on": day_of(row["first_published_at"]),
        "recorded_on": day_of(row["published_at"]),
        "note": note,
    }


def _operations(connection: Connection, operation_id: str, moment: datetime) -> list[dict[str, Any]]:
    query = text("""
        select * from esf.operation where operation_id = :operation and recorded_at <= :moment order by version_id desc limit 1
    """)
    found = connection.execute(query, {"operation": operation_id, "moment": moment}).mappings().one_or_none()
    if found is None:
        return []
    return [{name: found[{"start": "start_on", "end": "end_on"}.get(name, name)] for name in canonical.OPERATIONS}]


def _written(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    return canonical.write(columns, sorted(rows, key=lambda row: [canonical.cell(row.get(column)) for column in columns]))
