"""The page of the warehouse names what PostgreSQL has after the migrations, no less and no more."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from passerelle.cli.reference import tables
from passerelle.warehouse.connect import open_engine
from passerelle.warehouse.schema import SCHEMAS, TABLES

_COLUMNS = """
select c.table_schema || '.' || c.table_name, array_agg(c.column_name::text order by c.ordinal_position)
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema = any(:schemas) and t.table_type = :kind
group by 1
"""


def present(url: str, kind: str) -> dict[str, tuple[str, ...]]:
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            found = connection.execute(text(_COLUMNS), {"schemas": list(SCHEMAS), "kind": kind})
            return {name: tuple(columns) for name, columns in found}
    finally:
        engine.dispose()


@pytest.fixture
def views(warehouse_url: str) -> dict[str, tuple[str, ...]]:
    return present(warehouse_url, "VIEW")


def test_every_view_is_on_the_page_with_its_columns_in_order(views: dict[str, tuple[str, ...]]) -> None:
    assert {name: columns for name, (columns, _) in tables.views().items()} == views


def test_every_table_is_on_the_page_with_its_columns(warehouse_url: str) -> None:
    said = {table.fullname: {column.name for column in table.columns} for table in TABLES}
    assert said == {name: set(columns) for name, columns in present(warehouse_url, "BASE TABLE").items()}
