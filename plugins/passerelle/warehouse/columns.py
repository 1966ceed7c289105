"""Many rows out of the warehouse as Arrow columns, over sessions of their own that see exactly what a transaction sees.

The driver (ADBC) reads PostgreSQL's binary COPY: neither side writes or parses a text of a number or a day. Several sessions share one
snapshot, so that PostgreSQL works for one while the rows of another arrive.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import adbc_driver_manager as adbc
import adbc_driver_postgresql as driver
import pyarrow as pa
from sqlalchemy import Connection, text

from passerelle.errors import InvariantError, TransientError
from passerelle.warehouse.connect import driver_url, may_pass

_FIRST = ("set transaction isolation level repeatable read", "set transaction snapshot '{snapshot}'", "set local jit = off")


class Session:
    """One session; what it makes (temporary tables) is gone with it."""

    def __init__(self, connection: adbc.AdbcConnection) -> None:
        self._connection = connection

    def run(self, statement: str) -> None:
        """Runs a statement. Raises TransientError or InvariantError, without the text of PostgreSQL's error, which quotes the row."""
        with _told(), adbc.AdbcStatement(self._connection) as made:
            made.set_sql_query(statement)
            made.execute_update()

    def fetch(self, query: str) -> pa.Table:
        """The rows of a query; the same errors."""
        with _told(), adbc.AdbcStatement(self._connection) as made:
            made.set_sql_query(query)
            stream, _ = made.execute_query()
            return pa.RecordBatchReader.from_stream(stream).read_all()


@contextmanager
def sessions(connection: Connection, number: int) -> Iterator[tuple[Session, ...]]:
    """So many sessions that see what is committed for the next statement of this transaction; it must last as long as they are opened.

    What the transaction itself has written they do not see.
    """
    snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
    url = driver_url(connection.engine.url.render_as_string(hide_password=False))
    with ExitStack() as stack:
        yield tuple(stack.enter_context(_session(url, snapshot)) for _ in range(number))


@contextmanager
def _session(url: str, snapshot: str) -> Iterator[Session]:
    # Not its DB-API, which brings pandas along for a third of a second.
    with ExitStack() as stack:
        with _told():
            database = stack.enter_context(closing(driver.connect(url)))
            connection = stack.enter_context(closing(adbc.AdbcConnection(database)))
            connection.set_autocommit(False)
        session = Session(connection)
        for statement in _FIRST:
            session.run(statement.format(snapshot=snapshot))
        yield session


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except adbc.Error as error:
        told = f"{type(error).__name__}, SQLSTATE {error.sqlstate or 'none'}"
        if may_pass(error.sqlstate):
            raise TransientError(f"The warehouse did not answer ({told}).") from None
        raise InvariantError(f"The warehouse refused to give rows ({told}).") from None
