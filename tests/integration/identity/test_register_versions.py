"""A sender says something new of someone whom rules tie to two persons: the person stays, nobody is minted; on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from passerelle.identity.recognise import Statement
from passerelle.identity.register import overrides, review
from passerelle.identity.register.split import split
from passerelle.identity.register.undo import undo
from passerelle.warehouse.connect import open_engine
from registers import ACT, AT, CAF, FT, MARIE, MARIE_AT_FT, deliver, laws, who

MONTHS = (11, 12, 13)
"""Deliveries of the CAF, each with another telephone number of hers."""
WITHOUT_NIR = replace(MARIE, nir_hash=None, nir_valid=False)


@pytest.fixture(scope="module")
def engine(warehouse_url: str) -> Iterator[Engine]:
    engine = open_engine(warehouse_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A transaction that is rolled back; whatever a test did, the laws hold at its end."""
    with engine.connect() as connection:
        yield connection
        laws(connection)
        connection.rollback()


def month(connection: Connection, number: int, said: Statement = MARIE) -> UUID:
    """Her record in a later delivery of the CAF."""
    (record,) = deliver(connection, replace(CAF, delivery_id=number), replace(said, phone=f"06123456{number}"))
    return record


def asked(connection: Connection) -> set[tuple[UUID, UUID, str]]:
    return {(row["holder"], row["person_id"], row["reason"]) for row in review.waiting(connection, AT)}


def minted(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM identity.person")).scalar_one())


def test_whom_two_persons_claim_stays_who_it_was_and_a_reviewer_is_asked(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, WITHOUT_NIR)
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    mine, other = who(connection)[at_caf], who(connection)[at_ft]
    assert mine != other
    for number in MONTHS:  # from the first on, her NIR ties her to the other person too
        record = month(connection, number)
        assert who(connection)[record] == mine
        assert (mine, other, "two_persons") in asked(connection)
    assert minted(connection) == 2
    rules = connection.execute(text("SELECT DISTINCT rule FROM identity.link WHERE delivery_id = ANY(:m)"), {"m": list(MONTHS)})
    assert set(rules.scalars()) == {"S1", "N1"}, "before she has a number, by her dossier"


def test_what_a_split_took_away_does_not_come_back_with_a_new_version_and_is_not_asked_again(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, MARIE)
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    event = split(connection, who(connection)[at_caf], [at_ft], ACT).event_id
    mine, other = who(connection)[at_caf], who(connection)[at_ft]
    for number in MONTHS:
        record = month(connection, number)
        assert who(connection)[record] == mine
        assert asked(connection) == set(), "an agent has answered"
    assert minted(connection) == 2
    undo(connection, event, ACT)
    assert who(connection)[at_ft] == mine
    assert other not in who(connection).values()


def test_a_version_that_was_split_off_leads_the_later_ones(connection: Connection) -> None:
    (first,) = deliver(connection, CAF, MARIE)
    second = month(connection, MONTHS[0])
    apart = split(connection, who(connection)[first], [second], ACT).new_person
    third = month(connection, MONTHS[1])
    assert who(connection)[third] == apart
    assert who(connection)[first] != apart
    assert asked(connection) == set()


def test_an_older_version_that_was_split_off_does_not(connection: Connection) -> None:
    (first,) = deliver(connection, CAF, MARIE)
    second = month(connection, MONTHS[0])
    apart = split(connection, who(connection)[first], [first], ACT).new_person
    third = month(connection, MONTHS[1])
    assert who(connection)[third] == who(connection)[second] != apart


def test_never_answers_until_it_is_undone(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, WITHOUT_NIR)
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    event = review.never(connection, at_caf, at_ft, ACT)
    month(connection, MONTHS[0])
    assert {reason for _, _, reason in asked(connection)} == {"same_civil_status"}, "of the record, asked before"
    undo(connection, event, ACT)
    month(connection, MONTHS[1])
    assert "two_persons" in {reason for _, _, reason in asked(connection)}


def test_persons_are_parted_by_the_records_they_have_today(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, WITHOUT_NIR)
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    pair = who(connection)[at_caf], who(connection)[at_ft]
    both = {pair, pair[::-1]}
    assert overrides.parted(connection, both) == set()
    event = overrides.never(connection, at_caf, at_ft, ACT)
    assert overrides.parted(connection, {*both, (pair[0], pair[0])}) == both, "nobody is parted from oneself"
    undo(connection, event, ACT)
    assert overrides.parted(connection, both) == overrides.parted(connection, ()) == set()
