"""How to reach the people of a sample: phone and e-mail as partners stated them last. Asking is noted before anything is shown."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, TextClause, inspect, text

from passerelle.contract.model import Contract, IdentityRole, Table
from passerelle.derive.tables import SCHEMA, staging_name
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.indicators.snapshot import canonical

COLUMNS = ("operation_id", "participation_id", "phone", "email")
_ROLES = {"phone": IdentityRole.PHONE, "email": IdentityRole.EMAIL}
_NOTE = text("insert into identity.access (at, login, command, subject) values (:at, :login, :command, :subject)")


@dataclass(frozen=True)
class Asking:
    """Who asks for contact data, and when."""

    login: str
    at: datetime


def contacts_of(gateway: Gateway, connection: Connection, persons: Sequence[UUID], asking: Asking) -> dict[UUID, dict[str, str]]:
    """Person as given → ``phone`` and ``email``, where a partner stated them; an id that was merged leads to the person it became."""
    subject = " ".join(map(str, persons))
    connection.execute(_NOTE, {"at": asking.at, "login": asking.login, "command": "esf follow-up", "subject": subject})
    leads = text("select person_id, resolved_id from identity.person_resolved where person_id = any(:persons)")
    resolved = {row.person_id: row.resolved_id for row in connection.execute(leads, {"persons": list(persons)})}
    newest: dict[tuple[UUID, str], tuple[datetime, str]] = {}
    for contract, table, name, column in _columns(gateway, connection):
        for row in connection.execute(_stated(contract, table, column), {"persons": list(set(resolved.values())), "table": table.name}):
            place = (row.person_id, name)
            if place not in newest or newest[place][0] < row.stamp:
                newest[place] = (row.stamp, row.value)
    return {
        person: {name: newest[leading, name][1] for name in _ROLES if (leading, name) in newest} for person, leading in resolved.items()
    }


def write_protected(path: Path, rows: Sequence[canonical.Row]) -> None:
    """Writes the file for its owner's eyes only. Raises ConfigurationError when it is there already or cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(canonical.write(COLUMNS, rows))
    except FileExistsError:
        raise ConfigurationError(f"{path} existe déjà : les coordonnées ne sont jamais écrites par-dessus un autre fichier.") from None
    except OSError as error:
        raise ConfigurationError(f"{path} ne peut pas être écrit ({type(error).__name__}).") from error


def _columns(gateway: Gateway, connection: Connection) -> Iterator[tuple[Contract, Table, str, str]]:
    """Every staged column in which a partner states a phone or an e-mail of the person of its row."""
    looking = inspect(connection)
    for feed in sorted({feed for sender in gateway.settings.senders for feed in sender.feeds}):
        contract = gateway.contract(feed)
        for table in contract.tables:
            for name, role in _ROLES.items():
                column = table.role_of(role)
                if column is not None and not column.protected and looking.has_table(staging_name(contract, table), schema=SCHEMA):
                    yield contract, table, name, column.name


def _stated(contract: Contract, table: Table, column: str) -> TextClause:
    return text(f"""
        select distinct on (l.person_id) l.person_id, d.stamp, t.{column} as value
        from "{SCHEMA}"."{staging_name(contract, table)}" t
        join identity.sighting s on s.delivery_id = t._delivery_id and s.row = t._row and s.table_name = :table
        join identity.link l on l.record_id = s.record_id and l.revoked_at is null
        join ledger.delivery d on d.delivery_id = t._delivery_id and d.state = 'published'
        where l.person_id = any(:persons) and coalesce(t.{column}, '') <> ''
        order by l.person_id, d.stamp desc, d.delivery_id desc, t._row
    """)
