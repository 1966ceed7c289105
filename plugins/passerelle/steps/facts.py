"""What receipts say about a delivery, gathered from ledger, settings and contract; and how a receipt is kept."""

from __future__ import annotations

from sqlalchemy import Connection

from passerelle.contract.model import Contract
from passerelle.ledger import documents
from passerelle.ledger.deliveries import Delivery
from passerelle.receipt.model import DeliveryFacts, Receipt
from passerelle.settings import Settings


def keep(connection: Connection, delivery_id: int, receipt: Receipt) -> None:
    """Keeps the receipt in the ledger, to be sent, with the work it speaks of."""
    answer = documents.Answer(
        delivery_id=delivery_id, kind=receipt.kind, number=receipt.number, made_at=receipt.made_at, body=receipt.to_json()
    )
    documents.keep_receipt(connection, answer)


def delivery_facts(settings: Settings, delivery: Delivery, contract: Contract | None) -> DeliveryFacts:
    """The facts; ``contract`` is None for a file no contract recognises."""
    sender = settings.sender(delivery.sender)
    return DeliveryFacts(
        delivery_id=delivery.delivery_id,
        feed=contract.id if contract else "",
        feed_name=contract.name if contract else "",
        contract_version=(delivery.contract_version or "") if contract else "",
        contract_sha256=(delivery.contract_sha256 or "") if contract else "",
        unit="dossier" if contract and contract.is_grouped else "ligne",
        file_name=delivery.file_name,
        sha256=delivery.sha256,
        bytes=delivery.bytes,
        received_at=delivery.received_at,
        sender_id=sender.id,
        sender_name=sender.name,
        territory=settings.territory,
        contact=settings.contact,
        promised_minutes=contract.calendar.receipt_minutes if contract else 60,
    )
