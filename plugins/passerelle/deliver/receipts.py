"""Receipts kept in the ledger → files in the sender's outbox: JSON, page and workbook, each exactly under its own name, and beside
them the file of only what is to be corrected.

Making a receipt and sending it are apart: the first is part of the step's transaction, the second may fail and is tried again at every
run. Sending twice writes the same bytes under the same name.
"""

from __future__ import annotations

import logging
from pathlib import Path

from passerelle.deliver import correction
from passerelle.deliver.rendering import rendered
from passerelle.dropbox import Dropbox, opened
from passerelle.errors import InvariantError
from passerelle.gateway import Gateway
from passerelle.ledger import deliveries, documents
from passerelle.ledger.documents import Document
from passerelle.settings import Sender
from passerelle.warehouse.connect import lock, transaction

_log = logging.getLogger(__name__)
_PATIENCE = 30
"""Seconds a run waits for another that is sending to the same outbox."""


def send(gateway: Gateway, sender: Sender) -> int:
    """Leaves every unsent receipt in the sender's outbox; how many. Opens no session when there is nothing to send.

    Raises TransientError when the server does not answer: the receipts stay unsent and the next run takes them. Two runs at once take
    turns: they would write the same temporary file. A receipt that cannot be made keeps no other waiting.
    """
    with transaction(gateway.engine) as connection:
        if not documents.unsent_receipts(connection, sender.id):
            return 0
    sent, broken = 0, []
    with lock(gateway.engine, f"outbox {sender.id}", patience_seconds=_PATIENCE), opened(sender.sftp) as box:
        with transaction(gateway.engine) as connection:
            waiting = documents.unsent_receipts(connection, sender.id)
        for document in waiting:
            try:
                _leave(gateway, box, document)
            except InvariantError as error:
                _log.warning("receipt not left number=%s: %s", document.number, error)
                broken.append(error)
                continue
            with transaction(gateway.engine) as connection:
                documents.note_sent(connection, document, gateway.now())
            sent += 1
    if broken:
        raise broken[0]
    return sent


def write_again(gateway: Gateway, delivery_id: int, folder: Path, *, with_keys: bool) -> tuple[Path, ...]:
    """Writes the delivery's documents into the folder as the outbox has them (``with_keys``), or without the sender's keys; their paths.

    Raises ConfigurationError when there is no such delivery, or the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with transaction(gateway.engine) as connection:
        deliveries.get(connection, delivery_id)
        for document in documents.receipts_of(connection, delivery_id):
            for name, content in rendered(connection, document, with_keys=with_keys):
                (folder / name).write_bytes(content)
                written.append(folder / name)
    return tuple(written)


def _leave(gateway: Gateway, box: Dropbox, document: Document) -> None:
    with transaction(gateway.engine) as connection:
        files = list(rendered(connection, document, with_keys=True))
    for name, content in files:
        box.leave(name, content)
    correction.leave(gateway, box, document)
