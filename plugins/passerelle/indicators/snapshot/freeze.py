"""Freezing: another login than the one that proposed says that these figures are those of the operation at that day.

Regulation (EU) 2021/1060, Annex XV: what is transmitted is verified by another person than the one who entered it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, text

from passerelle.errors import ConfigurationError
from passerelle.indicators.snapshot import half_years, store
from passerelle.indicators.snapshot.store import Snapshot
from passerelle.indicators.snapshot.verify import Proof, verified
from passerelle.warehouse.connect import transaction

_REMINDED = text("update ledger.alert set closed_at = :at where kind = :kind and message = :message and closed_at is null")


def freeze(warehouse: Engine, snapshot_id: int, login: str, at: datetime) -> Snapshot:
    """The frozen snapshot. It is verified first, and one row is written: it is frozen whole, or not at all.

    Raises ConfigurationError when the same login proposed it, when it is frozen already, or when the figures cannot be found again.
    """
    with transaction(warehouse) as connection:
        found = store.get(connection, snapshot_id)
        store.lock(connection, found.operation_id)
        found = store.get(connection, snapshot_id)
        if found.frozen_by is not None:
            raise ConfigurationError(f"L’arrêté n° {snapshot_id} est déjà figé, par {found.frozen_by} le {found.frozen_at:%d/%m/%Y}.")
        if found.proposed_by == login:
            raise ConfigurationError("Un autre agent doit figer : vous avez vous-même proposé cet arrêté. Rien n’a été changé.")
        proof: Proof = verified(connection, found)
        if not proof.holds:
            raise ConfigurationError(f"L’arrêté n° {snapshot_id} n’est pas figé : {proof.differences[0]}")
        store.freeze(connection, found, login, at)
        values = {"at": at, "kind": half_years.ALERT, "message": half_years.reminder(found.operation_id, found.cut_off)}
        connection.execute(_REMINDED, values)
        return store.get(connection, snapshot_id)
