"""Closing: what was set aside in earlier files of the sender is brought right by this one.

A record is found again by the hash of its key. One whose key could not be read is closed when the correction of its delivery comes back
whole: as many records as were set aside, and none of them wrong; if some were, by the correction of that correction.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from passerelle.checks.record_keys import hash_key, key_columns, staged_names
from passerelle.contract.model import Contract
from passerelle.derive.tables import staging_table
from passerelle.gateway import Gateway
from passerelle.ledger import aside, deliveries
from passerelle.ledger.deliveries import Delivery
from passerelle.receipt.model import OpenFile, OpenFindings


def close(gateway: Gateway, connection: Connection, contract: Contract, delivery: Delivery) -> OpenFindings:
    """Closes what this published delivery brings right; what it closed, and what is still open in the sender's series."""
    at = delivery.published_at or gateway.now()
    wanted = aside.open_hashes(connection, delivery) if key_columns(contract) else set()
    if wanted:
        aside.close_keys(connection, delivery, wanted & _staged_hashes(gateway, connection, contract, delivery), at)
    if not delivery.lines_set_aside:
        aside.close_unread(connection, delivery, _carried(connection, delivery), at)
    return told(connection, delivery)


def told(connection: Connection, delivery: Delivery) -> OpenFindings:
    """What the delivery closed, and what is open in the sender's published deliveries of the series."""
    files = aside.open_files(connection, delivery.series, delivery.sender)
    return OpenFindings.of(
        aside.closed_findings(connection, delivery.delivery_id),
        (OpenFile(delivery_id=file.delivery_id, name=file.file_name, received_at=file.received_at, count=file.findings) for file in files),
    )


def _carried(connection: Connection, delivery: Delivery) -> list[int]:
    """The deliveries all records of which the correction carries: the one it corrects, and so on up while each came back whole."""
    found: list[int] = []
    while delivery.corrects is not None:
        corrected = deliveries.get(connection, delivery.corrects)
        if (delivery.lines_accepted or 0) + (delivery.lines_set_aside or 0) < (corrected.lines_set_aside or 0):
            break
        found.append(corrected.delivery_id)
        delivery = corrected
    return found


def _staged_hashes(gateway: Gateway, connection: Connection, contract: Contract, delivery: Delivery) -> set[str]:
    staged = staging_table(contract, contract.record_table)
    query = select(*(staged.c[name] for name in staged_names(contract))).where(staged.c["_delivery_id"] == delivery.delivery_id)
    rows = connection.execute(query, execution_options={"yield_per": 10_000})
    return {found for row in rows if (found := hash_key(contract, tuple(row), gateway.keys.hash)) is not None}
