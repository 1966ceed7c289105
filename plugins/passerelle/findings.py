"""What is wrong in a file, said so that the partner can correct it.

A finding is about one place (line, column) and one rule of the contract. Its words are French, because partners read them; it
never holds a value of a column that is classified personal.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Effect(StrEnum):
    """What a broken rule does to the delivery."""

    REFUSE = "refuse"
    """The whole file is refused, nothing of it is loaded."""
    SET_ASIDE = "set_aside"
    """The whole dossier (XML, or the lines the contract says belong together), else the line, is set aside; the rest is loaded."""
    SET_ASIDE_LINE = "set_aside_line"
    """Only the line, or in XML the row and what hangs on it, is set aside; the rest of its dossier is loaded."""
    WARN = "warn"
    """Everything is loaded, the partner is told."""

    @property
    def severity(self) -> str:
        """``error`` or ``warning``, as receipts print it."""
        return "warning" if self is Effect.WARN else "error"


class Verdict(StrEnum):
    """The answer to one file."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_FINDINGS = "accepted_with_findings"
    HELD = "held"
    """Too much is wrong: a person of the Département must decide before anything is loaded."""
    REFUSED = "refused"


class Rule(BaseModel):
    """A rule of a contract, with the words the partner reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    """Stable id, e.g. ``accompagnement.date_naissance.date`` or ``file.encoding``."""
    kind: str
    """Family of the rule: required, date, code, nir, unique, encoding, …"""
    effect: Effect
    hold_above: float | None = None
    """Share of lines or dossiers that may break it; above it the delivery waits for a person."""
    table: str | None = None
    column: str | None = None
    """The column as the partner names it (CSV header, XML path)."""
    message: str
    """What is wrong, in one French sentence; ``{value}`` stands for the received value where it may be shown."""
    expected: str = ""
    fix: str = ""


class Finding(BaseModel):
    """One broken rule at one place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    severity: str
    effect: Effect
    table: str | None = None
    column: str | None = None
    line: int | None = None
    """True physical line in the partner's file, counted from 1."""
    record: str | None = None
    """Which dossier or record of the file, by its place (``dossier n° 12``); never a personal identifier."""
    message: str
    expected: str = ""
    fix: str = ""
    proposal: str = ""
    """The corrected value, or for a personal column its form only, where it can be computed; a French sentence."""


class LineCounts(BaseModel):
    """The conservation law: received = accepted + set aside + ignored. XML files count dossiers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    received: int = 0
    accepted: int = 0
    set_aside: int = 0
    ignored: int = 0

    @property
    def add_up(self) -> bool:
        """Whether the conservation law holds."""
        return self.received == self.accepted + self.set_aside + self.ignored
