"""Proof that a snapshot still says what it said: its files are whole, and computed again they give the same figures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from passerelle.errors import InvariantError
from passerelle.indicators.snapshot import canonical, engine, store
from passerelle.indicators.snapshot.store import Snapshot
from passerelle.warehouse.connect import transaction

_WORDS = ("findings", "parameters", "facts", "units")
"""What of the engine's document is no figure: sentences may be worded better one day."""


@dataclass(frozen=True)
class Proof:
    """The answer of a verification."""

    snapshot: Snapshot
    files: int
    """Files whose content was compared with its hash."""
    cells: int
    """Figures computed again."""
    differences: tuple[str, ...]
    """French; empty when all is as it was."""

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def verify(warehouse: Engine, snapshot_id: int) -> Proof:
    """Checks hashes, then computes every figure again from the snapshot's own files; the warehouse's facts are not looked at."""
    with transaction(warehouse) as connection:
        return verified(connection, store.get(connection, snapshot_id))


def verified(connection: Connection, found: Snapshot) -> Proof:
    """The same in the caller's transaction."""
    manifest = json.loads(found.manifest)
    wrong = [] if store.digest(found.manifest.encode("utf-8")) == found.sha256 else ["Le manifeste a été altéré."]
    try:
        files = store.files(connection, found.snapshot_id)
    except InvariantError as error:
        return Proof(found, 0, 0, (*wrong, f"Un fichier de l’arrêté a été altéré ({error})"))
    listed = {one["name"]: one["sha256"] for one in manifest["files"]}
    wrong += [f"Le fichier {name} n’est pas celui du manifeste." for name in sorted(listed) if _hash(files, name) != listed[name]]
    wrong += [f"Le fichier {name} n’est pas au manifeste." for name in sorted(set(files) - set(listed))]
    if wrong:
        return Proof(found, len(files), 0, tuple(wrong))
    outcome = engine.calculate(files, found.cut_off)
    frozen = json.loads(files[engine.FIGURES])
    now = outcome.document
    wrong += [line for name in frozen if name not in _WORDS for line in _differences(name, frozen[name], now.get(name))]
    wrong += _membership(files, outcome)
    return Proof(found, len(files), _cells(frozen["operations"]), tuple(wrong))


def _hash(files: engine.Files, name: str) -> str | None:
    return store.digest(files[name]) if name in files else None


def _differences(path: str, before: Any, now: Any) -> list[str]:
    """Where two documents differ. What is new in the second is no difference: a later release may compute more."""
    if isinstance(before, dict) and isinstance(now, dict):
        return [line for name in before for line in _differences(f"{path}.{name}", before[name], now.get(name))]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [line for place, one in enumerate(before) for line in _differences(f"{path}[{place}]", one, now[place])]
    return [] if before == now else [f"{path} : {before} à l’arrêté, {now} aujourd’hui."]


def _membership(files: engine.Files, outcome: engine.Outcome) -> list[str]:
    frozen = {row["participation_id"]: row["indicators"] for row in canonical.read(files[engine.COUNTED])}
    now = {str(row["participation_id"]): str(row["indicators"]) for row in outcome.counted}
    differing = sorted(name for name in {*frozen, *now} if frozen.get(name) != now.get(name))
    return [f"Participation {name} : comptée autrement qu’à l’arrêté." for name in differing]


def _cells(operations: dict[str, Any]) -> int:
    return sum(1 for indicators in operations.values() for cell in indicators.values() for value in cell.values() if isinstance(value, int))
