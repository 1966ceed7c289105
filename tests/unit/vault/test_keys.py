"""Secret keys: made once, for their owner only, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from passerelle import keys
from passerelle.errors import ConfigurationError
from passerelle.keys import Keys

NIR = "2850578006084"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys.create(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def made(folder: Path) -> Keys:
    return keys.load(folder)


def test_keys_are_made_for_their_owner_only(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["nir_cipher.key", "nir_hash.key", "vault.key"]
    for path in (folder, *folder.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_keys_that_are_there_are_never_replaced(folder: Path) -> None:
    before = {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()}
    (folder / "vault.key").unlink()
    keys.create(folder)
    after = {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()}
    assert after.pop("vault.key") != before.pop("vault.key")
    assert after == before


def test_two_installations_have_different_keys(folder: Path, tmp_path: Path) -> None:
    keys.create(tmp_path / "other")
    assert keys.load(folder) != keys.load(tmp_path / "other")


@pytest.mark.parametrize("text", ["", "zz" * 32, "ab" * 31, "ab" * 33, "é"])
def test_a_malformed_key_is_named_and_not_shown(folder: Path, text: str) -> None:
    (folder / "nir_hash.key").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"nir_hash\.key") as caught:
        keys.load(folder)
    assert not text or text not in str(caught.value)


def test_a_missing_key_is_named_with_the_command_that_makes_it(folder: Path) -> None:
    (folder / "nir_cipher.key").unlink()
    with pytest.raises(ConfigurationError, match=r"nir_cipher\.key.*passerelle "):
        keys.load(folder)


def test_equal_values_have_equal_hashes_under_one_key_only(made: Keys, tmp_path: Path) -> None:
    keys.create(tmp_path / "other")
    assert made.hash(NIR) == made.hash(NIR)
    assert made.hash(NIR) != made.hash(NIR[:-1] + "5")
    assert made.hash(NIR) != keys.load(tmp_path / "other").hash(NIR)
    assert len(made.hash(NIR)) == 64
    assert NIR not in made.hash(NIR)


def test_what_was_encrypted_can_be_read_with_its_key_only(made: Keys, tmp_path: Path) -> None:
    cipher = made.encrypt(NIR)
    assert cipher == made.encrypt(NIR)
    assert NIR.encode() not in cipher
    assert made.decrypt(cipher) == NIR
    keys.create(tmp_path / "other")
    with pytest.raises(InvalidTag):
        keys.load(tmp_path / "other").decrypt(cipher)


def test_keys_are_never_shown(made: Keys) -> None:
    for text in (repr(made), str(made), f"{made}"):
        assert text == "Keys(…)"
