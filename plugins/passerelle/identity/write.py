"""Writes what was decided about a batch of records, and which row stated which; decides nothing, commits nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Table, text

from passerelle.errors import InvariantError, TransientError
from passerelle.identity.decide import Decision, Doubt
from passerelle.identity.facts import Key, email_fact, phone_fact
from passerelle.identity.model import packaged
from passerelle.identity.normalise import fold, name_key
from passerelle.identity.outcome import outcome_of
from passerelle.identity.reasons import FOLLOWS
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
    "birth_place_name",
    "previous_dossier_number",
    "phone",
    "email",
    "commune_code",
)
_RECORD = (
    *("record_id", "source", "sender", "content_hash"),
    *_AS_STATED,
    *("surname_keys", "given_name_key", "other_given_names_key", "phone_key", "email_key", "first_delivery"),
)
_PROOF = ("model_version", "score", "evidence", "compared_with")
_LINK = ("record_id", "person_id", "rule", "decided_by", "delivery_id", "decided_at", "valid_from", *_PROOF)
_SUGGEST = text("""
    INSERT INTO identity.suggestion AS mine
        (record_id, person_id, reason, detail, state, delivery_id, made_at, score, evidence, compared_with)
    VALUES (:record, :person, :reason, :detail, 'open', :delivery, :at, :score, CAST(:evidence AS jsonb), :compared_with)
    ON CONFLICT (record_id, person_id, reason) DO UPDATE
        SET state = 'open', detail = excluded.detail, delivery_id = excluded.delivery_id, made_at = excluded.made_at,
            score = excluded.score, evidence = excluded.evidence, compared_with = excluded.compared_with
        WHERE mine.state = 'withdrawn'
""")
"""One made before is opened again if it was withdrawn, and left as it is otherwise."""


Sighting = tuple[int, str, int, UUID, str, bool | None]
"""Delivery, table, row, record, outcome, whether the number is certified."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A record that was not linked to anyone, and what was decided about it."""

    record_id: UUID
    person_id: UUID
    content_hash: str
    statement: Statement
    keys: tuple[Key, ...]
    decision: Decision
    is_on_file: bool
    """Whether the record is already there (its link was revoked)."""
    is_new_person: bool
    """Whether the person must be written too."""
    follows: bool = False
    """Whether the record's own person was merged into this one, by a person's decision."""

    @property
    def rule(self) -> str:
        """Why the record is linked to the person."""
        return FOLLOWS if self.follows else self.decision.rule

    @property
    def outcome(self) -> str:
        """What the first row that states this record is told."""
        return outcome_of(self.rule, bool(self.decision.doubts))


def write_decided(connection: Connection, context: Recognition, decided: Sequence[Decided]) -> None:
    """Writes what was decided about a batch's records: persons, records, keys, links and suggestions."""
    valid_from = context.stamp or context.decided_at
    person_rows = [(item.person_id, context.decided_at, context.delivery_id) for item in decided if item.is_new_person]
    added = [item for item in decided if not item.is_on_file]
    links = [
        (item.record_id, item.person_id, item.rule, f"rule:{item.rule}", context.delivery_id, context.decided_at, valid_from, *_proof(item))
        for item in decided
    ]
    _copy(connection, schema_identity.person, ("person_id", "minted_at", "minted_by"), person_rows)
    _copy(connection, schema_identity.record, _RECORD, (_record(item, context) for item in added))
    _copy(connection, schema_identity.key, ("kind", "value", "record_id"), ((*key, item.record_id) for item in added for key in item.keys))
    _copy(connection, schema_identity.link, _LINK, links)
    suggest(connection, context, ((item.record_id, doubt) for item in decided for doubt in item.decision.doubts))


def write_sightings(connection: Connection, rows: Iterable[Sighting]) -> None:
    """Writes which row stated which record, with which outcome, and whether it called the number certified."""
    _copy(connection, schema_identity.sighting, ("delivery_id", "table_name", "row", "record_id", "outcome", "nir_certified"), rows)


def _record(item: Decided, context: Recognition) -> tuple[object, ...]:
    said = item.statement
    return (
        item.record_id,
        context.source,
        context.sender,
        item.content_hash,
        *(getattr(said, name) for name in _AS_STATED),
        " ".join(sorted({name_key(said.birth_name), name_key(said.usage_name)} - {""})),
        name_key(said.given_name),
        fold(said.other_given_names),
        phone_fact(said.phone),
        email_fact(said.email),
        context.delivery_id,
    )


def suggest(connection: Connection, context: Recognition, doubts: Iterable[tuple[UUID, Doubt]]) -> None:
    """Puts what a reviewer should look at into the queue: a record, and the person it may be about."""
    rows = [
        {
            "record": record_id,
            "person": doubt.person_id,
            "reason": doubt.reason,
            "detail": doubt.detail,
            "delivery": context.delivery_id,
            "at": context.decided_at,
            "score": doubt.proof.score if doubt.proof else None,
            "evidence": json.dumps(doubt.proof.fields) if doubt.proof else None,
            "compared_with": doubt.proof.compared_with if doubt.proof else None,
        }
        for record_id, doubt in doubts
    ]
    if rows:
        connection.execute(_SUGGEST, rows)


def _proof(item: Decided) -> tuple[str | None, float | None, str | None, UUID | None]:
    proof = item.decision.proof
    if proof is None:
        return None, None, None, None
    return packaged().version if proof.score is not None else None, proof.score, json.dumps(proof.fields), proof.compared_with


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
