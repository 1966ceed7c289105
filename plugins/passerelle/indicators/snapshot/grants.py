"""What the Département itself says of each operation, in versions: its act of grant, its estimates; by a login, never rewritten."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from passerelle.errors import DeliveryError
from passerelle.indicators.operations import Estimate, read_estimates
from passerelle.indicators.table import ESTIMATES, OPERATIONS, Table
from passerelle.warehouse.schema_esf import estimate as _estimate
from passerelle.warehouse.schema_esf import operation as _operation

MODALITY = "modality"
"""A heading of ours beside those of the interface: the modality by which France Travail shows who enters the operation."""
_RENAMED = {"start": "start_on", "end": "end_on", MODALITY: "modality_code"}
_DAYS, _NUMBERS = ("start", "end"), ("entities_public", "entities_sme")


def record(connection: Connection, path: Path, login: str, at: datetime) -> tuple[str, ...]:
    """Records a version of every operation of the file; their ids. Raises DeliveryError when a line cannot be read: nothing is recorded."""
    rows = [_row(line, cells) for line, cells in Table(path, (*OPERATIONS, MODALITY), optional=(MODALITY,))]
    if rows:
        connection.execute(insert(_operation), [row | {"recorded_at": at, "recorded_by": login} for row in rows])
    return tuple(row["operation_id"] for row in rows)


def estimated(connection: Connection, path: Path, login: str, at: datetime) -> tuple[str, ...]:
    """Records every estimate of the file; the operations they are of.

    What counts at a cut-off is when it was recorded here, not the day written in the file. Raises DeliveryError for the first line that
    cannot be used: nothing is recorded.
    """
    given, wrong = read_estimates(path)
    if wrong:
        raise DeliveryError(wrong[0].rule, f"Ligne {wrong[0].line} : {wrong[0].message} Rien n’a été noté.", line=wrong[0].line)
    if given:
        connection.execute(insert(_estimate), [_estimate_row(one) | {"recorded_at": at, "recorded_by": login} for one in given])
    return tuple(dict.fromkeys(one.operation_id for one in given))


def _estimate_row(one: Estimate) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ESTIMATES if name != "recorded_on"}


def _row(line: int, cells: dict[str, str] | None) -> dict[str, Any]:
    if cells is None or not cells["operation_id"]:
        raise DeliveryError(
            "esf.operation.row", f"Ligne {line} : illisible, ou sans identifiant d’opération. Rien n’a été noté.", line=line
        )
    try:
        return {_RENAMED.get(name, name): _value(name, cells.get(name, "")) for name in (*OPERATIONS, MODALITY)}
    except ValueError:
        message = f"Ligne {line} : une date (AAAA-MM-JJ) ou un nombre ne peut pas être lu. Rien n’a été noté."
        raise DeliveryError("esf.operation.row", message, line=line) from None


def _value(name: str, text: str) -> Any:
    if not text:
        return None
    if name in _DAYS:
        return date.fromisoformat(text)
    return int(text) if name in _NUMBERS else text
