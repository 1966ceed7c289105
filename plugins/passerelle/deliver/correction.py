"""The correction file in its sender's outbox: only what was set aside, made from the kept file each time, never stored."""

from __future__ import annotations

import gzip
import io
import zipfile
from contextlib import ExitStack
from typing import IO, cast

from sqlalchemy import Connection

from passerelle.checks.replay import write_aside
from passerelle.contract.model import Contract
from passerelle.dropbox import Dropbox
from passerelle.errors import InvariantError
from passerelle.gateway import Gateway
from passerelle.ledger import aside, deliveries, documents
from passerelle.ledger.deliveries import Delivery
from passerelle.ledger.documents import Document
from passerelle.readers.envelope import opened
from passerelle.receipt.model import Receipt
from passerelle.warehouse.connect import transaction

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time a zip archive can hold: the same records always give the same bytes."""


def leave(gateway: Gateway, box: Dropbox, document: Document) -> bool:
    """Leaves the correction file beside the document that brings it; False when there is none to leave, or nothing left to correct."""
    with transaction(gateway.engine) as connection:
        name = _brought_by(connection, document)
        delivery = deliveries.get(connection, document.delivery_id)
        records = aside.set_aside(connection, document.delivery_id)
        is_open = aside.is_open(connection, document.delivery_id)
    if name is None or not is_open:
        return False
    contract = gateway.contract(delivery.feed)
    box.leave_written(name, lambda file: write(gateway, contract, (delivery, records.tolist()), file))
    return True


def write(gateway: Gateway, contract: Contract, what: tuple[Delivery, list[int]], out: IO[bytes]) -> None:
    """Writes the records of the delivery's file, wrapped as its contract says."""
    delivery, records = what
    received = delivery.lines_received
    with ExitStack() as stack:
        file = stack.enter_context(io.BufferedReader(gateway.vault.open(delivery.sha256), 1 << 20))
        inside = stack.enter_context(opened(contract, file, gateway.unlock))
        write_aside(contract, inside, records, wrapped(contract, delivery.file_name, out, stack), received=received)


def _brought_by(connection: Connection, document: Document) -> str | None:
    """The correction file's name, if this is the first of the delivery's documents that speaks of it."""
    for kept in documents.receipts_of(connection, document.delivery_id):
        correction = Receipt.from_json(kept.body).correction
        if correction is not None:
            return correction.name if kept.receipt_id == document.receipt_id else None
    return None


def wrapped(contract: Contract, file_name: str, out: IO[bytes], stack: ExitStack) -> IO[bytes]:
    """Where to write so that the file in ``out`` is wrapped; it is whole once the stack is left."""
    for depth, wrapping in enumerate(contract.layout.envelope):
        match wrapping:
            case "gzip":
                out = cast(IO[bytes], stack.enter_context(gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0)))
            case "zip":
                stream = cast(IO[bytes], _Stream(out))
                archive = stack.enter_context(zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED))
                inner = file_name.removesuffix(".zip") if depth == 0 else "contenu"
                out = stack.enter_context(archive.open(zipfile.ZipInfo(inner, _EPOCH), "w"))
            case "openpgp":
                raise InvariantError("No correction file is made of an encrypted file: only its recipient may open it.")
    return out


class _Stream:
    """Where an archive is written from its beginning to its end: one that could go back would write other bytes."""

    def __init__(self, out: IO[bytes]) -> None:
        self.write = out.write
        self.flush = out.flush
