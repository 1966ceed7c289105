"""The demo's files: everyone sends something, each flawed file has the flaw it says it has, and what comes back to correct is corrected."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from passerelle.checks.inspector import inspect
from passerelle.checks.replay import write_aside
from passerelle.contract.load import load_all
from passerelle.contract.model import Contract
from passerelle.demo.cast import Partner, read_cast
from passerelle.demo.exchange import Drop
from passerelle.demo.files import prepare, put_right
from passerelle.demo.folder import DemoFolder, project
from passerelle.errors import ConfigurationError
from passerelle.findings import Verdict

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def contracts() -> tuple[Contract, ...]:
    return load_all(project() / "contracts")[0]


@pytest.fixture(scope="module")
def partners(contracts: tuple[Contract, ...]) -> tuple[Partner, ...]:
    return read_cast(contracts)


@pytest.fixture(scope="module")
def drops(contracts: tuple[Contract, ...], partners: tuple[Partner, ...], tmp_path_factory: pytest.TempPathFactory) -> list[Drop]:
    folder = DemoFolder(tmp_path_factory.mktemp("demo"))
    folder.renew()
    return prepare(folder, contracts, partners, (300, DAY))


def flawed(drops: list[Drop], flaw: str) -> Drop:
    (found,) = [drop for drop in drops if flaw in drop.flaw]
    return found


def contract_of(contracts: tuple[Contract, ...], drop: Drop) -> Contract:
    (found,) = [contract for contract in contracts if re.fullmatch(contract.layout.name_pattern, drop.path.name)]
    return found


def test_every_partner_drops_a_file_of_each_of_its_feeds(partners: tuple[Partner, ...], drops: list[Drop]) -> None:
    dropped = [drop.sender for drop in drops]
    assert dropped == [partner.id for partner in partners for _ in partner.files]


def test_the_demo_shows_lines_xml_and_a_workbook_on_two_days(drops: list[Drop]) -> None:
    assert {drop.path.suffix.lower() for drop in drops} == {".csv", ".rcv", ".xlsx"}
    assert {drop.day for drop in drops} == {1, 2}


def test_a_file_bears_the_date_of_its_day(drops: list[Drop]) -> None:
    for drop in drops:
        if drop.expected != {"quarantined"}:
            assert {1: "20261120", 2: "20261121"}[drop.day] in drop.path.name


def test_no_partner_drops_two_files_of_one_name(drops: list[Drop]) -> None:
    names = [(drop.sender, drop.path.name) for drop in drops]
    assert len(set(names)) == len(names)


def test_each_file_is_judged_as_the_cast_says(contracts: tuple[Contract, ...], drops: list[Drop]) -> None:
    for drop in drops:
        if "duplicate" in drop.expected or "quarantined" in drop.expected:
            continue
        with drop.path.open("rb") as file:
            verdict = inspect(contract_of(contracts, drop), file).verdict
        assert (verdict is Verdict.REFUSED) == ("refused" in drop.expected), drop.path.name


def test_the_file_sent_twice_has_the_content_of_another_of_its_sender(drops: list[Drop]) -> None:
    twice = flawed(drops, "seconde fois")
    assert [drop.sender for drop in drops if drop is not twice and drop.path.read_bytes() == twice.path.read_bytes()] == [twice.sender]


def test_what_the_spreadsheet_damaged_is_told(contracts: tuple[Contract, ...], drops: list[Drop]) -> None:
    damaged = flawed(drops, "tableur")
    with damaged.path.open("rb") as file:
        rules = {finding.rule.rpartition(".")[2] for finding in inspect(contract_of(contracts, damaged), file).first(10)}
    assert rules == {"excel_zero", "excel_exact"}


def test_no_feed_knows_the_unknown_name(contracts: tuple[Contract, ...], drops: list[Drop]) -> None:
    name = flawed(drops, "le nom ne dit pas").path.name
    assert not any(re.fullmatch(contract.layout.name_pattern, name) for contract in contracts)


def test_a_correction_put_right_checks_clean_and_holds_only_what_was_set_aside(
    contracts: tuple[Contract, ...], drops: list[Drop], tmp_path: Path
) -> None:
    (drop,) = [drop for drop in drops if drop.clean is not None]
    contract = contract_of(contracts, drop)
    correction = tmp_path / "correction"
    with drop.path.open("rb") as file, correction.open("wb") as out:
        aside = inspect(contract, file).set_aside.tolist()
        file.seek(0)
        write_aside(contract, file, aside, out)
    assert aside, "nothing to correct"
    corrected = tmp_path / "corrected"
    corrected.write_bytes(put_right(correction.read_bytes(), drop))
    with correction.open("rb") as file:
        assert inspect(contract, file).counts.set_aside == len(aside)
    with corrected.open("rb") as file:
        counts = inspect(contract, file).counts
    assert (counts.received, counts.set_aside) == (len(aside), 0)


def test_a_file_of_other_lines_is_not_guessed_at(drops: list[Drop], tmp_path: Path) -> None:
    (drop,) = [drop for drop in drops if drop.clean is not None]
    (tmp_path / "longer").write_bytes(drop.path.read_bytes() + b"one more\r\n")
    with pytest.raises(ConfigurationError, match="not the same number of lines"):
        put_right(b"", drop.model_copy(update={"clean": tmp_path / "longer"}))


def test_too_few_households_are_refused(contracts: tuple[Contract, ...], partners: tuple[Partner, ...], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="at least 200 households"):
        prepare(DemoFolder(tmp_path), contracts, partners, (199, DAY))


def test_a_feed_that_no_partner_can_send_is_refused(contracts: tuple[Contract, ...]) -> None:
    outbound = [contract.id for contract in contracts if contract.direction == "outbound"]
    assert outbound
    inbound = [contract for contract in contracts if contract.id != "ccas/accompagnement"]
    with pytest.raises(ConfigurationError, match="no partner can send: ccas/accompagnement"):
        read_cast(inbound)
