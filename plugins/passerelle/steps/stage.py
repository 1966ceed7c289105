"""stage: load the good rows, typed, each with its delivery and its line, in one transaction with the ledger.

Rows first go, by ADBC, into an unlogged table of this delivery; the transaction then moves them, compares the counts and writes the
ledger row. A run killed in between leaves at most the unlogged table, which the next run makes anew.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Engine, delete, func, insert, inspect, select, text
from sqlalchemy.schema import CreateColumn, CreateTable, DropTable

from passerelle.checks.inspector import chunks
from passerelle.checks.typed_rows import Places, Protection, typed_rows, without
from passerelle.contract.model import Contract
from passerelle.derive.tables import SCHEMA, load_table, staging_table
from passerelle.errors import BusyError, InvariantError, TransientError
from passerelle.gateway import Gateway
from passerelle.ledger import aside, deliveries
from passerelle.ledger.deliveries import Delivery, Step
from passerelle.ledger.states import State
from passerelle.warehouse.connect import driver_url, lock, may_pass, transaction

_log = logging.getLogger(__name__)
_Aside = tuple[Places, dict[str, Places]]
"""What is not loaded: lines or dossiers, and rows by table."""


def run(gateway: Gateway, delivery_id: int) -> State:
    """The state of the delivery after staging; nothing is done to one that is not checked.

    Raises BusyError, TransientError, and InvariantError when the counts do not agree with the check.
    """
    with lock(gateway.engine, f"delivery {delivery_id}"):
        with transaction(gateway.engine) as connection:
            delivery = deliveries.get(connection, delivery_id)
            set_aside = aside.set_aside(connection, delivery_id), aside.rows_aside(connection, delivery_id)
        if delivery.state is not State.CHECKED:
            return delivery.state
        contract = gateway.contract(delivery.feed)
        _create_staging(gateway.engine, contract)
        loaded = _load(gateway, contract, delivery, set_aside)
        try:
            return _move(gateway, contract, delivery, loaded)
        except BusyError:
            _drop_load_tables(gateway.engine, contract, delivery)
            raise


def _create_staging(engine: Engine, contract: Contract) -> None:
    """Makes the contract's staging tables, or adds the columns a compatible new version brought."""
    with transaction(engine) as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtextextended('staging tables', 0))"))
        tables = [staging_table(contract, table) for table in contract.tables]
        present = inspect(connection).get_multi_columns(schema=SCHEMA, filter_names=[made.name for made in tables])
        for made in tables:
            columns = {column["name"] for column in present.get((SCHEMA, made.name), ())}
            if not columns:
                connection.execute(CreateTable(made))
                continue
            for column in made.columns:
                if column.name not in columns:
                    connection.execute(text(f"alter table {made} add column {CreateColumn(column).compile(connection)}"))


def _load(gateway: Gateway, contract: Contract, delivery: Delivery, set_aside: _Aside) -> dict[str, int]:
    """Fills the delivery's load tables and returns how many rows each got."""
    # It brings pandas along, for a third of a second: every task of Airflow is a process, and only this one needs it.
    import adbc_driver_postgresql.dbapi as adbc

    _drop_load_tables(gateway.engine, contract, delivery)
    with transaction(gateway.engine) as connection:
        for table in contract.tables:
            connection.execute(CreateTable(load_table(contract, table, delivery.delivery_id)))
    loaded = {table.name: 0 for table in contract.tables}
    try:
        with closing(adbc.connect(driver_url(gateway.settings.warehouse_url()))) as connection_, connection_.cursor() as cursor:
            for name, batch in _batches(gateway, contract, delivery, set_aside):
                cursor.adbc_ingest(f"d{delivery.delivery_id}__{name}", batch, mode="append", db_schema_name="load")
                loaded[name] += batch.num_rows
            connection_.commit()
    except adbc.Error as error:
        # The driver quotes the data it could not write, so its text must not travel.
        kind = TransientError if may_pass(error.sqlstate) else InvariantError
        told = f"{type(error).__name__}, SQLSTATE {error.sqlstate or 'none'}"
        raise kind(f"The rows of delivery {delivery.delivery_id} could not be loaded ({told}).") from None
    return loaded


def _drop_load_tables(engine: Engine, contract: Contract, delivery: Delivery) -> None:
    with transaction(engine) as connection:
        for table in contract.tables:
            connection.execute(DropTable(load_table(contract, table, delivery.delivery_id), if_exists=True))


def _batches(gateway: Gateway, contract: Contract, delivery: Delivery, set_aside: _Aside) -> Iterator[tuple[str, pa.RecordBatch]]:
    protection = Protection(gateway.keys.hash, gateway.keys.encrypt)
    records, rows_aside = set_aside
    with io.BufferedReader(gateway.vault.open(delivery.sha256), 1 << 20) as file:
        for chunk in chunks(contract, file, gateway.unlock):
            for name, rows in chunk.tables.items():
                good = without(rows, records, rows_aside.get(name))
                if len(good):
                    batch = typed_rows(contract, contract.table(name), good, protection)
                    ids = pa.array(np.full(len(good), delivery.delivery_id, dtype=np.int64))
                    yield name, batch.add_column(0, "_delivery_id", ids)


def _move(gateway: Gateway, contract: Contract, delivery: Delivery, loaded: dict[str, int]) -> State:
    at = gateway.now()
    record_name = contract.record_table.name
    if delivery.lines_accepted is not None and loaded[record_name] != delivery.lines_accepted:
        raise InvariantError(
            f"Delivery {delivery.delivery_id}: the check accepted {delivery.lines_accepted} lines, {loaded[record_name]} were loaded."
        )
    with transaction(gateway.engine) as connection:
        deliveries.claim(connection, delivery)
        for table in contract.tables:
            _move_table(connection, contract, delivery.delivery_id, table.name, loaded[table.name])
        moved = deliveries.advance(connection, delivery, Step(to=State.STAGED, at=at, record={"staged_at": at}))
    _log.info("staged delivery_id=%d rows=%d", delivery.delivery_id, sum(loaded.values()))
    return moved.state


def _move_table(connection: Connection, contract: Contract, delivery_id: int, name: str, expected: int) -> None:
    table = contract.table(name)
    source, target = load_table(contract, table, delivery_id), staging_table(contract, table)
    connection.execute(delete(target).where(target.c["_delivery_id"] == delivery_id))
    columns = [column.name for column in source.columns]
    connection.execute(insert(target).from_select(columns, select(*(source.c[column] for column in columns))))
    staged = connection.execute(select(func.count()).select_from(target).where(target.c["_delivery_id"] == delivery_id)).scalar_one()
    if staged != expected:
        raise InvariantError(f"Delivery {delivery_id}: {expected} rows of {name} were read, {staged} were staged.")
    connection.execute(DropTable(source))
