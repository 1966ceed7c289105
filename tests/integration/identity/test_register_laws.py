"""Whatever people and deliveries do, in whatever order: the register's laws hold, and an undo gives back what the event took.

Real PostgreSQL, few examples: each is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from passerelle.errors import ConfigurationError
from passerelle.identity.recognise import withdraw
from passerelle.identity.register import overrides
from passerelle.identity.register.merge import always, merge
from passerelle.identity.register.split import split
from passerelle.identity.register.undo import undo
from passerelle.warehouse.connect import open_engine
from registers import (
    ACT,
    AT,
    CAF,
    CCAS,
    FT,
    JEANNE,
    MARIE,
    MARIE_AT_FT,
    MARIE_WITHOUT_NUMBER,
    deliver,
    laws,
    partition,
    reachable,
    resolved,
    who,
)

JEANNE_AT_FT = replace(MARIE_AT_FT, nir_hash="nir-b", given_name="Jeanne", identifiers=())
MOVED = replace(MARIE, postcode="59100")
DELIVERIES = (
    (CAF, (MARIE, JEANNE)),
    (FT, (MARIE_AT_FT, JEANNE_AT_FT)),
    (CCAS, (MARIE_WITHOUT_NUMBER, replace(JEANNE, nir_hash=None, nir_valid=False, role=None, identifiers=()))),
    (replace(CAF, delivery_id=4), (MOVED, replace(JEANNE, nir_hash="nir-a"))),
)
Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["deliver", "deliver", "withdraw", "merge", "merge", "always", "split", "never", "undo", "undo"]),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    min_size=3,
    max_size=12,
)
FEW = settings(
    max_examples=40,
    phases=[Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def engine(warehouse_url: str) -> Iterator[Engine]:
    engine = open_engine(warehouse_url)
    yield engine
    engine.dispose()


def act(connection: Connection, step: Step) -> None:
    """One step of a person or of a delivery; a decision that cannot be changes nothing."""
    kind, first, second = step
    if kind in ("deliver", "withdraw"):
        context, statements = DELIVERIES[first % len(DELIVERIES)]
        if kind == "deliver":
            deliver(connection, context, *statements)
        else:
            withdraw(connection, context.delivery_id, AT)
        return
    before = who(connection), resolved(connection)
    try:
        with connection.begin_nested():
            decide(connection, kind, first, second)
    except ConfigurationError:
        assert (who(connection), resolved(connection)) == before


def decide(connection: Connection, kind: str, first: int, second: int) -> None:
    people = list(connection.execute(text("SELECT person_id FROM identity.person ORDER BY minted_at, person_id")).scalars())
    records = list(connection.execute(text("SELECT record_id FROM identity.record ORDER BY content_hash")).scalars())
    events = list(connection.execute(text("SELECT event_id FROM identity.event ORDER BY event_id")).scalars())
    if kind == "undo":
        if events:
            undo(connection, events[first % len(events)], ACT)
    elif kind == "split" and records:
        record = records[first % len(records)]
        person = who(connection).get(record)
        if person:
            split(connection, person, [record], ACT)
    elif kind in ("merge", "always", "never") and people:
        work = {"merge": merge, "always": always, "never": overrides.never}[kind]
        work(connection, people[first % len(people)], people[second % len(people)], ACT)


@FEW
@given(steps=STEPS)
def test_the_laws_hold_whatever_happens(engine: Engine, steps: list[Step]) -> None:
    with engine.connect() as connection:
        deliver(connection, CAF, *DELIVERIES[0][1])
        deliver(connection, FT, *DELIVERIES[1][1])
        for step in steps:
            humans = decided_by_people(connection)
            act(connection, step)
            laws(connection)
            if step[0] in ("deliver", "withdraw"):
                after = who(connection)
                assert all(after.get(record) == person for record, person in humans.items()), "a run has overwritten a person's decision"
        connection.rollback()


def decided_by_people(connection: Connection) -> dict[UUID, UUID]:
    query = text("SELECT record_id, person_id FROM identity.link WHERE revoked_at IS NULL AND decided_by NOT LIKE 'rule:%'")
    return dict(connection.execute(query).all())  # type: ignore[arg-type]


@FEW
@given(before=STEPS, kind=st.sampled_from(["merge", "split"]), pair=st.tuples(st.integers(0, 7), st.integers(0, 7)), since=STEPS)
def test_an_undo_always_gives_back_what_still_stands(
    engine: Engine, before: list[Step], kind: str, pair: tuple[int, int], since: list[Step]
) -> None:
    with engine.connect() as connection:
        deliver(connection, CAF, *DELIVERIES[0][1])
        deliver(connection, CCAS, *DELIVERIES[2][1])
        for step in before:
            act(connection, step)
        stood = who(connection)
        last = connection.scalar(text("SELECT coalesce(max(event_id), 0) FROM identity.event"))
        act(connection, (kind, *pair))
        event = connection.scalar(
            text("SELECT max(event_id) FROM identity.event WHERE kind = :k AND event_id > :n"), {"k": kind, "n": last}
        )
        if event is None:
            return
        moved = set(connection.execute(text("SELECT record_id FROM identity.change WHERE event_id = :e"), {"e": event}).scalars())
        for step in since:
            if step[0] in ("deliver", "withdraw"):
                act(connection, step)
        done = undo(connection, event, ACT)
        laws(connection)
        after = who(connection)
        assert set(done.restored) == moved
        assert done.elsewhere == ()
        assert {record: after[record] for record in moved} == {record: stood[record] for record in moved}
        connection.rollback()


@FEW
@given(pairs=st.permutations([(0, 1), (1, 2), (2, 3), (0, 3)]))
def test_merges_in_any_order_end_in_the_same_person(engine: Engine, pairs: list[tuple[int, int]]) -> None:
    with engine.connect() as connection:
        deliver(connection, CAF, *DELIVERIES[0][1])
        deliver(connection, CCAS, *DELIVERIES[2][1])
        people = sorted(set(who(connection).values()))
        for left, right in pairs:
            try:
                merge(connection, people[left], people[right], ACT)
            except ConfigurationError:
                continue  # two of them are one already
        assert set(who(connection).values()) == {people[0]}
        assert set(resolved(connection).values()) == {people[0]}
        connection.rollback()


def test_a_record_given_back_to_a_person_who_was_merged_since_goes_where_that_person_went(engine: Engine) -> None:
    """Chance seldom makes this sequence: a split, then the person it was taken from is merged into an older one, then the split undone."""
    with engine.connect() as connection:
        deliver(connection, replace(CAF, delivery_id=5, decided_at=AT - timedelta(days=1)), JEANNE)
        (older,) = set(who(connection).values())
        (at_caf,) = deliver(connection, CAF, MARIE)
        (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
        event = split(connection, who(connection)[at_caf], [at_ft], ACT).event_id
        merge(connection, who(connection)[at_caf], older, ACT)
        assert who(connection)[at_caf] == older
        undo(connection, event, ACT)
        laws(connection)
        assert who(connection)[at_ft] == older
        connection.rollback()


LEA = replace(MARIE_WITHOUT_NUMBER, given_name="Léa", birth_name="Moreau", phone="0612345678", birth_date=date(1991, 7, 3))
ORDERED = (
    *DELIVERIES,
    # A contact that two names share, a namesake of one of them, and who bears both names.
    (replace(CCAS, delivery_id=5), (LEA, replace(LEA, given_name="Léa-Rose", phone=None))),
    (replace(FT, delivery_id=6), (replace(LEA, birth_name="Petit", usage_name="Moreau"), replace(LEA, birth_name="Petit"))),
    # One number for two people, and who has the civil status of one and the number of the other.
    (replace(CAF, delivery_id=7), (replace(MARIE, given_name="Anne", identifiers=()), replace(MARIE, nir_hash="nir-d", identifiers=()))),
)


Told = tuple[dict[str, UUID], dict[str, UUID]]
"""Per record the person, and whom the queue leads to."""


def told(engine: Engine, order: Iterable[int], *, is_ranked: bool) -> Told:
    """What the register says after the deliveries in this order."""
    with engine.connect() as connection:
        for number in order:
            context, statements = ORDERED[number]
            deliver(connection, replace(context, is_ranked=is_ranked), *statements)
        laws(connection)
        found = partition(connection), reachable(connection)
        connection.rollback()
    return found


@pytest.fixture(scope="module", params=[False, True], ids=["certain rules", "all layers"])
def usual(engine: Engine, request: pytest.FixtureRequest) -> tuple[bool, Told]:
    """The usual order, with one layer or all."""
    return request.param, told(engine, range(len(ORDERED)), is_ranked=request.param)


@settings(FEW, max_examples=8)
@given(order=st.permutations(range(len(ORDERED))))
def test_whom_one_order_of_deliveries_joins_another_joins_or_puts_before_a_reviewer(
    engine: Engine, usual: tuple[bool, Told], order: list[int]
) -> None:
    is_ranked, (together, asked) = usual
    then, asked_then = told(engine, order, is_ranked=is_ranked)
    assert together.keys() == then.keys()
    for joined, reached in ((together, asked_then), (then, asked)):
        for one, other in combinations(joined, 2):
            assert joined[one] != joined[other] or reached[one] == reached[other], "neither joined nor before a reviewer"
