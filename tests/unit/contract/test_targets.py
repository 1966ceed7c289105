"""What contracts may publish is what the warehouse has."""

from __future__ import annotations

from passerelle.contract.targets import CONSTANTS, TARGETS
from passerelle.warehouse.schema_facts import PAYLOADS


def test_contracts_may_feed_the_fact_tables_of_the_warehouse_and_no_others() -> None:
    assert {table: tuple(columns) for table, columns in PAYLOADS.items()} == TARGETS


def test_constants_are_of_columns_that_exist() -> None:
    for table, columns in CONSTANTS.items():
        assert set(columns) <= set(TARGETS[table])
