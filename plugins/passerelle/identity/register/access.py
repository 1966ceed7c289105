"""Who asked to see identity values: written before they are shown, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Reader:
    """The login that asks, when, and by which command."""

    login: str
    at: datetime
    command: str


def values_of(connection: Connection, record_ids: Sequence[UUID], reader: Reader) -> dict[UUID, dict[str, Any]]:
    """What the records state, for a reader whose asking is noted first; numbers stay hashed and are not among it."""
    note = text("INSERT INTO identity.access (at, login, command, subject) VALUES (:at, :login, :command, :subject)")
    subject = " ".join(str(record) for record in record_ids)
    connection.execute(note, {"at": reader.at, "login": reader.login, "command": reader.command, "subject": subject})
    query = text("""
        SELECT record_id, source, sender, birth_name, usage_name, given_name, other_given_names, birth_date, birth_date_precision, sex,
               role, postcode, birth_place_name, phone, email, nir_hash IS NOT NULL AS has_nir, nir_valid
        FROM identity.record WHERE record_id = ANY(:records)
    """)
    found = connection.execute(query, {"records": list(record_ids)}).mappings()
    return {row["record_id"]: {name: value for name, value in row.items() if name != "record_id"} for row in found}
