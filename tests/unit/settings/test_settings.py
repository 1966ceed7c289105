"""The installation's settings: read when asked, every mistake named, no secret inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from passerelle import settings
from passerelle.errors import ConfigurationError

SFTP: dict[str, Any] = {
    "host": "depot.exemple.fr",
    "username": "passerelle",
    "private_key_file": "keys/sftp",
    "host_key": "ssh-ed25519 AAAA",
}
SENDERS: list[dict[str, Any]] = [
    {"id": "caf", "name": "CAF", "feeds": ["caf/rsa"], "sftp": SFTP},
    {"id": "ccas-valcombe", "name": "CCAS de Valcombe", "feeds": ["ccas/accompagnement", "ccas/autre"], "sftp": SFTP},
    {"id": "msa", "name": "MSA", "feeds": ["caf/rsa"], "sftp": SFTP},
]
GOOD: dict[str, Any] = {
    "territory": "Haute-Luisne",
    "contracts": "contracts",
    "expectations": "expectations",
    "vault": "/srv/vault",
    "keys": "keys",
    "warehouse_url_file": "keys/warehouse.url",
    "work": "work",
    "senders": SENDERS,
}


def write(folder: Path, content: object) -> Path:
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path, GOOD)


def test_paths_are_relative_to_the_file_that_names_them(path: Path) -> None:
    found = settings.load(path)
    base = path.parent.resolve()
    assert found.contracts == base / "contracts"
    assert found.vault == Path("/srv/vault")
    assert found.warehouse_url_file == base / "keys" / "warehouse.url"
    assert {sender.sftp.private_key_file for sender in found.senders} == {base / "keys" / "sftp"}


def test_the_variable_names_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.VARIABLE, str(path))
    assert settings.load().territory == "Haute-Luisne"
    monkeypatch.delenv(settings.VARIABLE)
    with pytest.raises(ConfigurationError, match=settings.VARIABLE):
        settings.load()


def test_one_feed_may_have_many_senders_and_one_sender_many_feeds(path: Path) -> None:
    found = settings.load(path)
    assert [sender.id for sender in found.senders_of("caf/rsa")] == ["caf", "msa"]
    assert [sender.id for sender in found.senders_of("ccas/autre")] == ["ccas-valcombe"]
    assert found.senders_of("ccas/inconnu") == ()
    assert found.sender("msa").name == "MSA"


def test_an_unknown_sender_is_answered_with_those_there_are(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'cfa'.*caf, ccas-valcombe, msa"):
        settings.load(path).sender("cfa")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"teritory": "x"}, "teritory"),
        ({"territory": None}, "territory"),
        ({"poll_seconds": 1}, "poll_seconds"),
        ({"senders": [{**SENDERS[0], "id": "CAF de l'Ain"}]}, "senders.0.id"),
        ({"senders": [{**SENDERS[0], "sftp": {**SFTP, "password": "secret-word"}}]}, "senders.0.sftp.password"),
        ({"senders": [{**SENDERS[0], "sftp": {**SFTP, "timeout_seconds": 0}}]}, "senders.0.sftp.timeout_seconds"),
    ],
)
def test_a_wrong_key_is_named_and_its_value_is_not_shown(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings.load(write(tmp_path, GOOD | change))
    assert named in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="vault"):
        settings.load(write(tmp_path, {key: value for key, value in GOOD.items() if key != "vault"}))


@pytest.mark.parametrize("content", ["a: [", "", "- a", "\udcff"])
def test_a_file_that_is_no_settings_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match=r"settings\.yaml"):
        settings.load(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml"):
        settings.load(tmp_path / "nowhere.yaml")


def test_the_address_of_the_warehouse_is_read_from_its_own_file(path: Path) -> None:
    found = settings.load(path)
    with pytest.raises(ConfigurationError, match=r"warehouse\.url"):
        found.warehouse_url()
    found.warehouse_url_file.parent.mkdir()
    found.warehouse_url_file.write_text("postgresql+psycopg://passerelle@base/entrepot\n", encoding="utf-8")
    assert found.warehouse_url() == "postgresql+psycopg://passerelle@base/entrepot"


def test_the_openpgp_key_is_read_from_the_file_the_settings_name(tmp_path: Path) -> None:
    (tmp_path / "pgp").mkdir()
    (tmp_path / "pgp" / "ours").write_bytes(b"key\n")
    (tmp_path / "pgp" / "theirs").write_bytes(b"certificates")
    found = settings.load(write(tmp_path, GOOD))
    assert (found.openpgp_key(), found.openpgp_signers()) == (None, b"")
    found = settings.load(write(tmp_path, GOOD | {"openpgp_key_file": "pgp/ours", "openpgp_signers_file": "pgp/theirs"}))
    assert (found.openpgp_key(), found.openpgp_signers()) == (b"key\n", b"certificates")
    missing = settings.load(write(tmp_path, GOOD | {"openpgp_key_file": "pgp/none"}))
    with pytest.raises(ConfigurationError, match="pgp/none"):
        missing.openpgp_key()
