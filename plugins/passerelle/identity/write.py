"""Writes what was decided about a batch of records, and which row stated which; decides nothing, commits nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Table, text

from passerelle.errors import InvariantError, TransientError
from passerelle.identity.decide import Decision
from passerelle.identity.outcome import outcome_of
from passerelle.identity.rules import Facts, Key
from passerelle.identity.statement import Recognition, Statement
from passerelle.warehouse import schema_identity

_AS_STATED = (
    "nir_hash",
    "nir_valid",
    "birth_name",
    "usage_name",
    "given_name",
    "other_given_names",
    "birth_date",
    "birth_date_precision",
    "sex",
    "role",
    "postcode",
)
_RECORD = (
    *("record_id", "source", "sender", "content_hash"),
    *_AS_STATED,
    *("surname_keys", "given_name_key", "other_given_names_key", "first_delivery"),
)
_SUGGEST = text("""
    INSERT INTO identity.suggestion AS mine (record_id, person_id, reason, detail, state, delivery_id, made_at)
    VALUES (:record, :person, :reason, :detail, 'open', :delivery, :at)
    ON CONFLICT (record_id, person_id, reason) DO UPDATE
        SET state = 'open', detail = excluded.detail, delivery_id = excluded.delivery_id, made_at = excluded.made_at
        WHERE mine.state = 'withdrawn'
""")
"""One made before is opened again if it was withdrawn, and left as it is otherwise."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A record that was not linked to anyone, and what was decided about it."""

    record_id: UUID
    person_id: UUID
    content_hash: str
    statement: Statement
    facts: Facts
    keys: tuple[Key, ...]
    decision: Decision
    is_on_file: bool
    """Whether the record is already there (its link was revoked)."""
    is_new_person: bool
    """Whether the person must be written too."""

    @property
    def outcome(self) -> str:
        """What the first row that states this record is told."""
        return outcome_of(self.decision.rule, bool(self.decision.doubts))


def write_decided(connection: Connection, context: Recognition, decided: Sequence[Decided]) -> None:
    """Writes what was decided about a batch's records: persons, records, keys, links and suggestions."""
    person_rows = [(item.person_id, context.decided_at, context.delivery_id) for item in decided if item.is_new_person]
    added = [item for item in decided if not item.is_on_file]
    links = [
        (item.record_id, item.person_id, item.decision.rule, f"rule:{item.decision.rule}", context.delivery_id, context.decided_at)
        for item in decided
    ]
    _copy(connection, schema_identity.person, ("person_id", "minted_at", "minted_by"), person_rows)
    _copy(connection, schema_identity.record, _RECORD, (_record(item, context) for item in added))
    _copy(connection, schema_identity.key, ("kind", "value", "record_id"), ((*key, item.record_id) for item in added for key in item.keys))
    _copy(connection, schema_identity.link, ("record_id", "person_id", "rule", "decided_by", "delivery_id", "decided_at"), links)
    _suggest(connection, context, decided)


def write_sightings(connection: Connection, rows: Iterable[tuple[int, str, int, UUID, str]]) -> None:
    """Writes which row stated which record, and with which outcome: delivery, table, row, record, outcome."""
    _copy(connection, schema_identity.sighting, ("delivery_id", "table_name", "row", "record_id", "outcome"), rows)


def _record(item: Decided, context: Recognition) -> tuple[object, ...]:
    said, facts = item.statement, item.facts
    return (
        item.record_id,
        context.source,
        context.sender,
        item.content_hash,
        *(getattr(said, name) for name in _AS_STATED),
        " ".join(sorted(facts.surnames)),
        *facts.given_names,
        context.delivery_id,
    )


def _suggest(connection: Connection, context: Recognition, decided: Sequence[Decided]) -> None:
    common = {"delivery": context.delivery_id, "at": context.decided_at}
    rows = [
        {"record": item.record_id, "person": doubt.person_id, "reason": doubt.reason, "detail": doubt.detail, **common}
        for item in decided
        for doubt in item.decision.doubts
    ]
    if rows:
        connection.execute(_SUGGEST, rows)


def _copy(connection: Connection, table: Table, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise InvariantError(f"The warehouse must be reached with psycopg, not {type(driver).__name__}.")
    names = ", ".join(f'"{name}"' for name in columns)
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.fullname} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.OperationalError as error:
        raise TransientError(f"The warehouse did not answer ({type(error).__name__}, SQLSTATE {error.sqlstate}).") from None
    except psycopg.Error as error:  # its text quotes the row: it must not travel on
        raise InvariantError(f"{table.fullname} refused a row ({type(error).__name__}, SQLSTATE {error.sqlstate}).") from None
