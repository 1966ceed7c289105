"""A DuckDB connection that plans a statement the first time only: on few records, planning is nearly all of the time.

What compares two files and what compares one record with the register are the same statements. Of files each is planned for the data at
hand; of a few records it is prepared once, and tables are emptied and filled again, because a plan does not outlive the table it was made
for.
"""

from __future__ import annotations

import re
from typing import Any, Final, Protocol

import duckdb

FEW: Final = 300
"""Records for which a better plan would not save what making it costs."""
_MAKES_TABLE: Final = re.compile(r"\s*CREATE OR REPLACE TABLE (\w+) AS\s(.*)", re.DOTALL)


def plan_for(connection: duckdb.DuckDBPyConnection, records: int) -> None:
    """Has statements about so few records run as they are written."""
    connection.execute(f"PRAGMA {'disable' if records <= FEW else 'enable'}_optimizer")


class Executes(Protocol):
    """What runs a statement: a connection, or one that keeps its plans."""

    def execute(self, query: str, /) -> duckdb.DuckDBPyConnection:
        """Runs it; its rows can be fetched."""


class Plans:
    """Runs statements for pools of records, few or many."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._are_few = False
        self._planned: dict[str, tuple[str, ...]] = {}
        self._put: set[str] = set()

    def close(self) -> None:
        """Forgets plans and tables."""
        self._connection.close()

    def expect(self, records: int) -> None:
        """Says how many records come: a few are compared by the plans there are."""
        self._are_few = records <= FEW
        plan_for(self._connection, records)

    def execute(self, query: str, /) -> duckdb.DuckDBPyConnection:
        """Runs a statement whose text is the same each time; ``CREATE OR REPLACE TABLE … AS`` leaves the same rows as ever."""
        if not self._are_few:
            return self._connection.execute(query)
        if query not in self._planned:
            self._planned[query] = self._plan(query)
        *before, last = self._planned[query]
        for statement in before:
            self._connection.execute(statement)
        return self._connection.execute(last)

    def put(self, name: str, rows: Any) -> None:
        """Makes the table of the Arrow table ``rows``, which has the same columns each time."""
        self._connection.register("given", rows)
        if self._are_few and name in self._put:
            self._connection.execute(f"DELETE FROM {name}")
            self._connection.execute(f"INSERT INTO {name} SELECT * FROM given")
        else:
            self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")
            self._put.add(name)
        self._connection.unregister("given")

    def _plan(self, query: str) -> tuple[str, ...]:
        name = f"plan_{len(self._planned)}"
        if made := _MAKES_TABLE.fullmatch(query):
            table, rows = made.groups()
            self._connection.execute(f"CREATE OR REPLACE TABLE {table} AS {rows}")
            self._connection.execute(f"PREPARE {name} AS INSERT INTO {table} {rows}")
            return f"DELETE FROM {table}", f"EXECUTE {name}"
        self._connection.execute(f"PREPARE {name} AS {query}")
        return (f"EXECUTE {name}",)
