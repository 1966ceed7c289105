"""Comparable forms of names and dates."""

from __future__ import annotations

import doctest
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.identity import comparable, normalise, outcome
from passerelle.identity.normalise import fold, identifier, is_exact, name_key


def test_the_examples_in_the_docstrings_are_true() -> None:
    for module in (comparable, normalise, outcome):
        found = doctest.testmod(module)
        assert found.attempted > 0
        assert found.failed == 0


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Éléonore", "ELEONORE"),
        ("Nguyễn", "NGUYEN"),
        ("Ønsker-Łuk", "ONSKER LUK"),
        ("Strauß", "STRAUSS"),
        ("L\u2019Hermitte", "L HERMITTE"),
        ("  DE  LA\tTOUR ", "DE LA TOUR"),
        ("Dupont2", "DUPONT"),
        ("???", ""),
    ],
)
def test_a_name_is_folded_to_upper_ascii_letters(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert name_key(name).isascii()


@pytest.mark.parametrize("precision", ["J", "O", "month", "?"])
def test_a_day_said_to_be_unknown_is_not_exact(precision: str) -> None:
    assert not is_exact(date(1980, 5, 12), precision)


@pytest.mark.parametrize("junk", ["0", "00000000", "000000000000000", "999999", "XXXXXXXX", "  ", "0000 0000"])
def test_a_made_up_number_is_no_identifier(junk: str) -> None:
    assert identifier(junk) == ""


@pytest.mark.parametrize("number", ["7", "22", "111", "00046770093"])
def test_a_short_or_padded_number_is_an_identifier(number: str) -> None:
    assert identifier(number) == number
