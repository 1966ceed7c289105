"""receive: take what a sender dropped, keep it byte for byte, give it a delivery id, answer with receipt AR, move the file aside.

The order makes it safe to stop anywhere: the file is moved only once vault and ledger hold it for good, and the next run begins by
finishing the moves that were not made.
"""

from __future__ import annotations

import logging
import re
import time

from sqlalchemy import Connection

from passerelle.checks.stamp import name_stamp
from passerelle.contract.model import Contract
from passerelle.dropbox import Dropbox, RemoteFile, UnstableError, opened
from passerelle.gateway import Gateway
from passerelle.ledger import deliveries, documents
from passerelle.ledger.deliveries import UNKNOWN_FEED, Delivery
from passerelle.ledger.states import State
from passerelle.receipt import build
from passerelle.receipt.model import Receipt
from passerelle.settings import Sender
from passerelle.steps.facts import delivery_facts
from passerelle.warehouse.connect import lock, transaction

_log = logging.getLogger(__name__)
_UNKNOWN_SETTLES = 5
"""Seconds a file of unknown name must stay unchanged: no contract says how its sender writes it."""


def run(gateway: Gateway, contract: Contract, sender: Sender) -> tuple[int, ...]:
    """The ids of the deliveries newly entered for this feed and sender.

    Raises BusyError when another run is at work on the same inbox, TransientError when server or warehouse do not answer.
    """
    own = _takes_unknown(contract, sender)
    with lock(gateway.engine, f"inbox {contract.id} {sender.id}"), opened(sender.sftp) as box:
        _finish_moves(gateway, contract, sender, box)
        others = [gateway.contract(feed) for feed in sender.feeds if feed != contract.id] if own else []
        files = _settled(box, contract, [other.layout.name_pattern for other in others] if own else None)
        return tuple(entered for file in files if (entered := _take(_Intake(gateway, contract, sender, box), file)) is not None)


def _takes_unknown(contract: Contract, sender: Sender) -> bool:
    """A file whose name fits no feed is taken by the run of its sender's first feed."""
    return sender.feeds[0] == contract.id


class _Intake:
    """Where a file comes from and where it goes."""

    def __init__(self, gateway: Gateway, contract: Contract, sender: Sender, box: Dropbox) -> None:
        self.gateway = gateway
        self.contract = contract
        self.sender = sender
        self.box = box

    def knows(self, file: RemoteFile) -> bool:
        return re.fullmatch(self.contract.layout.name_pattern, file.text) is not None


def _settled(box: Dropbox, contract: Contract, other_patterns: list[str] | None) -> list[RemoteFile]:
    """The files to take: of this feed, or of no feed at all; those that must settle were seen twice the same, some seconds apart.

    Both observations are the server's own: no clock is compared, no modification time is believed to be recent or old.
    """

    def ours(file: RemoteFile) -> bool:
        if re.fullmatch(contract.layout.name_pattern, file.text):
            return True
        return other_patterns is not None and not any(re.fullmatch(pattern, file.text) for pattern in other_patterns)

    def wait_for(file: RemoteFile) -> int:
        return contract.layout.settle_seconds if re.fullmatch(contract.layout.name_pattern, file.text) else _UNKNOWN_SETTLES

    first = [file for file in box.waiting() if ours(file)]
    wait = max((wait_for(file) for file in first), default=0)
    if not wait:
        return first
    time.sleep(wait)
    again = set(box.waiting())
    return [file for file in first if file in again]


def _take(intake: _Intake, file: RemoteFile) -> int | None:
    gateway = intake.gateway
    with gateway.vault.writer() as writer:
        try:
            intake.box.fetch(file, writer.write)
        except UnstableError as error:
            _log.info("not taken yet: %s", error)
            return None
        sha256 = writer.keep()
    with transaction(gateway.engine) as connection:
        feed = intake.contract.id if intake.knows(file) else UNKNOWN_FEED
        known = deliveries.same_content(connection, feed, intake.sender.id, sha256)
        if known is not None and known.moved_at is None and _is_same_file(known, file):
            delivery, entered = known, False
        else:
            delivery, receipt = _enter(intake, file, sha256, known, connection)
            documents.keep_receipt(connection, delivery.delivery_id, receipt.kind, receipt.number, receipt.made_at, receipt.to_json())
            entered = True
    _move(gateway, intake.box, delivery, file)
    _log.info(
        "received delivery_id=%d feed=%s sender=%s bytes=%d state=%s",
        delivery.delivery_id,
        feed,
        intake.sender.id,
        file.size,
        delivery.state,
    )
    return delivery.delivery_id if entered else None


def _enter(intake: _Intake, file: RemoteFile, sha256: str, known: Delivery | None, connection: Connection) -> tuple[Delivery, Receipt]:
    gateway, contract = intake.gateway, intake.contract
    at = gateway.now()
    recognised = intake.knows(file)
    values = {
        "feed": contract.id if recognised else UNKNOWN_FEED,
        "sender": intake.sender.id,
        "file_name": file.text,
        "remote_name": file.name,
        "remote_mtime": file.mtime,
        "sha256": sha256,
        "bytes": file.size,
        "received_at": at,
        "contract_version": contract.version if recognised else None,
        "contract_sha256": contract.sha256 if recognised else None,
        "stamp": (name_stamp(contract, file.text) if recognised else None) or at,
    }
    if known is not None:
        delivery = deliveries.enter(
            connection,
            {**values, "state": State.DUPLICATE, "duplicate_of": known.delivery_id},
            f"Même contenu que la livraison n° {known.delivery_id}.",
        )
        facts = delivery_facts(gateway.settings, delivery, contract if recognised else None)
        earlier = build.Earlier(delivery_id=known.delivery_id, received_at=known.received_at, file_name=known.file_name)
        return delivery, build.duplicate(facts, at, earlier)
    if not recognised:
        delivery = deliveries.enter(
            connection, {**values, "state": State.QUARANTINED}, "Le nom du fichier ne correspond à aucun flux attendu."
        )
        expected = build.expected_names([gateway.contract(feed) for feed in intake.sender.feeds])
        return delivery, build.unknown_name(delivery_facts(gateway.settings, delivery, None), at, expected)
    earlier_name = deliveries.published_under_name(connection, contract.id, intake.sender.id, file.text)
    if earlier_name is not None:
        reason = f"Un fichier du même nom et d'un autre contenu est déjà reçu (livraison n° {earlier_name.delivery_id})."
        delivery = deliveries.enter(connection, {**values, "state": State.HELD}, reason)
        return delivery, build.hold(delivery_facts(gateway.settings, delivery, contract), at, reason)
    delivery = deliveries.enter(connection, {**values, "state": State.RECEIVED})
    return delivery, build.acknowledge(delivery_facts(gateway.settings, delivery, contract), at)


def _finish_moves(gateway: Gateway, contract: Contract, sender: Sender, box: Dropbox) -> None:
    feeds = [contract.id, UNKNOWN_FEED] if _takes_unknown(contract, sender) else [contract.id]
    with transaction(gateway.engine) as connection:
        waiting = deliveries.unmoved(connection, feeds, sender.id)
    for delivery in waiting:
        _move(gateway, box, delivery, RemoteFile(delivery.remote_name, delivery.bytes, delivery.remote_mtime))


def _move(gateway: Gateway, box: Dropbox, delivery: Delivery, file: RemoteFile) -> None:
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", delivery.file_name)[:120]
    # False means it is not there any more as it was listed: moved by an earlier run, or replaced, and then the next listing takes it.
    box.move_aside(file, f"{delivery.delivery_id:06d}_{delivery.sha256[:12]}_{safe}")
    with transaction(gateway.engine) as connection:
        deliveries.note_moved(connection, delivery.delivery_id, gateway.now())


def _is_same_file(delivery: Delivery, file: RemoteFile) -> bool:
    return (delivery.remote_name, delivery.bytes, delivery.remote_mtime) == (file.name, file.size, file.mtime)
