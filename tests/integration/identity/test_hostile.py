"""Hostile data in a delivery, on a real PostgreSQL: nothing is merged, every link and doubt is explained, and no pairs blow up."""

from __future__ import annotations

import logging
import random
import resource
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from passerelle.identity import matcher
from passerelle.identity.reasons import EXPLANATIONS
from passerelle.identity.recognise import Recognition, Statement, recognise
from passerelle.warehouse.connect import open_engine
from registers import CAF, CCAS

GIVEN = ("Jean", "Marie", "Paul", "Léa", "Zoé")
LONG = "É" * 500
BOTH = (replace(CAF, is_ranked=True), replace(CCAS, is_ranked=True))
"""Who sends the first half of the people, who the second."""


@pytest.fixture(scope="module")
def engine(warehouse_url: str) -> Iterator[Engine]:
    engine = open_engine(warehouse_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs each batch compares."""
    counts: list[int] = []

    def counting(connection: Any) -> None:
        compare(connection)
        counts.append(connection.execute("SELECT count(*) FROM compared").fetchall()[0][0])

    compare = matcher.compare_pairs
    monkeypatch.setattr(matcher, "compare_pairs", counting)
    return counts


def people(count: int, **same: Any) -> list[Statement]:
    """So many people with nothing in common but what is given."""
    dice = random.Random(count)
    days = dice.sample(range(20_000), count)  # who states the same twice is one record, not two
    made = []
    for number, day in enumerate(days):
        name = "".join(dice.choices("ABCDEFGHIJKLMNOPRSTUVZ", k=7))
        born = date(1950, 1, 1) + timedelta(days=day)
        made.append(replace(Statement("personne", number, birth_name=name, given_name=GIVEN[number % 5], birth_date=born), **same))
    return made


def delivered(connection: Connection, everyone: list[Statement], senders: tuple[Recognition, ...] = BOTH) -> int:
    """How many persons there are once the two halves were recognised; every link and every doubt is explained."""
    half = len(everyone) // 2
    for sender, some in zip(senders, (everyone[:half], everyone[half:]), strict=True):
        outcome = recognise(connection, some, sender)
        assert outcome.known + outcome.new + outcome.review == len(some)
    told = connection.execute(text("SELECT rule, count(*) FROM identity.link GROUP BY 1 UNION SELECT reason, 1 FROM identity.suggestion"))
    assert {rule for rule, _ in told} <= EXPLANATIONS.keys()
    assert not connection.scalar(text("SELECT count(*) FROM identity.suggestion WHERE detail = '' OR evidence IS NULL"))
    return int(connection.execute(text("SELECT count(DISTINCT person_id) FROM identity.link WHERE revoked_at IS NULL")).scalar_one())


def test_ten_thousand_records_with_one_email(connection: Connection, compared: list[int], caplog: pytest.LogCaptureFixture) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with caplog.at_level(logging.INFO):
        assert delivered(connection, people(10_000, email="accueil@mairie.example")) == 10_000
    assert sum(compared) < 200_000, "fifty million pairs otherwise"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000, "kB"
    assert caplog.text.count("values_of_too_many=1") == 2, "the cap is told for each delivery"
    assert "accueil" not in caplog.text


def test_one_nir_on_forty_people(connection: Connection, compared: list[int], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert delivered(connection, people(40, nir_hash="nir-a", nir_valid=True)) == 40
    assert caplog.text.count("values_of_too_many=1") == 2
    assert "nir-a" not in caplog.text


@pytest.mark.parametrize("is_ranked", [True, False], ids=["all layers", "certain rules only"])
@pytest.mark.parametrize(
    "same",
    [
        {"identifiers": (("other_id", "00000000"), ("france_travail_number", "11111111")), "phone": "0000000000"},
        {"identifiers": (("dossier_number", "00000000"), ("allocataire_number", "0")), "role": "DEM"},
        {"birth_name": "", "given_name": "", "birth_date": None},
        {"birth_name": None, "given_name": None},
        {"birth_name": "A", "given_name": "B"},
        {"birth_name": LONG, "given_name": LONG, "other_given_names": "|".join([LONG] * 5), "email": f"{LONG}@courriel.example"},
    ],
    ids=["zeros", "zeros of a household", "empty, no date", "no name", "names of one letter", "names of 500 letters"],
)
def test_what_says_nothing_merges_nobody(connection: Connection, compared: list[int], same: dict[str, Any], is_ranked: bool) -> None:
    senders = tuple(replace(sender, is_ranked=is_ranked) for sender in BOTH)
    assert delivered(connection, people(600, **same), senders) == 600
    assert sum(compared) < 60_000


@pytest.mark.parametrize("is_ranked", [True, False], ids=["all layers", "certain rules only"])
def test_a_thousand_records_that_say_the_same_find_nobody_and_make_no_pairs(
    connection: Connection, compared: list[int], is_ranked: bool
) -> None:
    senders = tuple(replace(sender, is_ranked=is_ranked) for sender in BOTH)
    alike = [replace(one, identifiers=(("other_id", f"N{one.row}"),)) for one in people(1_000, birth_date=date(1980, 1, 1))]
    alike = [replace(one, birth_name="Martin", given_name="Jean", sex="M", phone="0612345678") for one in alike]
    assert delivered(connection, alike, senders) == 1_000
    assert sum(compared) == 0


def test_contradictory_civil_status_joins_nobody_and_goes_to_a_reviewer(connection: Connection) -> None:
    """One number, and everything else contradicts: another sex, another date, another name."""
    one = replace(people(1)[0], nir_hash="nir-a", nir_valid=True, birth_name="Martin", given_name="Jean", sex="M")
    contrary = [
        replace(one, row=1, sex="F"),
        replace(one, row=2, birth_date=one.birth_date + timedelta(days=9_000) if one.birth_date else None, birth_name="Durand"),
        replace(one, row=3, given_name="Zoé", birth_name="Xavier", sex="F"),
    ]
    recognise(connection, [one], BOTH[0])
    outcome = recognise(connection, contrary, BOTH[1])
    assert (outcome.known, outcome.review) == (0, 3)
    reasons = set(connection.execute(text("SELECT reason FROM identity.suggestion")).scalars())
    assert reasons <= EXPLANATIONS.keys()
    assert reasons & {"other_sex", "same_nir"}
