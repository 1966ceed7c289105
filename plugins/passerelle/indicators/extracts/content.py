"""One extract in the making, and how its figures become cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from passerelle.indicators.extracts.confidential import HIDDEN
from passerelle.indicators.extracts.lines import Figure, Line, Lines, lines_of
from passerelle.indicators.extracts.parameters import Parameters, default_parameters
from passerelle.indicators.extracts.subject import Circle, Subject
from passerelle.indicators.extracts.targets import PERCENT, Targets
from passerelle.indicators.page import Cell

NOT_SET = "non fixé"
NO_FIGURE = "–"


@dataclass(frozen=True)
class Extract:
    """What is extracted, for whom, with which targets and parameters."""

    subject: Subject
    circle: Circle = Circle.OFFICERS
    targets: Targets = Targets()
    parameters: Parameters = default_parameters()

    @cached_property
    def lines(self) -> Lines:
        """The lines as they may be printed in the circle."""
        return lines_of(self.subject, self.targets, self.circle, self.parameters)

    @property
    def is_public(self) -> bool:
        """Whether it leaves the restricted circle."""
        return self.circle is Circle.PUBLIC


def figure(value: Figure, style: str = "number") -> Cell:
    """A number, 0 included; what is hidden says so; nothing is a dash."""
    if value == HIDDEN:
        return HIDDEN, "hidden"
    return (NO_FIGURE, "muted") if value is None else (value, style)


def figures(line: Line) -> list[Cell]:
    """F, M, N and T of a line; organisations have no sex."""
    if line.unit == "organismes" and line.figures:
        return [*[("", "muted")] * 3, figure(line.figures.get("T"), "total")]
    if not line.figures:
        return [*[(NO_FIGURE, "muted")] * 3, (line.status, "muted")]
    return [figure(line.figures.get(column), "total" if column == "T" else "number") for column in "FMNT"]


def share(value: float | None) -> Cell:
    """A ratio as a percentage."""
    return (NO_FIGURE, "muted") if value is None else (value, "ratio")


def promised(line: Line, name: str) -> Cell:
    """A target or milestone with its unit, « non fixé » where none was decided."""
    value: float | None = getattr(line.target, name) if line.target else None
    if value is None:
        return NOT_SET, "muted"
    if line.target is not None and line.target.unit == PERCENT:
        return value / 100, "ratio"
    return amount(value)


def amount(value: float) -> Cell:
    """A number that need not be whole."""
    return (int(value), "number") if value == int(value) else (value, "decimal")


def text(value: str | None, style: str = "text") -> Cell:
    """A text, or an empty cell."""
    return value or None, style


def day(value: str | None) -> Cell:
    """A day written as in the canonical files."""
    return (date.fromisoformat(value) if value else None), "date"


def percent(rate: float) -> str:
    """A rate in a sentence.

    >>> percent(0.355)
    '35,5\\xa0%'
    """
    return f"{100 * rate:.1f}".removesuffix(".0").replace(".", ",") + "\u00a0%"
