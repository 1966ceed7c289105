"""Adding a feed is adding one file: everything that follows from it is there at once."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import battery
import fourth_feed
import mistakes
from fourth_feed import FEED
from passerelle.checks.inspector import chunks
from passerelle.checks.typed_rows import Protection, typed_rows
from passerelle.cli import check as check_command
from passerelle.cli import contracts as contracts_command
from passerelle.cli import sample as sample_command
from passerelle.contract.load import find
from passerelle.derive.mutate import mutate, mutations
from passerelle.derive.tables import staging_table

ROWS = 30


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fourth_feed.contracts_with_it(tmp_path / "contracts")


def test_one_file_is_all_that_was_added(root: Path) -> None:
    added = {path.relative_to(root) for path in root.rglob("*") if path.is_file()}
    assert len(added) == 1 + sum(path.is_file() for path in battery.ROOT.rglob("*"))


def test_the_list_of_contracts_shows_it(root: Path) -> None:
    shown = CliRunner().invoke(contracts_command.app, ["list", "--json", "--contracts", str(root)])
    assert shown.exit_code == 0
    assert [item["id"] for item in json.loads(shown.output)] == sorted([*battery.FEEDS, FEED])


def test_its_sample_is_named_by_its_pattern_and_checks_clean(root: Path, tmp_path: Path) -> None:
    made = CliRunner().invoke(
        sample_command.app, [FEED, "--rows", str(ROWS), "--out", str(tmp_path), "--date", "2026-11-20", "--contracts", str(root)]
    )
    assert made.exit_code == 0
    path = tmp_path / "SUIVI_ML_20261120_0000001.txt"
    answer = CliRunner().invoke(check_command.app, [str(path), "--json", "--contracts", str(root)])
    found = json.loads(answer.output)
    assert answer.exit_code == 0
    assert (found["delivery"]["feed"], found["verdict"]) == (FEED, "accepted")
    assert found["lines"] == {"received": ROWS, "accepted": ROWS, "set_aside": 0, "ignored": 0}


def test_its_staging_table_derives_with_its_rows(root: Path) -> None:
    contract = find(root, FEED)
    _, data = battery.sample(FEED, ROWS, root)
    made = staging_table(contract, contract.record_table)
    assert made.fullname == "staging.mission_locale__suivi__v2__jeune"
    (chunk,) = chunks(contract, io.BytesIO(data))
    batch = typed_rows(contract, contract.record_table, chunk.tables["jeune"], Protection(hash=str.upper, encrypt=str.encode))
    assert batch.schema.names == [column.name for column in made.columns][1:]
    assert batch.num_rows == ROWS


def test_its_mistakes_are_told_without_a_personal_value(root: Path, tmp_path: Path) -> None:
    contract = find(root, FEED)
    name, data = battery.sample(FEED, ROWS, root)
    (tmp_path / name).write_bytes(data)
    values = battery.personal_values(contract, data)
    for kind in mutations(contract):
        bad = mutate(contract, tmp_path / name, kind, tmp_path / kind).read_bytes()
        seen = battery.judged(contract, bad)
        assert battery.said(seen) == mistakes.expected(contract, kind, data, bad), kind
        assert battery.leaks(values, battery.everything_told(seen, name, bad, tmp_path / kind)) == []
