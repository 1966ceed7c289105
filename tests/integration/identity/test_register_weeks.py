"""The weekly figure of the queue: how many, how old, how right; on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from passerelle.identity.register import review
from passerelle.identity.register.acts import Act
from passerelle.identity.register.split import split
from passerelle.identity.register.undo import undo
from passerelle.warehouse.connect import open_engine
from registers import AT, CAF, CCAS, FT, JEANNE, MARIE, MARIE_AT_FT, MARIE_WITHOUT_NUMBER, deliver, who

MONDAY = AT - timedelta(days=AT.weekday())
"""Of the week in which everything arrives."""


@pytest.fixture(scope="module")
def engine(warehouse_url: str) -> Iterator[Engine]:
    engine = open_engine(warehouse_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Three people, each doubted once: by a record without any number."""
    anne = replace(MARIE, nir_hash="nir-c", given_name="Anne", role="ENF", birth_date=MARIE.birth_date.replace(year=1990))  # type: ignore[union-attr]
    with engine.connect() as connection:
        deliver(connection, CAF, MARIE, JEANNE, anne)
        doubtful = [replace(MARIE_WITHOUT_NUMBER, given_name=one.given_name, birth_date=one.birth_date) for one in (MARIE, JEANNE, anne)]
        deliver(connection, CCAS, *doubtful)
        assert len(review.waiting(connection, AT)) == 3
        yield connection
        connection.rollback()


def week(connection: Connection, day: int) -> dict[str, Any]:
    """The last week of the figure, as it is told so many days after everything arrived."""
    return review.weeks(connection, AT + timedelta(days=day))[-1]


def decide(connection: Connection, verdict: str, day: int) -> int | None:
    number = review.waiting(connection, AT)[0]["suggestion_id"]
    return review.decide(connection, number, verdict, Act("agent-1", "Vu", AT + timedelta(days=day))).event_id


def test_of_a_week_it_says_how_many_arrived_and_were_decided_and_how_right_the_machine_was(connection: Connection) -> None:
    assert {name: week(connection, 0)[name] for name in ("made", "decided", "waiting", "right_pct")} == {
        "made": 3,
        "decided": 0,
        "waiting": 3,
        "right_pct": None,
    }
    decide(connection, "same", 7)
    decide(connection, "different", 9)
    found = week(connection, 9)
    assert (found["made"], found["decided"], found["same"], found["different"], found["right_pct"]) == (0, 2, 1, 1, 50.0)
    assert (found["median_days"], found["waiting"], found["oldest_days"]) == (8.0, 1, 9)


def test_a_week_that_has_passed_keeps_what_waited_at_its_end(connection: Connection) -> None:
    decide(connection, "same", 7)
    first, second = review.weeks(connection, AT + timedelta(days=9))[-2:]
    assert (first["week"], second["week"]) == (MONDAY.date(), MONDAY.date() + timedelta(days=7))
    assert (first["made"], first["waiting"], first["decided"]) == (3, 3, 0)
    assert (second["made"], second["waiting"], second["decided"]) == (0, 2, 1)
    assert first["oldest_days"] == 7 - AT.weekday()


def test_who_does_not_know_has_decided_nothing(connection: Connection) -> None:
    decide(connection, "unsure", 1)
    found = week(connection, 2)
    assert (found["decided"], found["unsure"], found["waiting"], found["right_pct"]) == (0, 1, 3, None)


def test_a_decision_that_is_undone_waits_again(connection: Connection) -> None:
    event = decide(connection, "same", 0)
    assert event is not None
    assert (week(connection, 0)["decided"], week(connection, 0)["waiting"]) == (1, 2)
    undo(connection, event, Act("agent-1", "Erreur", AT))
    assert (week(connection, 0)["decided"], week(connection, 0)["waiting"]) == (0, 3)


def test_links_of_the_machine_that_people_took_back_are_counted_and_their_own_are_not(connection: Connection) -> None:
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    assert (week(connection, 0)["linked"], week(connection, 0)["taken_back"]) == (1, 0)
    split(connection, who(connection)[at_ft], [at_ft], Act("agent-1", "Jumeaux", AT))
    decide(connection, "same", 0)
    by_hand = connection.scalar(text("SELECT record_id FROM identity.link WHERE rule = 'MERGE' AND revoked_at IS NULL"))
    split(connection, who(connection)[by_hand], [by_hand], Act("agent-1", "Jumeaux", AT))
    assert (week(connection, 0)["linked"], week(connection, 0)["taken_back"]) == (1, 1)
