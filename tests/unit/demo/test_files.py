"""The demo's files: everyone sends something, and each flawed file has the flaw it says it has."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from passerelle.contract.load import load_all
from passerelle.contract.model import Contract
from passerelle.demo.exchange import Drop
from passerelle.demo.files import prepare
from passerelle.demo.folder import DemoFolder, project
from passerelle.demo.partners import senders_of
from passerelle.errors import ConfigurationError

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def contracts() -> tuple[Contract, ...]:
    return load_all(project() / "contracts")[0]


@pytest.fixture(scope="module")
def drops(contracts: tuple[Contract, ...], tmp_path_factory: pytest.TempPathFactory) -> list[Drop]:
    return prepare(DemoFolder(tmp_path_factory.mktemp("demo")), contracts, 300, DAY)


def flawed(drops: list[Drop], flaw: str) -> Drop:
    (found,) = [drop for drop in drops if flaw in drop.flaw]
    return found


def test_every_sender_drops_a_good_file_of_each_of_its_feeds(contracts: tuple[Contract, ...], drops: list[Drop]) -> None:
    wanted = [(sender, contract.id) for sender, (_, feeds) in senders_of(contracts).items() for contract in feeds]
    good = [drop.sender for drop in drops if "published" in drop.expected]
    assert sorted(good) == sorted(sender for sender, _ in wanted)


def test_no_partner_drops_two_files_of_one_name(drops: list[Drop]) -> None:
    names = [(drop.sender, drop.path.name) for drop in drops]
    assert len(set(names)) == len(names)


def test_the_good_files_hold_people(drops: list[Drop]) -> None:
    assert all(drop.path.read_bytes().count(b"\n") > 3 for drop in drops if "published" in drop.expected)


def test_the_file_sent_twice_has_the_content_of_another(drops: list[Drop]) -> None:
    twice = flawed(drops, "seconde fois")
    assert [drop.sender for drop in drops if drop is not twice and drop.path.read_bytes() == twice.path.read_bytes()] == [twice.sender]


def test_the_wrongly_encoded_file_is_not_utf8(drops: list[Drop]) -> None:
    with pytest.raises(UnicodeDecodeError):
        flawed(drops, "enregistré en").path.read_text(encoding="utf-8")


def test_the_impossible_birthday_is_in_one_line(drops: list[Drop]) -> None:
    text = flawed(drops, "31/02/1980").path.read_text(encoding="utf-8")
    assert text.count("1980-02-31") + text.count("31/02/1980") == 1


def test_no_feed_knows_the_unknown_name(contracts: tuple[Contract, ...], drops: list[Drop]) -> None:
    name = flawed(drops, "le nom ne dit pas").path.name
    assert not any(re.fullmatch(contract.layout.name_pattern, name) for contract in contracts)


def test_the_other_names_are_their_feeds_own(contracts: tuple[Contract, ...], drops: list[Drop]) -> None:
    for drop in drops:
        if drop.expected != {"quarantined"}:
            assert sum(bool(re.fullmatch(contract.layout.name_pattern, drop.path.name)) for contract in contracts) == 1, drop.path.name


def test_too_few_households_are_refused(contracts: tuple[Contract, ...], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="at least 100 households"):
        prepare(DemoFolder(tmp_path), contracts, 99, DAY)
