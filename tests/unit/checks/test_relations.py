"""Rules between two columns of a row: the NIR against sex and birth date; order, equality and need."""

from __future__ import annotations

from typing import Any

import pytest

from checking import contract_of, inspected, told
from invented_contracts import codes, column
from passerelle.contract.model import RowRule, Table
from passerelle.findings import Effect


def lines_told(rule: dict[str, Any], columns: tuple[Any, ...], *lines: str) -> list[int | None]:
    """The lines at which the rule is broken; the file's first row is line 2."""
    given = RowRule.model_validate({"id": "r", "message": "Faux.", "effect": "warn", **rule})
    seen = inspected(contract_of(Table(name="t", columns=columns, rules=(given,))), *lines)
    assert seen.counts.set_aside == 0
    return [finding.line for finding in told(seen) if finding.rule == "t.r"]


NIR = column("nir", nir=True, classification="secret", on_failure="warn")
SEX = column("sex", codes=codes("SEX", "N", H="M", F="F"), on_failure="warn")
PLAIN_SEX = column("sex", codes=codes("SEX", "M", "F", "N"), on_failure="warn")


@pytest.mark.parametrize(
    ("nir", "sex", "is_broken"),
    [
        ("1850578006084", "H", False),
        ("2850578006084", "F", False),
        ("1850578006084", "F", True),
        ("2850578006084", "H", True),
        *[(f"{first}850578006084", "F", True) for first in "37"],
        *[(f"{first}850578006084", "H", True) for first in "48"],
        *[(f"{first}850578006084", "H", False) for first in "37"],
        *[(f"{first}850578006084", "F", False) for first in "48"],
        ("1850578006084", "N", False),
        ("1850578006084", "", False),
        ("", "F", False),
        ("1850578006", "F", False),
        ("1 85 05 78 006 084", "F", True),
        ("185052A006084", "F", True),
        ("1850578006084", "X", False),
    ],
)
def test_the_first_digit_says_the_sex(nir: str, sex: str, is_broken: bool) -> None:
    rule = {"kind": "nir_sex", "columns": ("nir", "sex")}
    assert lines_told(rule, (NIR, SEX), f"{nir};{sex}", "2850578006084;F") == ([2] if is_broken else [])


def test_codes_may_be_the_canonical_words_themselves() -> None:
    rule = {"kind": "nir_sex", "columns": ("nir", "sex")}
    assert lines_told(rule, (NIR, PLAIN_SEX), "1850578006084;M", "1850578006084;F", "1850578006084;N") == [3]


@pytest.mark.parametrize("form", ["dd/MM/yyyy", "yyyy-MM-dd"])
@pytest.mark.parametrize(
    ("nir", "born", "is_broken"),
    [
        ("2850578006084", (1985, 5, 1), False),
        ("2850578006084", (1985, 5, 31), False),
        ("2850578006084", (1985, 6, 1), True),
        ("2850578006084", (1986, 5, 1), True),
        ("2850578006084", (1885, 5, 1), False),
        ("2000178006084", (2000, 1, 1), False),
        ("2091278006084", (2009, 12, 31), False),
        ("2850078006084", (1985, 7, 1), False),
        *[(f"285{month}78006084", (1985, 7, 1), False) for month in ("20", "30", "42", "50", "99")],
        *[(f"285{month}78006084", (1986, 7, 1), True) for month in ("00", "20", "42", "50", "99")],
        ("2851378006084", (1999, 7, 1), False),
        ("", (1985, 5, 1), False),
    ],
)
def test_year_and_month_of_the_number_are_those_of_birth(nir: str, born: tuple[int, int, int], is_broken: bool, form: str) -> None:
    year, month, day = born
    text = form.replace("yyyy", f"{year}").replace("MM", f"{month:02d}").replace("dd", f"{day:02d}")
    columns = (NIR, column("born_on", type="date", format=form, on_failure="warn"))
    rule = {"kind": "nir_birth", "columns": ("nir", "born_on")}
    assert lines_told(rule, columns, f"{nir};{text}", "2850578006084;", "2850578006084;abc") == ([2] if is_broken else [])


def test_moments_are_ordered_as_days_are() -> None:
    moment = {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}
    rule = {"kind": "ordered", "columns": ("a", "b")}
    lines = ("2026-01-01 10:00:00;2026-01-01 10:00:00", "2026-01-01 10:00:01;2026-01-01 10:00:00", "2026-01-02 00:00:00;")
    assert lines_told(rule, (column("a", **moment), column("b", **moment)), *lines) == [3]


def test_the_number_is_not_shown() -> None:
    rule = RowRule(id="sex", kind="nir_sex", columns=("nir", "sex"), message="« {value} » : le sexe diffère.", effect=Effect.WARN)
    seen = inspected(contract_of(Table(name="t", columns=(NIR, SEX), rules=(rule,))), "1850578006084;F")
    (finding,) = told(seen)
    assert finding.message == "«  » : le sexe diffère."
    assert all(batch.column("value").null_count == batch.num_rows for batch in seen.columns())


@pytest.mark.parametrize(
    ("values", "line", "is_broken"),
    [
        ((), "x;", True),
        ((), "x;b", False),
        ((), ";", False),
        ((), ";b", False),
        (("b", "c"), "x;b", False),
        (("b", "c"), "x;c", False),
        (("b", "c"), "x;d", True),
        (("b", "c"), "x;", True),
        (("b", "c"), ";d", False),
    ],
)
def test_a_value_is_too_many_where_another_does_not_ask_for_it(values: tuple[str, ...], line: str, is_broken: bool) -> None:
    rule = {"kind": "empty_unless", "columns": ("a", "b"), "values": values}
    assert lines_told(rule, (column("a"), column("b")), ";b", line) == ([3] if is_broken else [])


def test_beside_a_code_that_does_not_exist_no_value_is_too_many() -> None:
    state = column("b", codes=codes("STATE", "open", "shut"), on_failure="warn")
    rule = {"kind": "empty_unless", "columns": ("a", "b"), "values": ("shut",)}
    assert lines_told(rule, (column("a"), state), "x;open", "x;shut", "x;shout", "x;") == [2, 5]


def test_one_of_several_values_is_enough() -> None:
    rule = {"kind": "at_least_one", "columns": ("a", "b", "c")}
    lines = ("1;x;;", "2;;x;", "3;;;x", "4;;;", "5;x;x;x", "6; ;;")
    assert lines_told(rule, (column("n"), column("a"), column("b"), column("c")), *lines) == [5, 7]
