"""What opens encrypted files comes from the settings, and only from there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from passerelle.gateway import Gateway
from passerelle.keys import Keys
from passerelle.readers.openpgp import Unlock
from passerelle.settings import Settings
from passerelle.vault import Vault


def _gateway(folder: Path, **more: Path) -> Gateway:
    places = {name: folder / name for name in ("contracts", "expectations", "vault", "keys", "warehouse_url_file", "work")}
    settings = Settings.model_validate({"territory": "Haute-Luisne", "senders": (), **places, **more})
    keys = Keys(vault=b"v" * 32, nir_hash=b"h" * 32, nir_cipher=b"c" * 64)
    return Gateway(settings, cast(Engine, None), Vault(folder, keys.vault), keys, lambda: datetime.now(UTC))


def test_without_a_key_in_the_settings_nothing_opens_encrypted_files(tmp_path: Path) -> None:
    assert _gateway(tmp_path).unlock is None


def test_the_key_and_the_signers_of_the_settings_are_handed_on(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_bytes(b"key")
    theirs.write_bytes(b"certificates")
    assert _gateway(tmp_path, openpgp_key_file=ours).unlock == Unlock(b"key")
    assert _gateway(tmp_path, openpgp_key_file=ours, openpgp_signers_file=theirs).unlock == Unlock(b"key", b"certificates")
