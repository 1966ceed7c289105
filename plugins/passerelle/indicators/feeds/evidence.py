"""What partners stated of some persons, for the derivation: the warehouse's tables, and staged rows that feed none of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, inspect, text

from passerelle.contract.model import Contract
from passerelle.derive.tables import SCHEMA, staging_name
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.indicators.feeds.model import Evidence

REGISTRATION, MODALITY, RESIDENCE = "registration", "modality", "residence"
DOMICILIATION, HOUSEHOLD, ACTIVITY, DIPLOMA, DIFFICULTY = "domiciliation", "household", "activity", "diploma", "difficulty"

Found = Mapping[UUID, Mapping[str, Sequence[Evidence]]]
"""Person → kind → statements."""

_FACTS: Mapping[str, str] = MappingProxyType(
    {
        REGISTRATION: "select * from warehouse.registration_stated where person_id = any(:persons)",
        # The social referent's modality is the same support seen from the other side; its dates are those of a designation.
        MODALITY: """
            select * from warehouse.designation_current
            where role_code = 'emploi' and feed like 'france_travail/%' and modality_code is not null and person_id = any(:persons)
        """,
        RESIDENCE: "select * from warehouse.residence_stated where feed like 'caf/%' and person_id = any(:persons)",
    }
)
_FACT_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        REGISTRATION: ("category_code", "registered_on", "ended_on", "end_reason_code"),
        MODALITY: ("modality_code", "starts_on", "ends_on"),
        RESIDENCE: ("commune_code",),
    }
)


@dataclass(frozen=True)
class Staged:
    """Columns of a staged table about a person; ``person`` is the table whose rows are recognised, itself or above or below."""

    feed: str
    table: str
    columns: tuple[str, ...]
    person: str


STAGED: Mapping[str, Staged] = MappingProxyType(
    {
        DOMICILIATION: Staged("ccas/domiciliation", "", ("etat", "date_debut", "date_fin", "date_radiation"), ""),
        HOUSEHOLD: Staged("caf/rsa_beneficiaires_mensuel", "dossier", ("topsansdomfixe",), "personne"),
        ACTIVITY: Staged("caf/rsa_beneficiaires_mensuel", "activite", ("act", "ddact", "dfact"), "personne"),
        DIPLOMA: Staged("caf/rsa_instruction", "personne", ("nivdipmaxobt",), "personne"),
        DIFFICULTY: Staged("caf/rsa_instruction", "difficulte_sociale", ("difsoc",), "personne"),
    }
)
"""What no table of the warehouse holds. An empty table name stands for the only one of the feed."""


def read(gateway: Gateway, connection: Connection, persons: Sequence[UUID]) -> Found:
    """Everything partners stated of these persons that the derivation looks at."""
    found: dict[UUID, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    for kind, query in _FACTS.items():
        for fact in connection.execute(text(query), {"persons": list(persons)}).mappings():
            found[fact["person_id"]][kind].append(_evidence(kind, _FACT_COLUMNS[kind], fact))
    for kind, wanted in STAGED.items():
        for row in _staged(gateway, connection, wanted, persons):
            found[row["person_id"]][kind].append(_evidence(kind, wanted.columns, row))
    return found


def in_modality(connection: Connection, modality: str) -> list[UUID]:
    """The persons whom France Travail shows in a modality of support."""
    query = text("""
        select distinct person_id from warehouse.designation_current
        where role_code = 'emploi' and feed like 'france_travail/%' and modality_code = :modality order by person_id
    """)
    return list(connection.execute(query, {"modality": modality}).scalars())


def _staged(gateway: Gateway, connection: Connection, wanted: Staged, persons: Sequence[UUID]) -> list[dict[str, Any]]:
    """The rows of each person's newest file of each sender; none where the feed is unknown here or never came."""
    try:
        contract = gateway.contract(wanted.feed)
    except ConfigurationError:
        return []
    table, person = wanted.table or contract.record_table.name, wanted.person or contract.record_table.name
    if not _is_there(connection, contract, (table, person)):
        return []
    query = f"""
        with seen as (
            select s.delivery_id, s.row, l.person_id, d.feed, d.sender, d.stamp, d.published_at as recorded_at,
                   rank() over (partition by l.person_id, d.sender order by d.stamp desc, d.delivery_id desc) as age
            from identity.sighting s
            join identity.link l on l.record_id = s.record_id and l.revoked_at is null
            join ledger.delivery d on d.delivery_id = s.delivery_id and d.state = 'published'
            where s.table_name = :table and d.feed = :feed and l.person_id = any(:persons)
        )
        select seen.*, t._line as line, {", ".join(f"t.{name}" for name in wanted.columns)}
        from seen {_joined(contract, table, person)}
        where seen.age = 1 order by seen.delivery_id, t._line
    """  # names come from this module and from contracts, which restrict them
    values = {"table": person, "feed": wanted.feed, "persons": list(persons)}
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def _joined(contract: Contract, table: str, person: str) -> str:
    """From the recognised row to the wanted one: the same row, its parent, or its children."""
    wanted = f'"{SCHEMA}"."{staging_name(contract, contract.table(table))}" t'
    if table == person:
        return f"join {wanted} on t._delivery_id = seen.delivery_id and t._row = seen.row"
    if contract.table(table).parent == person:
        return f"join {wanted} on t._delivery_id = seen.delivery_id and t._parent = seen.row"
    own = f'"{SCHEMA}"."{staging_name(contract, contract.table(person))}" p'
    return f"""
        join {own} on p._delivery_id = seen.delivery_id and p._row = seen.row
        join {wanted} on t._delivery_id = p._delivery_id and t._row = p._parent
    """


def _is_there(connection: Connection, contract: Contract, tables: Sequence[str]) -> bool:
    looking = inspect(connection)
    return all(looking.has_table(staging_name(contract, contract.table(name)), schema=SCHEMA) for name in tables)


def _evidence(kind: str, columns: Sequence[str], row: Mapping[Any, Any]) -> Evidence:
    place = {name: row[name] for name in ("feed", "sender", "delivery_id", "line", "stamp", "recorded_at")}
    return Evidence(kind=kind, values={name: row[name] for name in columns}, **place)
