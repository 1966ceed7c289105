"""Laws that hold for any file: nothing received is lost, and the figures of an operation agree with one another."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import participations
from passerelle.errors import InvariantError
from passerelle.indicators import compute as computing
from passerelle.indicators.intake import Intake, read_participations
from passerelle.indicators.parameters import Rules
from passerelle.indicators.settle import Settlement

DATES = st.sampled_from(["", "2021-05-04", "2024-02-29", "2025-12-31", "2026-01-01", "2024-02-30", "04/05/2021"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "participation_id": st.sampled_from(["", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"]),
            "operation_id": st.sampled_from(["", "OP1", "OP2"]),
            "participant_id": st.sampled_from(["A", "B", "C", "D", ""]),
            "status": st.sampled_from(["submitted", "submitted", "corrected", "draft", "withdrawn", "SUBMITTED", ""]),
            "sex": st.sampled_from(["F", "M", "N", "", "X"]),
            "birth_date": st.sampled_from(["1960-01-31", "2000-02-29", "2010-07-01", "1900-01-01", "", "0"]),
            "entry_date": DATES,
            "labour_at_entry": st.sampled_from(["unemployed", "inactive", "employed", "", "jobless"]),
            "unemployment_months": st.sampled_from(["", "0", "12", "13", "1e2"]),
            "isced_level": st.sampled_from(["", "0", "3", "4", "8", "9"]),
            "direct_support_days": st.sampled_from(["", "1", "2", "90"]),
            "recorded_on": st.sampled_from(["2024-01-01", "2025-12-31", "2026-01-01", "", "hier"]),
        }
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("esf") / "p.csv"


@given(rows=ROWS)
@settings(max_examples=150, deadline=None)
def test_received_is_counted_plus_excluded_and_identities_hold(path: Path, rows: list[dict[str, str]]) -> None:
    document = participations.report(path, rows).as_json()

    keys = {row["participation_id"] for row in rows}
    came = len(keys - {""}) + sum(row["participation_id"] == "" for row in rows)
    counted = sum(cells["EECO01"]["T"] for cells in document["operations"].values())
    assert came == counted + sum(sum(reasons.values()) for reasons in document["excluded"].values())
    for cells in document["operations"].values():
        _assert_identities(cells)


def _assert_identities(cells: dict[str, dict[str, int]]) -> None:
    for column in "FMNT":
        one = {number: cells[f"EECO{number:02}"][column] for number in range(1, 12)}
        assert one[1] == one[2] + one[4] + one[5] == one[9] + one[10] + one[11]
        assert one[3] <= one[2]
        assert one[6] + one[7] + one[8] <= one[1]
    assert all(cell["T"] == cell["F"] + cell["M"] + cell["N"] for cell in cells.values() if "F" in cell)


@given(rows=ROWS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_lines_changes_no_figure(path: Path, rows: list[dict[str, str]], data: st.DataObject) -> None:
    once = [{**row, "participation_id": f"P{number}"} for number, row in enumerate(rows)]
    shuffled: list[dict[str, Any]] = data.draw(st.permutations(once))

    left, right = (participations.report(path, order).as_json() for order in (once, shuffled))

    assert left["operations"] == right["operations"]
    assert left["excluded"] == right["excluded"]


@given(rows=ROWS)
@settings(max_examples=60, deadline=None)
def test_nobody_counts_twice_in_an_operation(path: Path, rows: list[dict[str, str]]) -> None:
    for operation in participations.report(path, rows).operations:
        people = [person.participation.participant_id for person in operation.counted]
        assert len(people) == len(set(people))


def test_a_participation_that_gets_lost_stops_the_computation(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = read_participations(participations.write(path, [{}]))
    monkeypatch.setattr(computing, "settle", lambda *_: Settlement(counted=(), excluded=(), remarks=()))

    with pytest.raises(InvariantError, match="1 participations received, but 0 counted and 0 excluded"):
        computing.compute(intake, participations.CUTOFF, Rules())


def test_a_broken_identity_stops_the_computation(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = read_participations(participations.write(path, [{}]))
    settlement = computing.settle(intake, participations.CUTOFF, Rules())
    wrong = settlement.counted[0].model_copy(update={"indicators": ("EECO01", "EECO02", "EECO04", "EECO10")})
    monkeypatch.setattr(computing, "settle", lambda *_: settlement.model_copy(update={"counted": (wrong,)}))

    with pytest.raises(InvariantError, match="ID2"):
        computing.compute(intake, participations.CUTOFF, Rules())


def test_an_operation_without_any_row_is_reported_with_zeros() -> None:
    document = computing.compute(Intake(operations=("OP9",)), date(2025, 12, 31), Rules()).as_json()

    assert document["operations"]["OP9"]["EECO01"] == {"F": 0, "M": 0, "N": 0, "T": 0}
    assert document["quality"]["OP9"]["incomplete_rate"] is None
