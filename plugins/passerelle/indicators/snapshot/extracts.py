"""Extracts of frozen snapshots for the funding officers: kept in the ledger once, then sent like receipts."""

from __future__ import annotations

from passerelle.deliver import outgoing as sending
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.indicators.extracts import bundle
from passerelle.indicators.extracts.content import Extract
from passerelle.indicators.extracts.subjects import of_snapshot
from passerelle.indicators.snapshot import engine, store
from passerelle.indicators.snapshot.store import Snapshot
from passerelle.ledger import outgoing
from passerelle.ledger.outgoing import Label
from passerelle.warehouse.connect import transaction


def deliver(gateway: Gateway) -> int:
    """Makes the extracts of every frozen snapshot not yet delivered and leaves them in the funding officers' folder; how many files.

    Raises ConfigurationError when the settings name no recipient, TransientError when the server does not answer (they stay to be sent).
    """
    if gateway.settings.funding_officers is None:
        raise ConfigurationError(
            "Aucun destinataire des extraits FSE+ : écrivez « funding_officers » dans les paramètres (docs/install.md)."
        )
    recipient = gateway.settings.sender(gateway.settings.funding_officers)
    for found in _waiting(gateway, recipient.id):
        files = files_of(gateway, found)
        label = Label(recipient=recipient.id, subject=_subject(found), at=gateway.now())
        with transaction(gateway.engine) as connection:
            outgoing.keep(connection, label, files)
    return sending.send(gateway, recipient)


def files_of(gateway: Gateway, found: Snapshot) -> dict[str, bytes]:
    """The extracts of a snapshot by name: workbook, table, summary, figures (JSON) and manifest; made of the frozen files alone."""
    subject = of_snapshot(gateway.engine, found.snapshot_id)
    stem = bundle.stem_of(subject)
    return bundle.files_of(Extract(subject, targets=bundle.targets_of(gateway))) | {
        f"{stem}_chiffres.json": subject.files[engine.FIGURES],
        f"{stem}_manifeste.json": found.manifest.encode("utf-8"),
    }


def _waiting(gateway: Gateway, recipient: str) -> list[Snapshot]:
    with transaction(gateway.engine) as connection:
        known = outgoing.subjects(connection, recipient)
        return [one for one in reversed(store.listed(connection)) if one.is_frozen and _subject(one) not in known]


def _subject(found: Snapshot) -> str:
    return f"esf snapshot {found.snapshot_id}"
