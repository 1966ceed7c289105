"""The vault gives back what it was given, byte for byte, or says that it cannot; nothing in it is clear."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from passerelle.errors import ConfigurationError, InvariantError, TransientError
from passerelle.vault import Vault, VaultWriter

KEY = bytes(range(32))
CHUNK = 1 << 20
TEXT = b"nom;prenom\r\nMarchal;Josette\r\n"
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5]
HEADER, TAG = 32, 16


def content(size: int) -> bytes:
    return (TEXT * (size // len(TEXT) + 1))[:size]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", KEY)


def keep(vault: Vault, data: bytes, piece: int = 700_001) -> str:
    with vault.writer() as writer:
        for start in range(0, len(data), piece):
            writer.write(data[start : start + piece])
        return writer.keep()


def read(vault: Vault, sha256: str) -> bytes:
    with io.BufferedReader(vault.open(sha256)) as file:
        return file.read()


def files(vault: Vault) -> list[Path]:
    return sorted(path for path in vault.path("00").parents[1].rglob("*") if path.is_file())


@pytest.mark.parametrize("size", SIZES)
def test_what_was_kept_is_read_again_byte_for_byte(vault: Vault, size: int) -> None:
    data = content(size)
    sha256 = keep(vault, data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert vault.holds(sha256)
    assert read(vault, sha256) == data


def test_it_can_be_read_from_anywhere(vault: Vault) -> None:
    data = content(2 * CHUNK + 5)
    with io.BufferedReader(vault.open(keep(vault, data))) as file:
        for start in (2 * CHUNK + 3, 0, CHUNK - 2, 17, 2 * CHUNK - 1, CHUNK):
            file.seek(start)
            assert file.tell() == start
            assert file.read(40) == data[start : start + 40]
        assert file.seek(-5, io.SEEK_END) == 2 * CHUNK
        assert file.read() == data[-5:]
        assert file.seek(10, io.SEEK_END) == 2 * CHUNK + 15
        assert file.read() == b""


def test_nothing_of_it_is_clear_on_disk(vault: Vault) -> None:
    keep(vault, content(CHUNK + 100))
    (path,) = files(vault)
    sealed = path.read_bytes()
    assert b"Marchal" not in sealed
    assert TEXT[:12] not in sealed
    assert "Marchal" not in path.name


def test_its_files_are_for_their_owner_only(vault: Vault) -> None:
    path = vault.path(keep(vault, TEXT))
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_keeping_a_file_twice_keeps_it_once(vault: Vault) -> None:
    data = content(CHUNK + 1)
    assert keep(vault, data) == keep(vault, data, piece=1_000)
    assert len(files(vault)) == 1
    assert read(vault, hashlib.sha256(data).hexdigest()) == data


def test_two_files_of_equal_content_are_not_encrypted_alike(vault: Vault, tmp_path: Path) -> None:
    other = Vault(tmp_path / "other", KEY)
    assert vault.path(keep(vault, TEXT)).read_bytes() != other.path(keep(other, TEXT)).read_bytes()


def _interrupted(writer: VaultWriter) -> None:
    writer.write(TEXT)
    raise TransientError("The line is cut.")


def test_a_file_that_was_not_kept_leaves_nothing(vault: Vault) -> None:
    with vault.writer() as writer:
        writer.write(content(CHUNK + 1))
    with pytest.raises(TransientError), vault.writer() as writer:
        _interrupted(writer)
    assert files(vault) == []


# Tampering


def altered(vault: Vault, size: int, change: str) -> str:
    """A kept file that someone has changed on disk."""
    sha256 = keep(vault, content(size))
    path = vault.path(sha256)
    sealed = path.read_bytes()
    body, whole = sealed[HEADER:], CHUNK + TAG
    chunks = [body[start : start + whole] for start in range(0, len(body), whole)]
    if change == "chunks swapped":
        chunks[0], chunks[1] = chunks[1], chunks[0]
    if change == "last chunk gone":
        del chunks[-1]
    if change == "first chunk gone":
        del chunks[0]
    if change == "a chunk twice":
        chunks.insert(0, chunks[0])
    path.write_bytes(sealed[:HEADER] + b"".join(chunks))
    return sha256


@pytest.mark.parametrize("change", ["chunks swapped", "last chunk gone", "first chunk gone", "a chunk twice"])
def test_chunks_cannot_be_moved_or_left_out(vault: Vault, change: str) -> None:
    with pytest.raises(InvariantError, match="altered"):
        read(vault, altered(vault, 3 * CHUNK, change))


@pytest.mark.parametrize("size", [0, 30, CHUNK + 30])
@pytest.mark.parametrize("left", [0, 8, HEADER, HEADER + 1, HEADER + TAG - 1, -1, -TAG])
def test_a_file_that_was_cut_off_cannot_be_read(vault: Vault, size: int, left: int) -> None:
    sha256 = keep(vault, content(size))
    path = vault.path(sha256)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(InvariantError):
        read(vault, sha256)


@pytest.mark.parametrize("place", [0, 9, 18, HEADER, HEADER + 100, -1])
def test_one_changed_byte_is_noticed(vault: Vault, place: int) -> None:
    sha256 = keep(vault, content(CHUNK + 30))
    path = vault.path(sha256)
    sealed = bytearray(path.read_bytes())
    sealed[place] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(InvariantError):
        read(vault, sha256)


def test_a_chunk_of_another_file_is_noticed(vault: Vault) -> None:
    one, two = keep(vault, content(40)), keep(vault, content(41)[1:])
    sealed = vault.path(one).read_bytes()
    vault.path(two).write_bytes(vault.path(two).read_bytes()[:HEADER] + sealed[HEADER:])
    with pytest.raises(InvariantError):
        read(vault, two)


def test_another_key_opens_nothing(vault: Vault) -> None:
    sha256 = keep(vault, TEXT)
    stranger = Vault(vault.path("00").parents[1], os.urandom(32))
    with pytest.raises(InvariantError, match="key"):
        read(stranger, sha256)


def test_a_file_that_is_not_there_is_said_to_be_missing(vault: Vault) -> None:
    assert not vault.holds("ab" * 32)
    with pytest.raises(InvariantError, match="holds no file"):
        vault.open("ab" * 32)


def test_a_key_of_the_wrong_length_is_a_mistake_of_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="32 bytes"):
        Vault(tmp_path, b"short")
