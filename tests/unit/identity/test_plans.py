"""Statements planned once give what they give when planned each time."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from passerelle.identity.plans import FEW, Plans

DOUBLE = "CREATE OR REPLACE TABLE doubled AS SELECT n * 2 AS n FROM given_numbers"
SUM = "SELECT coalesce(sum(n), 0) FROM doubled"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def total(plans: Plans, records: int, *numbers: int) -> int:
    plans.expect(records)
    plans.put("given_numbers", pa.table({"n": pa.array(numbers, pa.int64())}))
    plans.execute(DOUBLE)
    return int(plans.execute(SUM).fetchall()[0][0])


@pytest.mark.parametrize("records", [1, FEW, FEW + 1])
def test_a_table_is_made_anew_each_time(connection: duckdb.DuckDBPyConnection, records: int) -> None:
    plans = Plans(connection)
    assert [total(plans, records, 1, 2), total(plans, records, 5), total(plans, records)] == [6, 10, 0]


def test_plans_outlive_a_pool_of_many_in_between(connection: duckdb.DuckDBPyConnection) -> None:
    plans = Plans(connection)
    assert [total(plans, size, number) for number, size in enumerate((1, FEW + 1, 1, FEW + 1, 1))] == [0, 2, 4, 6, 8]


def test_of_few_records_each_statement_is_planned_once(connection: duckdb.DuckDBPyConnection) -> None:
    plans = Plans(connection)
    counts = []
    for number in range(3):
        total(plans, 1, number)
        counts.append(connection.execute("SELECT count(*) FROM duckdb_prepared_statements()").fetchall()[0][0])
    assert counts == [2, 2, 2]
