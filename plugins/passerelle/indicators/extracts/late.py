"""Entries that reached the gateway long after they happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from passerelle.indicators.extracts.subject import Subject


@dataclass(frozen=True)
class Late:
    """One participation told late."""

    participation_id: str
    participant_id: str
    entered_on: date
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
            found.append(Late(name, row["participant_id"], entered, received, delay, name in counted))
    return sorted(found, key=lambda one: (-one.days, one.participation_id))


def delay_of(subject: Subject, participation_id: str) -> int | None:
    """Days from the entry to the day it first reached the gateway; None when either is unknown."""
    entered, received = subject.participations[participation_id]["entry_date"], subject.first_recorded(participation_id)
    try:
        return (received - date.fromisoformat(entered)).days if received is not None and entered else None
    except ValueError:
        return None
