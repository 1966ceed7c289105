"""From a cell of a snapshot to the participations in it, and from each to partner, file, line and receipt. All of it is frozen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from passerelle.errors import ConfigurationError
from passerelle.indicators.definitions import COMBINED
from passerelle.indicators.identities import PERSON_COLUMNS
from passerelle.indicators.snapshot import canonical, engine, store
from passerelle.warehouse.connect import transaction

SOURCES = "sources.csv"


@dataclass(frozen=True)
class Cell:
    """One figure: operation, indicator, and F, M, N or T."""

    operation_id: str
    indicator: str
    column: str


@dataclass(frozen=True)
class Traced:
    """What a cell is made of."""

    cell: Cell
    figure: int | None
    """As the snapshot prints it; None where the indicator is not a number of people."""
    status: str | None
    """``estimate`` where the figure is more than the participations in it, ``partial`` where not everybody was asked."""
    participations: tuple[dict[str, Any], ...]
    """One per participation in the cell: keys, day of entry and exit, and ``sources``, each with feed, sender, file, line, receipts."""


def trace(warehouse: Engine, cell: Cell, snapshot_id: int) -> Traced:
    """The participations of a cell. Raises ConfigurationError for a cell the snapshot has not, or another operation's snapshot."""
    with transaction(warehouse) as connection:
        found = store.get(connection, snapshot_id)
        files = store.files(connection, snapshot_id)
    if found.operation_id != cell.operation_id:
        raise ConfigurationError(f"L’arrêté n° {snapshot_id} est celui de l’opération « {found.operation_id} ».")
    return traced(files, cell)


def traced(files: engine.Files, cell: Cell) -> Traced:
    """The same out of the files of a snapshot."""
    printed = _printed(files, cell)
    figure = printed.get(cell.column)
    if cell.column not in PERSON_COLUMNS:
        raise ConfigurationError(f"Colonne inconnue : {cell.column}. Colonnes : {', '.join(PERSON_COLUMNS)}.")
    inside = [row for row in canonical.read(files[engine.COUNTED]) if _is_in(row, cell)]
    details = {row["participation_id"]: row for row in sorted(canonical.read(files[engine.PARTICIPATIONS]), key=_recorded)}
    told: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in sorted(canonical.read(files[SOURCES]), key=_entry_first):
        told[row["id"]].append(row)
    related = _related(files) if cell.indicator.startswith("EECR") else {}
    participations = []
    for row in inside:
        name = row["participation_id"]
        ids = [name, *(other for other in related.get(row["participant_id"], ()) if other != name)]
        participations.append(
            {
                "participation_id": name,
                "participant_id": row["participant_id"],
                "sex": row["sex"],
                "entry_date": details[name]["entry_date"],
                "exit_date": row["exit_date"] or None,
                "sources": [source for one in ids for source in told[one]],
            }
        )
    return Traced(cell, figure if isinstance(figure, int) else None, printed.get("status"), tuple(participations))


def _related(files: engine.Files) -> dict[str, list[str]]:
    """Participant → returns, events and observations, on which a result rests beside the first participation."""
    found: dict[str, list[str]] = defaultdict(list)
    keys = {engine.PARTICIPATIONS: "participation_id", engine.EVENTS: "event_id", engine.SIX_MONTHS: "observation_id"}
    for name, key in keys.items():
        for row in canonical.read(files.get(name, b"")):
            found[row["participant_id"]].append(row[key])
    return {participant: list(dict.fromkeys(ids)) for participant, ids in found.items()}


def _printed(files: engine.Files, cell: Cell) -> Mapping[str, Any]:
    document = engine.document(files)
    tables = [document.get(part, {}).get(cell.operation_id, {}) for part in ("operations", "annex_2", "combined")]
    found: Mapping[str, Any] | None = next((table[cell.indicator] for table in tables if cell.indicator in table), None)
    if found is None:
        raise ConfigurationError(f"L’arrêté ne contient pas {cell.indicator} pour l’opération « {cell.operation_id} ».")
    return found


def _is_in(row: dict[str, str], cell: Cell) -> bool:
    """Whether the person is in the cell; in a combined line, whether in one of its parts."""
    codes = {*COMBINED.get(cell.indicator, (cell.indicator,))}
    if row["operation_id"] != cell.operation_id or not codes & {*row["indicators"].split("+")}:
        return False
    return cell.column in ("T", row["sex"])


def _recorded(row: dict[str, str]) -> str:
    return row["recorded_on"]


def _entry_first(row: dict[str, str]) -> bool:
    return row["subject"] != "participation"
