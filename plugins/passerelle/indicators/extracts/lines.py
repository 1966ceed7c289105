"""The lines of Tables 6 and 10, of the reserved sums and of the conservation, as they are printed: figures, targets, ratios, or why not.

Layout: Regulation (EU) 2021/1060, Annex VII, Tables 6 (outputs) and 10 (results). Workbook, CSV and PDF print the same lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from passerelle.indicators.definitions import ANNEX_2, COMBINED, INDICATORS, Indicator, Kind
from passerelle.indicators.extracts.confidential import (
    COUNTED,
    HIDDEN,
    LEFT_OUT,
    NAMELESS,
    RECEIVED,
    excluded_key,
    hidden_cells,
    numbers_of,
    quality_key,
)
from passerelle.indicators.extracts.parameters import Parameters
from passerelle.indicators.extracts.small_cells import Key
from passerelle.indicators.extracts.subject import Circle, Subject
from passerelle.indicators.extracts.targets import PERCENT, Target, Targets
from passerelle.indicators.identities import PERSON_COLUMNS
from passerelle.indicators.parameters import Rules
from passerelle.indicators.participation import Labour
from passerelle.indicators.report import REASONS
from passerelle.indicators.wording import STATUSES

Figure = int | str | None
"""A number; ``HIDDEN`` where it is not to be printed; None where there is none."""
_OUTPUT = {Labour.UNEMPLOYED: "EECO02", Labour.INACTIVE: "EECO04", Labour.EMPLOYED: "EECO05"}


@dataclass(frozen=True)
class Line:
    """One line of a table."""

    code: str
    name: str
    unit: str
    figures: Mapping[str, Figure]
    """F, M, N and T; only T for organisations."""
    status: str = ""
    """French: why there is no figure, or what kind of figure it is."""
    method: str = ""
    """How an estimate was made."""
    target: Target | None = None
    reference: str = ""
    """The output that a result is a share of."""
    base: Figure = None
    """The figure of the reference output."""

    @property
    def remark(self) -> str:
        """Status and method."""
        return " : ".join(filter(None, (self.status, self.method)))

    @property
    def gap(self) -> float | None:
        """What is still missing to the target of a number; None where it cannot be told."""
        total = self.figures.get("T")
        if self.target is None or self.target.target is None or self.target.unit == PERCENT or not isinstance(total, int):
            return None
        return max(self.target.target - total, 0)

    @property
    def rate(self) -> float | None:
        """A result as a share of its reference output."""
        total = self.figures.get("T")
        return total / self.base if isinstance(total, int) and isinstance(self.base, int) and self.base else None

    @property
    def ratio(self) -> float | None:
        """Achieved over target; None without a target other than 0, or where the figure is not printed."""
        total = self.figures.get("T")
        if self.target is None or not self.target.target or not isinstance(total, int):
            return None
        if self.target.unit == PERCENT:
            return None if self.rate is None else 100 * self.rate / self.target.target
        return total / self.target.target


@dataclass(frozen=True)
class Lines:
    """Everything counted that an extract prints of an operation."""

    outputs: tuple[Line, ...]
    results: tuple[Line, ...]
    combined: tuple[Line, ...]
    excluded: Mapping[str, Figure]
    """Reason → participations."""
    left_out: Figure
    received: Figure
    counted: Figure
    quality: Mapping[str, Figure]
    """Measure of quality → people; None where nobody was asked."""
    hidden: int
    """How many cells are hidden."""


def lines_of(subject: Subject, targets: Targets, circle: Circle, parameters: Parameters) -> Lines:
    """What may be printed of the subject in this circle."""
    promised = targets.at(subject.operation_id, subject.cut_off)
    known = [_line(one, _cell(subject, one), promised) for one in _listed(subject)]
    combined = [
        Line(code, _sum_name(parts), "participants", _figures(cell), *_said(cell), promised.get(code))
        for code, parts in COMBINED.items()
        for cell in (subject.section("combined").get(code, {}),)
    ]
    numbers = numbers_of(subject.document, subject.operation_id)
    away = frozenset[Key]()
    if circle is Circle.PUBLIC:
        before = [numbers_of(one, subject.operation_id) for one in subject.earlier]
        away = hidden_cells(numbers, subject.rules, parameters, before)
    known, combined = [_masked(line, away) for line in known], [_masked(line, away) for line in combined]
    shown = {line.code: line for line in (*known, *combined)}
    results = [_based(line, shown, subject.rules) for line in known if line.code.startswith("EECR")]
    return Lines(
        outputs=tuple(line for line in known if not line.code.startswith("EECR")),
        results=tuple(results),
        combined=tuple(combined),
        excluded={name: _shown(numbers[excluded_key(name)], excluded_key(name), away) for name in _reasons(subject)},
        left_out=_shown(numbers[LEFT_OUT], LEFT_OUT, away),
        received=_shown(subject.received, RECEIVED, away),
        counted=_shown(numbers[COUNTED], COUNTED, away),
        quality={name: _shown(number, quality_key(name), away) for name, number in _measures(subject).items()},
        hidden=len(away),
    )


def _reasons(subject: Subject) -> list[str]:
    told = subject.section("excluded")
    nameless = any(subject.document["excluded"].get("", {}).values())
    return [*(name for name in REASONS if name in told), *([NAMELESS] if nameless else [])]


def _measures(subject: Subject) -> dict[str, int | None]:
    told = subject.section("quality")
    six = told["six_months"] if subject.document["received"]["six_months"] else {"due": told["six_months"]["due"]}
    return {name: told[name] for name in ("exit_without_status", "window_open")} | {
        name: six.get(name) for name in ("due", "observed", "reached")
    }


def _shown(number: int | None, key: Key, away: frozenset[Key]) -> Figure:
    return HIDDEN if key in away else number


def _listed(subject: Subject) -> list[Indicator]:
    """Annex II first where it applies; the lines of Annex I are all printed, be it to say that they do not apply (V51)."""
    return [*(ANNEX_2 if subject.section("annex_2") else ()), *INDICATORS]


def _cell(subject: Subject, indicator: Indicator) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (subject.section("annex_2") if indicator in ANNEX_2 else subject.figures)[indicator.code]
    return found


def _line(indicator: Indicator, cell: Mapping[str, Any], promised: Mapping[str, Target]) -> Line:
    unit = "organismes" if indicator.kind is Kind.ENTITIES else "participants"
    return Line(indicator.code, indicator.name, unit, _figures(cell), *_said(cell), promised.get(indicator.code))


def _figures(cell: Mapping[str, Any]) -> dict[str, Figure]:
    return {column: cell[column] for column in PERSON_COLUMNS if column in cell}


def _said(cell: Mapping[str, Any]) -> tuple[str, str]:
    status = str(cell.get("status", ""))
    return STATUSES.get(status, status), str(cell.get("method", ""))


def _sum_name(parts: tuple[str, ...]) -> str:
    return "Somme réservée : " + " + ".join(parts)


def _masked(line: Line, away: frozenset[Key]) -> Line:
    return replace(line, figures={column: HIDDEN if (line.code, column) in away else value for column, value in line.figures.items()})


def _based(line: Line, shown: Mapping[str, Line], rules: Rules) -> Line:
    """A result with the output it is a share of; that population is the one of the rules."""
    reference = _reference(line.code, rules)
    base = shown[reference].figures.get("T") if reference in shown else None
    return replace(line, reference=reference, base=base)


def _reference(code: str, rules: Rules) -> str:
    among: tuple[Labour, ...] | None = getattr(rules, f"{code.lower()}_reference", None)
    if among is None or set(among) == set(Labour):
        return "EECO01"
    outputs = sorted(_OUTPUT[one] for one in among)
    return "+".join([outputs[0], *(one.removeprefix("EECO") for one in outputs[1:])])
