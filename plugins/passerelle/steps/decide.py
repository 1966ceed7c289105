"""What a person decides about a delivery: release or refuse a held one, undo or replay a published one, send its receipts again.

Every decision is written into the ledger with the login of whoever took it, and with the reason.
"""

from __future__ import annotations

from sqlalchemy import Connection

from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.identity.recognise import withdraw
from passerelle.ledger import aside, deliveries, documents
from passerelle.ledger.deliveries import Delivery, Step
from passerelle.ledger.states import State
from passerelle.receipt import build
from passerelle.steps.facts import delivery_facts, keep
from passerelle.warehouse.connect import lock, transaction


def release(gateway: Gateway, delivery_id: int, actor: str, reason: str) -> Delivery:
    """A held delivery goes on: to the check if it was held before it, else to staging. ConfigurationError when it is not held."""
    with lock(gateway.engine, f"delivery {delivery_id}"), transaction(gateway.engine) as connection:
        delivery = _in_state(deliveries.get(connection, delivery_id), State.HELD)
        to = State.RECEIVED if delivery.checked_at is None else State.CHECKED
        return deliveries.advance(connection, delivery, Step(to=to, at=gateway.now(), actor=actor, reason=reason))


def refuse(gateway: Gateway, delivery_id: int, actor: str, reason: str) -> Delivery:
    """A held delivery is refused; the partner gets a receipt with the reason. ConfigurationError when it is not held."""
    with lock(gateway.engine, f"delivery {delivery_id}"), transaction(gateway.engine) as connection:
        delivery = _in_state(deliveries.get(connection, delivery_id), State.HELD)
        return _close(gateway, connection, delivery, Step(to=State.REFUSED, at=gateway.now(), actor=actor, reason=reason))


def undo(gateway: Gateway, delivery_id: int, actor: str, reason: str) -> Delivery:
    """A published delivery no longer counts; what was there before shows again. ConfigurationError when it is not published."""
    with lock(gateway.engine, f"delivery {delivery_id}"), transaction(gateway.engine) as connection:
        delivery = _in_state(deliveries.get(connection, delivery_id), State.PUBLISHED)
        _withdraw(gateway, connection, delivery_id)
        return _close(gateway, connection, delivery, Step(to=State.UNDONE, at=gateway.now(), actor=actor, reason=reason))


def replay(gateway: Gateway, delivery_id: int, actor: str, reason: str) -> Delivery:
    """A published, undone or refused delivery begins again at the check, from the kept file; people keep the ids they had."""
    with lock(gateway.engine, f"delivery {delivery_id}"), transaction(gateway.engine) as connection:
        delivery = deliveries.get(connection, delivery_id)
        if delivery.state is State.PUBLISHED:
            _withdraw(gateway, connection, delivery_id)
            delivery = deliveries.advance(connection, delivery, Step(to=State.UNDONE, at=gateway.now(), actor=actor, reason=reason))
        _in_state(delivery, State.UNDONE, State.REFUSED)
        return deliveries.advance(connection, delivery, Step(to=State.RECEIVED, at=gateway.now(), actor=actor, reason=reason))


def resend(gateway: Gateway, delivery_id: int) -> int:
    """The delivery's receipts go out again, unchanged, at the next run; how many."""
    with transaction(gateway.engine) as connection:
        deliveries.get(connection, delivery_id)
        return documents.send_again(connection, delivery_id)


def _withdraw(gateway: Gateway, connection: Connection, delivery_id: int) -> None:
    withdraw(connection, delivery_id, gateway.now())
    aside.reopen(connection, delivery_id)


def _close(gateway: Gateway, connection: Connection, delivery: Delivery, step: Step) -> Delivery:
    moved = deliveries.advance(connection, delivery, step)
    facts = delivery_facts(gateway.settings, moved, gateway.contract(moved.feed))
    receipt = build.not_integrated(facts, step.at, step.reason or "")
    keep(connection, moved.delivery_id, receipt)
    return moved


def _in_state(delivery: Delivery, *wanted: State) -> Delivery:
    if delivery.state not in wanted:
        raise ConfigurationError(f"Delivery {delivery.delivery_id} is {delivery.state}, not {' or '.join(wanted)}: nothing was changed.")
    return delivery
