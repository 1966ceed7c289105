"""Everything known of an operation at a moment, as canonical rows with the source of each.

The key of a participation is a hash of the sender's own number of it where there is one (the files hold no partner's key), else of
the person and the fact: it stays the same from one file of the sender to the next. The rows are tables in memory (DuckDB) whose columns
are those of the canonical files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, text

from passerelle.errors import InvariantError
from passerelle.indicators.snapshot import canonical
from passerelle.indicators.snapshot.canonical_sql import COUNTABLE, ENTERED, FILES, GRID, HAPPENED, NUMBERS, RESULTS, SOURCES, TABLES, day
from passerelle.indicators.snapshot.statements import is_given, stated
from passerelle.indicators.snapshot.statements_sql import Question


@dataclass(frozen=True)
class Rurality:
    """Which communes are rural (level 3 of 3 of the density grid), and the year of that grid."""

    year: str = ""
    rural: Mapping[str, bool] = field(default_factory=dict)

    def of(self, commune: str | None) -> str | None:
        """``yes``, ``no``, or None where it cannot be told: it is then to collect, never "no"."""
        if commune is None or commune not in self.rural:
            return None
        return "yes" if self.rural[commune] else "no"


@dataclass(frozen=True)
class Known:
    """What is known, still open to what people confirmed when it is of one operation."""

    held: duckdb.DuckDBPyConnection
    operations: tuple[Mapping[str, Any], ...]
    estimates: tuple[Mapping[str, Any], ...]
    given: frozenset[str]
    """Which files of results a partner gives at all: none of the operation is then 0 results, not "not collected"."""
    traced: bool
    """Whether the source of each row is known, and belongs to the files."""

    def participations(self) -> list[dict[str, Any]]:
        """The participations; every value is the word of the file, None when missing."""
        return canonical.words(self._rows("participations.csv")).to_pylist()

    def events(self) -> list[dict[str, Any]]:
        """The events."""
        return canonical.words(self._rows("events.csv")).to_pylist()

    def observations(self) -> list[dict[str, Any]]:
        """The situations six months after leaving."""
        return canonical.words(self._rows("six_months.csv")).to_pylist()

    def is_empty(self) -> bool:
        """Whether no participation at all is known."""
        return not self._asked(f"select 1 from {ENTERED} limit 1")

    def enter(self, row: canonical.Row) -> None:
        """Adds a participation."""
        self._add(ENTERED, canonical.PARTICIPATIONS, row)

    def happen(self, row: canonical.Row) -> None:
        """Adds an event."""
        self._add(HAPPENED, canonical.EVENTS, row)

    def come_from(self, row: canonical.Row) -> None:
        """Adds the source of a row."""
        self._add(SOURCES, canonical.SOURCES, row)

    def fill(self, participation_id: str, variable: str, value: str, recorded_on: str) -> bool:
        """Sets a variable of a participation; whether there is such a participation. InvariantError for a name that is none."""
        if variable not in canonical.PARTICIPATIONS:
            raise InvariantError(f"A proposal is about {variable!r}, which is no variable of a participation.")
        query = f'update {ENTERED} set "{variable}" = ?, recorded_on = greatest(recorded_on, ?) where participation_id = ?'
        ((changed,),) = self._asked(query, value, recorded_on, participation_id)
        return changed > 0

    def stated(self, participation_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The participations with these keys."""
        query = f"select * from {ENTERED} where list_contains(?, participation_id) order by recorded_on"
        found = self.held.sql(query, params=[list(participation_ids)]).to_arrow_table().to_pylist()
        return {row["participation_id"]: row for row in found}

    def has_entered(self, operation_id: str, participant_id: object) -> bool:
        """Whether somebody takes part in the operation already."""
        query = f"select 1 from {ENTERED} where operation_id = ? and participant_id = ? and {COUNTABLE} limit 1"
        return bool(self._asked(query, operation_id, str(participant_id)))

    def tables(self) -> canonical.Tables:
        """All of it: no results when nobody gives any, no sources when none were asked for."""
        names = [name for name, (table, _) in FILES.items() if self.traced or table != SOURCES]
        large = {name: self._rows(name) for name in names}
        ungiven = {name for name in RESULTS if name not in self.given and not len(large[name])}
        return canonical.Tables({name: rows for name, rows in large.items() if name not in ungiven}, self.operations, self.estimates)

    def _rows(self, name: str) -> pa.Table:
        """The rows of a file, in the order of their words."""
        table, columns = FILES[name]
        places = ", ".join(f'"{column}"{"::text" if column in NUMBERS else ""} nulls first' for column in columns)
        return self.held.sql(f"""select {", ".join(f'"{column}"' for column in columns)} from {table} order by {places}""").to_arrow_table()

    def _asked(self, query: str, *values: object) -> list[Any]:
        return self.held.execute(query, values).fetchall()

    def _add(self, table: str, columns: Sequence[str], row: canonical.Row) -> None:
        names, places = ", ".join(f'"{name}"' for name in columns), ", ".join("?" for _ in columns)
        values = [canonical.cell(row.get(name)) or None for name in columns]
        self.held.execute(f"insert into {table} ({names}) values ({places})", values)


@contextmanager
def read(connection: Connection, operation_id: str | None, moment: datetime, rurality: Rurality, *, traced: bool = True) -> Iterator[Known]:
    """What partners and the Département's own records said of an operation up to the moment, or of all; it lasts as long as the block.

    ``traced``: with the source of each row, for which every file of the partners is read again; figures do not need it.
    """
    with stated(connection, Question(operation_id, moment, traced)) as tables:
        tables.register(GRID, _grid(rurality))
        kind = "view" if operation_id is None else "table"
        for name, columns in FILES.values():
            if traced or name != SOURCES:
                tables.execute(f"create temporary {kind} {name} as {TABLES[name]}")
            else:
                tables.execute(f"create temporary table {name} ({', '.join(f'{column} text' for column in columns)})")
        given = frozenset(name for name, table in RESULTS.items() if is_given(connection, table, moment))
        operations, estimates = _operations(connection, operation_id, moment), _estimates(connection, operation_id, moment)
        yield Known(tables, operations, estimates, given, traced)


def key(*parts: object) -> str:
    """A short key out of what makes something what it is; nothing can be read from it."""
    return hashlib.sha256("|".join(map(str, parts)).encode("utf-8")).hexdigest()[:20]


def _grid(rurality: Rurality) -> pa.Table:
    texts, size = pa.string(), len(rurality.rural)
    columns = (pa.array(rurality.rural, texts), pa.array(rurality.rural.values(), pa.bool_()), pa.array([rurality.year] * size, texts))
    return pa.table(dict(zip(("code", "rural", "year"), columns, strict=True)))


def _operations(connection: Connection, operation_id: str | None, moment: datetime) -> tuple[Mapping[str, Any], ...]:
    query = text("""
        select distinct on (operation_id) * from esf.operation
        where (cast(:operation as text) is null or operation_id = :operation) and recorded_at <= :moment
        order by operation_id, version_id desc
    """)
    named = {"start": "start_on", "end": "end_on"}
    found = connection.execute(query, {"operation": operation_id, "moment": moment}).mappings()
    return tuple({name: row[named.get(name, name)] for name in canonical.OPERATIONS} for row in found)


def _estimates(connection: Connection, operation_id: str | None, moment: datetime) -> tuple[Mapping[str, Any], ...]:
    query = text(f"""
        select distinct on (operation_id, indicator, sex) *, {day("recorded_at")} as recorded_on from esf.estimate
        where (cast(:operation as text) is null or operation_id = :operation) and recorded_at <= :moment
        order by operation_id, indicator, sex, version_id desc
    """)
    found = connection.execute(query, {"operation": operation_id, "moment": moment}).mappings()
    return tuple({name: row[name] for name in canonical.ESTIMATES} for row in found)
