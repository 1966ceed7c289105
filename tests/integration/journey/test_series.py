"""Feeds of one series tell the same facts: of a person counts what the sender said last, whichever feed said it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

import installation
import oracle
from installation import AS_OF, Installation, product_contract, rows
from passerelle import gateway
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.steps import decide
from servers import Sftp

MONTHLY, DAILY = "caf/rsa_beneficiaires_mensuel", "caf/rsa_beneficiaires_quotidien"


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path) -> Installation:
    made = installation.build(tmp_path, sftp_server, warehouse, ["caf"], contracts=hasty_contracts)
    settings = yaml.safe_load(made.settings.read_text(encoding="utf-8"))
    settings["senders"][0]["feeds"] = [MONTHLY, DAILY]
    made.settings.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return made


@pytest.fixture
def opened(place: Installation) -> Iterator[Gateway]:
    with gateway.opened(place.settings) as found:
        yield found


def send(place: Installation, opened: Gateway, feed: str, day: date, number: int) -> None:
    """A file of that day about the first people of the same territory."""
    folder = place.folder / f"{day}-{number}"
    folder.mkdir()
    place.drop("caf", write_sample(product_contract(feed), folder, request=SampleRequest(rows=number, seed=1, as_of=day)).path)
    oracle.run(opened)


def rights(opened: Gateway) -> dict[object, str]:
    """Dossier → the feed whose word counts. Every right is there once."""
    found = rows(opened, "select dossier_number, role_code, feed from warehouse.rsa_right_current")
    assert len({row[:2] for row in found}) == len(found)
    return {str(number): str(feed) for number, _, feed in found}


def test_the_daily_flow_replaces_what_the_monthly_one_said_of_the_same_people_only(place: Installation, opened: Gateway) -> None:
    send(place, opened, MONTHLY, AS_OF, 12)
    assert set(rights(opened).values()) == {MONTHLY}

    send(place, opened, DAILY, AS_OF + timedelta(2), 12)

    told = rights(opened)
    daily = {number for number, feed in told.items() if feed == DAILY}
    assert daily
    (counts,) = rows(opened, "select facts_created, facts_updated + facts_unchanged from ledger.delivery where delivery_id = 2")
    assert counts[1], "the people of the monthly flow are found again in the daily one"
    assert rows(opened, "select distinct series from ledger.delivery") == [("caf/rsa_beneficiaires",)]

    decide.undo(opened, 2, "agent", "Essai.")
    assert set(rights(opened).values()) == {MONTHLY}


def test_an_older_file_of_the_other_feed_that_comes_late_overwrites_nothing(place: Installation, opened: Gateway) -> None:
    send(place, opened, DAILY, AS_OF + timedelta(2), 12)
    before = rows(opened, "select person_id, fact_key, feed from warehouse.rsa_right_current")

    send(place, opened, MONTHLY, AS_OF - timedelta(20), 12)

    assert set(before) <= set(rows(opened, "select person_id, fact_key, feed from warehouse.rsa_right_current"))
    everyone = rows(opened, "select person_id, fact_key, count(*) from warehouse.rsa_right_current group by 1, 2")
    assert {count for _, _, count in everyone} == {1}


def test_deliveries_of_before_the_contract_named_its_series_belong_to_it_from_the_next_publication(
    place: Installation, opened: Gateway
) -> None:
    send(place, opened, MONTHLY, AS_OF, 6)
    with opened.engine.begin() as connection:
        connection.exec_driver_sql("update ledger.delivery set series = feed")
    send(place, opened, MONTHLY, AS_OF + timedelta(30), 6)
    assert rows(opened, "select distinct series from ledger.delivery") == [("caf/rsa_beneficiaires",)]
    assert rows(opened, "select max(age) from warehouse.person_statement") == [(2,)]


REGISTERED, ENDED = "france_travail/inscriptions", "france_travail/cessations"


@pytest.fixture
def france_travail(place: Installation) -> Installation:
    """The same installation, where France Travail sends two lists."""
    made = installation.build(place.folder / "ft", place.sftp, warehouse_of(place), ["francetravail"], contracts=place.contracts)
    settings = yaml.safe_load(made.settings.read_text(encoding="utf-8"))
    settings["senders"][0]["feeds"] = [REGISTERED, ENDED]
    made.settings.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return made


def warehouse_of(place: Installation) -> str:
    return (place.folder / "warehouse.url").read_text(encoding="utf-8")


def test_the_portfolio_says_of_whom_the_registration_ended_when_and_why(france_travail: Installation) -> None:
    with gateway.opened(france_travail.settings) as opened:
        for feed, day in ((REGISTERED, AS_OF), (ENDED, AS_OF + timedelta(30))):
            folder = france_travail.folder / feed.replace("/", "-")
            folder.mkdir()
            request = SampleRequest(rows=12, seed=1, as_of=day)
            france_travail.drop("francetravail", write_sample(product_contract(feed), folder, request=request).path)
            oracle.run(opened)
        ended = rows(opened, "select registration_ended_on, registration_end_reason from warehouse.portfolio where registered_on is null")
        told = rows(opened, "select ended_on, label from warehouse.registration join warehouse.code_label on code = end_reason_code")
        both = rows(opened, "select person_id from warehouse.registration_stated group by 1 having count(distinct feed) = 2")
        registered = rows(opened, "select person_id from warehouse.portfolio where registered_on is not null")
    assert ended
    assert sorted(ended, key=repr) == sorted(told, key=repr)
    assert both, "some people are in both lists"
    assert not set(both) & set(registered)
