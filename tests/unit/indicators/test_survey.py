"""The sample of the six-month survey: proportional by stratum, the same for the same seed, of those who left."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import DeliveryError
from passerelle.indicators.snapshot import canonical, engine
from passerelle.indicators.survey.frame import COLUMNS, Draw, draw, leavers_of, share, six_months_after


def files(*people: dict[str, Any], objective: str = "h", operation: str = "OP") -> dict[str, bytes]:
    rows = [{"participation_id": f"{operation}-P{number}", "operation_id": operation, "participant_id": f"p{number}",
             "recorded_on": "2025-12-31", "entry_date": "2025-01-06", **one} for number, one in enumerate(people)]  # fmt: skip
    counted = [row | {"sex": row.get("sex", "F"), "indicators": "EECO01"} for row in rows]
    return {
        engine.OPERATIONS: canonical.write(canonical.OPERATIONS, [{"operation_id": operation, "specific_objective": objective}]),
        engine.PARTICIPATIONS: canonical.write(canonical.PARTICIPATIONS, rows),
        engine.COUNTED: canonical.write(canonical.COUNTED, counted),
    }


def left(number: int, **values: Any) -> list[dict[str, Any]]:
    return [{"exit_date": date(2025, 6, 2), "labour_at_entry": "unemployed"} | values for _ in range(number)]


def test_the_same_seed_draws_the_same_people_in_any_order_of_rows() -> None:
    people = left(60) + left(30, sex="M") + left(10, labour_at_entry="employed")
    wanted = Draw(20, 7)
    first = draw("h", [files(*people)], wanted)
    content = files(*people)
    shuffled = canonical.read(content[engine.COUNTED])
    random.Random(1).shuffle(shuffled)
    again = draw("h", [content | {engine.COUNTED: canonical.write(canonical.COUNTED, shuffled)}], wanted)
    assert again.rows() == first.rows()
    assert draw("h", [content], Draw(20, 8)).drawn != first.drawn
    assert sorted(first.drawn) == sorted(first.drawn & {one.participation_id for one in first.frame})


def test_the_sample_is_shared_in_proportion_and_its_weights_give_back_the_frame() -> None:
    sample = draw("h", [files(*left(60), *left(30, sex="M"), *left(10, labour_at_entry="employed"))], Draw(20, 7))
    rows = [row for row in sample.rows() if row["drawn"]]
    assert len(rows) == 20
    people = files(*left(60), *left(30, sex="M"), *left(10, labour_at_entry="employed"))
    for seed in range(5):
        drawn = [row for row in draw("h", [people], Draw(20, seed)).rows() if row["drawn"]]
        assert Counter((row["sex"], row["population"]) for row in drawn) == {("F", "EECR05"): 12, ("M", "EECR05"): 6, ("F", "EECR06"): 2}
    assert sum(float(row["weight"]) for row in rows) == pytest.approx(100)
    assert list(rows[0]) == list(COLUMNS)


def test_who_has_not_left_or_belongs_to_another_objective_or_period_is_not_in_the_frame() -> None:
    here = files(*left(2), *left(1, exit_date=None), *left(1, exit_date=date(2025, 10, 1)))
    elsewhere = files(*left(5), objective="l", operation="OTHER")
    assert len(leavers_of(here)) == 3
    assert len(draw("h", [here, elsewhere], Draw(10, 1)).frame) == 3
    assert len(draw("h", [here, elsewhere], Draw(10, 1, date(2025, 12, 1), date(2025, 12, 31))).frame) == 2
    with pytest.raises(DeliveryError, match="personne"):
        draw("a", [here, elsewhere], Draw(10, 1))


@pytest.mark.parametrize(
    ("day", "later"),
    [(date(2024, 8, 31), date(2025, 2, 28)), (date(2023, 8, 31), date(2024, 2, 29)), (date(2024, 6, 30), date(2024, 12, 30)),
     (date(2024, 12, 31), date(2025, 6, 30)), (date(2024, 7, 1), date(2025, 1, 1))],
)  # fmt: skip
def test_six_months_later_is_clamped_to_the_end_of_the_month(day: date, later: date) -> None:
    """Case F09."""
    assert six_months_after(day) == later


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.integers(1, 600))
def test_quotas_add_up_and_never_ask_for_more_people_than_there_are(sizes: list[int], wanted: int) -> None:
    strata = {(str(number), "F", "EECR05"): size for number, size in enumerate(sizes)}
    size = min(wanted, sum(sizes))
    quotas = share(strata, size)
    assert sum(quotas.values()) == size
    assert all(0 <= quotas[name] <= strata[name] for name in strata)
    assert size < len(strata) or min(quotas.values()) >= 1
