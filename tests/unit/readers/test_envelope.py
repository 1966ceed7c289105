"""What files are wrapped in: opened within caps, never clear on disk, and refused in words when they are not what was agreed."""

from __future__ import annotations

import base64
import bz2
import contextlib
import gzip
import io
import random
import struct
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.contract.model import Contract
from passerelle.derive.synthetic import wrapping
from passerelle.errors import ConfigurationError, DeliveryError, InvariantError, TransientError
from passerelle.readers import envelope, spool
from passerelle.readers.envelope import opened
from passerelle.readers.openpgp import Unlock
from passerelle.readers.spool import Spool
from text_contracts import CSV, variant

GZIP, ZIP, PGP = (variant(CSV, envelope=(one,)) for one in ("gzip", "zip", "openpgp"))
PGP_GZIP = variant(CSV, envelope=("openpgp", "gzip"))
DATA = b"".join(b"%06d;Zo\xe9\r\n" % number for number in range(5_000))
KEY, OTHER = wrapping.new_key(), wrapping.new_key()
CERTIFICATE = wrapping.certificate_of(KEY)
UNLOCK = Unlock(KEY)


def inside(contract: Contract, data: bytes, unlock: Unlock | None = UNLOCK) -> bytes:
    with opened(contract, io.BytesIO(data), unlock) as file:
        return file.read()


def refusal(contract: Contract, data: bytes, unlock: Unlock | None = UNLOCK) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        inside(contract, data, unlock)
    assert caught.value.expected
    assert caught.value.fix
    return caught.value


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return archive.getvalue()


def encrypted(data: bytes, **more: Any) -> bytes:
    return wrapping.encrypted(data, CERTIFICATE, **more)


def test_each_envelope_gives_what_is_inside() -> None:
    assert inside(GZIP, gzip.compress(DATA)) == DATA
    assert inside(ZIP, zipped(("x.csv", DATA))) == DATA
    assert inside(ZIP, zipped(("dossier/", b""), ("dossier/x.csv", DATA))) == DATA
    assert inside(ZIP, zipped(("x.csv", DATA), method=zipfile.ZIP_STORED)) == DATA
    assert inside(PGP, encrypted(DATA)) == DATA
    assert inside(PGP_GZIP, encrypted(gzip.compress(DATA))) == DATA
    assert inside(variant(CSV, envelope=("zip", "gzip")), zipped(("x.csv.gz", gzip.compress(DATA)))) == DATA


def test_without_an_envelope_the_file_is_the_file() -> None:
    file = io.BytesIO(DATA)
    with opened(CSV, file) as found:
        assert found is file


def test_the_inside_can_be_read_again_and_anywhere() -> None:
    with opened(GZIP, io.BytesIO(gzip.compress(DATA))) as file:
        assert file.seek(0, io.SEEK_END) == len(DATA)
        for offset in (0, 1, 15, 16, 17, 4_097, len(DATA) - 5):
            file.seek(offset)
            assert file.read(20) == DATA[offset : offset + 20]
        file.seek(0)
        assert file.readline() == DATA[:12]
        assert file.tell() == 12
        assert file.read() == DATA[12:]


def test_a_spool_gives_back_any_part_of_what_was_put_in() -> None:
    with Spool() as kept:
        for at in range(0, len(DATA), 777):
            kept.append(DATA[at : at + 777])
        for offset in (0, 1, 15, 16, 17, 4_097, len(DATA) - 5, len(DATA), len(DATA) + 9):
            assert kept.seek(offset) == kept.tell() == offset
            assert (kept.read(20), kept.read(30)) == (DATA[offset : offset + 20], DATA[offset + 20 : offset + 50])
        assert kept.seek(-7, io.SEEK_END) == len(DATA) - 7
        assert kept.seek(2, io.SEEK_CUR) == len(DATA) - 5
        assert kept.read() == DATA[-5:]


def test_a_disk_that_is_full_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool.tempfile, "TemporaryFile", lambda buffering: Path("/dev/full").open("w+b", buffering=buffering))  # noqa: SIM115
    with pytest.raises(TransientError, match="ENOSPC"):
        inside(GZIP, gzip.compress(DATA))


def test_nothing_of_it_is_clear_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paths: list[Path] = []

    def kept(buffering: int) -> Any:
        paths.append(tmp_path / str(len(paths)))
        return paths[-1].open("w+b", buffering=buffering)

    monkeypatch.setattr(spool.tempfile, "TemporaryFile", kept)
    packed = gzip.compress(DATA)
    with opened(PGP_GZIP, io.BytesIO(encrypted(packed)), UNLOCK) as file:
        assert file.read() == DATA
    for path, clear in zip(paths, (packed, DATA), strict=True):
        written = path.read_bytes()
        assert len(written) == len(clear)
        assert clear[:6] not in written
        assert len(zlib.compress(written)) > 0.99 * len(written)


def test_two_spools_of_the_same_bytes_have_nothing_in_common(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("a", "b"):
        monkeypatch.setattr(spool.tempfile, "TemporaryFile", lambda buffering, name=name: (tmp_path / name).open("w+b", buffering=0))
        with Spool() as one:
            one.append(DATA)
    first, second = ((tmp_path / name).read_bytes() for name in ("a", "b"))
    assert sum(one == two for one, two in zip(first, second, strict=True)) < len(DATA) / 50


def test_a_file_that_is_not_wrapped_is_refused_in_the_words_of_its_envelope() -> None:
    for contract, data, words in (
        (GZIP, DATA, "n'est pas compressé au format gzip"),
        (ZIP, DATA, "n'est pas une archive zip"),
        (PGP, DATA, "n'est pas chiffré avec OpenPGP"),
        (PGP, gzip.compress(DATA), "n'est pas chiffré avec OpenPGP"),
        (PGP_GZIP, encrypted(DATA), "une fois déchiffré, n'est pas compressé"),
        (ZIP, gzip.compress(DATA), "n'est pas une archive zip"),
    ):
        error = refusal(contract, data)
        assert (error.rule, words in error.message) == ("file.envelope", True), error.message


@pytest.mark.parametrize("contract", [GZIP, ZIP, PGP])
def test_no_byte_is_an_empty_file(contract: Contract) -> None:
    assert refusal(contract, b"").rule == "file.empty"


# gzip


@pytest.mark.parametrize("kept", [2, 5, 10, 11, 200, -1, -7, -8, -9])
def test_a_gzip_file_cut_anywhere_is_refused_before_anything_is_read(kept: int) -> None:
    error = refusal(GZIP, gzip.compress(DATA)[:kept])
    assert error.rule == "file.envelope"
    assert "coupé" in error.message


def test_a_gzip_file_whose_checksum_or_length_is_wrong_is_refused() -> None:
    data = gzip.compress(DATA)
    for broken in (data[:-8] + b"\0\0\0\0" + data[-4:], data[:-4] + b"\1\0\0\0", data[:900] + bytes([data[900] ^ 4]) + data[901:]):
        error = refusal(GZIP, broken)
        assert "abîmé" in error.message


@pytest.mark.parametrize("more", [gzip.compress(b"1;2\n"), b"x", b"\0" * 3_000_000])
def test_anything_after_the_end_of_a_gzip_file_is_refused(monkeypatch: pytest.MonkeyPatch, more: bytes) -> None:
    data = gzip.compress(DATA)
    assert "après la fin" in refusal(GZIP, data + more).message
    monkeypatch.setattr(envelope, "_BLOCK", len(data))  # it begins where a block does
    assert "après la fin" in refusal(GZIP, data + more).message


# zip


def test_an_archive_holds_exactly_one_file() -> None:
    assert "2 fichiers" in refusal(ZIP, zipped(("a", b"1"), ("b", b"2"))).message
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("a", b"1"), ("a", b"2"))
    assert "2 fichiers" in refusal(ZIP, twice).message
    assert "vide" in refusal(ZIP, zipped()).message
    assert "vide" in refusal(ZIP, zipped(("dossier/", b""))).message


def test_an_archive_with_a_password_is_refused() -> None:
    data = bytearray(zipped(("x.csv", DATA)))
    data[6] |= 1
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "mot de passe" in refusal(ZIP, bytes(data)).message


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_of_another_compression_is_refused(method: int) -> None:
    assert "inhabituelle" in refusal(ZIP, zipped(("x.csv", DATA), method=method)).message


def test_an_archive_that_lies_about_its_content_is_refused() -> None:
    good = zipped(("x.csv", DATA))
    at = good.index(b"PK\x01\x02")
    for place, value in ((at + 16, 1), (at + 24, 100), (at + 24, 10**9), (at + 20, 10), (at + 42, 10**6)):
        data = bytearray(good)
        data[place : place + 4] = struct.pack("<I", value)
        assert refusal(ZIP, bytes(data)).rule == "file.envelope"


def test_the_name_inside_an_archive_is_never_used() -> None:
    assert inside(ZIP, zipped(("../../etc/passwd", DATA))) == DATA


# Bombs


def _zeros(megabytes: int) -> Iterator[bytes]:
    return (b"0" * (1 << 20) for _ in range(megabytes))


def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(map(packer.compress, _zeros(megabytes))) + packer.flush()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """64 MB in 65 kB."""
    return _bomb(64)


def _most_kept(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sizes: list[int] = []
    append = Spool.append

    def watched(self: Spool, data: bytes) -> None:
        append(self, data)
        sizes.append(self.size)

    monkeypatch.setattr(Spool, "append", watched)
    return sizes


def test_a_bomb_is_stopped_while_it_inflates(monkeypatch: pytest.MonkeyPatch, bomb: bytes) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file, file.open("x", "w") as member:
        for part in _zeros(64):
            member.write(part)
    sizes = _most_kept(monkeypatch)
    for contract, data in ((GZIP, bomb), (PGP_GZIP, encrypted(bomb)), (ZIP, archive.getvalue())):
        sizes.clear()
        error = refusal(contract, data)
        assert (error.rule, "200 fois" in error.message) == ("file.inflated", True)
        assert max(sizes) <= envelope._RATIO_FROM + 2 * envelope._BLOCK


def test_a_file_larger_than_agreed_is_refused_whatever_it_is_wrapped_in(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = _most_kept(monkeypatch)
    for contract, data in (
        (GZIP, gzip.compress(DATA)),
        (ZIP, zipped(("x", DATA))),
        (PGP, encrypted(DATA)),
        (PGP_GZIP, encrypted(gzip.compress(DATA))),
    ):
        limit = len(DATA) - 1
        error = refusal(variant(contract, max_inflated_bytes=limit), data)
        assert (error.rule, f"{limit} octets" in error.message) == ("file.inflated", True)
        assert inside(variant(contract, max_inflated_bytes=len(DATA)), data) == DATA
    assert max(sizes) < 4 * len(DATA)


def test_a_small_file_of_blanks_is_no_bomb() -> None:
    blanks = b" " * 1_000_000
    assert inside(GZIP, gzip.compress(blanks)) == blanks


# OpenPGP


def test_an_armoured_message_is_read() -> None:
    text = base64.encodebytes(encrypted(DATA))
    for head in (b"", b"Comment: x\n"):
        armoured = b"-----BEGIN PGP MESSAGE-----\n" + head + b"\n" + text + b"-----END PGP MESSAGE-----\n"
        assert inside(PGP, armoured) == DATA
        assert inside(PGP, armoured.replace(b"\n", b"\r\n")) == DATA


def test_a_message_for_another_key_is_refused_as_such() -> None:
    message = wrapping.encrypted(DATA, wrapping.certificate_of(OTHER))
    assert "n'est pas chiffré pour la clé du Département" in refusal(PGP, message).message


@pytest.mark.parametrize("kept", [20, 120, 0.5, -1, -40])
def test_a_message_cut_anywhere_is_refused(kept: float) -> None:
    message = encrypted(DATA)
    assert refusal(PGP, message[: int(kept * len(message)) if kept == 0.5 else int(kept)]).rule == "file.envelope"


def test_an_altered_message_is_refused_and_nothing_of_it_is_given() -> None:
    message = bytearray(encrypted(DATA))
    for place in (len(message) // 2, len(message) - 3):
        message[place] ^= 1
        assert "abîmé" in refusal(PGP, bytes(message)).message
    assert "abîmé" in refusal(PGP, encrypted(DATA) + b"more").message


def test_a_message_that_is_signed_but_not_encrypted_is_refused() -> None:
    message = wrapping.signed(DATA, OTHER)
    assert "n'est pas chiffré" in refusal(PGP, message).message


def test_a_known_signature_is_required_once_signers_are_configured() -> None:
    strict = Unlock(KEY, wrapping.certificate_of(OTHER) + wrapping.certificate_of(wrapping.new_key()))
    assert inside(PGP, encrypted(DATA, signer=OTHER), strict) == DATA
    assert inside(PGP, encrypted(DATA, signer=OTHER)) == DATA
    for message in (encrypted(DATA), encrypted(DATA, signer=wrapping.new_key())):
        assert "signature" in refusal(PGP, message, strict).message


def test_our_own_key_missing_or_broken_is_our_fault() -> None:
    for unlock in (None, Unlock(b"not a key"), Unlock(CERTIFICATE), Unlock(KEY, b"no certificate")):
        with pytest.raises(ConfigurationError, match="openpgp_key_file"):
            inside(PGP, encrypted(DATA), unlock)
    assert refusal(PGP, DATA, None).rule == "file.envelope"


def test_the_key_is_never_shown() -> None:
    assert repr(Unlock(KEY, CERTIFICATE)) == "Unlock(…)"


def test_a_message_larger_than_memory_should_hold_passes_through() -> None:
    large = random.Random(1).randbytes(40 << 20)
    assert inside(PGP, encrypted(large)) == large


def test_a_message_that_is_refused_on_the_way_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    end = subprocess.Popen.kill

    def kill(self: subprocess.Popen[bytes]) -> None:
        started.append(self)
        end(self)

    monkeypatch.setattr(subprocess.Popen, "kill", kill)
    large = random.Random(1).randbytes(8 << 20)
    assert refusal(variant(PGP, max_inflated_bytes=1 << 20), encrypted(large)).rule == "file.inflated"
    assert [process.returncode for process in started] == [-9]


def test_a_source_that_fails_is_told_as_it_is_and_the_process_ends() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 0 and size != envelope._HEAD:
                raise InvariantError("A vault file was altered.")
            return super().read(1_000 if size != envelope._HEAD else size)

    with pytest.raises(InvariantError, match="altered"), opened(PGP, Failing(encrypted(DATA)), UNLOCK):
        pass


# Any bytes

GOODS = {"gzip": (GZIP, gzip.compress(DATA[:600])), "zip": (ZIP, zipped(("x.csv", DATA[:600])))}


@given(name=st.sampled_from(sorted(GOODS)), edits=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_whatever_bytes_come_the_partner_is_answered(name: str, edits: list[tuple[float, bytes]]) -> None:
    contract, data = GOODS[name]
    for place, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + len(new) :]
    found = None
    with contextlib.suppress(DeliveryError):
        found = inside(contract, data)
    assert found in (None, DATA[:600])


def test_bzip2_is_no_gzip() -> None:
    assert refusal(GZIP, bz2.compress(DATA)).rule == "file.envelope"


def test_temporary_files_go_with_the_envelope() -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    with opened(GZIP, io.BytesIO(gzip.compress(DATA))):
        assert {path for path in set(Path(tempfile.gettempdir()).iterdir()) - before if path.is_file()} == set()
