"""Text to typed values: what is of the type is kept exactly, what is not is seen, and nothing is guessed."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checking import column_check
from invented_contracts import codes, column
from passerelle.checks.values import DATE_FORMATS, distinct, typed
from passerelle.checks.wording import told

ARABIC = "١٩٨٠"


def read(text: str | None, decimal: str = ".", **of_column: Any) -> object:
    return typed(column("value", **of_column), pa.array([text], pa.string()), decimal)[0].as_py()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("28/02/1980", date(1980, 2, 28)),
        ("29/02/1980", date(1980, 2, 29)),
        ("29/02/2000", date(2000, 2, 29)),
        ("29/02/1900", None),
        ("29/02/1981", None),
        ("30/02/1980", None),
        ("31/02/1980", None),
        ("31/04/1980", None),
        ("31/12/9999", date(9999, 12, 31)),
        ("01/01/0001", date(1, 1, 1)),
        ("01/01/0000", None),
        ("00/00/1980", None),
        ("00/01/1980", None),
        ("01/00/1980", None),
        ("01/13/1980", None),
        ("32/01/1980", None),
        ("1/2/1980", None),
        ("01/02/80", None),
        ("1980-02-01", None),
        ("01-02-1980", None),
        ("01/02/1980 ", None),
        ("01/02/1980\n", None),
        ("01/02/19800", None),
        (f"01/02/{ARABIC}", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_a_day_that_exists_in_the_agreed_form(text: str | None, expected: date | None) -> None:
    assert read(text, type="date", format="dd/MM/yyyy") == expected


@pytest.mark.parametrize("form", DATE_FORMATS)
@given(day=st.dates())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_day_is_read_as_itself(form: str, day: date) -> None:
    text = form.replace("yyyy", f"{day.year:04d}").replace("MM", f"{day.month:02d}").replace("dd", f"{day.day:02d}")
    assert read(text, type="date", format=form) == day


@pytest.mark.parametrize("form", DATE_FORMATS)
@given(year=st.integers(0, 9999), month=st.integers(0, 99), day=st.integers(0, 99))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_what_is_no_day_is_never_another_day(form: str, year: int, month: int, day: int) -> None:
    try:
        expected = date(year, month, day)
    except ValueError:
        expected = None
    text = form.replace("yyyy", f"{year:04d}").replace("MM", f"{month:02d}").replace("dd", f"{day:02d}")
    assert read(text, type="date", format=form) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1980-02-28 14:05:00", datetime.fromisoformat("1980-02-28T14:05")),
        ("1980-02-28 14:05:00.25", datetime.fromisoformat("1980-02-28T14:05:00.25")),
        ("9999-12-31 23:59:59", datetime.fromisoformat("9999-12-31T23:59:59")),
        ("0001-01-01 00:00:00", datetime.fromisoformat("0001-01-01")),
        ("1980-02-31 14:05:00", None),
        ("1980-02-28 24:00:00", None),
        ("1980-02-28 14:05", None),
        ("1980-02-28T14:05:00", None),
        ("1980-02-28  14:05:00", None),
        ("1980-02-28", None),
        ("28/02/1980 14:05:00", None),
        (f"{ARABIC}-02-28 14:05:00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_a_real_day_and_an_hour_of_it(text: str | None, expected: datetime | None) -> None:
    assert read(text, type="timestamp", format="yyyy-MM-dd HH:mm:ss") == expected


def test_a_moment_has_the_agreed_form() -> None:
    moment = datetime.fromisoformat("1980-02-28T14:05")
    assert read("1980-02-28T14:05:00", type="timestamp", format="yyyy-MM-dd'T'HH:mm:ss") == moment
    assert read("28/02/1980 14:05:00", type="timestamp", format="dd/MM/yyyy HH:mm:ss") == moment
    assert read("1980-02-28 14:05:00", type="timestamp", format="yyyy-MM-dd'T'HH:mm:ss") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:00:00", time(0)),
        ("23:59:59", time(23, 59, 59)),
        ("01:18:36.0000", time(1, 18, 36)),
        ("01:18:36.5", time(1, 18, 36, 500_000)),
        ("01:18:36.000001", time(1, 18, 36, 1)),
        ("24:00:00", None),
        ("12:60:00", None),
        ("1:00:00", None),
        ("12:00", None),
        ("12:00:00.", None),
    ],
)
def test_a_time_is_an_hour_of_the_day(text: str, expected: time | None) -> None:
    assert read(text, type="time") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("-12", -12),
        ("0012", 12),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("+1", None),
        ("1 000", None),
        ("1.0", None),
        ("1e3", None),
        ("-", None),
        ("", None),
        (ARABIC, None),
        ("0x1F", None),
        ("1_000", None),
    ],
)
def test_a_whole_number_is_digits(text: str, expected: int | None) -> None:
    assert read(text, type="integer") == expected


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("12,5", ",", Decimal("12.50")),
        ("12,50", ",", Decimal("12.50")),
        ("-0,05", ",", Decimal("-0.05")),
        ("12", ",", Decimal("12.00")),
        ("12.5", ",", None),
        ("12,5", ".", None),
        ("12.5", ".", Decimal("12.50")),
        ("12x5", ".", None),
        ("12,505", ",", None),
        ("12,", ",", None),
        (",5", ",", None),
        ("123456,78", ",", Decimal("123456.78")),
        ("1234567,8", ",", None),
        ("0000000000000000000000000000000000000000001,5", ",", Decimal("1.50")),
        ("1 234,5", ",", None),
        ("1,5 €", ",", None),
        (f"{ARABIC},5", ",", None),
        ("1_000,5", ",", None),
    ],
)
def test_a_number_has_the_agreed_decimal_sign_and_no_more_digits(text: str, decimal: str, expected: Decimal | None) -> None:
    assert read(text, decimal, type="number", precision=8, scale=2) == expected


def test_a_number_may_be_all_fraction() -> None:
    assert read("0,25", ",", type="number", precision=2, scale=2) == Decimal("0.25")
    assert read("1,25", ",", type="number", precision=2, scale=2) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("1", True), ("0", False), ("true", True), ("false", False), ("oui", None), ("2", None), ("TRUE", None)]
)
def test_an_answer_is_one_of_four_words(text: str, expected: bool | None) -> None:
    assert read(text, type="boolean") is expected


def test_an_answer_may_have_the_contracts_own_words() -> None:
    words = codes("OUI_NON", oui="true", non="false")
    assert [read(text, type="boolean", codes=words) for text in ("oui", "non", "1", "Oui")] == [True, False, None, None]


def test_each_distinct_text_is_judged_once() -> None:
    seen: list[int] = []

    def judge(texts: pa.Array) -> pa.Array:
        seen.append(len(texts))
        return texts

    values = pa.array(["a", "b", "a", None, "b"])
    assert distinct(judge, values).to_pylist() == values.to_pylist()
    assert seen == [2]


# Limits


def broken(values: list[str | None], decimal: str = ".", **of_column: Any) -> dict[str, list[int]]:
    """Kind of rule → the places it is broken at."""
    check = column_check(decimal, **of_column)
    found = check.violations(pa.array(values, pa.string()), None)
    return {rule.kind: [place for place, hit in enumerate(mask.to_pylist()) if hit] for rule, mask in found}


def test_a_limit_belongs_to_what_it_allows() -> None:
    dates = {"type": "date", "format": "dd/MM/yyyy", "minimum": "1900-01-01", "maximum": "2026-12-31"}
    assert broken(["31/12/1899", "01/01/1900", "31/12/2026", "01/01/2027", None], **dates) == {"range": [0, 3]}
    assert broken(["-1", "0", "40", "41"], type="integer", minimum="0", maximum="40") == {"range": [0, 3]}
    assert broken(["0,09", "0,1", "60"], ",", type="number", precision=4, scale=2, minimum="0.1", maximum="59.5") == {"range": [0, 2]}


def test_a_value_is_told_for_the_first_rule_it_breaks_only() -> None:
    assert broken(["31/02/1800", "01/01/1800"], type="date", format="dd/MM/yyyy", minimum="1900-01-01") == {"date": [0], "range": [1]}
    assert broken(["ABCDEF", "123456", "12345"], pattern="[0-9]+", max_length=5) == {"pattern": [0], "length": [1]}


def messages(text: str, **of_column: Any) -> list[tuple[str, str]]:
    """Id and message of each rule that the text breaks."""
    found = column_check(**of_column).violations(pa.array([text]), None)
    return [(rule.id, told(rule.message, text)) for rule, mask in found if mask[0].as_py()]


@pytest.mark.parametrize(
    ("form", "shown"),
    [("yyyy-MM-dd", "AAAA-MM-JJ"), ("dd/MM/yyyy", "JJ/MM/AAAA"), ("yyyyMMdd", "AAAAMMJJ"), (None, "AAAA-MM-JJ")],
)
@pytest.mark.parametrize("text", ["12.05.1980", "12/5/1980", "1980-2-31", "31/02/80", "hier", f"{ARABIC}-05-12"])
def test_a_date_in_another_form_is_not_said_not_to_exist(text: str, form: str | None, shown: str) -> None:
    ((rule, message),) = messages(text, type="date", format=form)
    assert rule == "t.value.date_form"
    assert message.endswith(f"la valeur « {text} » n'est pas écrite sous la forme attendue ({shown}).")


@pytest.mark.parametrize(
    ("text", "form"), [("1980-02-31", "yyyy-MM-dd"), ("31/02/1980", "dd/MM/yyyy"), ("19800231", "yyyyMMdd"), ("00-00-0000", "dd-MM-yyyy")]
)
def test_a_day_that_is_not_in_the_calendar_is_said_not_to_exist(text: str, form: str) -> None:
    ((rule, message),) = messages(text, type="date", format=form)
    assert rule == "t.value.date"
    assert message.endswith(f"la valeur « {text} » n'est pas une date qui existe.")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1980-02-31 14:05:00", "timestamp"),
        ("1980-02-28 25:00:00", "timestamp"),
        ("1980-02-28T14:05:00", "timestamp_form"),
        ("28/02/1980 14:05:00", "timestamp_form"),
        ("1980-02-28", "timestamp_form"),
        ("1980-02-28 14:05", "timestamp_form"),
    ],
)
def test_a_moment_in_another_form_is_not_said_not_to_exist(text: str, rule: str) -> None:
    ((found, message),) = messages(text, type="timestamp")
    assert found == f"t.value.{rule}"
    assert ("AAAA-MM-JJ HH:MM:SS" in message) is rule.endswith("form")


def test_both_ways_to_be_no_date_are_of_one_kind_and_told_apart_in_one_file() -> None:
    check = column_check(type="date", format="dd/MM/yyyy")
    texts = pa.array(["31/02/1980", None, "1980-02-28", "28/02/1980"])
    found = [(rule.kind, rule.id.rpartition(".")[2], mask.to_pylist()) for rule, mask in check.violations(texts, None)]
    assert found == [("date", "date_form", [False, False, True, False]), ("date", "date", [True, False, False, False])]


def test_a_pattern_is_about_the_whole_value() -> None:
    for pattern in ("[0-9]{5}", "^[0-9]{5}$", "0[0-9]{4}", "0[0-9]{4}|1[0-9]{4}"):
        assert broken(["01234", "012345", "x01234", "01234\n", f"0{ARABIC}", None], pattern=pattern) == {"pattern": [1, 2, 3, 4]}, pattern


def test_length_counts_characters_not_bytes() -> None:
    assert broken(["éé", "ééé", "a"], min_length=2, max_length=2) == {"length": [1, 2]}


@pytest.mark.parametrize("blank", ["", " ", "   ", "\t", " \n "])
def test_a_blank_text_is_no_value(blank: str) -> None:
    present = None if blank == "" else blank  # the reader gives an empty field as no value
    assert broken([present, "x"], required=True) == {"required": [0]}
    assert broken([present], pattern="[0-9]+", min_length=1) == {}


@pytest.mark.parametrize(
    ("number", "is_sound"),
    [
        ("732829320", True),  # INSEE's own example of a SIREN
        ("732829321", False),
        ("73282932000074", True),
        ("73282932000075", False),
        ("73282932000047", False),
        ("356000000", True),
        ("35600000000048", True),  # La Poste, by the formula
        ("35600000009075", True),  # La Poste, by its own: 35 is a multiple of five
        ("35600000009076", False),
        ("00000000000000", True),
        ("7328293200007A", False),
        (f"{ARABIC}73282932", False),
    ],
)
def test_a_siret_has_a_check_digit(number: str, is_sound: bool) -> None:
    expected = {} if is_sound else {"checksum": [1]}
    assert broken([None, number], checksum="luhn") == expected


def test_each_number_is_checked_alone_whatever_its_length() -> None:
    assert broken(["732829320", None, "73282932000075", "73282932000074", "732829321"], checksum="luhn") == {"checksum": [2, 4]}


def test_a_number_of_the_wrong_form_has_no_wrong_check_digit() -> None:
    assert broken(["7328293200007", "7328293200007A"], pattern="[0-9]{14}", checksum="luhn") == {"pattern": [0, 1]}
    assert broken(["7328293200007"], min_length=14, checksum="luhn") == {"length": [0]}
