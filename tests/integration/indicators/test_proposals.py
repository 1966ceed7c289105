"""Proposals out of the feeds on a real warehouse: kept once with their source, final only when a person says so."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from participants import OPERATION, desk, entry, leaving, person
from passerelle import gateway
from passerelle.cli import esf
from passerelle.errors import ConfigurationError, InvariantError
from passerelle.gateway import Gateway
from passerelle.indicators.feeds import collect, proposals
from passerelle.indicators.feeds.proposals import Verdict
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import canonical, engine, store
from passerelle.indicators.snapshot.propose import Request, propose
from passerelle.warehouse.connect import transaction

AT = datetime(2025, 6, 2, 8, tzinfo=UTC)
DECIDED = datetime(2025, 12, 30, 9, tzinfo=UTC)
JANUARY = datetime(2026, 1, 5, 9, tzinfo=UTC)
JULY = datetime(2026, 7, 1, 9, tzinfo=UTC)


@pytest.fixture
def opened(warehouse: Engine, place: Path) -> Iterator[Gateway]:
    """Dora's situation and Emil's entry are known to France Travail only; the operation is known to be one of global support."""
    with desk(warehouse) as office:
        blank = {"labour_at_entry": None, "unemployment_months": None}
        office.deliver("ccas/accompagnement", AT, {"participation": [entry("dora", "D1", **blank)]}, sender="ccas")
        office.deliver(
            "france_travail/inscriptions",
            AT,
            {
                "registration": [
                    {"who": "dora", "category_code": "A", "registered_on": date(2024, 1, 15)},
                    {"who": "emil", "category_code": "G", "registered_on": date(2025, 1, 1)},
                ]
            },
            sender="ft",
        )
        followed = {"role_code": "emploi", "modality_code": "global", "starts_on": date(2025, 5, 5)}
        office.deliver("france_travail/suivi_referent", AT, {"designation": [{"who": "emil", **followed}]}, sender="ft")
        office.connection.execute(
            text("""insert into esf.operation (operation_id, specific_objective, annex, modality_code, recorded_at, recorded_by)
                    values (:operation, 'h', 'I', 'global', :at, 'agent-1')"""),
            {"operation": OPERATION, "at": AT},
        )
        # The same two people, recognised across senders.
        office.connection.execute(
            text("update identity.record set sex = 'M', birth_date = '1979-02-03' where source like 'france_travail%'")
        )
    with gateway.opened(place) as found:
        yield found


def waiting(opened: Gateway) -> dict[tuple[str, str], dict[str, Any]]:
    with transaction(opened.engine) as connection:
        return {(row["variable"], row["value"]): row for row in proposals.waiting(connection, OPERATION)}


def decide(opened: Gateway, word: str, *numbers: int, at: datetime = DECIDED, reason: str = "Vu en entretien") -> None:
    with transaction(opened.engine) as connection:
        proposals.decide(connection, numbers, Verdict(word, "agent-1", reason, at))


def participations(opened: Gateway, cut_off: date, at: datetime) -> dict[str, dict[str, str]]:
    made = propose(opened.engine, Request(OPERATION, cut_off, "agent-1", at, load_rules(None)))
    with transaction(opened.engine) as connection:
        return {row["participant_id"]: row for row in canonical.read(store.file(connection, made.snapshot_id, engine.PARTICIPATIONS))}


def test_what_the_feeds_say_is_proposed_once_with_its_source(opened: Gateway) -> None:
    first = proposals.look(opened)
    assert first.added == 3
    assert proposals.look(opened).added == 0
    found = waiting(opened)
    assert set(found) == {("labour_at_entry", "unemployed"), ("unemployment_months", "13"), ("entry_date", "2025-05-05")}
    labour = found["labour_at_entry", "unemployed"]
    assert (labour["sender"], labour["happened_at"], labour["person_id"]) == ("ft", date(2025, 3, 3), person("dora"))
    with opened.engine.connect() as connection:
        place = text("select count(*) from warehouse.registration where delivery_id = :delivery_id and line = :line")
        assert connection.execute(place, labour).scalar_one() == 1


def test_nothing_proposed_counts_before_a_person_confirmed_it_nor_before_the_day_of_the_decision(opened: Gateway) -> None:
    proposals.look(opened)
    dora, emil = str(person("dora")), str(person("emil"))
    before = participations(opened, date(2025, 12, 31), JANUARY)
    assert (before[dora]["labour_at_entry"], emil in before) == ("", False)
    decide(opened, proposals.CONFIRMED, *(row["proposal_id"] for row in waiting(opened).values()))

    confirmed = participations(opened, date(2025, 12, 31), JANUARY)
    assert (confirmed[dora]["labour_at_entry"], confirmed[dora]["unemployment_months"]) == ("unemployed", "13")
    assert confirmed[dora]["recorded_on"] == "2025-12-30"
    assert (confirmed[emil]["entry_date"], confirmed[emil]["sex"], confirmed[emil]["birth_date"]) == ("2025-05-05", "M", "1979-02-03")
    assert emil not in participations(opened, date(2025, 12, 29), JANUARY)


def test_what_the_register_learns_later_does_not_change_who_was_confirmed_at_the_cut_off(opened: Gateway) -> None:
    proposals.look(opened)
    decide(opened, proposals.CONFIRMED, *(row["proposal_id"] for row in waiting(opened).values()))
    before = participations(opened, date(2025, 12, 31), JANUARY)
    with desk(opened.engine) as office:
        office.deliver("caf/rsa_beneficiaires_mensuel", JANUARY, {"residence": [{"who": "emil", "commune_code": "99001"}]}, sender="caf")
        office.connection.execute(
            text("update identity.record set source = 'caf_msa', sex = 'F', birth_date = '1960-01-01' where sender = 'caf'")
        )
    assert participations(opened, date(2025, 12, 31), JANUARY) == before
    assert participations(opened, date(2026, 1, 6), JULY)[str(person("emil"))]["sex"] == "F"

    with desk(opened.engine) as office:
        office.merge("emil", "carl", "ft", datetime(2026, 1, 7, tzinfo=UTC))
    assert participations(opened, date(2025, 12, 31), JULY) == before
    assert str(person("emil")) not in participations(opened, date(2026, 6, 30), JULY)


def test_a_refused_proposal_counts_for_nothing_and_a_confirmed_one_can_be_taken_back(opened: Gateway) -> None:
    proposals.look(opened)
    number = waiting(opened)["labour_at_entry", "unemployed"]["proposal_id"]
    decide(opened, proposals.CONFIRMED, number)
    with pytest.raises(ConfigurationError, match="déjà confirmée"):
        decide(opened, proposals.CONFIRMED, number)
    decide(opened, proposals.REFUSED, number, at=DECIDED + timedelta(hours=1))
    assert participations(opened, date(2025, 12, 31), JANUARY)[str(person("dora"))]["labour_at_entry"] == ""
    assert ("labour_at_entry", "unemployed") not in waiting(opened), "a refused proposal must not come back"
    assert proposals.look(opened).added == 0
    with opened.engine.connect() as connection:
        assert connection.execute(text("select count(*) from esf.decision")).scalar_one() == 2


def test_a_decision_never_replaces_what_the_partner_states_later(opened: Gateway) -> None:
    proposals.look(opened)
    decide(opened, proposals.CONFIRMED, waiting(opened)["labour_at_entry", "unemployed"]["proposal_id"])
    with desk(opened.engine) as office:
        stated = entry("dora", "D1", labour_at_entry="inactive", unemployment_months=None)
        office.deliver("ccas/accompagnement", DECIDED, {"participation": [stated]}, sender="ccas")
    assert participations(opened, date(2025, 12, 31), JANUARY)[str(person("dora"))]["labour_at_entry"] == "inactive"


def test_a_draft_of_the_partner_keeps_no_confirmed_entry_out(opened: Gateway) -> None:
    proposals.look(opened)
    decide(opened, proposals.CONFIRMED, waiting(opened)["entry_date", "2025-05-05"]["proposal_id"])
    with desk(opened.engine) as office:
        about = {"operation_id": OPERATION, "entry_date": date(2025, 5, 5), "participation_number": "E1", "status": "draft"}
        office.deliver("fse/entrees", DECIDED, {"participation_pending": [{"who": "emil", "key": "E1", **about}]}, sender="ccas")
    made = propose(opened.engine, Request(OPERATION, date(2025, 12, 31), "agent-1", JANUARY, load_rules(None)))
    with transaction(opened.engine) as connection:
        entered = canonical.read(store.file(connection, made.snapshot_id, engine.PARTICIPATIONS))
    assert sorted(row["status"] for row in entered if row["participant_id"] == str(person("emil"))) == ["draft", "submitted"]


def test_a_proposal_that_the_partner_has_answered_waits_no_more(opened: Gateway) -> None:
    proposals.look(opened)
    with desk(opened.engine) as office:
        office.deliver("ccas/accompagnement", DECIDED, {"participation": [entry("dora", "D1", labour_at_entry="inactive")]}, sender="ccas")
    looked = proposals.look(opened)
    with transaction(opened.engine) as connection:
        variables = {row["variable"] for row in proposals.waiting(connection, OPERATION, looked)}
    assert variables == {"entry_date"}


def test_a_reason_with_a_number_is_refused_and_nothing_is_decided(opened: Gateway) -> None:
    proposals.look(opened)
    with pytest.raises(ConfigurationError, match="numéro"):
        decide(opened, proposals.CONFIRMED, 1, reason="NIR 2 80 05 59 123 456")
    with pytest.raises(ConfigurationError, match="n’existe pas"):
        decide(opened, proposals.CONFIRMED, 1, 99)
    assert len(waiting(opened)) == 3


def test_the_database_refuses_to_rewrite_a_decision(opened: Gateway) -> None:
    proposals.look(opened)
    decide(opened, proposals.CONFIRMED, 1)
    for statement in ("update esf.decision set verdict = 'refused'", "delete from esf.proposal", "update esf.proposal set value = ''"):
        with pytest.raises(InvariantError), transaction(opened.engine) as connection:
            connection.execute(text(statement))


def test_the_rest_is_listed_to_confirm_or_to_collect(opened: Gateway) -> None:
    with desk(opened.engine) as office:
        office.deliver("fse/sorties", JANUARY, {"participation_exit": [leaving("anne", "P1", date(2025, 12, 1))]})
        at_work = entry("gil", "P8", labour_at_entry="employed", unemployment_months=None, isced_level=None)
        office.deliver("fse/entrees", JANUARY, {"participation": [at_work]})
    found = collect.to_collect(opened, OPERATION, date(2026, 1, 5))
    with transaction(opened.engine) as connection:
        dora = next(row["participation_id"] for row in proposals.waiting(connection, OPERATION) if row["variable"] == "labour_at_entry")
    of_dora = {one.variable: one for one in found if one.participation_id == dora}
    assert len(of_dora["labour_at_entry"].proposals) == 1
    assert of_dora["foreign_background"].proposals == ()
    assert "isced_level" not in of_dora
    (at_work_id,) = {one.participation_id for one in found if one.variable == "isced_level"}
    of_gil = {one.variable for one in found if one.participation_id == at_work_id}
    assert "unemployment_months" not in of_gil, "nobody asks how long somebody at work was unemployed"
    assert "minority" not in {one.variable for one in found}
    outcomes = [one for one in found if one.variable == "event"]
    assert len(outcomes) == 1, "only Anne has left"
    assert not [one for one in found if one.variable == collect.SIX_MONTHS]


def test_the_situation_six_months_after_is_to_collect_from_that_day_until_somebody_noted_it(opened: Gateway) -> None:
    def asked(day: date) -> list[str]:
        return [one.variable for one in collect.to_collect(opened, OPERATION, day) if one.variable == collect.SIX_MONTHS]

    assert (asked(date(2026, 5, 31)), asked(date(2026, 6, 1))) == ([], [collect.SIX_MONTHS]), "Anne left on 1 December"
    with desk(opened.engine) as office:
        unreached = {"who": "anne", "key": "O1", "operation_id": OPERATION, "observed_on": date(2026, 6, 2), "situation": "unreachable"}
        office.deliver("fse/six_mois", JANUARY, {"participation_observation": [unreached]})
    assert asked(date(2026, 6, 2)) == []


def test_the_commands_list_decide_and_end_with_1_while_something_waits(opened: Gateway) -> None:
    def run(*words: object) -> Result:
        return CliRunner().invoke(esf.app, [str(word) for word in words])

    listed = run("proposals", "--operation", OPERATION, "--json")
    assert listed.exit_code == 1
    body = json.loads(listed.stdout)
    assert (body["added"], body["waiting"]) == (3, 3)
    numbers = [row["proposal_id"] for row in body["proposals"]]
    assert run("proposals", "confirm", *numbers[:2], "--reason", "Vu en entretien").exit_code == 0
    assert run("proposals", "refuse", numbers[2], "--reason", "Jamais venu").exit_code == 0
    assert run("proposals").exit_code == 0
    with opened.engine.connect() as connection:
        logins = set(connection.execute(text("select login from esf.decision")).scalars())
    assert logins == {pwd.getpwuid(os.getuid()).pw_name}
    assert json.loads(run("proposals", "to-collect", "--json").stdout)
