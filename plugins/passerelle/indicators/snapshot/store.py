"""Snapshots in the warehouse: rows that are written once and read back as they were written."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert

from passerelle.errors import ConfigurationError, InvariantError
from passerelle.warehouse.schema_esf import snapshot as _snapshot
from passerelle.warehouse.schema_esf import snapshot_file as _file
from passerelle.warehouse.schema_esf import snapshot_freeze as _freeze


class Snapshot(BaseModel):
    """One snapshot, proposed or frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    snapshot_id: int
    operation_id: str
    cut_off: date
    known_at: datetime
    previous_id: int | None
    rules_version: str
    engine_version: str
    manifest: str
    sha256: str
    proposed_by: str
    proposed_at: datetime
    frozen_by: str | None
    frozen_at: datetime | None

    @property
    def is_frozen(self) -> bool:
        """Whether a second person froze it."""
        return self.frozen_by is not None


_EVERYTHING = select(_snapshot, _freeze.c.frozen_by, _freeze.c.frozen_at).join(
    _freeze, _freeze.c.snapshot_id == _snapshot.c.snapshot_id, isouter=True
)


def add(connection: Connection, values: Mapping[str, Any], files: Mapping[str, bytes]) -> int:
    """Keeps a proposed snapshot with all its files; its number."""
    query = insert(_snapshot).values(**values).returning(_snapshot.c.snapshot_id)
    snapshot_id = int(connection.execute(query).scalar_one())
    rows = [
        {
            "snapshot_id": snapshot_id,
            "name": name,
            "sha256": digest(content),
            "bytes": len(content),
            "rows": rows_of(name, content),
            "content": zlib.compress(content),
        }
        for name, content in sorted(files.items())
    ]
    connection.execute(insert(_file), rows)
    return snapshot_id


def freeze(connection: Connection, found: Snapshot, login: str, at: datetime) -> None:
    """Writes the one row that makes it frozen. Raises ConfigurationError when the operation has a frozen snapshot of that day."""
    values = {name: getattr(found, name) for name in ("snapshot_id", "operation_id", "cut_off", "sha256")}
    query = pg_insert(_freeze).values(**values, frozen_by=login, frozen_at=at).on_conflict_do_nothing().returning(_freeze.c.snapshot_id)
    if connection.execute(query).scalar_one_or_none() is None:
        raise ConfigurationError(
            f"Un arrêté de l’opération « {found.operation_id} » au {found.cut_off:%d/%m/%Y} est déjà figé : il ne change plus. "
            "Une correction apparaît dans l’arrêté suivant."
        )


def get(connection: Connection, snapshot_id: int) -> Snapshot:
    """The snapshot; ConfigurationError when there is none of this number."""
    row = connection.execute(_EVERYTHING.where(_snapshot.c.snapshot_id == snapshot_id)).mappings().one_or_none()
    if row is None:
        raise ConfigurationError(f"L’arrêté n° {snapshot_id} n’existe pas (passerelle esf snapshot list).")
    return Snapshot.model_validate(dict(row))


def listed(connection: Connection, operation_id: str | None = None) -> tuple[Snapshot, ...]:
    """All snapshots, or those of an operation, the newest first."""
    query = _EVERYTHING.order_by(_snapshot.c.snapshot_id.desc())
    if operation_id is not None:
        query = query.where(_snapshot.c.operation_id == operation_id)
    return tuple(Snapshot.model_validate(dict(row)) for row in connection.execute(query).mappings())


def frozen_before(connection: Connection, operation_id: str, cut_off: date) -> Snapshot | None:
    """The last frozen snapshot of the operation at an earlier cut-off."""
    query = _EVERYTHING.where(_snapshot.c.operation_id == operation_id, _snapshot.c.cut_off < cut_off, _freeze.c.frozen_by.is_not(None))
    row = connection.execute(query.order_by(_snapshot.c.cut_off.desc()).limit(1)).mappings().one_or_none()
    return Snapshot.model_validate(dict(row)) if row else None


def file(connection: Connection, snapshot_id: int, name: str) -> bytes:
    """The content of one file. Raises InvariantError when it is not what was written."""
    query = select(_file.c.content, _file.c.sha256).where(_file.c.snapshot_id == snapshot_id, _file.c.name == name)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InvariantError(f"Snapshot {snapshot_id} has no file {name}.")
    try:
        content = zlib.decompress(bytes(row.content))
    except zlib.error:
        raise InvariantError(f"Snapshot {snapshot_id}: {name} was altered.") from None
    if digest(content) != row.sha256:
        raise InvariantError(f"Snapshot {snapshot_id}: {name} was altered.")
    return content


def files(connection: Connection, snapshot_id: int) -> dict[str, bytes]:
    """Every file of the snapshot by name."""
    query = select(_file.c.name).where(_file.c.snapshot_id == snapshot_id).order_by(_file.c.name)
    return {name: file(connection, snapshot_id, name) for name in connection.execute(query).scalars()}


def lock(connection: Connection, operation_id: str) -> None:
    """One at a time proposes or freezes for an operation, until the transaction ends."""
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"esf snapshot {operation_id}"})


def digest(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def rows_of(name: str, content: bytes) -> int:
    """How many rows a file has, its heading left out; 1 for one that is no table."""
    return max(content.count(b"\n") - 1, 0) if name.endswith(".csv") else 1
