"""Many rows at once, in the caller's transaction: COPY in, and rows read again before the planner knows how many they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, Table, text

from passerelle.errors import InvariantError, TransientError
from passerelle.warehouse.connect import may_pass


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Writes the rows; the values stand in the order of ``columns``.

    psycopg writes each value for COPY itself, so that no text of a partner can end or change the statement. Raises TransientError or
    InvariantError without the text of PostgreSQL's error, which quotes the row.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise InvariantError(f"The warehouse must be reached with psycopg, not {type(driver).__name__}.")
    names = ", ".join(f'"{name}"' for name in columns)
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.fullname} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        told = f"{type(error).__name__}, SQLSTATE {error.sqlstate or 'none'}"
        if isinstance(error, psycopg.OperationalError) or may_pass(error.sqlstate):
            raise TransientError(f"The warehouse did not answer ({told}).") from None
        raise InvariantError(f"{table.fullname} refused a row ({told}).") from None


@contextmanager
def hash_joins(connection: Connection) -> Iterator[None]:
    """No nested loops for the statements inside: of rows just written the planner takes a million for one and reads each time anew."""
    connection.execute(text("set local enable_nestloop = off"))
    yield
    connection.execute(text("set local enable_nestloop = on"))
