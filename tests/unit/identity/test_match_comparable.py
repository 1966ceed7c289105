"""The comparable forms made by SQL are those of :mod:`passerelle.identity.normalise`; what is doubtful is seen to be."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from passerelle.identity.engine import opened
from passerelle.identity.model import level_weight
from passerelle.identity.normalise import identifier, name_key

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzéèêëàâçïîôöùûüñœŒæÆøØłŁđðþßşğıİžšćČÉÀ' -’.ﬁªº"


def read(rows: list[dict[str, Any]], *columns: str) -> list[dict[str, Any]]:
    numbered = [{"record_id": f"{number:06d}"} | row for number, row in enumerate(rows)]
    with opened(pa.Table.from_pylist(numbered), None) as (connection, _):
        found = connection.execute(f"SELECT {', '.join(columns)} FROM record ORDER BY record_id").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in found]


def test_thousands_of_names_have_the_same_key_as_in_the_warehouse() -> None:
    dice = random.Random(4)
    names = ["".join(dice.choices(LETTERS, k=dice.randint(1, 18))) for _ in range(4_000)]
    found = read([{"birth_name": name, "given_names": name} for name in names], "surname", "first_name")
    assert [(row["surname"] or "", row["first_name"] or "") for row in found] == [(name_key(name), name_key(name)) for name in names]


@pytest.mark.parametrize("value", ["1253359x", " 12 34 ", "00000000", "999999", "22", "0", "A1B2"])
def test_identifiers_are_the_same_as_in_the_warehouse(value: str) -> None:
    assert read([{"other_id": value}], "other")[0]["other"] == (identifier(value) or None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"nir": "2550899350123"}, None),
        ({"nir": "2550899350123", "sex": "F", "birth_date": "1955-08-02"}, True),
        ({"nir": "2550899350123", "sex": "M", "birth_date": "1955-08-02"}, False),
        ({"nir": "2550899350123", "sex": "F", "birth_date": "1956-08-02"}, False),
        ({"nir": "2550899350123", "sex": "F", "birth_date": "1955-09-02"}, False),
        ({"nir": "2550899350123", "sex": "F", "birth_date": "1955-01-01"}, True),
    ],
    ids=["nothing to agree with", "agrees", "other sex", "other year", "other month", "1 January says no month"],
)
def test_a_nir_is_coherent_when_sex_year_and_month_agree(said: dict[str, str], expected: bool | None) -> None:
    row = read([said], "nir", "is_coherent")[0]
    assert row["nir"] == "2550899350123"
    assert bool(row["is_coherent"]) == bool(expected)


@pytest.mark.parametrize("nir", ["9550899350123", "2551399350123", "255089935012343", "0000000000000", "255089935012", "2222222222222"])
def test_what_is_not_a_nir_is_no_fact(nir: str) -> None:
    assert read([{"nir": nir}], "nir")[0]["nir"] is None


@pytest.mark.parametrize("written", ["0612345678", "06 12 34 56 78", "+33612345678", "0033 6 12 34 56 78", "06.12.34.56.78"])
def test_a_phone_number_is_compared_by_its_nine_digits(written: str) -> None:
    assert read([{"phone": written}], "phones")[0]["phones"] == ["612345678"]


@pytest.mark.parametrize(
    ("written", "read_as"), [("1980-05-12", "19800512"), ("12/05/1980", "19800512"), ("19800512", "19800512"), ("x", None)]
)
def test_dates_are_read_in_three_forms(written: str, read_as: str | None) -> None:
    assert read([{"birth_date": written}], "dob")[0]["dob"] == read_as


@pytest.mark.parametrize(
    ("written", "precision", "expected"),
    [("1980-05-12", None, True), ("1980-01-01", None, False), ("1980-05-12", "J", False), ("1980-02-31", None, False)],
)
def test_a_day_is_exact_only_when_it_is_really_known(written: str, precision: str | None, expected: bool) -> None:
    assert read([{"birth_date": written, "birth_date_precision": precision}], "is_exact")[0]["is_exact"] == expected


def test_a_near_nir_weighs_nothing_and_a_difference_never_weighs_for() -> None:
    assert level_weight("nir", "near", 0.02, 1e-5).weight == 0
    assert level_weight("other", "different", 0.3, 1e-4).weight == 0
    assert level_weight("phone", "same", 0.5, 2**-11).weight == 10
