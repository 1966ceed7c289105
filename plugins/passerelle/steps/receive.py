"""receive: take what a sender dropped, keep it byte for byte, give it a delivery id, answer with receipt AR, move the file aside.

The order makes it safe to stop anywhere: the file is moved only once vault and ledger hold it for good, and the next run begins by
finishing the moves that were not made.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from passerelle.checks.replay import corrected
from passerelle.checks.stamp import name_stamp
from passerelle.contract.model import Contract
from passerelle.dropbox import Dropbox, FileError, RemoteFile, UnstableError, opened
from passerelle.errors import ContractError, PasserelleError, TransientError
from passerelle.gateway import Gateway
from passerelle.ledger import deliveries, documents
from passerelle.ledger.deliveries import UNKNOWN_FEED, Delivery
from passerelle.ledger.states import State
from passerelle.receipt import build
from passerelle.receipt.model import Receipt
from passerelle.settings import Sender
from passerelle.steps.facts import delivery_facts, keep
from passerelle.warehouse.connect import lock, transaction

_log = logging.getLogger(__name__)
_UNKNOWN_SETTLES = 5
"""Seconds a file of unknown name must stay unchanged: no contract says how its sender writes it."""
_UNKNOWN = "Le nom du fichier ne correspond à aucun flux attendu."
_NOT_YOURS = "Ce nom annonce la correction de la livraison n° {number}, qui n'est pas une de vos livraisons de ce flux."


def run(gateway: Gateway, contract: Contract, sender: Sender) -> tuple[int, ...]:
    """The ids of the deliveries newly entered for this feed and sender.

    Raises BusyError when another run is at work on the same inbox, TransientError when server or warehouse do not answer. Trouble with
    one file is raised only after the others were taken.
    """
    entered: list[int] = []
    troubles: list[PasserelleError] = []
    with lock(gateway.engine, f"inbox {contract.id} {sender.id}"), opened(sender.sftp) as box:
        intake = _Intake(gateway, contract, sender, box, _other_patterns(gateway, contract, sender))
        still_there = _finish_moves(intake, troubles)
        for file in _settled(intake):
            if file not in still_there and (delivery_id := _tried(intake, file, troubles)) is not None:
                entered.append(delivery_id)
    if troubles:
        raise troubles[0]
    return tuple(entered)


@dataclass(frozen=True)
class _Intake:
    """Where a file comes from and where it goes."""

    gateway: Gateway
    contract: Contract
    sender: Sender
    box: Dropbox
    other_patterns: tuple[str, ...] | None
    """Names of the sender's other feeds; None when files of unknown name are not for this run."""

    @property
    def feeds(self) -> list[str]:
        """Feeds under which this run enters deliveries."""
        return [self.contract.id] if self.other_patterns is None else [self.contract.id, UNKNOWN_FEED]

    def knows(self, file: RemoteFile) -> bool:
        """Whether the name is one of this feed, or of a correction of one of its files."""
        return _fits(self.contract.layout.name_pattern, file)

    def takes(self, file: RemoteFile) -> bool:
        """Whether the file is for this run."""
        if self.knows(file):
            return True
        return self.other_patterns is not None and not any(_fits(pattern, file) for pattern in self.other_patterns)


def _fits(pattern: str, file: RemoteFile) -> bool:
    _, name = corrected(file.text)
    return re.fullmatch(pattern, name) is not None


def _other_patterns(gateway: Gateway, contract: Contract, sender: Sender) -> tuple[str, ...] | None:
    """A file whose name fits no feed is taken by the run of its sender's first feed, once every contract can be read."""
    if sender.feeds[0] != contract.id:
        return None
    try:
        return tuple(gateway.contract(feed).layout.name_pattern for feed in sender.feeds[1:])
    except ContractError as error:
        _log.warning("files of unknown name wait: %s", error)
        return None


def _settled(intake: _Intake) -> list[RemoteFile]:
    """The files to take: of this feed, or of no feed at all; those that must settle were seen twice the same, some seconds apart.

    Both observations are the server's own: no clock is compared, no modification time is believed to be recent or old.
    """
    first = [file for file in intake.box.waiting() if intake.takes(file)]
    settle = intake.contract.layout.settle_seconds
    wait = max((settle if intake.knows(file) else _UNKNOWN_SETTLES for file in first), default=0)
    if not wait:
        return first
    time.sleep(wait)
    again = set(intake.box.waiting())
    return [file for file in first if file in again]


def _tried(intake: _Intake, file: RemoteFile, troubles: list[PasserelleError]) -> int | None:
    try:
        return _take(intake, file)
    except UnstableError as error:
        _log.info("not taken yet: %s", error)
    except PasserelleError as error:
        if isinstance(error, TransientError) and not isinstance(error, FileError):
            raise  # server, warehouse or disk: the next file would fare no better
        _log.warning("file not taken: %s", error)
        troubles.append(error)
    return None


def _take(intake: _Intake, file: RemoteFile) -> int:
    gateway = intake.gateway
    with gateway.vault.writer(f"{intake.contract.id} {intake.sender.id}") as writer:
        intake.box.fetch(file, writer.write)
        sha256 = writer.keep()
    with transaction(gateway.engine) as connection:
        delivery, receipt = _enter(intake, file, sha256, connection)
        keep(connection, delivery.delivery_id, receipt)
    ids = (delivery.delivery_id, delivery.feed, delivery.sender)
    _log.info("received delivery_id=%d feed=%s sender=%s bytes=%d state=%s", *ids, file.size, delivery.state)
    _move(intake, delivery, file)
    return delivery.delivery_id


def _enter(intake: _Intake, file: RemoteFile, sha256: str, connection: Connection) -> tuple[Delivery, Receipt]:
    contract, original, reason = _recognised(intake, file, connection)
    at = intake.gateway.now()
    feed = contract.id if contract else UNKNOWN_FEED
    values = {
        "feed": feed,
        "series": contract.tells if contract else UNKNOWN_FEED,
        "sender": intake.sender.id,
        "file_name": file.text,
        "remote_name": file.name,
        "remote_mtime": file.mtime,
        "sha256": sha256,
        "bytes": file.size,
        "received_at": at,
        "contract_version": contract.version if contract else None,
        "contract_sha256": contract.sha256 if contract else None,
        **_place(contract, original, file, at),
    }
    known = deliveries.same_content(connection, feed, intake.sender.id, sha256)
    if known is not None:
        return _enter_again(intake, values, (known, reason), connection)
    if contract is None:
        delivery = deliveries.enter(connection, {**values, "state": State.QUARANTINED}, reason)
        return delivery, _unknown_receipt(intake, delivery, reason)
    earlier = deliveries.published_under_name(connection, feed, intake.sender.id, file.text)
    if earlier is not None and original is None:
        return _hold(intake, values, earlier, connection)
    delivery = deliveries.enter(connection, {**values, "state": State.RECEIVED})
    return delivery, build.acknowledge(delivery_facts(intake.gateway.settings, delivery, contract), at)


def _recognised(intake: _Intake, file: RemoteFile, connection: Connection) -> tuple[Contract | None, Delivery | None, str]:
    """The contract of the file, the delivery it corrects, and why it has no contract.

    The name of a correction file says which delivery it corrects: one of this feed and sender, else nobody knows what it is.
    """
    number, _ = corrected(file.text)
    if not intake.knows(file):
        return None, None, _UNKNOWN
    if number is None:
        return intake.contract, None, ""
    original = deliveries.correctable(connection, number, intake.contract.id, intake.sender.id)
    return (intake.contract, original, "") if original else (None, None, _NOT_YOURS.format(number=number))


def _place(contract: Contract | None, original: Delivery | None, file: RemoteFile, at: datetime) -> dict[str, Any]:
    """Where the content stands among all that the sender told: a correction stands with the file it completes."""
    if original is None:
        return {"stamp": (name_stamp(contract, file.text) if contract else None) or at}
    return {"stamp": original.stamp, "corrects": original.delivery_id, "original": original.original or original.delivery_id}


def _hold(intake: _Intake, values: dict[str, Any], earlier: Delivery, connection: Connection) -> tuple[Delivery, Receipt]:
    reason = f"Un fichier du même nom et d'un autre contenu est déjà reçu (livraison n° {earlier.delivery_id})."
    delivery = deliveries.enter(connection, {**values, "state": State.HELD}, reason)
    documents.raise_alert(connection, _held_alert(delivery))
    return delivery, build.hold(delivery_facts(intake.gateway.settings, delivery, intake.contract), delivery.received_at, reason)


def _enter_again(intake: _Intake, values: dict[str, Any], again: tuple[Delivery, str], connection: Connection) -> tuple[Delivery, Receipt]:
    known, unknown_because = again
    reason = f"Même contenu que la livraison n° {known.delivery_id}."
    delivery = deliveries.enter(connection, {**values, "state": State.DUPLICATE, "duplicate_of": known.delivery_id}, reason)
    if delivery.feed == UNKNOWN_FEED:
        return delivery, _unknown_receipt(intake, delivery, unknown_because)
    facts = delivery_facts(intake.gateway.settings, delivery, intake.contract)
    earlier = build.Earlier(delivery_id=known.delivery_id, received_at=known.received_at, file_name=known.file_name)
    return delivery, build.duplicate(facts, delivery.received_at, earlier)


def _unknown_receipt(intake: _Intake, delivery: Delivery, reason: str) -> Receipt:
    expected = build.expected_names([intake.gateway.contract(feed) for feed in intake.sender.feeds])
    facts = delivery_facts(intake.gateway.settings, delivery, None)
    return build.unknown_name(facts, delivery.received_at, expected, reason if reason != _UNKNOWN else None)


def _held_alert(delivery: Delivery) -> dict[str, Any]:
    ids = {"feed": delivery.feed, "sender": delivery.sender, "delivery_id": delivery.delivery_id}
    return {"made_at": delivery.received_at, "kind": "held", "message": delivery.reason, **ids}


def _finish_moves(intake: _Intake, troubles: list[PasserelleError]) -> set[RemoteFile]:
    """Makes the moves a stopped run did not make; the files that still cannot be moved."""
    with transaction(intake.gateway.engine) as connection:
        waiting = deliveries.unmoved(connection, intake.feeds, intake.sender.id)
    still_there = set()
    for delivery in waiting:
        file = RemoteFile(delivery.remote_name, delivery.bytes, delivery.remote_mtime)
        try:
            _move(intake, delivery, file)
        except FileError as error:
            _log.warning("not moved aside delivery_id=%d: %s", delivery.delivery_id, error)
            troubles.append(error)
            still_there.add(file)
    return still_there


def _move(intake: _Intake, delivery: Delivery, file: RemoteFile) -> None:
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", delivery.file_name)[:120]
    # False means it is not there any more as it was listed: moved by an earlier run, or replaced, and then the next listing takes it.
    intake.box.move_aside(file, f"{delivery.delivery_id:06d}_{delivery.sha256[:12]}_{safe}")
    with transaction(intake.gateway.engine) as connection:
        deliveries.note_moved(connection, delivery.delivery_id, intake.gateway.now())
