"""Files kept in the ledger → the recipient's outbox, through the same door and under the same lock as receipts."""

from __future__ import annotations

from passerelle.dropbox import opened
from passerelle.gateway import Gateway
from passerelle.ledger import outgoing
from passerelle.settings import Sender
from passerelle.warehouse.connect import lock, transaction

_PATIENCE = 30
"""Seconds a run waits for another that is sending to the same outbox."""


def send(gateway: Gateway, recipient: Sender) -> int:
    """Leaves every unsent file in the recipient's outbox; how many. Opens no session when there is nothing to send.

    Raises TransientError when the server does not answer: the files stay unsent and the next run takes them. Sending one twice (a run
    killed between outbox and ledger) writes the same bytes under the same name.
    """
    with transaction(gateway.engine) as connection:
        if not outgoing.unsent(connection, recipient.id):
            return 0
    sent = 0
    with lock(gateway.engine, f"outbox {recipient.id}", patience_seconds=_PATIENCE), opened(recipient.sftp) as box:
        with transaction(gateway.engine) as connection:
            waiting = outgoing.unsent(connection, recipient.id)
        for parcel in waiting:
            box.leave(parcel.name, parcel.content)
            with transaction(gateway.engine) as connection:
                outgoing.note_sent(connection, parcel, gateway.now())
            sent += 1
    return sent
