"""The lists a feed refers to (``refersTo``), as the warehouse holds them: for each sender its newest file, and what corrected it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import pyarrow as pa
from sqlalchemy import Connection, inspect, select

from passerelle.checks.references import Reference, References
from passerelle.contract.model import Contract, Table
from passerelle.derive.tables import SCHEMA, staging_table
from passerelle.errors import ContractError
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from passerelle.receipt.wording import PARIS
from passerelle.warehouse.connect import transaction
from passerelle.warehouse.schema_ledger import delivery

_log = logging.getLogger(__name__)


def received(gateway: Gateway, contract: Contract) -> References:
    """The lists the contract refers to, without those that were never received, or whose own contract cannot be read.

    Raises TransientError when the warehouse does not answer.
    """
    named = {column.refers_to for table in contract.tables for column in table.columns if column.refers_to is not None}
    if not named:
        return {}
    with transaction(gateway.engine) as connection:
        found = {name: _reference(gateway, connection, name) for name in sorted(named)}
    return {name: reference for name, reference in found.items() if reference is not None}


def _reference(gateway: Gateway, connection: Connection, name: str) -> Reference | None:
    feed, _, column = name.rpartition(".")
    try:
        contract = gateway.contract(feed)
    except ContractError as error:
        _log.warning("references to %s are not verified: %s", feed, error)
        return None
    state = _state(connection, contract)
    holder = next((table for table in contract.tables if column in {item.name for item in table.columns}), None)
    if state is None or holder is None or not _is_staged(connection, contract, holder, column):
        return None
    return Reference(contract.name, _values(connection, contract, holder, (column, state.deliveries)), state.as_of)


class _State(NamedTuple):
    """What a list is made of today."""

    deliveries: tuple[int, ...]
    as_of: date


def _state(connection: Connection, contract: Contract) -> _State | None:
    """The newest file of each sender and its corrections; None when none was published under this major version of the contract."""
    columns = (delivery.c.delivery_id, delivery.c.sender, delivery.c.stamp, delivery.c.original)
    query = (
        select(*columns)
        .where(delivery.c.feed == contract.id, delivery.c.state == State.PUBLISHED)
        .where(delivery.c.contract_version.startswith(f"{contract.major}."))
        .order_by(delivery.c.stamp.desc(), delivery.c.delivery_id.desc())
    )
    rows = connection.execute(query).all()
    newest: dict[str, int] = {}
    for row in rows:
        if row.original is None:
            newest.setdefault(row.sender, row.delivery_id)
    kept = set(newest.values())
    if not kept:
        return None
    counting = [row for row in rows if row.delivery_id in kept or row.original in kept]
    return _State(tuple(row.delivery_id for row in counting), counting[0].stamp.astimezone(PARIS).date())


def _is_staged(connection: Connection, contract: Contract, holder: Table, column: str) -> bool:
    """Whether the column is there: one that a new version of the contract adds comes with the first file of that version."""
    made = staging_table(contract, holder)
    present = inspect(connection).get_multi_columns(schema=SCHEMA, filter_names=[made.name])
    return column in {item["name"] for item in present.get((SCHEMA, made.name), ())}


def _values(connection: Connection, contract: Contract, holder: Table, wanted: tuple[str, Sequence[int]]) -> pa.Array:
    name, deliveries = wanted
    made = staging_table(contract, holder)
    column = made.c[name]
    query = select(column).distinct().where(made.c["_delivery_id"].in_(deliveries), column.is_not(None))
    return pa.array(connection.execute(query).scalars().all(), pa.string())
