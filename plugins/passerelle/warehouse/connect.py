"""The one way to open the warehouse, and the one place where its errors become ours.

PostgreSQL quotes the data it refuses (``DETAIL: Key (nir)=(…)``); so a database error is never shown or logged as it is: only its
SQLSTATE and class travel on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from passerelle.errors import BusyError, InvariantError, TransientError

_RETRY_CLASSES = ("08", "40", "53", "55", "57")
"""SQLSTATE classes that may pass by themselves: connection, rollback, resources, lock, operator intervention."""
_PATIENCE = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
"""A server that is gone without a word is noticed within a minute, not after the system's two hours."""


def open_engine(url: str) -> Engine:
    """An engine with UTC sessions and hidden parameters (they may hold personal values).

    Without PostgreSQL's compiler: on tables just loaded it took ten seconds to compile the portfolio, which then ran in 20 ms.
    """
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={**_PATIENCE, "options": "-c timezone=UTC -c client_min_messages=warning -c jit=off"},
    )


def driver_url(url: str) -> str:
    """The same address for a driver that is not SQLAlchemy's, with the same patience."""
    return make_url(url).set(drivername="postgresql").update_query_dict(_PATIENCE).render_as_string(hide_password=False)


def may_pass(sqlstate: str | None) -> bool:
    """Whether an error of this SQLSTATE may be gone at the next try; one without a state is a connection that broke."""
    return not sqlstate or sqlstate[:2] in _RETRY_CLASSES


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turns database errors into TransientError or InvariantError whose text holds no data."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        kind = type(error.orig).__name__
        if error.connection_invalidated or isinstance(error, OperationalError) or state and may_pass(state):
            raise TransientError(f"The warehouse did not answer ({kind}, SQLSTATE {state or 'none'}).") from None
        raise InvariantError(f"The warehouse refused a statement ({kind}, SQLSTATE {state}).") from None
    except SQLAlchemyError as error:
        raise InvariantError(f"The warehouse layer failed ({type(error).__name__}).") from None


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back on any error."""
    with translated_errors(), engine.begin() as connection:
        yield connection


@contextmanager
def lock(engine: Engine, name: str, *, patience_seconds: float = 0) -> Iterator[None]:
    """Holds the named lock on a session of its own; raises BusyError when another run still holds it after ``patience_seconds``.

    The lock goes with the session, so a killed run frees it (perhaps a moment later: its backend must notice first).
    """
    with translated_errors(), engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        key = text("select pg_try_advisory_lock(hashtextextended(:name, 0))")
        deadline = time.monotonic() + patience_seconds
        while not connection.execute(key, {"name": name}).scalar_one():
            if time.monotonic() >= deadline:
                raise BusyError(f"Another run is at work on {name}; try again in a moment.")
            time.sleep(0.1)
        try:
            yield
        finally:
            # A session that was cut has given the lock back; what came of the work is what the caller must hear.
            with suppress(DBAPIError):
                connection.execute(text("select pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": name})
