"""Proposing a snapshot: what was known at the cut-off is read, computed, and kept whole, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine

import passerelle
from passerelle.contract.model import Contract
from passerelle.errors import DeliveryError
from passerelle.indicators.intake import Intake
from passerelle.indicators.parameters import Rules
from passerelle.indicators.snapshot import canonical, confirmed, engine, known, store
from passerelle.indicators.snapshot.changes import CHANGES, changes
from passerelle.indicators.snapshot.moment import known_at
from passerelle.indicators.snapshot.received import intake_of
from passerelle.indicators.snapshot.rural import rurality
from passerelle.indicators.snapshot.store import Snapshot
from passerelle.warehouse.connect import transaction

EMPTY = "esf.snapshot.empty"
"""Rule of the refusal of a snapshot of which nothing is known."""


@dataclass(frozen=True)
class Request:
    """What is asked for, by whom, when."""

    operation_id: str
    cut_off: date
    login: str
    at: datetime
    rules: Rules
    communes: Contract | None = None
    """The contract of the communes, for the rural level."""


def propose(warehouse: Engine, request: Request) -> Snapshot:
    """A new proposed snapshot; the last one of the operation when it would say exactly the same and is proposed by the same login.

    Raises ConfigurationError for a cut-off to come, DeliveryError when nothing at all is known of the operation.
    """
    with transaction(warehouse) as connection:
        store.lock(connection, request.operation_id)
        return proposed(connection, request)


def proposed(connection: Connection, request: Request) -> Snapshot:
    """The same in the caller's transaction."""
    moment = known_at(request.cut_off, request.at)
    files, intake = inputs(connection, request, moment)
    outcome = engine.calculate(files, request.cut_off, intake)
    files |= outcome.files()
    previous = store.frozen_before(connection, request.operation_id, request.cut_off)
    if previous is not None:
        before = {name: store.file(connection, previous.snapshot_id, name) for name in (engine.PARTICIPATIONS, engine.COUNTED)}
        files[CHANGES] = canonical.write(canonical.CHANGES, changes(before, files, previous.cut_off))
    manifest = _manifest(request, previous, files)
    same = _same(connection, request, manifest)
    if same is not None:
        return same
    values = {
        "operation_id": request.operation_id,
        "cut_off": request.cut_off,
        "known_at": moment,
        "previous_id": previous.snapshot_id if previous else None,
        "rules_version": outcome.rules_version,
        "engine_version": passerelle.__version__,
        "manifest": manifest,
        "sha256": store.digest(manifest.encode("utf-8")),
        "proposed_by": request.login,
        "proposed_at": request.at,
    }
    return store.get(connection, store.add(connection, values, files))


def inputs(connection: Connection, request: Request, moment: datetime) -> tuple[dict[str, bytes], Intake]:
    """The canonical files of the operation at the moment, with the rules and the source of each row; and what the engine reads in them.

    Whoever freezes a snapshot reads the files themselves: both give the same figures, or it is not frozen.
    """
    with known.read(connection, request.operation_id, moment, rurality(connection, request.communes, moment)) as found:
        confirmed.complete(connection, found, request.operation_id, moment)
        if found.is_empty() and not confirmed.is_recorded(connection, request.operation_id, moment):
            day = f"{request.cut_off:%d/%m/%Y}"
            message = f"Rien n’est connu de l’opération « {request.operation_id} » au {day} : aucun arrêté n’est proposé."
            raise DeliveryError(EMPTY, message)
        tables = found.tables()
    return tables.files() | {engine.RULES: request.rules.model_dump_json(indent=1).encode("utf-8")}, intake_of(tables)


def _manifest(request: Request, previous: Snapshot | None, files: Mapping[str, bytes]) -> str:
    return json.dumps(
        {
            "operation": request.operation_id,
            "cut_off": request.cut_off.isoformat(),
            "rules": request.rules.version,
            "engine": passerelle.__version__,
            "previous": {"snapshot": previous.snapshot_id, "sha256": previous.sha256} if previous else None,
            "files": [
                {"name": name, "sha256": store.digest(content), "bytes": len(content), "rows": store.rows_of(name, content)}
                for name, content in sorted(files.items())
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def _same(connection: Connection, request: Request, manifest: str) -> Snapshot | None:
    """A task that runs twice proposes once."""
    for one in store.listed(connection, request.operation_id):
        if one.cut_off == request.cut_off and one.manifest == manifest and one.proposed_by == request.login:
            return one
    return None
