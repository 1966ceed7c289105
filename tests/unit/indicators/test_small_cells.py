"""What is hidden cannot be had from what is printed: checked by another way than the one that hides (all the tables that could be)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from passerelle.errors import InvariantError
from passerelle.indicators.extracts.confidential import hidden_cells
from passerelle.indicators.extracts.parameters import default_parameters
from passerelle.indicators.extracts.small_cells import Key, Printed, Sum, exposed, hidden

OWN = default_parameters()
LIMIT = OWN.small_cell_threshold
SEXES = "FMN"


def line(**figures: int) -> dict[str, int]:
    return {**figures, "T": sum(figures.values())}


def table(**labour: tuple[int, int, int]) -> dict[str, dict[str, int]]:
    """EECO02, 04 and 05 by sex, and what follows."""
    cells = {code: line(**dict(zip(SEXES, numbers, strict=True))) for code, numbers in labour.items()}
    whole = {"EECO01": ("EECO02", "EECO04", "EECO05"), "EECO02+04": ("EECO02", "EECO04"), "EECO02+05": ("EECO02", "EECO05")}
    whole["EECO02+04+05"] = whole["EECO01"]
    for code, parts in whole.items():
        cells[code] = {column: sum(cells[part][column] for part in parts) for column in "FMNT"}
    return cells


def hide(cells: dict[str, dict[str, int]], received: int | None = None) -> frozenset[Key]:
    counted = cells["EECO01"]["T"]
    return hidden_cells(cells, (counted if received is None else received, counted), OWN)


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    assert hide(table(EECO02=(20, 30, 0), EECO04=(10, 10, 0), EECO05=(5, 6, 0))) == frozenset()


def test_a_small_cell_takes_another_with_it_in_its_line_and_in_its_column() -> None:
    away = hide(table(EECO02=(20, 30, 0), EECO04=(3, 10, 0), EECO05=(25, 16, 0)))

    assert ("EECO04", "F") in away
    assert {key for key in away if key[0] == "EECO04"} - {("EECO04", "F")}, "or T - M gives it"
    assert {("EECO02", "F"), ("EECO05", "F")} & away, "or EECO01 - EECO02 - EECO05 gives it"
    assert {("EECO02+04", "F"), ("EECO02", "F")} & away, "or the combined line gives it"


def test_zero_is_printed_even_beside_a_small_cell() -> None:
    away = hide(table(EECO02=(20, 30, 0), EECO04=(3, 10, 0), EECO05=(25, 16, 0)))

    assert not any(column == "N" for _, column in away)


def test_two_small_cells_that_add_up_to_less_than_the_threshold_take_a_third() -> None:
    one = {("A", "F"): 1, ("A", "M"): 30, ("A", "N"): 2, ("A", "T"): 33}
    printed = Printed(one, (Sum(("A", "T"), (("A", "F"), ("A", "M"), ("A", "N"))),), set(one), {("A", "T"): 1})

    assert hidden(printed, 5) == {("A", "F"), ("A", "N"), ("A", "M")}


def test_the_number_received_does_not_give_away_a_small_number_of_participants() -> None:
    away = hide(table(EECO02=(1, 2, 0), EECO04=(0, 0, 0), EECO05=(0, 0, 0)), received=9)

    assert {("EECO01", "T"), ("counted", "T"), ("received", "T")} <= away


def test_what_does_not_need_to_be_hidden_is_printed() -> None:
    away = hide(table(EECO02=(20, 30, 0), EECO04=(3, 2, 0), EECO05=(25, 16, 0)))

    assert ("EECO01", "F") not in away
    assert ("EECO01", "T") not in away
    for key in away - {("EECO04", "F"), ("EECO04", "M")}:
        assert key[0] != "EECO04" or key[1] == "T"


def test_a_sum_that_is_wrong_is_a_bug() -> None:
    with pytest.raises(InvariantError, match="do not add up"):
        hidden(Printed({("A", "T"): 3, ("A", "F"): 2}, (Sum(("A", "T"), (("A", "F"),)),), (), {}), 5)


def test_a_cell_known_only_through_three_sums_is_seen() -> None:
    a, b, c = ("a", "T"), ("b", "T"), ("c", "T")
    sums = (Sum(("x", "T"), (a, b)), Sum(("y", "T"), (b, c)), Sum(("z", "T"), (a, c)))

    assert exposed(sums, {a, b, c}) == {a, b, c}
    assert exposed(sums[:2], {a, b, c}) == frozenset()


numbers = st.tuples(*[st.one_of(st.integers(0, 8), st.integers(0, 60))] * 3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(numbers, numbers, numbers)
def test_for_any_table_every_small_cell_could_be_another_number(one: tuple[int, ...], two: tuple[int, ...], three: tuple[int, ...]) -> None:
    cells = table(EECO02=one, EECO04=two, EECO05=three)  # type: ignore[arg-type]
    away = hide(cells)

    small = {(code, column) for code, held in cells.items() for column, value in held.items() if 0 < value < LIMIT}
    assert small <= away
    for key in small:
        low, high = _bounds(cells, away, key)
        assert low < high, f"{key} is known to be {low}"


def _bounds(cells: dict[str, dict[str, int]], away: frozenset[Key], key: Key) -> tuple[int, int]:
    """The least and the largest number of people that the reader of the table cannot rule out; he knows the labour situations add up."""
    base = [(code, sex) for code in ("EECO02", "EECO04", "EECO05") for sex in SEXES]
    parts = {
        "EECO02": ("EECO02",), "EECO04": ("EECO04",), "EECO05": ("EECO05",), "EECO01": ("EECO02", "EECO04", "EECO05"),
        "EECO02+04": ("EECO02", "EECO04"), "EECO02+05": ("EECO02", "EECO05"), "EECO02+04+05": ("EECO02", "EECO04", "EECO05"),
    }  # fmt: skip

    def row(code: str, column: str) -> list[int]:
        return [int(part in parts[code] and column in ("T", sex)) for part, sex in base]

    seen = [(row(code, column), value) for code, held in cells.items() for column, value in held.items() if (code, column) not in away]
    aim = np.array(row(*key))
    rules = [LinearConstraint(np.array([one for one, _ in seen]), [v for _, v in seen], [v for _, v in seen])] if seen else []
    found = []
    for sign in (1, -1):
        answer = milp(sign * aim, constraints=[*rules, LinearConstraint(np.eye(9), 0, 1000)], integrality=np.ones(9))
        found.append(round(sign * answer.fun))
    return found[0], found[1]
