"""The partners of the demo: who sends which feed, and the settings that name them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from passerelle import keys
from passerelle.contract.model import Contract
from passerelle.demo.folder import DemoFolder
from passerelle.demo.sftp import SftpServer, write_key_pair
from passerelle.settings import Sender, Settings, SftpAccount

POLL_SECONDS = 15
GATEWAY_KEY = "passerelle"
_KNOWN = {
    "caf_msa": (("caf", "CAF de la Haute-Luisne"), ("msa", "MSA de la Haute-Luisne")),
    "france_travail": (("france-travail", "France Travail Haute-Luisne"),),
    "ccas": (
        ("ccas-valcombe", "CCAS de Valcombe"),
        ("ccas-aubremont", "CCAS d'Aubremont"),
        ("ccas-montrivel", "CCAS de Montrivel"),
    ),
}
"""Senders by information system; a feed of another system gets one sender, named like its folder of contracts."""


def senders_of(contracts: Sequence[Contract]) -> dict[str, tuple[str, tuple[Contract, ...]]]:
    """The senders of these feeds: id → name and feeds."""
    found: dict[str, tuple[str, tuple[Contract, ...]]] = {}
    for contract in contracts:
        partner = contract.id.partition("/")[0].replace("_", "-")
        for sender, name in _KNOWN.get(contract.source, ((partner, partner.upper()),)):
            found[sender] = (name, (*found.get(sender, (name, ()))[1], contract))
    return found


def open_accounts(folder: DemoFolder, contracts: Sequence[Contract]) -> SftpServer:
    """The SFTP server, not started, with an account for every sender; their keys, and the gateway's, are in ``folder.keys``."""
    server = SftpServer(folder.run / "sftp")
    gateway = write_key_pair(folder.keys / GATEWAY_KEY)
    for sender in senders_of(contracts):
        server.add_account(sender, write_key_pair(folder.keys / sender), gateway)
    return server


def write_settings(folder: DemoFolder, project: Path, contracts: Sequence[Contract], server: SftpServer) -> None:
    """The gateway's settings for the running SFTP server, and its secret keys; the warehouse's address comes with PostgreSQL."""
    keys.create(folder.keys)
    settings = Settings(
        territory="Haute-Luisne (département inventé)",
        contracts=project / "contracts",
        expectations=project / "expectations",
        vault=Path("vault"),
        keys=Path("keys"),
        warehouse_url_file=Path("keys/warehouse.url"),
        work=Path("work"),
        poll_seconds=POLL_SECONDS,
        contact="Service des échanges, 03 99 00 00 00",
        senders=tuple(
            Sender(id=sender, name=name, feeds=tuple(feed.id for feed in feeds), sftp=_account(sender, server))
            for sender, (name, feeds) in senders_of(contracts).items()
        ),
    )
    text = yaml.safe_dump(settings.model_dump(mode="json"), allow_unicode=True, sort_keys=False)
    folder.settings.write_text(text, encoding="utf-8")


def _account(sender: str, server: SftpServer) -> SftpAccount:
    return SftpAccount(
        host="127.0.0.1", port=server.port, username=sender, private_key_file=Path("keys") / GATEWAY_KEY, host_key=server.host_key
    )
