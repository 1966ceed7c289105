"""What is known of each operation, and the informed estimates given for it: the two small files of the interface."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from passerelle.indicators.controls import Remark, Severity, remark
from passerelle.indicators.table import ESTIMATES, OPERATIONS, Table

OBJECTIVES = tuple("abcdefghijkl")
TARGETS = tuple(f"EECO{number:02}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17))
"""Indicators that an eligibility criterion may equal."""
_ONE_OF = (("EECO02", "EECO04", "EECO05"), ("EECO03", "EECO04", "EECO05"), ("EECO06", "EECO07", "EECO08"), ("EECO09", "EECO10", "EECO11"))
"""Nobody can meet two criteria of one family."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Operation(_Frozen):
    """One operation, as its act of grant describes it; the defaults are those of an operation that no file describes."""

    operation_id: str
    specific_objective: str = "h"
    priority: str = ""
    region_category: str = ""
    start: date | None = None
    end: date | None = None
    annex: str = "I"
    target_indicators: tuple[str, ...] = ()
    entities_public: int = 0
    entities_sme: int = 0
    is_described: bool = False
    """Whether a file describes it."""

    @property
    def group(self) -> tuple[str, str, str]:
        """Priority, specific objective, category of region: the line of Tables 6 and 10 it belongs to."""
        return self.priority, self.specific_objective, self.region_category


class Estimate(_Frozen):
    """An informed estimate of one indicator."""

    operation_id: str
    indicator: str
    sex: str
    """F, M, N or T."""
    value: int
    method: str
    recorded_on: date
    line: int


def _day(text: str) -> date:
    return date.fromisoformat(text if _DATE.fullmatch(text) else "")


def _listed(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return parse


def _targets(text: str) -> tuple[str, ...]:
    codes = tuple(_listed(*TARGETS)(part) for part in text.split("+"))
    if any(sum(code in family for code in codes) > 1 for family in _ONE_OF):
        raise ValueError(text)
    return codes


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise ValueError(text)
    return int(text)


_OPERATION: dict[str, Callable[[str], Any]] = {
    "operation_id": str, "specific_objective": _listed(*OBJECTIVES), "priority": str, "region_category": str, "start": _day, "end": _day,
    "annex": _listed("I", "II"), "target_indicators": _targets, "entities_public": _whole, "entities_sme": _whole,
}  # fmt: skip
_ESTIMATE: dict[str, Callable[[str], Any]] = {
    "operation_id": str, "indicator": str, "sex": _listed("F", "M", "N", "T"), "value": _whole, "method": str, "recorded_on": _day,
}  # fmt: skip


def _parsed(cells: dict[str, str] | None, parsers: dict[str, Callable[[str], Any]]) -> tuple[dict[str, Any], list[str]]:
    if cells is None:
        return {}, ["nombre de valeurs"]
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, text in cells.items():
        try:
            if text:
                values[name] = parsers[name](text)
        except ValueError:
            wrong.append(name)
    return values, wrong


def read_operations(path: Path) -> tuple[dict[str, Operation], tuple[Remark, ...]]:
    """The operations of the file by their id, and what is wrong with it. An operation described twice differently keeps its first line."""
    known: dict[str, Operation] = {}
    said: list[Remark] = []
    for line, cells in Table(path, OPERATIONS):
        values, wrong = _parsed(cells, _OPERATION)
        name = values.get("operation_id")
        if wrong or name is None:
            detail = f"Ligne du fichier des opérations inutilisable : {', '.join(wrong) or 'operation_id manque'}."
            said.append(remark("V40", operation=name, line=line, detail=detail))
        if name is None:
            continue
        operation = Operation.model_validate({**values, "is_described": True})
        if known.setdefault(name, operation) != operation:
            detail = (
                "L’opération est décrite deux fois, différemment (catégorie de région, objectif ou dates) : la première ligne est retenue."
            )
            said.append(remark("V54", operation=name, line=line, detail=detail))
        elif not operation.region_category:
            detail = "La catégorie de région de l’opération manque : elle ne peut pas être restituée par catégorie de région."
            said.append(remark("V54", operation=name, line=line, detail=detail))
    return known, tuple(said)


def read_estimates(path: Path) -> tuple[tuple[Estimate, ...], tuple[Remark, ...]]:
    """The estimates of the file; one without value, method or date is refused (V53)."""
    kept: list[Estimate] = []
    said: list[Remark] = []
    for line, cells in Table(path, ESTIMATES):
        values, wrong = _parsed(cells, _ESTIMATE)
        try:
            if wrong:
                raise ValueError
            kept.append(Estimate.model_validate({**values, "line": line}))
        except (ValueError, ValidationError):
            empty = [name for name in ESTIMATES if name not in values and name not in wrong]
            detail = f"Estimation inutilisable : {', '.join([*wrong, *empty]) or 'ligne illisible'}."
            said.append(remark("V53", operation=values.get("operation_id"), line=line, detail=detail))
    return tuple(kept), tuple(said)


def unknown_operation(name: str) -> Remark:
    """Said of an operation with participations that the file of operations does not describe."""
    message = "L’opération n’est pas au fichier des opérations : objectif h), annexe I, sans catégorie de région."
    return Remark(rule="V54", severity=Severity.WARNING, operation=name, message=message)
