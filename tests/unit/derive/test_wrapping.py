"""Synthetic files of text formats and envelopes: the right shape, the same bytes for the same request, and breakable."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from passerelle.contract.model import Contract, Trailer
from passerelle.derive.mutate import Mutation, mutate, mutations
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic import wrapping
from passerelle.derive.synthetic.defects import DefectKind
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.errors import ConfigurationError
from text_contracts import BARE, ENCRYPTED, FIXED, FIXED_GZIP, PIPE, TAB, UTF16, ZIPPED, variant

REQUEST = SampleRequest(rows=25, seed=1, as_of=date(2026, 3, 2))
KEY = wrapping.new_key()
CERTIFICATE = wrapping.certificate_of(KEY)


def made(contract: Contract, folder: Path, **more: bytes) -> Path:
    return write_sample(contract, folder, request=REQUEST, **more).path


def text(contract: Contract, path: Path) -> list[str]:
    return wrapping.unwrapped(contract, path.read_bytes(), KEY).decode(contract.layout.encoding).split("\r\n")[:-1]


def test_a_delimited_file_has_the_lines_its_layout_says(tmp_path: Path) -> None:
    sources = [column.source for column in TAB.record_table.columns]
    tab, pipe, bare = (text(contract, made(contract, tmp_path / name)) for name, contract in (("t", TAB), ("p", PIPE), ("b", BARE)))
    assert len(tab) == 25
    assert {line.count("\t") for line in tab} == {len(sources) - 1}
    assert pipe[0].split("|") == sources
    assert (len(pipe), pipe[-1]) == (27, "FIN||25")
    assert (len(bare), bare[-1]) == (26, "FIN|25")
    assert [line.split("|") for line in pipe[1:-1]] == [line.split("|") for line in bare[:-1]]


def test_a_trailer_need_not_count(tmp_path: Path) -> None:
    for contract, last in (
        (variant(PIPE, trailer=Trailer(marker="FIN")), "FIN"),
        (variant(FIXED, trailer=Trailer(marker="99")), "99".ljust(88)),
    ):
        assert text(contract, made(contract, tmp_path))[-1] == last
        assert Mutation.MISSING_TRAILER in mutations(contract)
        assert Mutation.WRONG_COUNT not in mutations(contract)


def test_a_file_in_utf_16_begins_with_its_mark(tmp_path: Path) -> None:
    assert made(UTF16, tmp_path).read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")


def test_every_line_of_a_fixed_file_has_the_same_length_and_each_value_its_place(tmp_path: Path) -> None:
    lines = text(FIXED, made(FIXED, tmp_path))
    assert {len(line) for line in lines} == {88}
    assert lines[-1].rstrip() == "99        00000025"
    for line in lines[:-1]:
        assert line[60:68].isdigit()
        assert line[68] in "HF"
        assert line[69:71] == "  "
        assert line[71:80] == line[71:80].strip().rjust(9)


def test_a_value_too_long_for_its_place_makes_its_line_too_long(tmp_path: Path) -> None:
    sample = write_sample(FIXED, tmp_path, request=SampleRequest(rows=200, seed=1, as_of=date(2026, 3, 2), defects=1.0))
    too_long = {defect.line for defect in sample.defects if defect.kind is DefectKind.TOO_LONG}
    assert too_long
    lines = text(FIXED, sample.path)
    assert {at for at, line in enumerate(lines, start=1) if len(line) != 88} == too_long


@pytest.mark.parametrize("contract", [FIXED_GZIP, ZIPPED, TAB, UTF16], ids=["gzip", "zip", "tab", "utf16"])
def test_the_same_request_gives_the_same_bytes(contract: Contract, tmp_path: Path) -> None:
    first, second = made(contract, tmp_path / "1"), made(contract, tmp_path / "2")
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in (tmp_path / "1").iterdir()] == [first.name]


def test_a_file_is_wrapped_as_its_layout_says(tmp_path: Path) -> None:
    packed = made(FIXED_GZIP, tmp_path)
    plain = made(FIXED, tmp_path)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    with zipfile.ZipFile(made(ZIPPED, tmp_path)) as archive:
        assert archive.namelist() == ["SUIVI_20260302.csv"]
        assert archive.read("SUIVI_20260302.csv").endswith(b"FIN||25\r\n")
    nested = variant(PIPE, envelope=("openpgp", "zip"), name_template="SUIVI_{date}.csv.zip.gpg")
    path = made(nested, tmp_path, certificate=CERTIFICATE)
    inner = wrapping.unwrapped(variant(nested, envelope=("openpgp",)), path.read_bytes(), KEY)
    with zipfile.ZipFile(io.BytesIO(inner)) as archive:
        assert archive.namelist() == ["SUIVI_20260302.csv"]


def test_an_encrypted_file_needs_a_key_to_be_made_and_to_be_broken(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="public OpenPGP key"):
        made(ENCRYPTED, tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(ConfigurationError, match="public OpenPGP key"):
        made(ENCRYPTED, tmp_path / "wrong", certificate=b"no key")
    path = made(ENCRYPTED, tmp_path / "good", certificate=CERTIFICATE)
    with pytest.raises(ConfigurationError, match="private OpenPGP key"):
        mutate(ENCRYPTED, path, "impossible_date", tmp_path / "bad")
    with pytest.raises(ConfigurationError, match="cannot be taken out"):
        mutate(ENCRYPTED, path, "impossible_date", tmp_path / "bad", key=wrapping.new_key())
    with pytest.raises(ConfigurationError, match="cannot be taken out"):
        mutate(ENCRYPTED, path, "impossible_date", tmp_path / "bad", key=b"no key")


def test_a_mistake_inside_an_envelope_is_made_inside(tmp_path: Path) -> None:
    good = made(ENCRYPTED, tmp_path / "good", certificate=CERTIFICATE)
    lines, broken = text(ENCRYPTED, good), text(ENCRYPTED, mutate(ENCRYPTED, good, "impossible_date", tmp_path / "bad", key=KEY))
    (different,) = [pair for pair in zip(lines, broken, strict=True) if pair[0] != pair[1]]
    assert "31/02/1980" in different[1]


def test_each_kind_exists_where_it_makes_sense(tmp_path: Path) -> None:
    assert Mutation.UNKNOWN_COLUMN in mutations(PIPE)
    assert Mutation.UNKNOWN_COLUMN not in mutations(TAB)
    assert Mutation.MISSING_TRAILER not in mutations(TAB)
    assert Mutation.SHORT_LINE in mutations(FIXED)
    assert Mutation.SHORT_LINE not in mutations(PIPE)
    assert {Mutation.ALTERED, Mutation.NOT_WRAPPED} <= set(mutations(FIXED_GZIP))
    assert Mutation.ALTERED not in mutations(FIXED)
    assert [Mutation.SECOND_FILE in mutations(one) for one in (ZIPPED, FIXED_GZIP, ENCRYPTED)] == [True, False, False]
    assert [Mutation.OTHER_KEY in mutations(one) for one in (ZIPPED, FIXED_GZIP, ENCRYPTED)] == [False, False, True]


@pytest.mark.parametrize("contract", [PIPE, BARE, FIXED], ids=["pipe", "bare", "fixed"])
def test_a_line_more_is_counted_by_the_trailer(contract: Contract, tmp_path: Path) -> None:
    lines = text(contract, mutate(contract, made(contract, tmp_path / "good"), "duplicate_key", tmp_path / "bad"))
    assert "26" in lines[-1]
    assert lines[-2] == lines[1 if contract is PIPE else 0]
