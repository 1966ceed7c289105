"""What receipts say about a delivery, gathered from ledger, settings and contract."""

from __future__ import annotations

from passerelle.contract.model import Contract
from passerelle.ledger.deliveries import Delivery
from passerelle.receipt.model import DeliveryFacts
from passerelle.settings import Settings


def delivery_facts(settings: Settings, delivery: Delivery, contract: Contract | None) -> DeliveryFacts:
    """The facts; ``contract`` is None for a file no contract recognises."""
    sender = settings.sender(delivery.sender)
    return DeliveryFacts(
        delivery_id=delivery.delivery_id,
        feed=contract.id if contract else "",
        feed_name=contract.name if contract else "",
        contract_version=(delivery.contract_version or "") if contract else "",
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
