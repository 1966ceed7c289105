"""What must hold of an installation once everything was taken, however often the way there was interrupted."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from sqlalchemy import text

from installation import Installation
from passerelle import journey
from passerelle.errors import BusyError
from passerelle.gateway import Gateway
from passerelle.ledger.deliveries import Delivery
from passerelle.ledger.states import State
from passerelle.warehouse.connect import transaction

SCHEMAS = ("staging", "identity", "warehouse", "esf", "ledger", "load")
_PLACE = ("_delivery_id", "_row", "delivery_id", "row", "table_name", "fact_key")
"""Columns that say where a row comes from."""


def run(gateway: Gateway) -> tuple[Delivery, ...]:
    """A run as Airflow would try it: again when it is told to, for a killed run's locks may outlive it for a moment."""
    for _ in range(50):
        try:
            return journey.run(gateway, with_expectations=False)
        except BusyError:
            time.sleep(0.1)
    return journey.run(gateway, with_expectations=False)


def dump(gateway: Gateway) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours, with all its columns."""
    names = (
        "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' and table_schema = any(:schemas)"
    )
    with transaction(gateway.engine) as connection:
        found = {}
        for schema, name in connection.execute(text(names), {"schemas": list(SCHEMAS)}).all():
            rows = connection.execute(text(f'select * from {schema}."{name}"')).mappings()
            found[f"{schema}.{name}"] = sorted((dict(row) for row in rows), key=repr)
        return found


def at_rest(place: Installation, gateway: Gateway) -> None:
    """Nothing is doubled, half-loaded or forgotten, in the database or on any disk."""
    tables = dump(gateway)
    assert not [name for name in tables if name.startswith("load.")], "a load table is left"
    for name, rows in tables.items():
        _each_row_once(name, rows)
    deliveries = tables["ledger.delivery"]
    receipts = Counter(row["delivery_id"] for row in tables["ledger.receipt"])
    for delivery in deliveries:
        assert delivery["moved_at"] is not None
        assert gateway.vault.holds(delivery["sha256"])
        if delivery["state"] == State.PUBLISHED:
            assert receipts[delivery["delivery_id"]] == 3
            assert delivery["lines_received"] == delivery["lines_accepted"] + delivery["lines_set_aside"] + delivery["lines_ignored"]
    assert not [path for path in (place.folder / "vault").rglob("*") if path.suffix == ".part"], "the vault holds an orphan"
    for sender in {delivery["sender"] for delivery in deliveries}:
        assert not list(place.inbox(sender).iterdir())
        done = [path.name for path in (place.sftp.root(sender) / "traites").iterdir()]
        assert len(done) == sum(delivery["sender"] == sender for delivery in deliveries)
        expected = sum(receipts[delivery["delivery_id"]] for delivery in deliveries if delivery["sender"] == sender)
        outbox = place.outbox(sender)
        corrections = [name for name in outbox if name.startswith("CORRECTION_")]
        assert len(outbox) - len(corrections) == 3 * expected
        assert not [name for name in outbox if name.startswith(".")], "the outbox holds half a receipt"


def _each_row_once(name: str, rows: list[dict[str, Any]]) -> None:
    """Distinct places in files = rows, in every table that says where its rows come from."""
    places = [tuple(row[column] for column in _PLACE if column in row) for row in rows if "row" in row or "_row" in row]
    assert len(places) == len(set(places)), f"{name} holds rows twice"
