"""What the act of grant says of each operation, in versions: recorded by a login, never rewritten."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from passerelle.errors import DeliveryError
from passerelle.indicators.snapshot.canonical import OPERATIONS
from passerelle.indicators.table import Table
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
