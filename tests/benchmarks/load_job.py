"""A delimited file through the vault, the check and the loading into a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from contract import LARGE

from passerelle.contract.model import Contract
from passerelle.gateway import Gateway
from passerelle.keys import Keys
from passerelle.ledger import deliveries
from passerelle.ledger.states import State
from passerelle.settings import Settings
from passerelle.steps import check, stage
from passerelle.vault import Vault
from passerelle.warehouse.connect import open_engine, transaction


class _Bench(Gateway):
    """A gateway whose only contract is the benchmark's."""

    def contract(self, feed: str) -> Contract:
        return LARGE


def check_and_stage(path: Path, url: str, folder: Path) -> None:
    """Both stages on the kept file, PostgreSQL's own work not counted (it is another process)."""
    settings = Settings.model_validate(
        {
            "territory": "Banc d'essai",
            **{name: folder for name in ("contracts", "expectations", "vault", "keys", "work")},
            "warehouse_url_file": folder / "url",
            "senders": [
                {
                    "id": "banc",
                    "name": "Banc",
                    "feeds": [LARGE.id],
                    "sftp": {"host": "127.0.0.1", "username": "x", "private_key_file": "x", "host_key": "x"},
                }
            ],
        }
    )
    (folder / "url").write_text(url, encoding="utf-8")
    keys = Keys(bytes(32), bytes(32), bytes(range(64)))
    gateway = _Bench(settings, open_engine(url), Vault(folder, keys.vault), keys, lambda: datetime.now(UTC))
    with gateway.vault.writer() as writer, path.open("rb") as file:
        while block := file.read(1 << 20):
            writer.write(block)
        sha256 = writer.keep()
    with transaction(gateway.engine) as connection:
        at = gateway.now()
        values = {
            "feed": LARGE.id,
            "series": LARGE.tells,
            "sender": "banc",
            "file_name": str(at),
            "remote_name": b"",
            "remote_mtime": 0,
            "sha256": sha256 + str(at),
        }
        entered = deliveries.enter(connection, {**values, "bytes": 0, "state": State.RECEIVED, "received_at": at, "stamp": at})
        connection.exec_driver_sql(f"update ledger.delivery set sha256 = '{sha256}' where delivery_id = {entered.delivery_id}")
    check.run(gateway, entered.delivery_id)
    stage.run(gateway, entered.delivery_id)
    with transaction(gateway.engine) as connection:
        connection.exec_driver_sql(
            f"update ledger.delivery set sha256 = sha256 || '-{entered.delivery_id}' where delivery_id = {entered.delivery_id}"
        )
