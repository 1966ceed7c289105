"""Everything known of an operation at a moment, as canonical rows with the source of each.

The key of a participation is a hash of the sender's own number of it where there is one (the files hold no partner's key), else of
the person and the fact: it stays the same from one file of the sender to the next. The rows are temporary tables of the transaction whose
columns are the words of the canonical files; PostgreSQL writes the files itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from passerelle.errors import InvariantError
from passerelle.indicators.snapshot import canonical
from passerelle.indicators.snapshot.canonical_sql import COUNTABLE, ENTERED, FILES, HAPPENED, OBSERVED, RESULTS, SOURCES, TABLES, day
from passerelle.indicators.snapshot.statements import is_given, state
from passerelle.warehouse.bulk import copy_out, hash_joins


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
    """What is known, still open to what people confirmed; lasts as long as the transaction, or until the next is read in it."""

    connection: Connection
    operations: tuple[Mapping[str, Any], ...]
    estimates: tuple[Mapping[str, Any], ...]
    given: frozenset[str]
    """Which files of results a partner gives at all: none of the operation is then 0 results, not "not collected"."""
    traced: bool
    """Whether the source of each row is known, and belongs to the files."""

    def participations(self) -> list[dict[str, Any]]:
        """The participations; every value is the word of the file, None when missing."""
        return self._rows(ENTERED, canonical.PARTICIPATIONS)

    def events(self) -> list[dict[str, Any]]:
        """The events."""
        return self._rows(HAPPENED, canonical.EVENTS)

    def observations(self) -> list[dict[str, Any]]:
        """The situations six months after leaving."""
        return self._rows(OBSERVED, canonical.SIX_MONTHS)

    def is_empty(self) -> bool:
        """Whether no participation at all is known."""
        return not self.connection.execute(text(f"select exists (select from {ENTERED})")).scalar_one()

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
        query = text(f"""
            update {ENTERED} set "{variable}" = :value, recorded_on = greatest(recorded_on, :recorded_on)
            where participation_id = :id
        """)
        values = {"id": participation_id, "value": value, "recorded_on": recorded_on}
        return self.connection.execute(query, values).rowcount > 0

    def stated(self, participation_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The participations with these keys."""
        query = text(f"select * from {ENTERED} where participation_id = any(:ids) order by recorded_on")
        found = self.connection.execute(query, {"ids": list(participation_ids)}).mappings()
        return {row["participation_id"]: dict(row) for row in found}

    def has_entered(self, operation_id: str, participant_id: object) -> bool:
        """Whether somebody takes part in the operation already."""
        query = text(f"select exists (select from {ENTERED} where operation_id = :operation and participant_id = :id and {COUNTABLE})")
        return bool(self.connection.execute(query, {"operation": operation_id, "id": str(participant_id)}).scalar_one())

    def files(self) -> dict[str, bytes]:
        """The canonical files, in an order that rests on the rows alone; without results or estimates when nobody gives any."""
        wanted = [name for name, (table, _) in FILES.items() if self.traced or table != SOURCES]
        made = {name: copy_out(self.connection, _ordered(*FILES[name])) for name in wanted}
        for name in RESULTS:
            if name not in self.given and made[name].count(b"\n") == 1:
                del made[name]
        if self.estimates:
            made["estimates.csv"] = canonical.write(canonical.ESTIMATES, self.estimates)
        return made | {"operations.csv": canonical.write(canonical.OPERATIONS, self.operations)}

    def _rows(self, table: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        return [dict(row) for row in self.connection.execute(text(_ordered(table, columns))).mappings()]

    def _add(self, table: str, columns: Sequence[str], row: canonical.Row) -> None:
        names, places = ", ".join(f'"{name}"' for name in columns), ", ".join(f":{name}" for name in columns)
        values = {name: canonical.cell(row.get(name)) or None for name in columns}
        self.connection.execute(text(f"insert into {table} ({names}) values ({places})"), values)


def read(connection: Connection, operation_id: str | None, moment: datetime, rurality: Rurality, *, traced: bool = True) -> Known:
    """What partners and the Département's own records said of an operation up to the moment, or of all.

    ``traced``: with the source of each row, for which every file of the partners is read again; figures do not need it.
    """
    state(connection, operation_id, moment)
    values = {"codes": list(rurality.rural), "levels": list(rurality.rural.values()), "year": rurality.year}
    # The collation is that of the columns: to order by one that they have not makes PostgreSQL sort a second copy of every text.
    columns = {name: ", ".join(f'"{column}" collate "C" as "{column}"' for column in headings) for name, headings in FILES.values()}
    with hash_joins(connection):
        for name, query in TABLES.items():
            connection.execute(text(f"drop table if exists {name}"))
            made = f"select {columns.get(name, '*')} from ({query}) made{'' if traced or name != SOURCES else ' limit 0'}"
            connection.execute(text(f"create temporary table {name} on commit drop as {made}"), values)
    given = frozenset(name for name, table in RESULTS.items() if is_given(connection, table, moment))
    return Known(connection, _operations(connection, operation_id, moment), _estimates(connection, operation_id, moment), given, traced)


def key(*parts: object) -> str:
    """A short key out of what makes something what it is; nothing can be read from it."""
    return hashlib.sha256("|".join(map(str, parts)).encode("utf-8")).hexdigest()[:20]


def _ordered(table: str, columns: Sequence[str]) -> str:
    names = [f'"{name}"' for name in columns]
    return f"select {', '.join(names)} from {table} order by {', '.join(f'{name} nulls first' for name in names)}"


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
