"""Whatever stands in a column, it is judged without an error, and what is accepted is loaded: no value becomes empty unseen."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from invented_contracts import CSV
from passerelle.checks.columns import prepared
from passerelle.checks.inspector import chunks, inspect
from passerelle.checks.typed_rows import Protection, typed_rows, without

CONTRACT = CSV.model_copy(update={"hold_above": 1.0})
COLUMNS = CSV.record_table.columns
PROTECTION = Protection(hash=str.upper, encrypt=str.encode)
VALUES = st.sampled_from(
    [
        "",
        " ",
        "0",
        "1",
        "31/02/1980",
        "29/02/2000",
        "2850578006084",
        "285052A00608484",
        "H",
        "F",
        "open",
        "-1",
        "12,5",
        "1,234",
        "9" * 40,
        "\\N",
        "NULL",
    ]
) | st.text(alphabet="0123456789/-,.:; '\"AÉé\t\n\r\\", max_size=20)
ROWS = st.lists(st.lists(VALUES, min_size=len(COLUMNS), max_size=len(COLUMNS)), min_size=1, max_size=4)


@given(rows=ROWS)
@example(rows=[["-" for _ in COLUMNS], ["," for _ in COLUMNS]])
@example(rows=[["0" * 60 for _ in COLUMNS]])
@settings(max_examples=120, deadline=None, derandomize=True)
def test_any_text_is_judged_and_what_is_accepted_is_kept(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([[column.source for column in COLUMNS], *rows])
    data = out.getvalue().encode("cp1252")

    seen = inspect(CONTRACT, io.BytesIO(data))

    assert seen.counts.add_up
    loaded = 0
    for chunk in chunks(CONTRACT, io.BytesIO(data)):
        for found in chunk.tables.values():
            good = without(found, seen.set_aside)
            batch = typed_rows(CONTRACT, CONTRACT.record_table, good, PROTECTION)
            loaded += batch.num_rows
            for column in COLUMNS:
                staged = f"{column.name}_hash" if column.protected else column.name
                present = prepared(CONTRACT, column, good.values.column(column.name)).is_valid()
                assert batch.column(staged).is_valid().equals(present), column.name
    assert loaded == seen.counts.accepted
