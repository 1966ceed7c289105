"""The social security number, case by case. The people behind these numbers are invented."""

from __future__ import annotations

import pyarrow as pa
import pytest

from checking import column_check
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
    # months: 0-12; 20-42 and 50-99 when civil status is incomplete
    *[(f"285{month}78006084", "", f"285{month}78006084") for month in ("00", "01", "12", "20", "30", "42", "50", "62", "99")],
    *[(f"285{month}78006084", "form", f"285{month}78006084") for month in ("13", "19", "43", "49")],
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
    # the specimen card, with or without its key
    ("269054958815780", "example", "2690549588157"),
    ("2690549588157", "example", "2690549588157"),
    ("2 69 05 49 588 157 80", "example", "2690549588157"),
    ("269054958815781", "key,example", "2690549588157"),
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


def test_every_month_is_judged_as_les_emplois_does() -> None:
    months = [f"{month:02d}" for month in range(100)]
    judged = nir.flags(array(*(f"285{month}78006084" for month in months))).to_pylist()
    passing = {month for month, words in zip(months, judged, strict=True) if words == ""}
    assert passing == {f"{month:02d}" for month in (*range(13), *range(20, 43), *range(50, 100))}


def test_a_column_without_any_number_is_no_trouble() -> None:
    assert nir.flags(array(None, None)).to_pylist() == [None, None]
    assert nir.comparable(array()).to_pylist() == []


# As rules of a column


def told(*numbers: str | None, **of_column: object) -> list[tuple[str, str] | None]:
    """Kind and id of the rule that each number breaks."""
    check = column_check(nir=True, classification="secret", **of_column)
    found: list[tuple[str, str] | None] = [None] * len(numbers)
    for rule, mask in check.violations(array(*numbers), None):
        for place in (place for place, hit in enumerate(mask.to_pylist()) if hit):
            assert found[place] is None, "a value is told for one rule only"
            found[place] = (rule.kind, rule.id.rpartition(".")[2])
    return found


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        ("285057800608", "nir", "nir_temporary"),
        ("12345678901abc", "nir", "nir_temporary"),
        ("1" + "2" * 9 + "z" * 30, "nir", "nir_temporary"),
        ("1" + "2" * 9 + "z" * 31, "nir", "nir"),
        ("3" + "2" * 9 + "z", "nir", "nir"),
        ("1234567890", "nir", "nir"),
        ("1803331476872.0", "nir", "nir_spreadsheet"),
        ("180333147687245,0", "nir", "nir_spreadsheet"),
        ("1,85E+14", "nir", "nir_spreadsheet"),
        ("1.85E+14", "nir", "nir_spreadsheet"),
        ("2e+14", "nir", "nir_spreadsheet"),
        ("inconnu", "nir", "nir"),
        ("269054958815780", "nir_example", "nir_example"),
        ("2690549588157", "nir_example", "nir_example"),
        ("269054958815781", "nir_example", "nir_example"),
        (f"2850578006084{int(key('2850578006084')) % 97 + 1:02d}", "nir_key", "nir_key"),
    ],
)
def test_each_wrong_number_has_its_own_words(number: str, kind: str, words: str) -> None:
    assert told(number) == [(kind, words)]
    assert told(None, "2850578006084", number) == [None, None, (kind, words)]


def test_the_words_say_what_happened() -> None:
    messages = {
        rule.id.rpartition(".")[2]: rule.message
        for number in ("285057800608", "1,85E+14", "269054958815780")
        for rule, _ in column_check(nir=True, classification="secret").violations(array(number), None)
    }
    assert "numéro technique temporaire" in messages["nir_temporary"]
    assert "tableur" in messages["nir_spreadsheet"]
    assert "carte spécimen" in messages["nir_example"]


def test_a_provisional_number_and_inner_blanks_are_accepted() -> None:
    assert told("7850578006084", "2 85 05 78 006 084") == [None, None]


def test_a_contract_may_ask_for_the_key() -> None:
    whole = "2850578006084" + key("2850578006084")
    numbers = (whole, f"{whole[:13]} {whole[13:]}", "2850578006084", None)
    assert told(*numbers, min_length=15, max_length=15) == [None, None, ("length", "length"), None]
    assert told(*numbers, max_length=13) == [("length", "length"), ("length", "length"), None, None]


def test_a_wrong_key_is_not_told_as_a_wrong_length() -> None:
    assert told(f"2850578006084{int(key('2850578006084')) % 97 + 1:02d}", max_length=13) == [("nir_key", "nir_key")]
