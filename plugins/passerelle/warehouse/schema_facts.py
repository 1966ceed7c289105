"""Tables of schemas ``warehouse`` and ``esf``: what partners said about people, every delivery's rows kept as versions.

A row is never updated. The current state is a view (``<table>_current``): for each person, what each sender stated last about it in a
series of feeds, by the sender's own stamp; deliveries that were undone do not count. Undo, replay and deliveries out of order rest on this.
A correction file completes the delivery it corrects: the two state one thing, and of one fact told in both the correction's row counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.types import TypeEngine

from passerelle.warehouse.metadata import metadata

_TEXT, _DATE, _BOOL, _INT = Text(), Date(), Boolean(), Integer()

PAYLOADS: Mapping[str, Mapping[str, TypeEngine[Any]]] = MappingProxyType(
    {
        "rsa_right": {
            "dossier_number": _TEXT,
            "role_code": _TEXT,
            "organisation_code": _TEXT,
            "state_code": _TEXT,
            "opened_on": _DATE,
            "closed_on": _DATE,
            "close_reason_code": _TEXT,
            "subject_to_duties": _BOOL,
            "family_status_code": _TEXT,
        },
        "residence": {"postcode": _TEXT, "commune_code": _TEXT, "commune_name": _TEXT},
        "registration": {
            "france_travail_number": _TEXT,
            "category_code": _TEXT,
            "registered_on": _DATE,
            "agency_code": _TEXT,
            "commune_code": _TEXT,
            "ended_on": _DATE,
            "end_reason_code": _TEXT,
        },
        "designation": {
            "role_code": _TEXT,
            "referent_name": _TEXT,
            "structure_name": _TEXT,
            "structure_siret": _TEXT,
            "phone": _TEXT,
            "email": _TEXT,
            "modality_code": _TEXT,
            "starts_on": _DATE,
            "ends_on": _DATE,
        },
        "appointment": {"scheduled_on": _DATE, "status_code": _TEXT, "kind_code": _TEXT},
        "engagement": {"signed_on": _DATE, "starts_on": _DATE, "ends_on": _DATE, "weekly_hours": Numeric(5, 2)},
        "brake": {
            "mobility": _BOOL,
            "housing": _BOOL,
            "health": _BOOL,
            "childcare": _BOOL,
            "language": _BOOL,
            "digital": _BOOL,
            "family": _BOOL,
            "finances": _BOOL,
            "administrative": _BOOL,
        },
        "participation": {
            "operation_id": _TEXT,
            "entry_date": _DATE,
            "sex": _TEXT,
            "birth_date": _DATE,
            "labour_at_entry": _TEXT,
            "unemployment_months": _INT,
            "in_education_at_entry": _BOOL,
            "isced_level": _INT,
            "participation_number": _TEXT,
            "disability": _TEXT,
            "nationality_group": _TEXT,
            "foreign_background": _TEXT,
            "minority": _TEXT,
            "housing_exclusion": _TEXT,
            "commune_code": _TEXT,
            "direct_support_days": _INT,
            "attempt_on": _DATE,
        },
        "participation_pending": {
            "operation_id": _TEXT,
            "entry_date": _DATE,
            "participation_number": _TEXT,
            "status": _TEXT,
        },
        "participation_exit": {
            "participation_number": _TEXT,
            "operation_id": _TEXT,
            "entry_date": _DATE,
            "exit_date": _DATE,
            "exit_reason_code": _TEXT,
            "information_source": _TEXT,
        },
        "participation_event": {
            "operation_id": _TEXT,
            "event_date": _DATE,
            "event": _TEXT,
            "withdrawn": _BOOL,
        },
        "participation_observation": {
            "operation_id": _TEXT,
            "observed_on": _DATE,
            "situation": _TEXT,
            "stability": _BOOL,
            "hours": _BOOL,
            "responsibility": _BOOL,
            "promotion": _BOOL,
            "sampled": _BOOL,
            "withdrawn": _BOOL,
        },
    }
)
"""Payload columns of each table a contract may feed."""


def schema_of(table: str) -> str:
    """Participations are the funding officers' and stand in a schema of their own; all other facts in ``warehouse``."""
    return "esf" if table.startswith("participation") else "warehouse"


def _fact_table(name: str, payload: Mapping[str, TypeEngine[Any]]) -> Table:
    table = Table(
        name,
        metadata,
        Column("version_id", BigInteger, Identity(always=True), primary_key=True),
        Column("record_id", Uuid, ForeignKey("identity.record.record_id"), nullable=False, comment="Whom the row is about"),
        Column("feed", Text, nullable=False),
        Column("sender", Text, nullable=False),
        Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id"), nullable=False, index=True),
        Column("line", BigInteger, nullable=False, comment="Physical line in the partner's file"),
        Column("row", BigInteger, nullable=False, comment="Row of the staged table"),
        Column(
            "fact_key",
            Text,
            nullable=False,
            comment="Which fact of the person this is for the sender ('' where there is only one)",
        ),
        Column("stamp", DateTime(timezone=True), nullable=False, comment="The sender's own date of the content"),
        Column("recorded_at", DateTime(timezone=True), nullable=False),
        *(Column(column, kind) for column, kind in payload.items()),
        schema=schema_of(name),
    )
    Index(f"ix_{name}_record", table.c.record_id)
    return table


FACTS: Mapping[str, Table] = MappingProxyType({name: _fact_table(name, payload) for name, payload in PAYLOADS.items()})
"""The fact tables by name."""

code_label = Table(
    "code_label",
    metadata,
    Column("table_name", Text, primary_key=True),
    Column("column_name", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("feed", Text, primary_key=True),
    UniqueConstraint("feed", "table_name", "column_name", "code"),
    comment="French labels of published codes, from the contracts",
    schema="warehouse",
)
