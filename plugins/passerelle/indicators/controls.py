"""The controls V01 to V56 and what they find.

What each control means, its severity and its sentence are data (``data/controls.yml``). A finding about many rows is kept as one batch
of row numbers and becomes sentences only when somebody reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from passerelle.indicators.columns import Ints


class Severity(StrEnum):
    """Whether something was left out of the figures, needs a look, or is only said for the record."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Remark(BaseModel):
    """One thing to correct or to know; French, never a personal value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    severity: Severity
    operation: str | None = None
    participant: str | None = None
    line: int | None = None
    message: str


class Control(BaseModel):
    """One control of the list officials check by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gravity: str
    """B, X, W, A or "-", as in the source."""
    level: Severity
    where: str
    source: str
    sentence: str


@cache
def controls() -> dict[str, Control]:
    """Every control by its id, in order."""
    text = files("passerelle.indicators").joinpath("data/controls.yml").read_text(encoding="utf-8")
    return {name: Control.model_validate(value) for name, value in yaml.safe_load(text).items()}


def remark(rule: str, *, operation: str | None = None, participant: str | None = None, line: int | None = None, **words: Any) -> Remark:
    """One finding of a control; ``words`` fill its sentence."""
    control = controls()[rule]
    message = control.sentence.format(**words)
    return Remark(rule=rule, severity=control.level, operation=operation, participant=participant, line=line, message=message)


@dataclass(frozen=True)
class Batch:
    """One finding about each of these rows of one table."""

    rule: str
    severity: Severity
    message: str
    rows: Ints


@dataclass
class Batches:
    """The findings about the rows of one table, in the making."""

    found: list[Batch] = field(default_factory=list)

    def add(self, rule: str, rows: Ints, **words: Any) -> None:
        """The control's finding about each of these rows; nothing when there is none."""
        if len(rows):
            control = controls()[rule]
            self.found.append(Batch(rule, control.level, control.sentence.format(**words), rows))

    def say(self, rule: str, message: str, rows: Ints) -> None:
        """Something to check that falls under the control, in words of its own."""
        if len(rows):
            self.found.append(Batch(rule, Severity.WARNING, message, rows))
