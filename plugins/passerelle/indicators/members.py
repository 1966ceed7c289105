"""The people and participations behind a figure, one by one: for the workbook, and for whoever traces a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints, Mask, as_date
from passerelle.indicators.intake import Intake, reason_of
from passerelle.indicators.participation import Labour, Origin, Sex
from passerelle.indicators.predicates import View
from passerelle.indicators.settle import Reason, Settlement


@dataclass(frozen=True)
class Participation:
    """Which participation somebody is counted by."""

    participation_id: str | None
    operation_id: str
    participant_id: str | None
    """Pseudonymous key of the person, stable inside the operation; never a name or a NIR."""
    entry_date: date | None
    origin: Origin


@dataclass(frozen=True)
class Entry:
    """What a complete participation says of the person on the day of entry."""

    sex: Sex
    entry_date: date
    age: int | None
    """In completed years; None where the operation does not need it."""
    labour: Labour | None
    unemployment_months: int | None
    isced_level: int | None


@dataclass(frozen=True)
class Counted:
    """One participant of one operation, and the indicators in which he or she counts."""

    participation: Participation
    entry: Entry
    exit_date: date | None
    indicators: tuple[str, ...]


@dataclass(frozen=True)
class Excluded:
    """One participation that does not count."""

    reason: Reason
    detail: str
    """French."""
    operation_id: str
    participation_id: str | None
    participant_id: str | None
    entry_date: date | None
    origin: Origin


def participation_of(intake: Intake, row: int) -> Participation:
    """Who and where one row is about."""
    rows = intake.participations
    key = int(rows["participation_id"][row])
    return Participation(
        participation_id=None if key < 0 else str(rows.ids[key].as_py()),
        operation_id=intake.operation_names.of(int(rows["operation_id"][row])) or "",
        participant_id=intake.participant_names.of(int(rows["participant_id"][row])),
        entry_date=as_date(int(rows["entry_date"][row])),
        origin=rows.origin(row),
    )


def counted_in(intake: Intake, view: View, members: Mapping[str, Mask], operation: int) -> tuple[Counted, ...]:
    """The people counted in one operation, by day of entry and key."""
    people = np.flatnonzero(view.persons.operation == operation)
    found = [_counted(intake, view, members, int(person)) for person in people]
    return tuple(sorted(found, key=lambda one: (one.entry.entry_date, one.participation.participant_id or "")))


def _counted(intake: Intake, view: View, members: Mapping[str, Mask], person: int) -> Counted:
    persons = view.persons

    def number(name: str) -> int | None:
        value = int(persons[name][person])
        return None if value == EMPTY else value

    labour = number("labour_at_entry")
    situation = None if labour is None else list(Labour)[labour]
    participation = participation_of(intake, int(persons.row[person]))
    entry = Entry(
        sex=list(Sex)[int(persons["sex"][person])],
        entry_date=date.fromordinal(date(1970, 1, 1).toordinal() + int(persons["entry_date"][person])),
        age=None if persons.age[person] == EMPTY else int(persons.age[person]),
        labour=situation,
        unemployment_months=number("unemployment_months") if situation is Labour.UNEMPLOYED else None,
        isced_level=number("isced_level"),
    )
    codes = tuple(code for code, mask in members.items() if mask[person])
    return Counted(participation, entry, as_date(int(persons.exit[person])), codes)


def excluded_in(intake: Intake, settlement: Settlement, operation: int) -> tuple[Excluded, ...]:
    """The participations of one operation that do not count (-1: of no readable operation), by reason and key."""
    named = intake.participations["operation_id"]
    found = [
        _excluded(intake, int(row), group.reason, group.detail)
        for group in settlement.excluded
        for row in _of(group.rows, named, operation)
    ]
    return tuple(sorted(found, key=lambda one: (one.reason, one.participation_id or "", one.origin.line or 0)))


def _of(rows: Ints, named: Ints, operation: int) -> Ints:
    return rows[named[rows] == operation]


def _excluded(intake: Intake, row: int, reason: Reason, detail: str) -> Excluded:
    one = participation_of(intake, row)
    return Excluded(
        reason=reason,
        detail=detail or reason_of(intake.participations, row),
        operation_id=one.operation_id,
        participation_id=one.participation_id,
        participant_id=one.participant_id,
        entry_date=one.entry_date,
        origin=one.origin,
    )
