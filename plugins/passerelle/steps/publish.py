"""publish: write the delivery's rows as versions into the warehouse tables others read, answer with receipt CRI."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection, String, and_, case, cast, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.sql import ColumnElement

from passerelle.contract.model import Contract, Publication
from passerelle.errors import InvariantError
from passerelle.findings import Effect
from passerelle.gateway import Gateway
from passerelle.ledger import deliveries, findings
from passerelle.ledger.deliveries import Delivery, Step
from passerelle.ledger.states import State
from passerelle.receipt import build
from passerelle.receipt.model import ChangeCounts, IgnoredLines, OpenFindings, PeopleCounts
from passerelle.steps import changes, closing, correction
from passerelle.steps.facts import delivery_facts, keep
from passerelle.steps.staged import Lineage, lineage
from passerelle.warehouse.bulk import hash_joins
from passerelle.warehouse.connect import lock, transaction
from passerelle.warehouse.schema_facts import FACTS, code_label
from passerelle.warehouse.schema_identity import sighting

_log = logging.getLogger(__name__)


def run(gateway: Gateway, delivery_id: int) -> State:
    """The state of the delivery after it was published; nothing is done to one that is not reconciled."""
    with lock(gateway.engine, f"delivery {delivery_id}"):
        with transaction(gateway.engine) as connection:
            delivery = deliveries.get(connection, delivery_id)
        if delivery.state is not State.RECONCILED:
            return delivery.state
        contract = gateway.contract(delivery.feed)
        at = gateway.now()
        with transaction(gateway.engine) as connection:
            deliveries.claim(connection, delivery)
            deliveries.join_series(connection, contract.id, contract.tells)
            delivery = deliveries.get(connection, delivery_id)
            with hash_joins(connection):
                rows = _write(connection, contract, delivery, at)
            changes.note_before(connection, delivery)
            moved = deliveries.advance(connection, delivery, Step(to=State.PUBLISHED, at=at, record={"published_at": at}))
            changed = changes.count(connection, moved)
            counts = {f"facts_{name}": getattr(changed, name) for name in ("created", "updated", "unchanged")}
            moved = deliveries.note_changes(connection, delivery_id, counts)
            remains = closing.close(gateway, connection, contract, moved)
            _keep_receipt(connection, gateway, contract, (moved, changed, remains))
    _log.info("published delivery_id=%d rows=%d", delivery_id, rows)
    return moved.state


def _write(connection: Connection, contract: Contract, delivery: Delivery, at: Any) -> int:
    for fact in FACTS.values():
        connection.execute(delete(fact).where(fact.c.delivery_id == delivery.delivery_id))
    rows = 0
    for table in contract.tables:
        for publication in table.publish:
            rows += _publish(connection, lineage(contract, table), publication, (delivery, at))
            _label(connection, contract, lineage(contract, table), publication)
    return rows


def _publish(connection: Connection, staged: Lineage, publication: Publication, when: tuple[Delivery, Any]) -> int:
    delivery, at = when
    target = FACTS[publication.to]
    seen = and_(
        sighting.c.delivery_id == staged.own.c["_delivery_id"],
        sighting.c.table_name == staged.table.name,
        sighting.c.row == staged.own.c["_row"],
    )
    values: dict[str, ColumnElement[Any]] = {
        "record_id": sighting.c.record_id,
        "feed": literal(delivery.feed),
        "sender": literal(delivery.sender),
        "delivery_id": staged.own.c["_delivery_id"],
        "line": staged.own.c["_line"],
        "row": staged.own.c["_row"],
        "fact_key": _fact_key(staged, publication),
        "stamp": literal(delivery.stamp, target.c.stamp.type),
        "recorded_at": literal(at, target.c.recorded_at.type),
        **{name: cast(_value(staged, source), target.c[name].type) for name, source in publication.columns.items()},
        **{name: literal(constant, target.c[name].type) for name, constant in publication.values.items()},
    }
    wanted = (staged.own.c["_delivery_id"] == delivery.delivery_id, *_conditions(staged, publication))
    query = (
        select(*(value.label(name) for name, value in values.items()))
        .select_from(staged.source.join(sighting, seen))
        .where(*wanted)
        .order_by(staged.own.c["_row"])
    )
    statement = insert(target).from_select(list(values), query).execution_options(preserve_rowcount=True)
    written = connection.execute(statement).rowcount
    expected = connection.execute(select(func.count()).select_from(staged.source).where(*wanted)).scalar_one()
    if written != expected:
        raise InvariantError(f"Delivery {delivery.delivery_id}: {expected} rows are for {publication.to}, {written} were written.")
    return written


def _fact_key(staged: Lineage, publication: Publication) -> ColumnElement[str]:
    constants = [literal(value, String) for _, value in sorted(publication.values.items())]
    keys = [func.coalesce(cast(staged.value(name), String), "") for name in publication.key]
    return func.concat_ws("|", *constants, *keys)


def _value(staged: Lineage, name: str) -> ColumnElement[Any]:
    """The staged value, in the warehouse's own words where the code list has them."""
    column, _ = staged.find(name)
    value = staged.value(name)
    if column.codes is None or column.type == "boolean" or not column.codes.has_canonical:
        return value
    words = {code: entry.canonical for code, entry in column.codes.codes.items() if entry.canonical is not None}
    return case(words, value=value, else_=value)


def _conditions(staged: Lineage, publication: Publication) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name, wanted in publication.when.items():
        value = staged.value(name)
        found.append(value.is_not(None) if "*" in wanted else value.in_(wanted))
    return found


def _label(connection: Connection, contract: Contract, staged: Lineage, publication: Publication) -> None:
    """Keeps the French labels of the published codes beside the tables."""
    for target, source in publication.columns.items():
        column, _ = staged.find(source)
        if column.codes is None or column.type == "boolean":
            continue
        labels = {entry.canonical or code: entry.label for code, entry in column.codes.codes.items()}
        rows = [
            {"feed": contract.id, "table_name": publication.to, "column_name": target, "code": code, "label": label}
            for code, label in sorted(labels.items())
        ]
        query = pg_insert(code_label).values(rows)
        keys = ["table_name", "column_name", "code", "feed"]
        connection.execute(query.on_conflict_do_update(index_elements=keys, set_={"label": query.excluded.label}))


def _keep_receipt(connection: Connection, gateway: Gateway, contract: Contract, done: tuple[Delivery, ChangeCounts, OpenFindings]) -> None:
    delivery, changed, remains = done
    about_people = any(table.about_people for table in contract.tables)
    people = PeopleCounts(known=delivery.people_known or 0, new=delivery.people_new or 0, to_review=delivery.people_review or 0)
    effects = findings.effect_counts(connection, delivery.delivery_id)
    blank = delivery.lines_ignored or 0
    loaded = build.Loaded(
        counts=delivery.counts,
        people=people if about_people else None,
        observations=effects.get(Effect.WARN, 0),
        parts_set_aside=effects.get(Effect.SET_ASIDE_LINE, 0) if contract.is_grouped else 0,
        ignored=(IgnoredLines(reason="ligne vide", count=blank),) if blank else (),
        changes=changed if about_people else None,
        correction=correction.promised(contract, delivery),
        open=remains,
    )
    at = delivery.published_at or gateway.now()
    receipt = build.integration(delivery_facts(gateway.settings, delivery, contract), at, loaded)
    keep(connection, delivery.delivery_id, receipt)
