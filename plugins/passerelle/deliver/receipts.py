"""Receipts kept in the ledger → files in the sender's outbox, JSON and page, each exactly under its own name.

Making a receipt and sending it are apart: the first is part of the step's transaction, the second may fail and is tried again at every
run. Sending twice writes the same bytes under the same name.
"""

from __future__ import annotations

from passerelle.dropbox import Dropbox, opened
from passerelle.gateway import Gateway
from passerelle.ledger import documents
from passerelle.receipt.model import Receipt, file_names
from passerelle.receipt.page import render
from passerelle.settings import Sender
from passerelle.warehouse.connect import lock, transaction

_PATIENCE = 30
"""Seconds a run waits for another that is sending to the same outbox."""


def send(gateway: Gateway, sender: Sender) -> int:
    """Leaves every unsent receipt in the sender's outbox; how many. Opens no session when there is nothing to send.

    Raises TransientError when the server does not answer: the receipts stay unsent and the next run takes them. Two runs at once take
    turns: they would write the same temporary file.
    """
    with transaction(gateway.engine) as connection:
        if not documents.unsent_receipts(connection, sender.id):
            return 0
    with lock(gateway.engine, f"outbox {sender.id}", patience_seconds=_PATIENCE), opened(sender.sftp) as box:
        with transaction(gateway.engine) as connection:
            waiting = documents.unsent_receipts(connection, sender.id)
        for document in waiting:
            _leave(box, Receipt.from_json(document.body))
            with transaction(gateway.engine) as connection:
                documents.note_sent(connection, document, gateway.now())
    return len(waiting)


def _leave(box: Dropbox, receipt: Receipt) -> None:
    names = file_names(receipt)
    box.leave(names["json"], receipt.to_json().encode())
    box.leave(names["html"], render(receipt).encode())
