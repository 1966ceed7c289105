"""What an extract is about: the files of one snapshot, frozen or not, and who may read what is made of them.

Everything printed comes out of the files themselves, figures included: an extract made again years later says the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from passerelle.errors import InvariantError
from passerelle.indicators.parameters import Rules, default_rules
from passerelle.indicators.snapshot import canonical, engine
from passerelle.indicators.snapshot.changes import CHANGES
from passerelle.indicators.snapshot.store import Snapshot
from passerelle.indicators.snapshot.tracing import SOURCES

Row = dict[str, str]
NOTHING = "esf.extract.empty"
"""Rule of the refusal of an extract without any participation."""


class Circle(StrEnum):
    """Who reads an extract."""

    RESTRICTED = "restreint"
    """The restricted role: one row per participation, with what each answered."""
    OFFICERS = "gestion"
    """The funding officers: exact figures; participations by reference only, where something is to be corrected."""
    PUBLIC = "diffusion"
    """Anybody else: no participation at all, small cells hidden."""


@dataclass(frozen=True)
class Subject:
    """One operation at one cut-off."""

    operation_id: str
    cut_off: date
    known_at: datetime
    """What was recorded later is not in it."""
    files: engine.Files
    snapshot: Snapshot | None = None
    """None for a computation that nobody proposed."""
    previous_id: int | None = None
    """The frozen snapshot its changes are told against."""
    earlier: tuple[Mapping[str, Any], ...] = ()
    """The documents of the frozen snapshots before it: whoever reads this extract may have theirs."""

    @property
    def is_frozen(self) -> bool:
        """Whether two people stand for these figures."""
        return self.snapshot is not None and self.snapshot.is_frozen

    @property
    def state(self) -> str:
        """French, printed on every page."""
        if self.snapshot is None:
            return "PROVISOIRE : calcul du jour, ni proposé ni figé"
        number = self.snapshot.snapshot_id
        return f"Arrêté figé n° {number}" if self.is_frozen else f"PROVISOIRE : arrêté n° {number} proposé, à figer par un autre agent"

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The figures as they were kept."""
        return engine.document(self.files)

    @cached_property
    def rules(self) -> Rules:
        """The rules of the computation."""
        return default_rules().replaced(self.document["rules"])

    @property
    def figures(self) -> Mapping[str, Mapping[str, Any]]:
        """Indicator → figures or status."""
        return self.section("operations")

    def section(self, name: str) -> Mapping[str, Any]:
        """One part of the document for this operation; empty when it has none."""
        found: Mapping[str, Any] = self.document.get(name, {}).get(self.operation_id, {})
        return found

    @cached_property
    def operation(self) -> Row:
        """What the act of grant says; empty when nobody recorded it."""
        return next((row for row in canonical.read(self.files[engine.OPERATIONS]) if row["operation_id"] == self.operation_id), {})

    @cached_property
    def participations(self) -> Mapping[str, Row]:
        """The last version of every participation."""
        rows = sorted(canonical.read(self.files[engine.PARTICIPATIONS]), key=lambda row: row["recorded_on"])
        return {row["participation_id"]: row for row in rows}

    @cached_property
    def counted(self) -> tuple[Row, ...]:
        """One row per participant that counts."""
        return tuple(canonical.read(self.files[engine.COUNTED]))

    @cached_property
    def excluded(self) -> tuple[Row, ...]:
        """One row per participation that does not."""
        return tuple(canonical.read(self.files[engine.EXCLUDED]))

    @property
    def received(self) -> int:
        """Participations received. Raises InvariantError when the lists and the figures do not add up to the same."""
        told = self.section("excluded") or {}
        nameless = self.document.get("excluded", {}).get("", {})
        left_out = sum(told.values()) + sum(nameless.values())
        if left_out != len(self.excluded) or self.document["received"]["participations"] != len(self.counted) + left_out:
            raise InvariantError(f"Extract of {self.operation_id}: participations received are not the counted and the excluded.")
        return len(self.counted) + left_out

    @cached_property
    def sources(self) -> Mapping[str, tuple[Row, ...]]:
        """Participation or event → where it comes from, entry first."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in canonical.read(self.files.get(SOURCES, b"")):
            found[row["id"]].append(row)
        return {name: tuple(sorted(rows, key=lambda row: row["subject"] != "participation")) for name, rows in found.items()}

    @cached_property
    def changes(self) -> tuple[Row, ...] | None:
        """What differs from the snapshot frozen before; None when there is none."""
        return tuple(canonical.read(self.files[CHANGES])) if CHANGES in self.files else None

    @cached_property
    def with_events(self) -> frozenset[str]:
        """The participants of whom something is known after the exit: of the others, no result is no answer."""
        rows = canonical.read(self.files.get(engine.EVENTS, b""))
        return frozenset(row["participant_id"] for row in rows if row["withdrawn"] != "yes")

    def first_recorded(self, participation_id: str) -> date | None:
        """The day on which the entry first reached the gateway."""
        days = [row["first_recorded_on"] for row in self.sources.get(participation_id, ()) if row["first_recorded_on"]]
        return date.fromisoformat(min(days)) if days else None
