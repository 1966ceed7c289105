"""Extracts: of frozen snapshots for the funding officers, kept in the ledger once and sent like receipts; and the state of today."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from passerelle.deliver import outgoing as sending
from passerelle.errors import ConfigurationError, DeliveryError
from passerelle.gateway import Gateway
from passerelle.indicators.report import Report
from passerelle.indicators.snapshot import confirmed, engine, known, rural, store
from passerelle.indicators.snapshot.moment import day_of
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
    """The extracts of a snapshot by name: workbook, figures (JSON) and manifest; made of the frozen files alone."""
    with transaction(gateway.engine) as connection:
        files = store.files(connection, found.snapshot_id)
    operation = re.sub(r"[^A-Za-z0-9_-]+", "_", found.operation_id)
    stem = f"fse_arrete_{found.snapshot_id:05}_{operation}_{found.cut_off:%Y-%m-%d}"
    with TemporaryDirectory(prefix="passerelle-esf-") as name:
        path = Path(name) / "workbook.xlsx"
        engine.write_workbook(files, found.cut_off, path)
        workbook = path.read_bytes()
    return {
        f"{stem}.xlsx": workbook,
        f"{stem}_chiffres.json": files[engine.FIGURES],
        f"{stem}_manifeste.json": found.manifest.encode("utf-8"),
    }


def report_now(gateway: Gateway) -> Report:
    """All operations as they are known now, with exits, events and what was confirmed: nothing of it is frozen.

    Raises DeliveryError when nothing at all is known: an empty workbook would be read as a zero.
    """
    now = gateway.now()
    with transaction(gateway.engine) as connection:
        found = known.read(connection, None, now, rural.rurality(connection, rural.contract_of(gateway), now))
        for operation_id in confirmed.operations_with(connection, now):
            confirmed.complete(connection, found, operation_id, now)
        if found.is_empty():
            raise DeliveryError("esf.extract.empty", "Aucune participation dans l’entrepôt : aucun classeur n’est produit.")
        files = found.files()
    return engine.report(files, day_of(now))


def _waiting(gateway: Gateway, recipient: str) -> list[Snapshot]:
    with transaction(gateway.engine) as connection:
        known = outgoing.subjects(connection, recipient)
        return [one for one in reversed(store.listed(connection)) if one.is_frozen and _subject(one) not in known]


def _subject(found: Snapshot) -> str:
    return f"esf snapshot {found.snapshot_id}"
