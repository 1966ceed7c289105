"""``passerelle check`` on a wrapped file: the answer is about its inside, the hash and the size are the file's own."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from passerelle.cli import check
from passerelle.contract.model import Contract
from passerelle.derive.mutate import mutate
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic import wrapping
from passerelle.derive.synthetic.records import SampleRequest
from text_contracts import ENCRYPTED, FIXED_GZIP

KEY = wrapping.new_key()
REQUEST = SampleRequest(rows=30, seed=1, as_of=date(2026, 3, 2))


def run(monkeypatch: pytest.MonkeyPatch, contract: Contract, *words: str) -> Result:
    monkeypatch.setattr(check, "find", lambda root, feed: contract)
    monkeypatch.setattr(check, "feed_ids", lambda root: (contract.id,))
    return CliRunner().invoke(check.app, [*words, "--feed", contract.id])


def test_the_hash_is_of_the_file_and_the_counts_are_of_its_inside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_sample(FIXED_GZIP, tmp_path, request=REQUEST).path
    result = run(monkeypatch, FIXED_GZIP, str(path), "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["delivery"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert answer["delivery"]["bytes"] == path.stat().st_size
    assert answer["lines"]["accepted"] == 30


def test_a_file_in_clear_is_refused_without_any_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_sample(ENCRYPTED, tmp_path, request=REQUEST, certificate=wrapping.certificate_of(KEY)).path
    clear = mutate(ENCRYPTED, path, "not_wrapped", tmp_path / "clear", key=KEY)
    result = run(monkeypatch, ENCRYPTED, str(clear), "--json")
    assert result.exit_code == 1
    assert [finding["rule"] for finding in json.loads(result.stdout)["findings"]] == ["file.envelope"]


def test_an_encrypted_file_cannot_be_checked_without_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write_sample(ENCRYPTED, tmp_path, request=REQUEST, certificate=wrapping.certificate_of(KEY)).path
    result = run(monkeypatch, ENCRYPTED, str(path))
    assert result.exit_code == 2
    assert "openpgp_key_file" in result.output
