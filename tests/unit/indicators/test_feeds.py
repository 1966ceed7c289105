"""What CCAS, France Travail and CAF files let one propose of a participation, and what they do not (reference: notes on ESF+, §6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest

from passerelle.indicators.feeds import housing
from passerelle.indicators.feeds.derive import derive
from passerelle.indicators.feeds.model import Derived, Evidence, Subject
from passerelle.indicators.snapshot.known import Rurality

PERSON = UUID(int=1)
ENTRY = date(2025, 3, 15)
EXIT = date(2025, 9, 1)
GRID = Rurality(year="2025", rural={"99001": True, "99002": False})


def subject(**values: Any) -> Subject:
    return Subject("OP", PERSON, "P-1", {"entry_date": ENTRY, "rural": "unknown"} | values, "global")


def told(kind: str, day: date = ENTRY, **values: Any) -> dict[str, list[Evidence]]:
    stamp = datetime.combine(day, time(), UTC)
    return {kind: [Evidence(kind, values, "feed", "sender", 7, 3, stamp, stamp)]}


def registered(category: str, since: date = date(2024, 1, 10), **values: Any) -> dict[str, list[Evidence]]:
    facts = {"category_code": category, "registered_on": since, "ended_on": None, "end_reason_code": None} | values
    return told("registration", **facts)


def ended(day: date, reason: str) -> dict[str, list[Evidence]]:
    return told("registration", day, category_code=None, registered_on=None, ended_on=day, end_reason_code=reason)


def proposed(about: Subject, statements: dict[str, list[Evidence]]) -> dict[str, str]:
    return {draft.variable: draft.value for draft in derive([about], {PERSON: statements}).drafts}


def asked(about: Subject, statements: dict[str, list[Evidence]]) -> dict[str, str]:
    return {ask.variable: ask.reason for ask in derive([about], {PERSON: statements}).asks}


@pytest.mark.parametrize(("category", "situation"), [("A", "unemployed"), ("E", "employed")])
def test_categories_a_and_e_are_proposed_and_never_final(category: str, situation: str) -> None:
    """Case H09."""
    (draft, *_) = derive([subject()], {PERSON: registered(category)}).drafts
    assert (draft.variable, draft.value, draft.happened_at, draft.rule) == ("labour_at_entry", situation, ENTRY, "ft.category")
    assert "catégorie" in draft.basis


@pytest.mark.parametrize("category", ["B", "C", "D", "F", "G", "1", "2", "3", "6"])
def test_the_other_categories_are_asked_and_never_called_unemployed(category: str) -> None:
    """Case H08; V56."""
    assert "labour_at_entry" not in proposed(subject(), registered(category))
    assert "labour_at_entry" in asked(subject(), registered(category))


def test_category_d_proposes_training() -> None:
    """Case H10."""
    assert proposed(subject(), registered("D")) == {"in_education_at_entry": "yes"}


def test_the_automatic_registration_starts_no_unemployment() -> None:
    """Case B43: registered on 1 January 2025, category G, last job in 2019."""
    statements = registered("G", date(2025, 1, 1))
    assert proposed(subject(), statements) == {}
    assert set(asked(subject(), statements)) == {"labour_at_entry", "unemployment_months"}
    assert "unemployment_months" not in proposed(subject(), registered("A", date(2025, 1, 1)))


def test_months_of_unemployment_are_whole_months_since_the_registration() -> None:
    assert proposed(subject(), registered("A", date(2024, 1, 15)))["unemployment_months"] == "14"
    assert proposed(subject(), registered("A", date(2024, 1, 16)))["unemployment_months"] == "13"


def test_a_registration_that_ended_before_the_entry_or_began_after_it_says_nothing_of_it() -> None:
    over = {"registration": registered("A")["registration"] + ended(date(2025, 2, 1), "09")["registration"]}
    assert proposed(subject(), over) == {}
    that_day = {"registration": registered("A")["registration"] + ended(ENTRY, "09")["registration"]}
    assert proposed(subject(), that_day)["labour_at_entry"] == "unemployed", "on its last day somebody is still registered"
    assert proposed(subject(), registered("A", date(2025, 3, 16))) == {}


def test_what_is_known_is_not_proposed_again() -> None:
    assert proposed(subject(labour_at_entry="inactive", unemployment_months=None), registered("A")) == {}


def test_the_modality_of_france_travail_proposes_entry_and_exit_and_the_end_of_rsa_nothing() -> None:
    """Case H11: the right closed, the support goes on."""
    shown = told("modality", modality_code="global", starts_on=date(2025, 2, 3), ends_on=date(2025, 10, 15))
    newcomer = Subject("OP", PERSON, None, {}, "global")
    assert proposed(newcomer, shown) == {"entry_date": "2025-02-03"}
    assert proposed(subject(), shown) == {"exit_date": "2025-10-15"}
    before = told("modality", modality_code="global", starts_on=date(2024, 5, 6), ends_on=date(2024, 9, 1))
    assert proposed(newcomer, {"modality": shown["modality"] + before["modality"]}) == {"entry_date": "2024-05-06"}
    assert proposed(subject(), {"modality": shown["modality"] + before["modality"]}) == {"exit_date": "2025-10-15"}
    going_on = told("modality", modality_code="global", starts_on=date(2025, 2, 3), ends_on=None)
    assert proposed(subject(), going_on) == {}
    assert proposed(newcomer, told("modality", modality_code="renforce", starts_on=date(2025, 2, 3), ends_on=None)) == {}
    assert proposed(subject(), told("rsa_right", closed_on=date(2025, 7, 31))) == {}


def test_a_valid_domiciliation_proposes_housing_exclusion_and_is_no_residence() -> None:
    """Case E15."""
    elected = told("domiciliation", etat="active", date_debut=date(2024, 9, 1), date_fin=date(2025, 8, 31), date_radiation=None)
    assert proposed(subject(), elected) == {"housing_exclusion": "yes"}
    statements = elected | told("residence", commune_code="99001")
    derived = Derived()
    housing.rural(subject(), statements, derived, GRID)
    assert derived.drafts == []
    assert [ask.variable for ask in derived.asks] == ["rural"]


def test_an_expired_or_withdrawn_domiciliation_is_asked() -> None:
    for end, struck in ((date(2025, 3, 14), None), (date(2025, 8, 31), date(2025, 3, 1)), (date(2025, 8, 31), ENTRY)):
        elected = told("domiciliation", etat="echue", date_debut=date(2024, 3, 15), date_fin=end, date_radiation=struck)
        assert proposed(subject(), elected) == {}
        assert "housing_exclusion" in asked(subject(), elected)


@pytest.mark.parametrize(("commune", "level"), [("99001", "yes"), ("99002", "no"), ("99999", None), (None, None)])
def test_the_rural_level_comes_from_the_grid_with_its_year(commune: str | None, level: str | None) -> None:
    derived = Derived()
    housing.rural(subject(), told("residence", commune_code=commune), derived, GRID)
    assert [draft.value for draft in derived.drafts] == ([level] if level else [])
    assert all("2025" in draft.basis for draft in derived.drafts)


def test_the_residence_at_entry_speaks_and_not_a_later_one() -> None:
    """Case E14."""
    before, after = told("residence", date(2025, 3, 1), commune_code="99001"), told("residence", date(2025, 6, 1), commune_code="99002")
    derived = Derived()
    housing.rural(subject(), {"residence": before["residence"] + after["residence"]}, derived, GRID)
    assert [draft.value for draft in derived.drafts] == ["yes"]


@pytest.mark.parametrize(("code", "level"), [("2601", "6"), ("2602", "5"), ("2603", "3"), ("2604", "3"), ("2605", "2"), ("2606", None)])
def test_a_diploma_is_proposed_in_todays_levels_and_none_is_asked(code: str, level: str | None) -> None:
    """CAP was « niveau V », which is not today's level 5; ISCED 0 is for those who were never schooled (case I11)."""
    assert proposed(subject(), told("diploma", nivdipmaxobt=code)).get("isced_level") == level
    assert ("isced_level" in asked(subject(), told("diploma", nivdipmaxobt=code))) == (level is None)


def test_a_recognised_disability_is_proposed_and_its_absence_says_nothing() -> None:
    assert proposed(subject(), told("difficulty", difsoc="0403")) == {"disability": "yes"}
    assert proposed(subject(), told("difficulty", difsoc="0402")) == {}


@pytest.mark.parametrize(
    ("day", "counts"), [(EXIT, True), (date(2025, 9, 29), True), (date(2025, 9, 30), False), (date(2025, 8, 31), False)]
)
def test_a_job_taken_up_is_proposed_within_28_days_of_the_exit(day: date, counts: bool) -> None:
    left = subject(exit_date=EXIT, labour_at_entry="unemployed", unemployment_months=3)
    assert proposed(left, ended(day, "01")) == ({"event": "employed"} if counts else {})
    assert proposed(left, ended(day, "02")) == ({"event": "in_education"} if counts else {})
    assert proposed(left, ended(day, "05")) == {}
    assert proposed(left, told("activity", act="ETI", ddact=day, dfact=None)).get("event") == ("self_employed" if counts else None)


def test_an_event_that_is_known_is_not_proposed_again() -> None:
    left = subject(exit_date=EXIT, labour_at_entry="unemployed", unemployment_months=3)
    known = replace(left, events=frozenset({("employed", date(2025, 9, 5))}))
    assert proposed(known, ended(date(2025, 9, 4), "01")) == {}
    assert proposed(known, ended(date(2025, 9, 4), "02")) == {"event": "in_education"}


def test_a_search_for_work_is_proposed_only_for_who_was_inactive() -> None:
    after = registered("A", date(2025, 9, 10))
    assert proposed(subject(exit_date=EXIT, labour_at_entry="inactive"), after) == {"event": "job_searching"}
    assert proposed(subject(exit_date=EXIT, labour_at_entry="unemployed", unemployment_months=3), after) == {}
    assert proposed(subject(exit_date=EXIT, labour_at_entry="inactive"), registered("G", date(2025, 9, 10))) == {}


def test_nothing_is_said_of_a_running_participation_without_evidence() -> None:
    assert proposed(subject(), {}) == {}
    assert asked(subject(), {}) == {}
