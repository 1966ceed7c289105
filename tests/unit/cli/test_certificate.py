"""Examples of an encrypted feed: made with ``--certificate``, and asked for in words without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import fixed_feed
from fixed_feed import FEED
from passerelle.cli import check, contracts, sample
from passerelle.derive.synthetic import wrapping

KEY = wrapping.new_key()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fixed_feed.contracts_with_it(tmp_path / "contracts", "openpgp", "gzip")


@pytest.fixture
def public(tmp_path: Path) -> Path:
    path = tmp_path / "passerelle.asc"
    path.write_bytes(wrapping.public_key(wrapping.certificate_of(KEY)).armoured)
    return path


def made(root: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(sample.app, [FEED, "--rows", "9", "--date", "2026-11-20", "--out", str(out), "--contracts", str(root), *more])


def kit(root: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(contracts.app, ["docs", FEED, "--date", "2026-11-20", "--out", str(out), "--contracts", str(root), *more])


def test_a_sample_is_encrypted_to_the_certificate(root: Path, public: Path, tmp_path: Path) -> None:
    answer = made(root, tmp_path / "out", "--certificate", str(public))
    assert answer.exit_code == 0, answer.output
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "SUIVI_ML_20261120_0000001.txt.gz.gpg"
    contract = sample.find(root, FEED)
    assert len(wrapping.unwrapped(contract, path.read_bytes(), KEY).splitlines()) == 10


def test_without_a_certificate_a_sample_is_refused_with_the_remedy(root: Path, tmp_path: Path) -> None:
    answer = made(root, tmp_path / "out")
    assert answer.exit_code == 2
    assert "sont chiffrés (OpenPGP) : donnez avec --certificate la clé publique" in answer.output
    assert not (tmp_path / "out").exists()


def test_a_private_key_or_another_file_is_no_certificate(root: Path, tmp_path: Path) -> None:
    for content in (KEY, b"autre chose"):
        (tmp_path / "key").write_bytes(content)
        for run in (made, kit):
            answer = run(root, tmp_path / "out", "--certificate", str(tmp_path / "key"))
            assert answer.exit_code == 2
            assert "une clé publique OpenPGP est attendue" in answer.output
    assert not (tmp_path / "out").exists()


def test_the_kit_says_what_is_missing_without_the_certificate(root: Path, public: Path, tmp_path: Path) -> None:
    answer = kit(root, tmp_path / "clear")
    assert answer.exit_code == 0, answer.output
    assert "--certificate" in answer.stderr
    assert not list((tmp_path / "clear").rglob("*.gpg"))
    answer = kit(root, tmp_path / "whole", "--certificate", str(public))
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert list((tmp_path / "whole").rglob("*.gpg"))


def test_what_will_be_encrypted_can_be_checked_before(root: Path, tmp_path: Path) -> None:
    kit(root, tmp_path)
    (clear,) = tmp_path.rglob("SUIVI_ML_*.txt")
    words = [str(clear), "--feed", FEED, "--contracts", str(root)]
    assert "n'est pas chiffré" in CliRunner().invoke(check.app, words).output
    answer = CliRunner().invoke(check.app, [*words, "--unwrapped"])
    assert answer.exit_code == 0, answer.output
    assert "5 reçues = 5 bonnes" in answer.output
