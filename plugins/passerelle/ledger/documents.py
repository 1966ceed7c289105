"""What a delivery leaves in the ledger besides its state and findings: receipts, alerts, results of expectations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from passerelle.warehouse.schema_ledger import alert as _alert
from passerelle.warehouse.schema_ledger import delivery as _delivery
from passerelle.warehouse.schema_ledger import expectation as _expectation
from passerelle.warehouse.schema_ledger import receipt as _receipt


class Document(BaseModel):
    """A receipt as the ledger keeps it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    receipt_id: int
    delivery_id: int
    kind: str
    number: str
    body: str


class Answer(BaseModel):
    """A receipt to keep."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery_id: int
    kind: str
    number: str
    made_at: datetime
    body: str


def keep_receipt(connection: Connection, answer: Answer) -> None:
    """The receipt is kept, to be sent; made again (a step that runs twice) it replaces the one not yet sent."""
    query = pg_insert(_receipt).values(**answer.model_dump())
    query = query.on_conflict_do_update(
        index_elements=["delivery_id", "kind"],
        set_={"made_at": query.excluded.made_at, "body": query.excluded.body, "sent_at": None},
    )
    connection.execute(query)


def unsent_receipts(connection: Connection, sender: str) -> tuple[Document, ...]:
    """The sender's receipts that are not yet in its outbox, oldest first."""
    query = (
        select(_receipt.c.receipt_id, _receipt.c.delivery_id, _receipt.c.kind, _receipt.c.number, _receipt.c.body)
        .join(_delivery, _delivery.c.delivery_id == _receipt.c.delivery_id)
        .where(_delivery.c.sender == sender, _receipt.c.sent_at.is_(None))
        .order_by(_receipt.c.receipt_id)
    )
    return tuple(Document.model_validate(dict(row)) for row in connection.execute(query).mappings())


def note_sent(connection: Connection, document: Document, at: datetime) -> None:
    """The receipt lies in the outbox. One that was made anew meanwhile stays to be sent."""
    same = (_receipt.c.receipt_id == document.receipt_id, _receipt.c.body == document.body)
    connection.execute(update(_receipt).where(*same).values(sent_at=at))


def send_again(connection: Connection, delivery_id: int) -> int:
    """Marks the delivery's receipts as not sent, unchanged; how many."""
    return connection.execute(update(_receipt).where(_receipt.c.delivery_id == delivery_id).values(sent_at=None)).rowcount


def receipts_of(connection: Connection, delivery_id: int) -> tuple[Document, ...]:
    """The delivery's receipts, in the order in which they were made."""
    query = (
        select(_receipt.c.receipt_id, _receipt.c.delivery_id, _receipt.c.kind, _receipt.c.number, _receipt.c.body)
        .where(_receipt.c.delivery_id == delivery_id)
        .order_by(_receipt.c.receipt_id)
    )
    return tuple(Document.model_validate(dict(row)) for row in connection.execute(query).mappings())


def raise_alert(connection: Connection, values: dict[str, Any]) -> None:
    """Something a person must look at; the same alert is raised once: per delivery, or as long as nobody closed it."""
    if values.get("delivery_id") is None:
        same = [_alert.c[name].is_not_distinct_from(values.get(name)) for name in ("kind", "feed", "sender", "message")]
        if connection.execute(select(_alert.c.alert_id).where(_alert.c.closed_at.is_(None), *same).limit(1)).first() is not None:
            return
    connection.execute(pg_insert(_alert).values(**values).on_conflict_do_nothing())


def replace_expectations(connection: Connection, delivery_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Results of Great Expectations for the delivery, as a whole."""
    connection.execute(delete(_expectation).where(_expectation.c.delivery_id == delivery_id))
    if rows:
        connection.execute(insert(_expectation), [{"delivery_id": delivery_id, "ordinal": i, **row} for i, row in enumerate(rows)])
