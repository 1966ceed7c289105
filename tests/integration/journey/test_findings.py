"""What was found is kept whole, cheaply, and every document can be written again as it was."""

from __future__ import annotations

import io
import resource
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import installation
import oracle
from installation import AS_OF, FEEDS, Installation, product_contract, rows
from passerelle import settings
from passerelle.checks.inspector import inspect
from passerelle.cli.deliveries import app
from passerelle.derive.mutate import Mutation, mutate
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.ledger import findings
from passerelle.ledger.states import State
from passerelle.steps import check, decide
from passerelle.warehouse.connect import transaction

MANY = 200_000


def test_the_ledger_tells_each_finding_as_the_check_does(place: Installation, opened: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "all" / "x"
    contract = product_contract(FEEDS["caf"])
    file = mutate(contract, place.sample("caf", 40, defects=0.3).path, Mutation.UNKNOWN_ELEMENT, tmp_path / "broken")
    place.drop("caf", file)
    oracle.run(opened)

    said = [
        (rule.id, rule.kind, finding.effect, finding.table, finding.column, finding.line, finding.message, finding.expected, finding.fix)
        for rule, finding, _ in inspect(contract, io.BytesIO(file.read_bytes())).findings()
    ]
    columns = "rule, kind, effect, table_name, column_name, line, message, expected, fix"
    assert len(said) > 10
    assert {kind for _, kind, *_ in said} >= {"unknown_element"}
    assert rows(opened, f"select {columns} from ledger.finding_told order by ordinal") == said
    with transaction(opened.engine) as connection:
        counts = findings.effect_counts(connection, 1)
    assert counts == {effect: sum(row[2] == effect for row in said) for effect in {str(row[2]) for row in said}}


def test_a_file_of_nothing_but_bad_lines_is_kept_in_seconds_and_little_memory(place: Installation, opened: Gateway) -> None:
    good = write_sample(
        product_contract(FEEDS["francetravail"]), place.folder / "big", request=SampleRequest(rows=1000, seed=1, as_of=AS_OF)
    ).path
    header, *lines = good.read_bytes().splitlines(keepends=True)
    place_of_date = header.decode("cp1252").strip().split(";").index("dtnai")
    bad = []
    for line in lines:
        cells = line.split(b";")
        cells[place_of_date] = b"31/02/1980"
        bad.append(b";".join(cells))
    good.write_bytes(header + b"".join(bad) * (MANY // len(bad)))
    place.drop("francetravail", good)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    started = time.monotonic()
    oracle.run(opened)
    seconds = time.monotonic() - started

    assert rows(opened, "select state, lines_set_aside from ledger.delivery") == [(State.HELD, MANY)]
    assert rows(opened, "select count(*) > 200000, count(*) = max(ordinal) + 1 from ledger.finding") == [(True, True)]
    assert rows(opened, "select count(*) < 10 from ledger.broken_rule") == [(True,)]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 400_000, "kilobytes"
    assert seconds < 90


# Written again


@pytest.fixture
def given(place: Installation, opened: Gateway, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the outbox got for a file with a mistake."""
    monkeypatch.setenv(settings.VARIABLE, str(place.settings))
    good = place.sample("ccas-valcombe", 40).path
    place.drop("ccas-valcombe", mutate(product_contract(FEEDS["ccas-valcombe"]), good, Mutation.IMPOSSIBLE_DATE, place.folder / "broken"))
    oracle.run(opened)
    outbox = place.sftp.root("ccas-valcombe") / "retours"
    found = {path.name: path.read_bytes() for path in outbox.iterdir() if not path.name.startswith("CORRECTION_")}
    assert len(found) == 9
    return found


def written_again(folder: Path, *options: str) -> dict[str, bytes]:
    done = CliRunner().invoke(app, ["receipts", "1", "--out", str(folder), *options])
    assert done.exit_code == 0, done.output
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_documents_of_a_delivery_are_written_again_byte_for_byte(given: dict[str, bytes], tmp_path: Path) -> None:
    assert written_again(tmp_path / "again", "--with-keys") == given


def test_they_stay_as_they_were_when_what_they_say_was_corrected_since(
    given: dict[str, bytes], place: Installation, opened: Gateway, tmp_path: Path
) -> None:
    outbox = place.sftp.root("ccas-valcombe") / "retours"
    (correction,) = outbox.glob("CORRECTION_*")
    right = tmp_path / correction.name
    right.write_bytes(correction.read_bytes().replace(b"31/02/1980", b"28/02/1980"))
    place.drop("ccas-valcombe", right)
    oracle.run(opened)
    assert rows(opened, "select closed_by from ledger.set_aside") == [(2,)]

    assert written_again(tmp_path / "again", "--with-keys") == given


def test_without_the_senders_keys_no_document_names_one(given: dict[str, bytes], opened: Gateway, tmp_path: Path) -> None:
    ((key,),) = rows(opened, "select record_key from ledger.set_aside")
    again = written_again(tmp_path / "again")
    assert again.keys() == given.keys()
    texts = {name: content for name, content in again.items() if not name.endswith(".xlsx")}
    assert not [name for name, content in texts.items() if str(key).encode() in content]
    assert [name for name, content in given.items() if str(key).encode() in content]


def test_a_delivery_that_does_not_exist_is_told_without_a_trace(given: dict[str, bytes], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["receipts", "99", "--out", str(tmp_path / "again")])
    assert done.exit_code == 2
    assert "Traceback" not in done.output


# The same twice


def test_a_check_that_runs_again_keeps_the_same_findings(place: Installation, opened: Gateway) -> None:
    place.drop("caf", place.sample("caf", 30, defects=0.2).path)
    oracle.run(opened)
    queries = ("select * from ledger.finding_told", "select * from ledger.set_aside", "select * from ledger.broken_rule")
    before = [sorted(rows(opened, query), key=repr) for query in queries]
    assert all(before)

    for decision in (decide.refuse, decide.replay):
        if rows(opened, "select state from ledger.delivery") == [(State.HELD,)] or decision is decide.replay:
            decision(opened, 1, "agent", "Essai.")
    check.run(opened, 1)

    assert [sorted(rows(opened, query), key=repr) for query in queries] == before
    assert installation.rows(opened, "select count(*) from ledger.receipt where kind = 'CC'") == [(1,)]
