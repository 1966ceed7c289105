"""What differs from the snapshot frozen before: entries told late, participations added, corrected or gone, results gained or lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from passerelle.indicators.participation import Status
from passerelle.indicators.snapshot import canonical, engine

CHANGES = "changes.csv"
ADDED, LATE, CORRECTED, WITHDRAWN, RECOUNTED = "added", "late", "corrected", "withdrawn", "recounted"
WORDS: Mapping[str, str] = {
    ADDED: "Nouvelle participation",
    LATE: "Saisie tardive : entrée antérieure à l’arrêté précédent",
    CORRECTED: "Participation corrigée",
    WITHDRAWN: "Participation retirée",
    RECOUNTED: "Comptée autrement, sans changement de la fiche",
}
"""How a change is called in French."""
_TECHNICAL = ("participant_id", "recorded_on")


def changes(before: engine.Files, now: engine.Files, previous_cut_off: date) -> list[dict[str, Any]]:
    """One row per participation that differs between the files of two snapshots of an operation."""
    old, new = _rows(before), _rows(now)
    counted_before, counted_now = _indicators(before), _indicators(now)
    found = []
    for name in sorted({*old, *new}):
        change, detail = _change(_entered(old.get(name)), _entered(new.get(name)), previous_cut_off)
        was, is_now = counted_before.get(name, ""), counted_now.get(name, "")
        if change is None and was != is_now:
            change = RECOUNTED
        if change is None:
            continue
        found.append(
            {
                "participation_id": name,
                "participant_id": (new.get(name) or old[name])["participant_id"],
                "change": change,
                "detail": detail,
                "indicators_before": was,
                "indicators_now": is_now,
            }
        )
    return found


def summary(rows: list[Mapping[str, str]] | list[dict[str, Any]]) -> dict[str, int]:
    """How many of each kind; ``results_lost`` counts the results (EECR) that counted before and do not any more (case C01)."""
    counts = {name: sum(1 for row in rows if row["change"] == name) for name in WORDS}
    lost = sum(len(_results(row["indicators_before"]) - _results(row["indicators_now"])) for row in rows)
    return counts | {"results_lost": lost}


def _entered(row: dict[str, str] | None) -> dict[str, str] | None:
    """The participation, unless it is a draft or was taken back."""
    return row if row is not None and row["status"] in (Status.SUBMITTED, Status.CORRECTED) else None


def _change(old: Mapping[str, str] | None, new: Mapping[str, str] | None, previous: date) -> tuple[str | None, str]:
    if old is None and new is None:
        return None, ""
    if old is None and new is not None:
        is_late = bool(new["entry_date"]) and date.fromisoformat(new["entry_date"]) <= previous
        return (LATE if is_late else ADDED), ""
    if new is None or old is None:
        return WITHDRAWN, ""
    differing = [name for name in canonical.PARTICIPATIONS if name not in _TECHNICAL and old[name] != new[name]]
    return (CORRECTED, "+".join(differing)) if differing else (None, "")


def _rows(files: engine.Files) -> dict[str, dict[str, str]]:
    """The last version of every participation."""
    rows = sorted(canonical.read(files[engine.PARTICIPATIONS]), key=lambda row: row["recorded_on"])
    return {row["participation_id"]: row for row in rows}


def _indicators(files: engine.Files) -> dict[str, str]:
    return {row["participation_id"]: row["indicators"] for row in canonical.read(files[engine.COUNTED])}


def _results(indicators: str) -> set[str]:
    return {code for code in indicators.split("+") if code.startswith("EECR")}
