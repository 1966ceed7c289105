"""The density grid of the communes, as the referential published last by a moment gives it, with its year.

Rural is level 3 of the three of Insee's grid, which is the Union's degree of urbanisation (EECO17).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, inspect, select, text

from passerelle.contract.model import Contract
from passerelle.derive.tables import SCHEMA, staging_table
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.indicators.snapshot.known import Rurality

FEED = "referentiels/communes"
_CODE, _LEVEL, _YEAR = "code", "niveau_densite", "annee_grille"
_NEWEST = text("""
    select d.delivery_id from ledger.delivery d
    join lateral (
        select t.state from ledger.transition t
        where t.delivery_id = d.delivery_id and t.at <= :moment order by t.transition_id desc limit 1
    ) last on last.state = 'published'
    where d.feed = :feed order by d.stamp desc, d.delivery_id desc limit 1
""")


def contract_of(gateway: Gateway) -> Contract | None:
    """The contract of the communes; None for an installation without one."""
    try:
        return gateway.contract(FEED)
    except ConfigurationError:
        return None


def rurality(connection: Connection, contract: Contract | None, moment: datetime) -> Rurality:
    """The grid known at the moment; an empty one when the referential was never received: nothing is then said of any commune."""
    newest = connection.execute(_NEWEST, {"moment": moment, "feed": FEED}).scalar_one_or_none() if contract else None
    if contract is None or newest is None:
        return Rurality()
    table = staging_table(contract, contract.record_table)
    if not inspect(connection).has_table(table.name, schema=SCHEMA):
        return Rurality()
    query = select(table.c[_CODE], table.c[_LEVEL], table.c[_YEAR]).where(table.c["_delivery_id"] == newest, table.c[_LEVEL].is_not(None))
    rows = connection.execute(query).all()
    return Rurality(year=str(max((row[2] for row in rows), default="")), rural={row[0]: str(row[1]) in ("3", "yes") for row in rows})
