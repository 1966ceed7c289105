"""Entries, and situations after the exit, that reached the gateway long after they happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from passerelle.indicators.extracts.subject import Row, Subject
from passerelle.indicators.participation import Outcome
from passerelle.indicators.snapshot import canonical, engine

ENTRY, EXIT = "entrée", "situation de sortie"
_LATE_EXIT = "V55"


@dataclass(frozen=True)
class Late:
    """One participation told late, or what became of somebody after it."""

    nature: str
    participation_id: str
    participant_id: str
    happened_on: date
    """The day of the entry, or of the exit."""
    received_on: date
    days: int
    is_counted: bool


def late_entries(subject: Subject, limit: int) -> list[Late]:
    """The participations first told more than so many days after the entry, the latest first."""
    counted = {row["participation_id"] for row in subject.counted}
    found = []
    for name, row in subject.participations.items():
        delay = delay_of(subject, name)
        if delay is not None and delay > limit:
            entered = date.fromisoformat(row["entry_date"])
            received = subject.first_recorded(name) or entered
            found.append(Late(ENTRY, name, row["participant_id"], entered, received, delay, name in counted))
    return sorted(found, key=_latest)


def late_exits(subject: Subject) -> list[Late]:
    """The people whose situation after the exit was recorded too late, as the computation found (V55), the latest first."""
    told = {one["participant"] for one in subject.document["findings"] if one["rule"] == _LATE_EXIT}
    if not told:
        return []
    situations: dict[str, list[Row]] = {}
    for row in canonical.read(subject.files.get(engine.EVENTS, b"")):
        if row["participant_id"] in told and row["event"] in tuple(Outcome) and row["withdrawn"] != "yes":
            situations.setdefault(row["participant_id"], []).append(row)
    return sorted(_exits(subject, situations), key=_latest)


def _exits(subject: Subject, situations: dict[str, list[Row]]) -> Iterator[Late]:
    days = subject.rules.immediate_result_days
    for row in subject.counted:
        if row["participant_id"] not in situations:
            continue
        left = date.fromisoformat(row["exit_date"])
        inside = [one for one in situations[row["participant_id"]] if 0 <= (date.fromisoformat(one["event_date"]) - left).days <= days]
        recorded = max((one["event_date"], one["recorded_on"]) for one in inside or situations[row["participant_id"]])[1]
        received = date.fromisoformat(recorded[:10])
        yield Late(EXIT, row["participation_id"], row["participant_id"], left, received, (received - left).days, True)


def delay_of(subject: Subject, participation_id: str) -> int | None:
    """Days from the entry to the day it first reached the gateway; None when either is unknown."""
    entered, received = subject.participations[participation_id]["entry_date"], subject.first_recorded(participation_id)
    try:
        return (received - date.fromisoformat(entered)).days if received is not None and entered else None
    except ValueError:
        return None


def _latest(one: Late) -> tuple[int, str]:
    return -one.days, one.participation_id
