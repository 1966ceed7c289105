"""The sampling frame of a specific objective and the sample drawn from it, out of frozen snapshots alone.

Strata are operation × sex × population of the result (EECR05: unemployed or inactive at entry; EECR06: employed), the sample is shared
among them in proportion (largest remainders), and inside a stratum the order is that of a hash of seed and participation. So whoever has
the snapshots and the seed draws the same people, on any machine and in any release of Python.
"""

from __future__ import annotations

import calendar
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from passerelle.errors import DeliveryError
from passerelle.indicators.snapshot import canonical, engine

COLUMNS = (
    "specific_objective", "operation_id", "participation_id", "participant_id", "sex", "population", "entry_date", "exit_date",
    "six_months_on", "stratum_size", "stratum_drawn", "weight", "drawn",
)  # fmt: skip


@dataclass(frozen=True)
class Leaver:
    """One participant who left, as the snapshot says it."""

    operation_id: str
    participation_id: str
    participant_id: str
    sex: str
    population: str
    """``EECR05`` or ``EECR06``: the result that is asked of this person."""
    entry_date: str
    exit_date: date

    @property
    def six_months_on(self) -> date:
        """Six months after leaving; the last day of a shorter month (case F09)."""
        return six_months_after(self.exit_date)

    @property
    def stratum(self) -> tuple[str, str, str]:
        """What is sampled together."""
        return self.operation_id, self.sex, self.population


@dataclass(frozen=True)
class Draw:
    """What to draw: how many, by which seed, of those whose six months end in a period."""

    size: int
    seed: int
    since: date = date.min
    until: date = date.max


@dataclass(frozen=True)
class Sample:
    """The whole frame, and who of it was drawn."""

    objective: str
    frame: tuple[Leaver, ...]
    drawn: frozenset[str]
    """Participation ids."""

    def rows(self) -> list[canonical.Row]:
        """One row per person of the frame, in an order that says nothing."""
        sizes, taken = _count(self.frame), _count(one for one in self.frame if one.participation_id in self.drawn)
        return [self._row(one, sizes[one.stratum], taken[one.stratum]) for one in self.frame]

    def _row(self, one: Leaver, size: int, drawn: int) -> canonical.Row:
        is_drawn = one.participation_id in self.drawn
        return {
            "specific_objective": self.objective,
            **{name: getattr(one, name) for name in COLUMNS[1:9]},
            "stratum_size": size,
            "stratum_drawn": drawn,
            "weight": f"{size / drawn:.4f}" if is_drawn else "",
            "drawn": is_drawn,
        }


def six_months_after(day: date) -> date:
    """The same day six months on, or the last one of that month.

    >>> six_months_after(date(2024, 8, 31)), six_months_after(date(2024, 3, 1))
    (datetime.date(2025, 2, 28), datetime.date(2024, 9, 1))
    """
    year, month = day.year + (day.month > 6), (day.month + 5) % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def draw(objective: str, snapshots: Iterable[engine.Files], wanted: Draw) -> Sample:
    """The sample of an objective out of the files of its snapshots. Raises DeliveryError when nobody of it has left in the period."""
    leavers = [one for files in snapshots if objective_of(files) == objective for one in leavers_of(files)]
    frame = sorted(
        (one for one in leavers if wanted.since <= one.six_months_on <= wanted.until),
        key=lambda one: _order(wanted.seed, one.participation_id),
    )
    if not frame:
        message = f"Objectif spécifique « {objective} » : personne n’est sorti dans la période, aucun échantillon n’est tiré."
        raise DeliveryError("esf.follow_up.empty", message)
    quotas = share(_count(frame), min(wanted.size, len(frame)))
    drawn: set[str] = set()
    taken: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in frame:
        if taken[one.stratum] < quotas[one.stratum]:
            taken[one.stratum] += 1
            drawn.add(one.participation_id)
    return Sample(objective, tuple(frame), frozenset(drawn))


def objective_of(files: engine.Files) -> str:
    """The specific objective of the operation of a snapshot; (h) where nobody said it, as everywhere."""
    return next((row["specific_objective"] for row in canonical.read(files[engine.OPERATIONS]) if row["specific_objective"]), "h")


def leavers_of(files: engine.Files) -> list[Leaver]:
    """The counted participants of a snapshot who have left."""
    last = {
        row["participation_id"]: row for row in sorted(canonical.read(files[engine.PARTICIPATIONS]), key=lambda row: row["recorded_on"])
    }
    found = []
    for row in canonical.read(files[engine.COUNTED]):
        entered = last[row["participation_id"]]
        if not row["exit_date"]:
            continue
        found.append(
            Leaver(
                operation_id=row["operation_id"],
                participation_id=row["participation_id"],
                participant_id=row["participant_id"],
                sex=row["sex"],
                population="EECR06" if entered["labour_at_entry"] == "employed" else "EECR05",
                entry_date=entered["entry_date"],
                exit_date=date.fromisoformat(row["exit_date"]),
            )
        )
    return found


def share(sizes: dict[tuple[str, str, str], int], size: int) -> dict[tuple[str, str, str], int]:
    """How many of each stratum: in proportion, rounded by largest remainders, at least one where there is room for all strata."""
    total = sum(sizes.values())
    floor = 1 if size >= len(sizes) else 0
    exact = {name: number * size / total for name, number in sizes.items()}
    quotas = {name: max(int(exact[name]), floor) for name in sizes}
    names: Sequence[tuple[str, str, str]] = sorted(sizes, key=lambda name: (-(exact[name] - int(exact[name])), name))
    while (missing := size - sum(quotas.values())) != 0:
        for name in names if missing > 0 else reversed(names):
            change = 1 if missing > 0 else -1
            if floor <= quotas[name] + change <= sizes[name] and sum(quotas.values()) != size:
                quotas[name] += change
    return quotas


def _count(leavers: Iterable[Leaver]) -> dict[tuple[str, str, str], int]:
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in leavers:
        counts[one.stratum] += 1
    return counts


def _order(seed: int, participation_id: str) -> str:
    return hashlib.sha256(f"{seed}|{participation_id}".encode()).hexdigest()
