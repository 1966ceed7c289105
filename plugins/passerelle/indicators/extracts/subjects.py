"""Where the subject of an extract comes from: a snapshot, or what is known today, which is kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from passerelle.errors import ConfigurationError, DeliveryError
from passerelle.indicators.extracts.subject import NOTHING, Subject
from passerelle.indicators.snapshot import canonical, confirmed, engine, statements, store
from passerelle.indicators.snapshot.changes import CHANGES, changes
from passerelle.indicators.snapshot.moment import known_at
from passerelle.indicators.snapshot.propose import EMPTY, Request, inputs
from passerelle.warehouse.connect import transaction


def of_snapshot(warehouse: Engine, snapshot_id: int, operation_id: str | None = None) -> Subject:
    """The subject of a snapshot, made of its files alone. Raises ConfigurationError when it is another operation's, or does not exist."""
    with transaction(warehouse) as connection:
        found = store.get(connection, snapshot_id)
        if operation_id is not None and found.operation_id != operation_id:
            raise ConfigurationError(f"L’arrêté n° {snapshot_id} est celui de l’opération « {found.operation_id} ».")
        files = store.files(connection, snapshot_id)
        earlier = _earlier(connection, found.previous_id)
    return Subject(found.operation_id, found.cut_off, found.known_at, files, found, found.previous_id, earlier)


def provisional(warehouse: Engine, request: Request) -> tuple[Subject, ...]:
    """What is known of the operation at the cut-off, or of every one when it is not named; one subject per operation.

    Raises DeliveryError when nothing at all is known: an empty extract would be read as a zero. ConfigurationError for a day to come.
    """
    moment = known_at(request.cut_off, request.at)
    with transaction(warehouse) as connection:
        if request.operation_id:
            found = [_computed(connection, request, moment)]
        else:
            found = [_computed(connection, replace(request, operation_id=name), moment) for name in _known(connection, moment)]
    made = tuple(one for one in found if one is not None)
    if not made:
        about = f" de l’opération « {request.operation_id} »" if request.operation_id else ""
        raise DeliveryError(NOTHING, f"Rien n’est connu{about} au {request.cut_off:%d/%m/%Y} : aucun extrait n’est produit.")
    return made


def _known(connection: Connection, moment: datetime) -> tuple[str, ...]:
    """Every operation that partners named, that the Département recorded, or whose entries a person confirmed."""
    return tuple(sorted({*statements.operations_known(connection, moment), *confirmed.operations_with(connection, moment)}))


def _computed(connection: Connection, request: Request, moment: datetime) -> Subject | None:
    """None when nothing is known of the operation."""
    try:
        files, intake = inputs(connection, request, moment)
    except DeliveryError as error:
        if error.rule != EMPTY:
            raise
        return None
    files |= engine.calculate(files, request.cut_off, intake).files()
    previous = store.frozen_before(connection, request.operation_id, request.cut_off)
    if previous is not None:
        before = {name: store.file(connection, previous.snapshot_id, name) for name in (engine.PARTICIPATIONS, engine.COUNTED)}
        files[CHANGES] = canonical.write(canonical.CHANGES, changes(before, files, previous.cut_off))
    number = previous.snapshot_id if previous else None
    return Subject(request.operation_id, request.cut_off, moment, files, previous_id=number, earlier=_earlier(connection, number))


def _earlier(connection: Connection, previous_id: int | None) -> tuple[Mapping[str, Any], ...]:
    """The documents of the frozen snapshots before, each found by the one that came after it: the same at any later time."""
    found = []
    while previous_id is not None:
        found.append(engine.document({engine.FIGURES: store.file(connection, previous_id, engine.FIGURES)}))
        previous_id = store.get(connection, previous_id).previous_id
    return tuple(found)
