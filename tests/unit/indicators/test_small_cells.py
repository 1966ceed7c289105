"""What is hidden cannot be had from what is printed: checked by another way than the one that hides (all the tables that could be)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, milp

from passerelle.errors import InvariantError
from passerelle.indicators.extracts.confidential import COUNTED, LEFT_OUT, RECEIVED, excluded_key, hidden_cells, quality_key
from passerelle.indicators.extracts.parameters import default_parameters
from passerelle.indicators.extracts.small_cells import Key, Printed, Sum, exposed, hidden
from passerelle.indicators.parameters import default_rules

OWN = default_parameters()
LIMIT = OWN.small_cell_threshold
SEXES = "FMN"
RULES = default_rules()
COMBINED = {
    "EECO01": ("EECO02", "EECO04", "EECO05"), "EECO02+04+05": ("EECO02", "EECO04", "EECO05"), "EECO02+04": ("EECO02", "EECO04"),
    "EECO02+05": ("EECO02", "EECO05"), "EECO06+07": ("EECO06", "EECO07"), "EECO10+11": ("EECO10", "EECO11"),
}  # fmt: skip


def by_sex(code: str, numbers: tuple[int, ...]) -> dict[Key, int]:
    """The line of an indicator."""
    return {**{(code, sex): number for sex, number in zip(SEXES, numbers, strict=True)}, (code, "T"): sum(numbers)}


def table(**lines: tuple[int, int, int]) -> dict[Key, int]:
    """Lines by sex, and what follows; nobody is left out."""
    cells = {key: number for code, numbers in lines.items() for key, number in by_sex(code, numbers).items()}
    for code, parts in COMBINED.items():
        if all((part, "T") in cells for part in parts):
            cells |= {(code, column): sum(cells[part, column] for part in parts) for column in "FMNT"}
    return received(cells)


def received(cells: dict[Key, int], **left_out: int) -> dict[Key, int]:
    """The cells with those of the participations received, each reason to leave some out with its number."""
    counted, gone = cells["EECO01", "T"], sum(left_out.values())
    told = {excluded_key(reason): number for reason, number in left_out.items()}
    return {**cells, **told, RECEIVED: counted + gone, COUNTED: counted, LEFT_OUT: gone}


def hide(cells: Mapping[Key, int], *earlier: Mapping[Key, int]) -> frozenset[Key]:
    return hidden_cells(cells, RULES, OWN, earlier)


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
    away = hide(received(table(EECO02=(1, 2, 0), EECO04=(0, 0, 0), EECO05=(0, 0, 0)), draft=6))

    assert {("EECO01", "T"), COUNTED} <= away
    assert {RECEIVED, LEFT_OUT} & away


def test_a_small_number_left_out_for_a_reason_is_hidden_and_cannot_be_subtracted() -> None:
    away = hide(received(table(EECO02=(20, 30, 0), EECO04=(10, 10, 0), EECO05=(5, 6, 0)), draft=2, incomplete=9))

    assert excluded_key("draft") in away
    assert {excluded_key("incomplete"), LEFT_OUT} & away


def test_those_who_are_not_in_a_part_are_a_small_cell_too() -> None:
    """Two of the unemployed are not long-term unemployed, three participants are 30 to 54, one has no disability: nobody prints it."""
    base = {"EECO02": (20, 30, 0), "EECO04": (10, 10, 0), "EECO05": (5, 6, 0)}

    assert {("EECO03", "F"), ("EECO02", "F")} & hide(table(**base, EECO03=(18, 20, 0)))
    assert hide(table(**base, EECO03=(20, 20, 0))) == frozenset(), "nobody is not small"
    ages = {"EECO06": (0, 0, 0), "EECO07": (20, 30, 0), "EECO08": (12, 9, 0)}
    assert {key for key in hide(table(**base, **ages)) if key[1] == "F"}
    assert {("EECO12", "M"), ("EECO01", "M")} & hide(table(**base, EECO12=(10, 45, 0)))


def test_a_figure_that_moved_by_a_few_people_since_an_earlier_extract_is_hidden() -> None:
    before = table(EECO02=(20, 30, 0), EECO04=(10, 10, 0), EECO05=(25, 16, 0))
    now = table(EECO02=(23, 40, 0), EECO04=(10, 10, 0), EECO05=(25, 16, 0))
    away = hide(now, before)

    assert ("EECO02", "F") in away
    assert {("EECO02", "M"), ("EECO02", "T")} & away, "or T - M gives it"
    assert ("EECO05", "F") not in away, "what did not move is printed"
    assert hide(now) == frozenset()
    assert hide(now, now) == frozenset()
    assert ("EECO02", "F") in hide(now, now, before), "not the last extract only"
    assert ("EECO02", "F") in hide(before, now), "a correction takes people away"


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


# The reader of an extract: everybody is in one of these groups, and each line of the table counts some of the groups.
GROUPS = list(product(SEXES, ("long", "short", "inactive", "work"), ("young", "middle", "old"), ("low", "high"), (False, True)))
"""Sex, situation, age, diploma, disability."""
LINES = {
    "EECO01": lambda g: True,
    "EECO02": lambda g: g[1] in ("long", "short"),
    "EECO03": lambda g: g[1] == "long",
    "EECO04": lambda g: g[1] == "inactive",
    "EECO05": lambda g: g[1] == "work",
    "EECO06": lambda g: False,
    "EECO07": lambda g: g[2] == "young",
    "EECO08": lambda g: g[2] == "old",
    "EECO09": lambda g: g[3] == "low",
    "EECO10": lambda g: g[3] == "high",
    "EECO11": lambda g: False,
    "EECO12": lambda g: g[4],
    "EECO02+04": lambda g: g[1] != "work",
    "EECO02+05": lambda g: g[1] != "inactive",
    "EECO02+04+05": lambda g: True,
    "EECO06+07": lambda g: g[2] == "young",
    "EECO10+11": lambda g: g[3] == "high",
}
SECRETS = {
    "short-term unemployed": lambda g: g[1] == "short",
    "30 to 54": lambda g: g[2] == "middle",
    "without disability": lambda g: not g[4],
}
"""What no line prints and a reader may work out."""
people = st.lists(
    st.tuples(st.sampled_from(GROUPS), st.one_of(st.integers(0, 8), st.integers(0, 60))), min_size=1, max_size=14, unique_by=lambda x: x[0]
).map(dict)


def counted(crowd: Mapping[tuple[object, ...], int]) -> dict[Key, int]:
    """The whole table of a crowd."""
    cells: dict[Key, int] = {}
    for code, inside in LINES.items():
        cells |= by_sex(code, tuple(sum(n for g, n in crowd.items() if g[0] == sex and inside(g)) for sex in SEXES))
    return received(cells, draft=3, incomplete=len(crowd))


class Reader:
    """Whoever has one extract, or several: what the crowd of each can be, as far as nothing is hidden."""

    def __init__(self, *seen: tuple[Mapping[Key, int], frozenset[Key]]) -> None:
        rows, values = [], []
        for place, (cells, away) in enumerate(seen):
            for (code, column), value in cells.items():
                if code in LINES and (code, column) not in away:
                    rows.append(self._row(LINES[code], column, place, len(seen)))
                    values.append(value)
        self.size = len(GROUPS) * len(seen)
        self.extracts = len(seen)
        self.rules = [LinearConstraint(np.array(rows), values, values)] if rows else []

    @staticmethod
    def _row(inside: object, column: str, place: int, extracts: int) -> np.ndarray:
        row = np.zeros((extracts, len(GROUPS)))
        row[place] = [inside(g) and column in ("T", g[0]) for g in GROUPS]  # type: ignore[operator]
        return row.ravel()

    def bounds(self, inside: object, column: str, place: int = 0, *, since: int | None = None) -> tuple[int, int]:
        """The least and the largest number of people that the reader cannot rule out, or how many more than in another extract."""
        aim = self._row(inside, column, place, self.extracts)
        if since is not None:
            aim = aim - self._row(inside, column, since, self.extracts)
        found = []
        for sign in (1, -1):
            limits = LinearConstraint(np.eye(self.size), 0, 500)
            answer = milp(sign * aim, constraints=[*self.rules, limits], integrality=np.ones(self.size))
            found.append(round(sign * answer.fun))
        return found[0], found[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people)
def test_for_any_crowd_no_small_number_printed_or_not_can_be_worked_out(crowd: dict[tuple[object, ...], int]) -> None:
    cells = counted(crowd)
    away = hide(cells)
    reader = Reader((cells, away))

    small = {key for key, value in cells.items() if 0 < value < LIMIT}
    assert small <= away
    for code, column in small & {(code, column) for code in LINES for column in "FMNT"}:
        low, high = reader.bounds(LINES[code], column)
        assert low < high, f"{code} {column} is known to be {low}"
    for name, inside in SECRETS.items():
        for column in "FMNT":
            true = sum(n for g, n in crowd.items() if inside(g) and column in ("T", g[0]))
            if 0 < true < LIMIT:
                low, high = reader.bounds(inside, column)
                assert low < high, f"{name} {column} is known to be {low}"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(people, people)
def test_for_any_two_extracts_no_small_number_of_newcomers_can_be_worked_out(
    crowd: dict[tuple[object, ...], int], more: dict[tuple[object, ...], int]
) -> None:
    before = counted(crowd)
    now = counted({group: crowd.get(group, 0) + more.get(group, 0) for group in {*crowd, *more}})
    reader = Reader((before, hide(before)), (now, hide(now, before)))

    for code, column in product(LINES, "FMNT"):
        moved = now[code, column] - before[code, column]
        if 0 < moved < LIMIT:
            low, high = reader.bounds(LINES[code], column, 1, since=0)
            assert low < high, f"{code} {column} is known to have grown by {low}"


def test_measures_of_quality_hide_the_few_who_were_not_reached() -> None:
    base = table(EECO02=(20, 30, 0), EECO04=(10, 10, 0), EECO05=(5, 6, 0))
    away = hide({**base, quality_key("due"): 20, quality_key("observed"): 20, quality_key("reached"): 18})

    assert quality_key("reached") in away or {quality_key("due"), quality_key("observed")} <= away
