"""Feeds that feed no table others read go all the way as well: lists about nobody, and facts kept for later about people."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

import installation
import oracle
from installation import Installation, rows
from passerelle.contract.load import find
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.ledger.deliveries import Delivery
from passerelle.ledger.states import State
from passerelle.receipt.model import Receipt
from passerelle.warehouse.schema_facts import FACTS
from servers import Sftp

SENDER = "ccas-valcombe"
ROWS = 50
LISTS = ("referentiels/structures", "referentiels/referents", "referentiels/communes")
DOMICILIATION = "ccas/domiciliation"
SHEET, DELIMITED = "ccas/accompagnement_tableur", "ccas/accompagnement"
ENTRIES, EXITS, EVENTS = "fse/participants_entrees", "fse/participants_sorties", "fse/participants_evenements"


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path) -> Installation:
    """An installation with one sender that sends all these feeds."""
    made = installation.build(tmp_path, sftp_server, warehouse, (SENDER,), contracts=hasty_contracts, feeds={SENDER: ENTRIES})
    settings = yaml.safe_load(made.settings.read_text(encoding="utf-8"))
    settings["senders"][0]["feeds"] = [*LISTS, SHEET, DELIMITED, DOMICILIATION, ENTRIES, EXITS, EVENTS]
    made.settings.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return made


def taken(place: Installation, opened: Gateway, *feeds: str, day: date = installation.AS_OF) -> dict[str, Delivery]:
    """The deliveries of these feeds after one run; all of them published, and nothing left half done."""
    for feed in feeds:
        request = SampleRequest(rows=ROWS, seed=1, as_of=day)
        place.drop(SENDER, write_sample(find(place.contracts, feed), place.folder / "made", request=request).path)
    done = {delivery.feed: delivery for delivery in oracle.run(opened)}
    assert {feed: delivery.state for feed, delivery in done.items()} == dict.fromkeys(feeds, State.PUBLISHED)
    oracle.at_rest(place, opened)
    return done


def staged(opened: Gateway, feed: str) -> int:
    """How many rows the feed's staging table holds."""
    (found,) = [table for name, table in oracle.dump(opened).items() if name.startswith(f"staging.{feed.replace('/', '__')}__")]
    return len(found)


def integrated(opened: Gateway, delivery: Delivery) -> Receipt:
    """Its CRI."""
    found = [row for row in oracle.dump(opened)["ledger.receipt"] if row["delivery_id"] == delivery.delivery_id and row["kind"] == "CRI"]
    return Receipt.from_json(found[0]["body"])


def facts(opened: Gateway) -> dict[str, int]:
    """How many rows each table others read holds, the empty ones left out."""
    counted = {name: rows(opened, f"select count(*) from {table.schema}.{name}") for name, table in FACTS.items()}
    return {name: int(str(found[0][0])) for name, found in counted.items() if found[0][0]}


def test_a_list_about_nobody_is_kept_and_answered_and_makes_nobody(place: Installation, opened: Gateway) -> None:
    done = taken(place, opened, *LISTS)

    for feed in LISTS:
        assert staged(opened, feed) == ROWS
        receipt = integrated(opened, done[feed])
        assert (receipt.outcome, receipt.code) == ("integrated", 0)
        assert receipt.counts is not None
        assert (receipt.counts.received, receipt.counts.accepted) == (ROWS, ROWS)
        assert receipt.people is None, "a list about nobody counts no people"
    assert rows(opened, "select count(*) from identity.record") == [(0,)]
    assert facts(opened) == {}


def test_a_domiciliation_is_kept_with_its_person_and_is_no_residence(place: Installation, opened: Gateway) -> None:
    (delivery,) = taken(place, opened, DOMICILIATION).values()

    assert staged(opened, delivery.feed) == ROWS
    receipt = integrated(opened, delivery)
    assert receipt.code == 0
    assert receipt.people is not None
    assert receipt.people.known + receipt.people.new + receipt.people.to_review == ROWS
    assert rows(opened, "select count(*) from identity.record") == [(ROWS,)]
    assert facts(opened) == {}


def test_only_validated_entries_are_participations(place: Installation, opened: Gateway) -> None:
    taken(place, opened, ENTRIES)

    table = "staging.fse__participants_entrees__v1__entree"
    counted = rows(opened, f"select count(*) from {table} where statut_fiche in ('validee', 'corrigee')")
    assert rows(opened, "select count(*) from esf.participation_current") == counted
    assert 0 < int(str(counted[0][0])) < ROWS
    assert facts(opened).keys() == {"participation", "participation_pending"}
    pending = rows(opened, "select count(*) from esf.participation_pending where status in ('draft', 'withdrawn')")
    assert pending == rows(opened, f"select count(*) from {table} where statut_fiche in ('brouillon', 'retiree')") != [(0,)]
    assert rows(opened, "select distinct sex from esf.participation_current order by sex") == [("F",), ("M",)]
    words = {str(word) for (word,) in rows(opened, "select distinct labour_at_entry from esf.participation_current")}
    assert words == {"unemployed", "inactive", "employed"}


def test_exits_and_events_are_about_the_people_who_entered(place: Installation, opened: Gateway) -> None:
    taken(place, opened, ENTRIES)
    people = "select count(distinct person_id) from identity.link where revoked_at is null"
    before = rows(opened, people)

    done = taken(place, opened, EXITS, EVENTS)

    for feed in (EXITS, EVENTS):
        assert staged(opened, feed) == ROWS
        assert (done[feed].people_known, done[feed].people_new) == (ROWS, 0)
    assert rows(opened, people) == before
    assert facts(opened).keys() == {"participation", "participation_pending", "participation_exit", "participation_event"}


def test_a_spreadsheet_feeds_the_same_tables_and_the_latest_of_both_files_counts(place: Installation, opened: Gateway) -> None:
    taken(place, opened, SHEET)
    first = facts(opened)
    assert first.keys() == {"designation", "appointment", "engagement", "brake", "participation"}

    taken(place, opened, DELIMITED, day=installation.AS_OF + timedelta(days=7))

    assert facts(opened)["brake"] == 2 * first["brake"]
    assert rows(opened, "select count(*), min(feed), max(feed) from warehouse.brake_current") == [(ROWS, DELIMITED, DELIMITED)]
