"""What the maker of a value sees: whom the row is about, what the row holds so far, and how the file is written."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from passerelle.contract.model import Contract
from passerelle.population.people import Commune, Household, Person


@dataclass(slots=True)
class Scene:
    """One row in the making."""

    rng: random.Random
    household: Household
    person: Person
    commune: Commune
    """Where the row says the person lives."""
    number: int
    """Of the line or dossier in the file, from 1."""
    communes: tuple[Commune, ...] = ()
    """Where people may have lived before."""
    row: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    """Optional blocks this row goes without."""

    def below(self, person: Person | None = None, commune: Commune | None = None) -> Scene:
        """The scene of a row that hangs on this one."""
        return Scene(self.rng, self.household, person or self.person, commune or self.commune, self.number, self.communes)


Maker = Callable[[Scene], str]
"""Makes one value; ``""`` is an absent one."""


@dataclass(frozen=True)
class Style:
    """How the file is written, and from which day its facts are counted."""

    is_xml: bool
    encoding: str
    decimal: str
    facts_on: date

    @classmethod
    def of(cls, contract: Contract, facts_on: date) -> Style:
        """The style of a contract's files."""
        layout = contract.layout
        return cls(layout.format == "xml", layout.encoding, layout.decimal, facts_on)


TIME = "06:30:00"
"""The time of every invented moment."""


class DateText:
    """Dates, and moments of a day, in a contract's format, to and fro; remembers what it wrote, for there are few different days."""

    def __init__(self, jdk_format: str | None) -> None:
        form = (jdk_format or "yyyy-MM-dd").replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d")
        self._format = form.replace("'", "").replace("HH:mm:ss", TIME)
        self._texts: dict[date, str] = {}
        self._days: dict[str, date] = {}

    def write(self, day: date) -> str:
        """The day as the file writes it."""
        text = self._texts.get(day)
        if text is None:
            text = self._texts[day] = day.strftime(self._format)
            self._days[text] = day
        return text

    def read(self, text: str) -> date | None:
        """The day a text says; None when it says none."""
        day = self._days.get(text)
        if day is None and text:
            try:
                day = self._days[text] = datetime.strptime(text, self._format).date()  # noqa: DTZ007 -- a calendar day has no zone
            except ValueError:
                return None
        return day

    def impossible(self) -> str:
        """31 February 1980, written as any other day."""
        return self._format.replace("%Y", "1980").replace("%m", "02").replace("%d", "31")
