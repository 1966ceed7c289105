"""A whole installation for a test: settings, keys, vault, warehouse and the partners' accounts, with what partners do by hand."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from sqlalchemy import text

import servers
from passerelle import keys
from passerelle.contract.load import find
from passerelle.contract.model import Contract
from passerelle.derive.sample import SampleFile, write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.warehouse.connect import transaction

REPOSITORY = Path(__file__).resolve().parents[1]
AS_OF = date(2026, 11, 20)
FEEDS = {
    "caf": "caf/rsa_beneficiaires_mensuel",
    "msa": "caf/rsa_beneficiaires_mensuel",
    "francetravail": "france_travail/inscriptions",
    "ccas-valcombe": "ccas/accompagnement",
    "ccas-aubremont": "ccas/accompagnement",
}


@dataclass(frozen=True)
class Installation:
    """The files of one installation and the embedded SFTP server behind it."""

    folder: Path
    sftp: servers.Sftp
    settings: Path
    contracts: Path = REPOSITORY / "contracts"
    feeds: Mapping[str, str] = field(default_factory=lambda: FEEDS)

    def inbox(self, sender: str) -> Path:
        """The sender's inbox on the server's disk."""
        return self.sftp.root(sender) / "depot"

    def drop(self, sender: str, path: Path, name: str | None = None) -> Path:
        """Puts a copy of the file into the sender's inbox, as a finished upload."""
        target = self.inbox(sender) / (name or path.name)
        shutil.copyfile(path, target.with_name(target.name + ".part"))
        target.with_name(target.name + ".part").rename(target)
        return target

    def sample(self, sender: str, rows: int, seed: int = 1, *, day: date = AS_OF, defects: float = 0.0) -> SampleFile:
        """A synthetic file of the sender's feed."""
        folder = self.folder / "made" / f"{sender}-{rows}-{seed}-{day}"
        folder.mkdir(parents=True, exist_ok=True)
        request = SampleRequest(rows=rows, seed=seed, as_of=day, defects=defects)
        return write_sample(_contract(self.contracts, self.feeds[sender]), folder, request=request)

    def outbox(self, sender: str) -> list[str]:
        """The names in the sender's outbox."""
        return sorted(path.name for path in (self.sftp.root(sender) / "retours").iterdir())


def product_contract(feed: str) -> Contract:
    """The product's own contract of this feed."""
    return _contract(REPOSITORY / "contracts", feed)


_contract = functools.cache(find)
"""Reading one takes half a second."""


def build(
    folder: Path,
    sftp: servers.Sftp,
    warehouse_url: str,
    senders: Sequence[str] = tuple(FEEDS),
    *,
    contracts: Path = REPOSITORY / "contracts",
    feeds: Mapping[str, str] = FEEDS,
    timeout_seconds: float = 10,
) -> Installation:
    """Writes settings and keys for the given warehouse and SFTP server."""
    keys.create(folder / "keys")
    (folder / "warehouse.url").write_text(warehouse_url, encoding="utf-8")
    listed = []
    for sender in senders:
        account = sftp.account(sender)
        entry = {
            "host": account.host,
            "port": account.port,
            "username": account.username,
            "private_key_file": str(account.private_key_file),
            "host_key": account.host_key,
            "timeout_seconds": timeout_seconds,
        }
        listed.append({"id": sender, "name": f"Expéditeur {sender}", "feeds": [feeds[sender]], "sftp": entry})
    settings = {
        "territory": "Département d'essai",
        "contracts": str(contracts),
        "expectations": str(REPOSITORY / "expectations"),
        "vault": "vault",
        "keys": "keys",
        "warehouse_url_file": "warehouse.url",
        "work": "work",
        "senders": listed,
    }
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return Installation(folder, sftp, path, contracts, feeds)


def hasty_contracts(folder: Path) -> Path:
    """A copy of the contracts that waits for no file to settle, for tests that are not about that."""
    shutil.copytree(REPOSITORY / "contracts", folder)
    for path in folder.rglob("*.odcs.yaml"):
        text_ = re.sub(r"settleSeconds: \d+", "settleSeconds: 0", path.read_text(encoding="utf-8"))
        path.write_text(text_, encoding="utf-8")
    return folder


def rows(gateway: Gateway, query: str) -> list[tuple[object, ...]]:
    """The rows of a query on the warehouse."""
    with transaction(gateway.engine) as connection:
        return [tuple(row) for row in connection.execute(text(query))]
