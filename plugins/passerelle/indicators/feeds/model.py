"""What the derivation of proposals is about: a participation, what partners stated of the person, what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Subject:
    """One participation as it is known, or a person whom the feeds show in the operation's modality and nobody entered."""

    operation_id: str
    person_id: UUID
    participation_id: str | None
    """None: nobody entered the person."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Variables of the file of participations; None, ``unknown`` and ``not_collected`` say nothing yet."""
    modality: str | None = None
    """The modality of support by which France Travail shows who enters the operation."""
    events: frozenset[tuple[str, date]] = frozenset()
    """What is known to have happened to the person in the operation: event and day."""
    observed: frozenset[date] = frozenset()
    """Days on which somebody noted, or tried to learn, the situation after leaving."""

    def day(self, variable: str) -> date | None:
        """A date of the participation, whether a partner stated it or somebody confirmed it."""
        value = self.values.get(variable)
        if isinstance(value, str) and value:
            return date.fromisoformat(value)
        return value if isinstance(value, date) else None

    def lacks(self, variable: str) -> bool:
        """Whether nothing is known of the variable."""
        return self.values.get(variable) in (None, "", "unknown", "not_collected")


@dataclass(frozen=True)
class Evidence:
    """One statement of a partner about the person, with its place."""

    kind: str
    values: Mapping[str, Any]
    feed: str
    sender: str
    delivery_id: int
    line: int
    stamp: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class Draft:
    """A value to propose."""

    subject: Subject
    variable: str
    value: str
    happened_at: date
    rule: str
    basis: str
    """French, without any identity value."""
    evidence: Evidence


@dataclass(frozen=True)
class Ask:
    """A value that the feeds speak of without settling it: why a person must ask."""

    subject: Subject
    variable: str
    reason: str


@dataclass
class Derived:
    """Everything that follows for some subjects."""

    drafts: list[Draft] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)

    def propose(self, subject: Subject, found: tuple[str, str, date], why: tuple[str, str], evidence: Evidence) -> None:
        """Adds a draft: variable, value and day; rule and sentence."""
        self.drafts.append(Draft(subject, *found, *why, evidence))

    def ask(self, subject: Subject, variable: str, reason: str) -> None:
        """Adds what must be asked."""
        self.asks.append(Ask(subject, variable, reason))


def at(day: date, statements: Sequence[Evidence], patience: int = 45) -> Evidence | None:
    """The statement that speaks of a day: the last one made by then, else the first one made soon after (files come monthly)."""
    before = [one for one in statements if one.stamp.date() <= day]
    if before:
        return max(before, key=lambda one: (one.stamp, one.delivery_id, one.line))
    after = [one for one in statements if (one.stamp.date() - day).days <= patience]
    return min(after, key=lambda one: (one.stamp, one.delivery_id, one.line), default=None)
