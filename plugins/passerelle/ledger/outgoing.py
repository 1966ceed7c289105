"""Files that the gateway leaves in an outbox by itself: kept first, sent afterwards, as receipts are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from passerelle.warehouse.schema_esf import outgoing as _outgoing


class Parcel(BaseModel):
    """One file on its way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outgoing_id: int
    name: str
    content: bytes


class Label(BaseModel):
    """For whom files are, and what they were made of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipient: str
    subject: str
    at: datetime


def keep(connection: Connection, label: Label, files: Mapping[str, bytes]) -> int:
    """Keeps the files to be sent; how many were not kept already. A name is used once per recipient."""
    rows = [
        {
            "recipient": label.recipient,
            "name": name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "content": content,
            "subject": label.subject,
            "made_at": label.at,
        }
        for name, content in sorted(files.items())
    ]
    query = pg_insert(_outgoing).on_conflict_do_nothing(index_elements=["recipient", "name"]).returning(_outgoing.c.outgoing_id)
    return len(connection.execute(query, rows).all()) if rows else 0


def subjects(connection: Connection, recipient: str) -> set[str]:
    """What the recipient's files were made of, sent or not."""
    return set(connection.execute(select(_outgoing.c.subject).where(_outgoing.c.recipient == recipient).distinct()).scalars())


def unsent(connection: Connection, recipient: str) -> tuple[Parcel, ...]:
    """The recipient's files that are not yet in its outbox, the oldest first."""
    query = select(_outgoing.c.outgoing_id, _outgoing.c.name, _outgoing.c.content).where(
        _outgoing.c.recipient == recipient, _outgoing.c.sent_at.is_(None)
    )
    return tuple(Parcel.model_validate(dict(row)) for row in connection.execute(query.order_by(_outgoing.c.outgoing_id)).mappings())


def note_sent(connection: Connection, parcel: Parcel, at: datetime) -> None:
    """The file lies in the outbox."""
    connection.execute(update(_outgoing).where(_outgoing.c.outgoing_id == parcel.outgoing_id).values(sent_at=at))
