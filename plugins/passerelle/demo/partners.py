"""The partners' accounts on the demo's SFTP server, and the settings that name them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from passerelle import keys
from passerelle.demo.cast import Partner
from passerelle.demo.folder import DemoFolder
from passerelle.demo.sftp import SftpServer, write_key_pair
from passerelle.settings import Sender, Settings, SftpAccount

POLL_SECONDS = 15
GATEWAY_KEY = "passerelle"


def open_accounts(folder: DemoFolder, partners: Sequence[Partner]) -> SftpServer:
    """The SFTP server, not started, with an account for every partner; their keys, and the gateway's, are in ``folder.keys``."""
    server = SftpServer(folder.run / "sftp")
    gateway = write_key_pair(folder.keys / GATEWAY_KEY)
    for partner in partners:
        server.add_account(partner.id, write_key_pair(folder.keys / partner.id), gateway)
    return server


def write_settings(folder: DemoFolder, project: Path, partners: Sequence[Partner], server: SftpServer) -> None:
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
            Sender(id=partner.id, name=partner.name, feeds=partner.feeds, sftp=_account(partner.id, server)) for partner in partners
        ),
    )
    text = yaml.safe_dump(settings.model_dump(mode="json"), allow_unicode=True, sort_keys=False)
    folder.settings.write_text(text, encoding="utf-8")


def _account(sender: str, server: SftpServer) -> SftpAccount:
    return SftpAccount(
        host="127.0.0.1", port=server.port, username=sender, private_key_file=Path("keys") / GATEWAY_KEY, host_key=server.host_key
    )
