"""A batch of deliveries taken through the stages, with or without Airflow.

Inside a batch one bad delivery does not stop the others: each is tried, what failed is gathered, and the worst error is raised at the
end. Every stage may run again: a delivery that is past it is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from passerelle.contract.load import feed_ids
from passerelle.contract.model import Contract
from passerelle.deliver import receipts
from passerelle.errors import BusyError, PasserelleError, TransientError
from passerelle.gateway import Gateway
from passerelle.ledger import deliveries, documents
from passerelle.ledger.deliveries import Delivery
from passerelle.ledger.states import State
from passerelle.steps import check, expect, publish, receive, reconcile, stage
from passerelle.warehouse.connect import transaction

_log = logging.getLogger(__name__)

Stage = Callable[[Gateway, int], State]
STAGES: dict[str, Stage] = {"check": check.run, "stage": stage.run, "reconcile": reconcile.run, "publish": publish.run}
"""The stages after ``receive``, in their order."""


def receive_all(gateway: Gateway, feed: str) -> tuple[int, ...]:
    """Takes what every sender of the feed dropped; the ids of all deliveries of the feed the gateway must go on with.

    A sender whose server does not answer does not stop the others; its error is raised at the end only when nothing else is to do.
    """
    contract = gateway.contract(feed)
    troubles: list[PasserelleError] = []
    for sender in gateway.settings.senders_of(feed):
        try:
            receive.run(gateway, contract, sender)
            receipts.send(gateway, sender)
        except BusyError as error:
            _log.info("busy feed=%s sender=%s", feed, sender.id)
            troubles.append(error)
        except PasserelleError as error:
            _log.warning("receive failed feed=%s sender=%s: %s", feed, sender.id, error)
            troubles.append(error)
    with transaction(gateway.engine) as connection:
        waiting = deliveries.unfinished(connection, feed)
    if troubles and not waiting:
        raise _worst(troubles)
    return tuple(delivery.delivery_id for delivery in waiting)


def run_stage(gateway: Gateway, name: str, delivery_ids: Sequence[int]) -> tuple[int, ...]:
    """Takes each delivery through one stage and sends the receipts it made; the ids that go on.

    A delivery that fails leaves an alert and is tried again by the next run. When nothing goes on because of failures, the worst one is
    raised.
    """
    troubles: list[PasserelleError] = []
    going_on: list[int] = []
    for delivery_id in delivery_ids:
        try:
            state = STAGES[name](gateway, delivery_id)
        except PasserelleError as error:
            _log.warning("%s failed delivery_id=%d: %s", name, delivery_id, error)
            _alert(gateway, name, delivery_id, error)
            troubles.append(error)
            continue
        if state not in (State.REFUSED, State.HELD):
            going_on.append(delivery_id)
    _send(gateway, delivery_ids, troubles)
    if troubles and not going_on:
        raise _worst(troubles)
    return tuple(going_on)


def expectations(gateway: Gateway, delivery_ids: Sequence[int]) -> list[str]:
    """The messages of the expectations that do not hold for these deliveries."""
    return expect.run(gateway, list(delivery_ids))


def run(gateway: Gateway, feeds: Iterable[str] | None = None, *, with_expectations: bool = True) -> tuple[Delivery, ...]:
    """Takes every waiting file of the feeds (default: all) through all stages, in this process; the deliveries as they now stand."""
    touched: list[int] = []
    troubles: list[PasserelleError] = []
    with transaction(gateway.engine) as connection:
        before = {delivery.delivery_id for delivery in deliveries.listed(connection, limit=1_000_000)}
    for feed in feeds if feeds is not None else feed_ids(gateway.settings.contracts):
        try:
            ids: Sequence[int] = receive_all(gateway, feed)
            touched += ids
            for name in STAGES:
                ids = run_stage(gateway, name, ids)
            if with_expectations:
                expectations(gateway, ids)
        except PasserelleError as error:
            troubles.append(error)
    with transaction(gateway.engine) as connection:
        now = deliveries.listed(connection, limit=1_000_000)
    if troubles:
        raise _worst(troubles)
    return tuple(delivery for delivery in reversed(now) if delivery.delivery_id not in before or delivery.delivery_id in touched)


def contracts_of(gateway: Gateway) -> tuple[Contract, ...]:
    """The contracts of all feeds that have a sender."""
    return tuple(gateway.contract(feed) for feed in feed_ids(gateway.settings.contracts) if gateway.settings.senders_of(feed))


def _send(gateway: Gateway, delivery_ids: Sequence[int], troubles: list[PasserelleError]) -> None:
    with transaction(gateway.engine) as connection:
        senders = sorted({deliveries.get(connection, delivery_id).sender for delivery_id in delivery_ids})
    for sender in senders:
        try:
            receipts.send(gateway, gateway.settings.sender(sender))
        except TransientError as error:
            # The receipt is kept in the ledger: the next run sends it.
            _log.warning("receipts not sent sender=%s: %s", sender, error)
        except PasserelleError as error:
            troubles.append(error)


def _alert(gateway: Gateway, stage_name: str, delivery_id: int, error: PasserelleError) -> None:
    """A lasting failure is for a person; what may pass by itself is only logged."""
    if isinstance(error, TransientError):
        return
    with transaction(gateway.engine) as connection:
        delivery = deliveries.get(connection, delivery_id)
        message = f"{stage_name}: {type(error).__name__}"
        values = {"feed": delivery.feed, "sender": delivery.sender, "delivery_id": delivery_id, "message": message}
        documents.raise_alert(connection, {"made_at": gateway.now(), "kind": "failure", **values})


def _worst(troubles: Sequence[PasserelleError]) -> PasserelleError:
    """A bug or a wrong setting before what may pass by itself."""
    lasting = [error for error in troubles if not isinstance(error, TransientError)]
    return (lasting or list(troubles))[0]
