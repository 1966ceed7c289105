"""reconcile: say which person each staged row is about, or that a human must look."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from passerelle.contract.model import Column, Contract, IdentityRole, Table
from passerelle.derive.tables import staging_table
from passerelle.errors import InvariantError
from passerelle.gateway import Gateway
from passerelle.identity.recognise import Outcome, recognise
from passerelle.identity.register import audit
from passerelle.identity.statement import Recognition, Statement
from passerelle.ledger import deliveries
from passerelle.ledger.deliveries import Step
from passerelle.ledger.states import State
from passerelle.steps.staged import Lineage, lineage
from passerelle.warehouse.connect import lock, transaction

_log = logging.getLogger(__name__)

_FIELDS = {
    IdentityRole.BIRTH_NAME: "birth_name",
    IdentityRole.USAGE_NAME: "usage_name",
    IdentityRole.GIVEN_NAME: "given_name",
    IdentityRole.BIRTH_DATE: "birth_date",
    IdentityRole.BIRTH_DATE_PRECISION: "birth_date_precision",
    IdentityRole.SEX: "sex",
    IdentityRole.ROLE: "role",
    IdentityRole.POSTCODE: "postcode",
    IdentityRole.BIRTH_PLACE_NAME: "birth_place_name",
    IdentityRole.PREVIOUS_DOSSIER_NUMBER: "previous_dossier_number",
    IdentityRole.PHONE: "phone",
    IdentityRole.EMAIL: "email",
    IdentityRole.COMMUNE_CODE: "commune_code",
}
_IDENTIFIERS = (
    IdentityRole.DOSSIER_NUMBER,
    IdentityRole.ALLOCATAIRE_NUMBER,
    IdentityRole.FRANCE_TRAVAIL_NUMBER,
    IdentityRole.OTHER_ID,
)


def run(gateway: Gateway, delivery_id: int) -> State:
    """The state of the delivery after its people were recognised; nothing is done to one that is not staged.

    Raises ConfigurationError when the settings ask for ranked candidates and no audit was recorded.
    """
    with lock(gateway.engine, f"delivery {delivery_id}"):
        with transaction(gateway.engine) as connection:
            delivery = deliveries.get(connection, delivery_id)
        if delivery.state is not State.STAGED:
            return delivery.state
        contract = gateway.contract(delivery.feed)
        at = gateway.now()
        with transaction(gateway.engine) as connection:
            deliveries.claim(connection, delivery)
            context = Recognition(
                delivery_id=delivery_id,
                source=contract.source,
                sender=delivery.sender,
                decided_at=at,
                hash_key=gateway.keys.nir_hash,
                stamp=delivery.stamp,
                is_ranked=_is_ranked(gateway, connection),
            )
            outcome = recognise(connection, _statements(connection, contract, delivery_id), context)
            _all_told(connection, contract, delivery_id, outcome)
            moved = deliveries.advance(connection, delivery, Step(to=State.RECONCILED, at=at, record=_record(outcome, at)))
    _log.info("reconciled delivery_id=%d known=%d new=%d review=%d", delivery_id, outcome.known, outcome.new, outcome.review)
    return moved.state


def _is_ranked(gateway: Gateway, connection: Connection) -> bool:
    """Whether ranked candidates make links here. ConfigurationError when they should and no audit was recorded."""
    if gateway.settings.identity_layer == "ranked":
        audit.require(connection)
        return True
    return False


def _all_told(connection: Connection, contract: Contract, delivery_id: int, outcome: Outcome) -> None:
    staged = 0
    for table in contract.tables:
        if table.about_people:
            own = staging_table(contract, table)
            staged += connection.execute(select(func.count()).select_from(own).where(own.c["_delivery_id"] == delivery_id)).scalar_one()
    told = outcome.known + outcome.new + outcome.review
    if told != staged:
        raise InvariantError(f"Delivery {delivery_id}: {staged} rows about people were staged, {told} were recognised.")


def _record(outcome: Outcome, at: Any) -> dict[str, Any]:
    return {
        "reconciled_at": at,
        "people_known": outcome.known,
        "people_new": outcome.new,
        "people_review": outcome.review,
    }


def _statements(connection: Connection, contract: Contract, delivery_id: int) -> Iterator[Statement]:
    for table in contract.tables:
        if table.about_people:
            yield from _statements_of(connection, lineage(contract, table), table, delivery_id)


def _statements_of(connection: Connection, staged: Lineage, table: Table, delivery_id: int) -> Iterator[Statement]:
    wanted: dict[str, Any] = {"row": staged.own.c["_row"]}
    columns: dict[IdentityRole, Column] = {}
    for role in IdentityRole:
        found = staged.role(role)
        if found is not None:
            column, sql = found
            columns[role] = column
            wanted[role.value] = sql.c[f"{column.name}_hash" if column.protected else column.name]
            if role is IdentityRole.NIR:
                wanted["nir_flags"] = sql.c[f"{column.name}_flags"]
    others = [column.name for column in table.columns if column.identity is IdentityRole.OTHER_GIVEN_NAME]
    wanted |= {f"other_{name}": staged.own.c[name] for name in others}
    query = (
        select(*(value.label(name) for name, value in wanted.items()))
        .select_from(staged.source)
        .where(staged.own.c["_delivery_id"] == delivery_id)
        .order_by(staged.own.c["_row"])
    )
    for row in connection.execute(query, execution_options={"yield_per": 10_000}).mappings():
        other_given_names = "|".join(filter(None, (row[f"other_{name}"] for name in others)))
        yield replace(_statement(table, columns, row), other_given_names=other_given_names or None)


def _statement(table: Table, columns: dict[IdentityRole, Column], row: RowMapping) -> Statement:
    fields = {field: _canonical(columns[role], row[role.value]) for role, field in _FIELDS.items() if role in columns}
    identifiers = tuple((role.value, row[role.value]) for role in _IDENTIFIERS if role in columns and row[role.value])
    certified = row.get(IdentityRole.NIR_CERTIFIED.value)
    return Statement(
        table_name=table.name,
        row=row["row"],
        nir_hash=row.get("nir"),
        nir_valid=row.get("nir") is not None and row.get("nir_flags") == "",
        nir_certified=certified if isinstance(certified, bool) else None,
        identifiers=identifiers,
        **fields,
    )


def _canonical(column: Column, value: Any) -> Any:
    """The warehouse's own word for a received code."""
    if column.codes is None or value is None:
        return value
    code = column.codes.codes.get(value)
    return code.canonical if code is not None and code.canonical is not None else value
