"""The daily path's pool: what of it is compared, and that its comparable forms are those of files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import duckdb
import pytest

from passerelle.identity.comparable import sound, spoken
from passerelle.identity.facts import Facts
from passerelle.identity.frequencies import given_bits
from passerelle.identity.plans import Plans
from passerelle.identity.pool import RANKED_KINDS, Known, Pool, fill, pair_up

MARIE = Facts("ft|ft", surname="DUPONT", given=("MARIE",), dob="19800512", is_exact=True, postcode="59000")
NEIGHBOUR = replace(MARIE, surname="ZIMMER", given=("OLGA",))
SISTER = replace(MARIE, given=("MARION",))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def pairs(connection: duckdb.DuckDBPyConnection, known: list[Facts], fresh: list[Facts]) -> list[tuple[int, int]]:
    plans, pool = Plans(connection), Pool([Known(uuid4(), uuid4(), facts) for facts in known], fresh)
    plans.expect(len(known) + len(fresh))
    fill(plans, pool)
    count, _ = pair_up(plans, pool, RANKED_KINDS)
    found = connection.execute("SELECT a, b FROM pair ORDER BY a, b").fetchall()
    assert len(found) == count
    return found


def test_a_fresh_record_meets_neighbours_born_the_same_day(connection: duckdb.DuckDBPyConnection) -> None:
    assert pairs(connection, [NEIGHBOUR], [MARIE]) == [(0, 1)]


def test_two_neighbours_of_the_register_do_not_meet(connection: duckdb.DuckDBPyConnection) -> None:
    assert pairs(connection, [NEIGHBOUR, MARIE], []) == []


def test_two_of_the_register_born_the_same_day_under_one_name_meet_for_a_fresh_one_could_be_either(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert (0, 1) in pairs(connection, [MARIE, SISTER], [NEIGHBOUR])


def test_every_french_given_name_sounds_the_same_in_a_file_and_in_the_register(connection: duckdb.DuckDBPyConnection) -> None:
    names = list(given_bits())
    assert len(names) > 1_000
    heard = connection.execute(f"SELECT {spoken('name')} FROM (SELECT unnest(?) AS name)", [names]).fetchall()
    assert [row[0] for row in heard] == [sound(name) for name in names]
