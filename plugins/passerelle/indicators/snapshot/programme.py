"""The lines of the programme at a cut-off, out of every snapshot frozen there: priority × specific objective × category of region.

The frozen files are laid one after the other and computed as one, so that a sample drawn over an objective stands for all of it; the
figures of each operation must come out as they were frozen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from passerelle.errors import ConfigurationError, InvariantError
from passerelle.indicators.report import GroupReport, as_cells
from passerelle.indicators.snapshot import engine, store
from passerelle.indicators.snapshot.store import Snapshot
from passerelle.warehouse.connect import transaction


@dataclass(frozen=True)
class Programme:
    """All lines at a cut-off, and the snapshots they are made of."""

    snapshots: tuple[Snapshot, ...]
    """In order of operation."""
    lines: tuple[GroupReport, ...]


def programme(warehouse: Engine, cut_off: date) -> Programme:
    """The lines of the snapshots frozen at a day.

    Raises ConfigurationError when none is, or when they were not computed by the same rules.
    """
    with transaction(warehouse) as connection:
        frozen = sorted((one for one in store.listed(connection) if one.is_frozen and one.cut_off == cut_off), key=_operation)
        files = [store.files(connection, one.snapshot_id) for one in frozen]
    if not frozen:
        raise ConfigurationError(f"Aucun arrêté figé au {cut_off:%d/%m/%Y} : les lignes du programme se tirent d’arrêtés figés.")
    if len({one[engine.RULES] for one in files}) > 1:
        raise ConfigurationError("Les arrêtés figés à cette date n’ont pas les mêmes règles de calcul : ils ne s’additionnent pas.")
    made = engine.report(_joined(files), cut_off)
    found = {one.operation_id: as_cells(one.table) for one in made.operations}
    for snapshot, held in zip(frozen, files, strict=True):
        if engine.document(held)["operations"].get(snapshot.operation_id) != found.get(snapshot.operation_id):
            raise InvariantError(f"Snapshot {snapshot.snapshot_id}: its figures are others beside those of the other operations.")
    return Programme(tuple(frozen), made.groups)


def _joined(files: Sequence[engine.Files]) -> Mapping[str, bytes]:
    """One set of inputs: the rows of each file under one heading."""
    made = {engine.RULES: files[0][engine.RULES]}
    for name in engine.INPUTS:
        given = [one[name] for one in files if name in one]
        if given and name != engine.RULES:
            made[name] = given[0] + b"".join(one.partition(b"\n")[2] for one in given[1:])
    return made


def _operation(one: Snapshot) -> str:
    return one.operation_id
