from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, text

from passerelle.indicators.compute import compute
from passerelle.indicators.parameters import default_rules
from passerelle.indicators.source import read_warehouse
from passerelle.warehouse.connect import open_engine

CUTOFF = date(2025, 12, 31)
# The view's own columns and types, its rows given: what this module reads does not rest on how deliveries are published.
ROWS = """
create or replace view esf.participation_current as
select v.key::text as participation_key, v.operation::text as operation_id, v.person::uuid as person_id, v.sex::text as sex,
       date '1980-06-15' as birth_date, v.entry::date as entry_date, 'inactive'::text as labour_at_entry,
       null::integer as unemployment_months, null::boolean as in_education_at_entry, 3 as isced_level,
       v.recorded::timestamptz as recorded_at, now() as stamp,
       'ccas/participations'::text as feed, v.sender::text as sender, v.delivery::bigint as delivery_id, v.line::bigint as line
from (values
  ('k', 'OP1', '00000000-0000-0000-0000-000000000001', 'F', '2024-03-01', '2024-03-02T10:00Z', 'ccas-a', 1, 2),
  ('k', 'OP1', '00000000-0000-0000-0000-000000000001', 'F', '2024-02-01', '2024-03-02T10:00Z', 'ccas-b', 2, 2),
  ('k', 'OP2', '00000000-0000-0000-0000-000000000001', 'F', '2024-03-01', '2024-03-02T10:00Z', 'ccas-a', 1, 3),
  ('k', 'OP1', '00000000-0000-0000-0000-000000000002', 'M', '2024-03-01', '2025-12-31T23:30Z', 'ccas-a', 3, 2)
) as v (key, operation, person, sex, entry, recorded, sender, delivery, line)
"""


@pytest.fixture
def engine(warehouse_url: str) -> Iterator[Engine]:
    engine = open_engine(warehouse_url)
    yield engine
    engine.dispose()


def test_the_view_of_a_new_warehouse_has_every_column_that_is_read(engine: Engine) -> None:
    assert len(read_warehouse(engine).participations) == 0


def test_a_person_whom_two_partners_entered_counts_once_per_operation(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(ROWS))

    document = compute(read_warehouse(engine), CUTOFF, default_rules()).as_json()

    assert {name: cells["EECO01"]["T"] for name, cells in document["operations"].items()} == {"OP1": 1, "OP2": 1}
    assert {name: number for name, number in document["excluded"]["OP1"].items() if number} == {"merged_reentry": 1, "after_cutoff": 1}
    assert list(compute(read_warehouse(engine, "OP2"), CUTOFF, default_rules()).as_json()["operations"]) == ["OP2"]
