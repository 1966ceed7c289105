"""A batch of deliveries taken through the stages, with or without Airflow.

Inside a batch one bad delivery does not stop the others: each is tried, what failed is gathered, and the worst error is raised at the
end. Every stage may run again: a delivery that is past it is left alone.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from passerelle.contract.load import feed_ids
from passerelle.deliver import receipts
from passerelle.dropbox import FileError
from passerelle.errors import BusyError, InvariantError, PasserelleError, TransientError
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

    A sender whose server does not answer does not stop the others; the worst error is raised at the end when nothing else is to do.
    """
    batch = _Batch()
    ids = _receive(gateway, feed, batch)
    if batch.troubles and not ids:
        raise batch.worst
    return ids


def run_stage(gateway: Gateway, name: str, delivery_ids: Sequence[int]) -> tuple[int, ...]:
    """Takes each delivery through one stage and sends the receipts it made; the ids that go on.

    A delivery that fails leaves an alert and is tried again by the next run. When nothing goes on because of failures, the worst one is
    raised.
    """
    batch = _Batch()
    going_on = _through(gateway, name, delivery_ids, batch)
    if batch.troubles and not going_on:
        raise batch.worst
    return going_on


def expectations(gateway: Gateway, delivery_ids: Sequence[int]) -> list[str]:
    """The messages of the expectations that do not hold for these deliveries."""
    return expect.run(gateway, list(delivery_ids))


def run(gateway: Gateway, feeds: Iterable[str] | None = None, *, with_expectations: bool = True) -> tuple[Delivery, ...]:
    """Takes every waiting file of the feeds (default: all) through all stages, in this process; the deliveries as they now stand."""
    touched: list[int] = []
    batch = _Batch()
    with transaction(gateway.engine) as connection:
        before = deliveries.newest_id(connection)
    for feed in feeds if feeds is not None else feed_ids(gateway.settings.contracts):
        with _gathered(batch.troubles, f"feed {feed}"):
            ids = _receive(gateway, feed, batch)
            touched += ids
            for name in STAGES:
                ids = _through(gateway, name, ids, batch)
            if with_expectations:
                expectations(gateway, ids)
    with transaction(gateway.engine) as connection:
        done = deliveries.of_run(connection, before, touched)
    if batch.troubles:
        raise batch.worst
    return done


@dataclass
class _Batch:
    """What went wrong so far with a batch of work."""

    troubles: list[PasserelleError] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    """Senders whose server did not answer: it is not asked again, each time would cost the full patience."""

    @property
    def worst(self) -> PasserelleError:
        """A bug or a wrong setting before what may pass by itself."""
        lasting = [error for error in self.troubles if not isinstance(error, TransientError)]
        return (lasting or self.troubles)[0]


def _receive(gateway: Gateway, feed: str, batch: _Batch) -> tuple[int, ...]:
    contract = gateway.contract(feed)
    for sender in gateway.settings.senders_of(feed):
        with _gathered(batch.troubles, f"receive feed={feed} sender={sender.id}") as failed:
            receive.run(gateway, contract, sender)
        for error in failed:
            _alert(gateway, error, {"feed": feed, "sender": sender.id, "message": f"receive: {error}"})
            _note_silence(error, sender.id, batch)
        _send(gateway, sender.id, batch)
    with transaction(gateway.engine) as connection:
        waiting = deliveries.unfinished(connection, feed)
    return tuple(delivery.delivery_id for delivery in waiting)


def _through(gateway: Gateway, name: str, delivery_ids: Sequence[int], batch: _Batch) -> tuple[int, ...]:
    going_on: list[int] = []
    senders: set[str] = set()
    for delivery_id in delivery_ids:
        with _gathered(batch.troubles, f"{name} delivery_id={delivery_id}") as failed:
            state = STAGES[name](gateway, delivery_id)
            if state not in (State.REFUSED, State.HELD):
                going_on.append(delivery_id)
        with transaction(gateway.engine) as connection:
            delivery = deliveries.get(connection, delivery_id)
        senders.add(delivery.sender)
        for error in failed:
            ids = {"feed": delivery.feed, "sender": delivery.sender, "delivery_id": delivery_id}
            _alert(gateway, error, {**ids, "message": f"{name}: {type(error).__name__}"})
    for sender in sorted(senders):
        _send(gateway, sender, batch)
    return tuple(going_on)


@contextmanager
def _gathered(troubles: list[PasserelleError], work: str) -> Iterator[list[PasserelleError]]:
    """The outer edge of one piece of work: what goes wrong with it is kept for the end and does not stop the next piece.

    An error nobody foresaw may quote data: only its class and its place travel on.
    """
    failed: list[PasserelleError] = []
    try:
        yield failed
    except PasserelleError as error:
        failed.append(error)
    except Exception as error:
        failed.append(InvariantError(f"{work}: {type(error).__name__} at {_place(error)}."))
        failed[0].__cause__ = error
    for trouble in failed:
        _log.log(logging.INFO if isinstance(trouble, BusyError) else logging.WARNING, "%s failed: %s", work, trouble)
    troubles += failed


def _place(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _send(gateway: Gateway, sender: str, batch: _Batch) -> None:
    """Sends the sender's receipts. They are kept in the ledger: a server that is down gets them at the next run."""
    if sender in batch.silent:
        return
    failed: list[PasserelleError] = []
    with _gathered(failed, f"receipts sender={sender}"):
        receipts.send(gateway, gateway.settings.sender(sender))
    for error in failed:
        _note_silence(error, sender, batch)
    batch.troubles += [error for error in failed if not isinstance(error, TransientError)]


def _note_silence(error: PasserelleError, sender: str, batch: _Batch) -> None:
    if isinstance(error, TransientError) and not isinstance(error, BusyError | FileError):
        batch.silent.add(sender)


def _alert(gateway: Gateway, error: PasserelleError, values: dict[str, object]) -> None:
    """A lasting failure is for a person; what may pass by itself is only logged."""
    if isinstance(error, TransientError):
        return
    with transaction(gateway.engine) as connection:
        documents.raise_alert(connection, {"made_at": gateway.now(), "kind": "failure", **values})
