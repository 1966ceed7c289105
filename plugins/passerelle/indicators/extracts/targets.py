"""What each operation promised: milestones and targets of its act of grant, in dated versions.

A small file beside the operations (UTF-8, ``;``): one line per indicator and decision. The last line decided by the cut-off speaks, so an
extract of an older day keeps the target of that day. What no line says is « non fixé », never 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from passerelle.errors import DeliveryError
from passerelle.indicators.definitions import ANNEX_2, COMBINED, INDICATORS
from passerelle.indicators.snapshot.store import digest
from passerelle.indicators.table import Table

COLUMNS = ("operation_id", "indicator", "unit", "baseline", "milestone", "target", "source", "decided_on")
NUMBER, PERCENT = "number", "percent"
_CODES = frozenset({one.code for one in (*INDICATORS, *ANNEX_2)} | set(COMBINED))
_RESULT = "EECR"
_NUMBER = re.compile(r"\d{1,9}([.,]\d{1,4})?", re.ASCII)


class Target(BaseModel):
    """What one operation promised for one indicator, by one decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation_id: str
    indicator: str
    unit: str
    """``number``, or for a result ``percent`` of its reference output."""
    baseline: float | None
    milestone: float | None
    """For the end of 2024; outputs only (Regulation (EU) 2021/1060, Article 16)."""
    target: float | None
    """For the end of 2029, or of the operation."""
    source: str
    """The act of grant or the amendment."""
    decided_on: date


@dataclass(frozen=True)
class Targets:
    """The targets of a file; of none, everything is « non fixé »."""

    file_name: str = ""
    sha256: str = ""
    rows: tuple[Target, ...] = field(default=())

    def at(self, operation_id: str, day: date) -> Mapping[str, Target]:
        """Indicator → what was in force on this day."""
        known = [one for one in self.rows if one.operation_id == operation_id and one.decided_on <= day]
        return {one.indicator: one for one in sorted(known, key=lambda one: one.decided_on)}


def read_targets(path: Path | None) -> Targets:
    """The targets of a file. Raises DeliveryError naming the first line that cannot be used: half of the targets would mislead."""
    if path is None:
        return Targets()
    rows = tuple(_target(line, cells) for line, cells in Table(path, COLUMNS))
    seen: set[tuple[str, str, date]] = set()
    for one in rows:
        key = (one.operation_id, one.indicator, one.decided_on)
        if key in seen:
            message = f"{one.indicator} de l’opération « {one.operation_id} » a deux cibles décidées le {one.decided_on:%d/%m/%Y}."
            raise DeliveryError("esf.targets.row", message)
        seen.add(key)
    return Targets(path.name, digest(path.read_bytes()), rows)


def _target(line: int, cells: Mapping[str, str] | None) -> Target:
    if cells is None:
        raise _unusable(line, "le nombre de valeurs n’est pas celui de l’en-tête")
    unit = cells["unit"] or NUMBER
    if not cells["operation_id"] or cells["indicator"] not in _CODES:
        raise _unusable(line, "opération absente ou indicateur inconnu")
    if unit not in (NUMBER, PERCENT) or (unit == PERCENT and not cells["indicator"].startswith(_RESULT)):
        raise _unusable(line, "unité attendue : number, ou percent pour un résultat")
    if cells["milestone"] and cells["indicator"].startswith(_RESULT):
        raise _unusable(line, "un résultat n’a pas de valeur intermédiaire")
    try:
        return Target(
            operation_id=cells["operation_id"],
            indicator=cells["indicator"],
            unit=unit,
            baseline=_number(cells["baseline"]),
            milestone=_number(cells["milestone"]),
            target=_number(cells["target"]),
            source=cells["source"],
            decided_on=date.fromisoformat(cells["decided_on"]),
        )
    except ValueError:
        raise _unusable(line, "nombre ou date (AAAA-MM-JJ) illisible") from None


def _number(text: str) -> float | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text.replace(",", "."))


def _unusable(line: int, why: str) -> DeliveryError:
    return DeliveryError("esf.targets.row", f"Ligne {line} du fichier des cibles inutilisable : {why}.", line=line)
