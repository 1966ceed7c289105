"""Deliveries: entered once, moved from state to state, never deleted.

All functions work inside the caller's transaction: the ledger row changes together with the data it speaks of, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert

from passerelle.errors import BusyError, ConfigurationError, InvariantError
from passerelle.findings import LineCounts
from passerelle.ledger.states import CLOSED, OPEN, WAYS, State
from passerelle.warehouse.schema_ledger import delivery as _delivery
from passerelle.warehouse.schema_ledger import transition as _transition

_Raw = bytes
UNKNOWN_FEED = "unknown"
"""Feed of a file whose name no contract of its sender recognises."""


class Delivery(BaseModel):
    """One row of the ledger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery_id: int
    feed: str
    series: str
    """Feeds of one series tell the same facts."""
    sender: str
    file_name: str
    sha256: str
    bytes: int
    state: State
    reason: str | None
    duplicate_of: int | None
    corrects: int | None
    """The delivery whose correction file this is."""
    original: int | None
    """Of a correction: the delivery at the beginning of its chain, which it completes."""
    contract_version: str | None
    contract_sha256: str | None
    stamp: datetime | None
    remote_name: _Raw
    remote_mtime: int
    moved_at: datetime | None
    received_at: datetime
    checked_at: datetime | None
    staged_at: datetime | None
    reconciled_at: datetime | None
    published_at: datetime | None
    closed_at: datetime | None
    lines_received: int | None
    lines_accepted: int | None
    lines_set_aside: int | None
    lines_ignored: int | None
    people_known: int | None
    people_new: int | None
    people_review: int | None
    facts_created: int | None
    facts_updated: int | None
    facts_unchanged: int | None

    @property
    def counts(self) -> LineCounts:
        """The line counts; zeros before the check."""
        return LineCounts(
            received=self.lines_received or 0,
            accepted=self.lines_accepted or 0,
            set_aside=self.lines_set_aside or 0,
            ignored=self.lines_ignored or 0,
        )


def enter(connection: Connection, values: dict[str, Any], reason: str | None = None) -> Delivery:
    """A new delivery in the state given in ``values``, and its first transition. BusyError when another run just entered the same."""
    state = State(values["state"])
    closed = {"closed_at": values["received_at"]} if state in CLOSED else {}
    query = pg_insert(_delivery).values(**values, reason=reason, **closed).on_conflict_do_nothing().returning(_delivery)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise BusyError(f"Another run has just entered the same content for {values['sender']}.")
    found = _made(row)
    _note(connection, found.delivery_id, Step(to=state, at=found.received_at, reason=reason))
    return found


def get(connection: Connection, delivery_id: int) -> Delivery:
    """The delivery of this id; ConfigurationError when there is none."""
    row = connection.execute(select(_delivery).where(_delivery.c.delivery_id == delivery_id)).mappings().one_or_none()
    if row is None:
        raise ConfigurationError(f"There is no delivery {delivery_id}.")
    return _made(row)


def same_content(connection: Connection, feed: str, sender: str, sha256: str) -> Delivery | None:
    """The first delivery of this content, if any."""
    query = select(_delivery).where(
        _delivery.c.feed == feed, _delivery.c.sender == sender, _delivery.c.sha256 == sha256, _delivery.c.duplicate_of.is_(None)
    )
    row = connection.execute(query).mappings().one_or_none()
    return _made(row) if row else None


def correctable(connection: Connection, delivery_id: int, feed: str, sender: str) -> Delivery | None:
    """The delivery of this id when it is one of this feed and sender that was taken for itself; None otherwise."""
    query = select(_delivery).where(
        _delivery.c.delivery_id == delivery_id,
        _delivery.c.feed == feed,
        _delivery.c.sender == sender,
        _delivery.c.state.not_in([State.DUPLICATE, State.QUARANTINED]),
    )
    row = connection.execute(query).mappings().one_or_none()
    return _made(row) if row else None


def note_changes(connection: Connection, delivery_id: int, changes: dict[str, int]) -> Delivery:
    """The delivery with what it changed: people created, updated and unchanged."""
    query = update(_delivery).where(_delivery.c.delivery_id == delivery_id).values(**changes).returning(_delivery)
    return _made(connection.execute(query).mappings().one())


def join_series(connection: Connection, feed: str, series: str) -> None:
    """The feed's deliveries belong to this series; those received before its contract said so go along."""
    connection.execute(update(_delivery).where(_delivery.c.feed == feed, _delivery.c.series != series).values(series=series))


def published_under_name(connection: Connection, feed: str, sender: str, file_name: str) -> Delivery | None:
    """The newest delivery of this file name that is published or on its way there, if any."""
    query = (
        select(_delivery)
        .where(_delivery.c.feed == feed, _delivery.c.sender == sender, _delivery.c.file_name == file_name)
        .where(_delivery.c.state.in_([*OPEN, State.PUBLISHED, State.HELD]))
        .order_by(_delivery.c.delivery_id.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return _made(row) if row else None


def unmoved(connection: Connection, feeds: Sequence[str], sender: str) -> tuple[Delivery, ...]:
    """Deliveries whose file may still lie in the sender's inbox: a run was stopped between ledger and move."""
    query = select(_delivery).where(_delivery.c.feed.in_(feeds), _delivery.c.sender == sender, _delivery.c.moved_at.is_(None))
    return tuple(_made(row) for row in connection.execute(query.order_by(_delivery.c.delivery_id)).mappings())


def note_moved(connection: Connection, delivery_id: int, at: datetime) -> None:
    """The sender's file is out of the inbox."""
    connection.execute(update(_delivery).where(_delivery.c.delivery_id == delivery_id).values(moved_at=at))


def unfinished(connection: Connection, feed: str) -> tuple[Delivery, ...]:
    """The feed's deliveries that the gateway must go on with, in the order in which they came."""
    query = select(_delivery).where(_delivery.c.feed == feed, _delivery.c.state.in_(OPEN)).order_by(_delivery.c.delivery_id)
    return tuple(_made(row) for row in connection.execute(query).mappings())


def listed(connection: Connection, *, feed: str | None = None, state: str | None = None, limit: int = 100) -> tuple[Delivery, ...]:
    """The newest deliveries, newest first."""
    query = select(_delivery).order_by(_delivery.c.delivery_id.desc()).limit(limit)
    if feed:
        query = query.where(_delivery.c.feed == feed)
    if state:
        query = query.where(_delivery.c.state == state)
    return tuple(_made(row) for row in connection.execute(query).mappings())


def newest_id(connection: Connection) -> int:
    """The id of the newest delivery; 0 when there is none."""
    newest: int | None = connection.execute(select(func.max(_delivery.c.delivery_id))).scalar_one()
    return newest or 0


def of_run(connection: Connection, after: int, ids: Sequence[int]) -> tuple[Delivery, ...]:
    """The deliveries entered after this one, and those of these ids, in the order in which they came."""
    query = select(_delivery).where(or_(_delivery.c.delivery_id > after, _delivery.c.delivery_id.in_(ids)))
    return tuple(_made(row) for row in connection.execute(query.order_by(_delivery.c.delivery_id)).mappings())


class Step(BaseModel):
    """One change of state: to where, when, by whom, why, and what else is recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: State
    at: datetime
    actor: str = "gateway"
    reason: str | None = None
    record: dict[str, Any] = {}


def claim(connection: Connection, delivery: Delivery) -> None:
    """Holds the ledger row until the transaction ends; BusyError when the delivery is no longer where the caller saw it.

    A step's first statement. The step's lock goes with its session; if that is cut, another run may have done the work meanwhile.
    """
    query = select(_delivery.c.state).where(_delivery.c.delivery_id == delivery.delivery_id).with_for_update()
    if connection.execute(query).scalar_one() != delivery.state:
        raise BusyError(f"Delivery {delivery.delivery_id} is no longer {delivery.state}: another run moved it.")


def advance(connection: Connection, delivery: Delivery, step: Step) -> Delivery:
    """The delivery in its new state. InvariantError when the way is not allowed, BusyError when it is no longer where the caller saw it."""
    if step.to not in WAYS[delivery.state]:
        raise InvariantError(f"Delivery {delivery.delivery_id} cannot go from {delivery.state} to {step.to}.")
    closed_at = step.at if step.to in CLOSED else None
    values = {"state": step.to, "reason": step.reason, "closed_at": closed_at, **step.record}
    query = (
        update(_delivery)
        .where(_delivery.c.delivery_id == delivery.delivery_id, _delivery.c.state == delivery.state)
        .values(**values)
        .returning(_delivery)
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise BusyError(f"Delivery {delivery.delivery_id} is no longer {delivery.state}: another run moved it.")
    _note(connection, delivery.delivery_id, step)
    return _made(row)


def _note(connection: Connection, delivery_id: int, step: Step) -> None:
    values = {"delivery_id": delivery_id, "state": step.to, "at": step.at, "actor": step.actor, "reason": step.reason}
    connection.execute(insert(_transition).values(**values))


def _made(row: RowMapping) -> Delivery:
    return Delivery.model_validate(dict(row))
