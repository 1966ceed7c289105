"""The social security number, case by case. The people behind these numbers are invented."""

from __future__ import annotations

import pyarrow as pa
import pytest

from passerelle.checks import nir


def array(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


def key(number: str) -> str:
    """97 - (N mod 97), with Corsica's 2A as 19 and 2B as 18, worked out by hand here."""
    return f"{97 - int(number.replace('2A', '19').replace('2B', '18')) % 97:02d}"


CASES = [
    # number, quality words, comparable form
    ("2850578006084", "", "2850578006084"),
    ("2850578006084" + key("2850578006084"), "", "2850578006084"),
    ("2850578006084" + "00", "key", "2850578006084"),
    ("2850578006084" + "98", "key", "2850578006084"),
    ("285057800608", "form", "285057800608"),
    ("28505780060841", "form", "28505780060841"),
    ("2850578006084000", "form", "2850578006084000"),
    # sex: 1 and 2; 3, 4, 7, 8 are provisional numbers; 0, 5, 6, 9 do not exist
    ("1850578006084", "", "1850578006084"),
    *[(f"{first}850578006084", "provisional", f"{first}850578006084") for first in "3478"],
    *[(f"{first}850578006084", "form", f"{first}850578006084") for first in "0569"],
    # months: 1-12; 20-42 and 50-99 when civil status is incomplete
    *[(f"285{month}78006084", "", f"285{month}78006084") for month in ("01", "12", "20", "30", "42", "50", "62", "99")],
    *[(f"285{month}78006084", "form", f"285{month}78006084") for month in ("00", "13", "19", "43", "49")],
    # département: Corsica, overseas, born abroad
    ("285052A006084", "", "285052A006084"),
    ("285052A006084" + key("285052A006084"), "", "285052A006084"),
    ("285052B006084" + key("285052B006084"), "", "285052B006084"),
    ("285052B006084" + key("285052A006084"), "key", "285052B006084"),
    ("285052C006084", "form", "285052C006084"),
    ("28505A2006084", "form", "28505A2006084"),
    ("285052a006084", "", "285052A006084"),
    ("2850597106084", "", "2850597106084"),
    ("2850599109084" + key("2850599109084"), "", "2850599109084"),
    # as people write it
    ("2 85 05 78 006 084", "", "2850578006084"),
    (f"2 85 05 78 006 084 {key('2850578006084')}", "", "2850578006084"),
    # what is no number at all
    ("2850578OO6084", "form", "2850578OO6084"),
    ("٢٨٥٠٥٧٨٠٠٦٠٨٤", "form", "٢٨٥٠٥٧٨٠٠٦٠٨٤"),
    ("2850578006084\n", "form", "2850578006084\n"),
    ("inconnu", "form", "INCONNU"),
    # provisional and with a wrong key
    ("7850578006084" + "98", "key,provisional", "7850578006084"),
]


@pytest.mark.parametrize(("number", "words", "compared"), CASES)
def test_each_number_has_its_quality_and_its_comparable_form(number: str, words: str, compared: str) -> None:
    assert nir.flags(array(number)).to_pylist() == [words]
    assert nir.comparable(array(number)).to_pylist() == [compared]


def test_a_number_is_judged_alike_among_others() -> None:
    numbers = [case[0] for case in CASES]
    assert nir.flags(array(*numbers, None)).to_pylist() == [*(case[1] for case in CASES), None]
    assert nir.comparable(array(*numbers, None)).to_pylist() == [*(case[2] for case in CASES), None]


def test_the_key_97_is_a_key_like_others() -> None:
    number = next(f"2850578006{order:03d}" for order in range(1, 98) if int(f"2850578006{order:03d}") % 97 == 0)
    assert key(number) == "97"
    assert nir.flags(array(f"{number}97", f"{number}00")).to_pylist() == ["", "key"]


def test_every_key_but_the_right_one_is_wrong() -> None:
    right = key("1530375116042")
    every = [f"{number:02d}" for number in range(100)]
    judged = nir.flags(array(*(f"1530375116042{one}" for one in every))).to_pylist()
    assert [one for one, words in zip(every, judged, strict=True) if words == ""] == [right]


def test_a_number_without_a_key_has_no_wrong_key() -> None:
    assert nir.has_key(array("2850578006084", None)).to_pylist() == [None, None]


def test_a_column_without_any_number_is_no_trouble() -> None:
    assert nir.flags(array(None, None)).to_pylist() == [None, None]
    assert nir.comparable(array()).to_pylist() == []
