"""What to write instead of a wrong value: said where it can be computed, never guessed, and without the value where it is personal."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checking import column_check, contract_of, inspected, told
from invented_contracts import codes, column
from passerelle.checks.proposals import proposals
from passerelle.contract.model import Code, CodeList, Table

DATE = {"type": "date", "format": "dd/MM/yyyy"}
NUMBER = {"type": "number", "precision": 8, "scale": 2}
ROLES = CodeList(name="R", codes={"DEM": Code(label="Demandeur"), "CJT": Code(label="Conjoint marié"), "01": Code(label="Un")})


def proposed(text: str, kind: str = "pattern", decimal: str = ".", **of_column: Any) -> str | None:
    """The sentence for a wrong value."""
    found = proposals(column_check(decimal, **of_column), kind, pa.array([text]))
    return None if found is None else found[0].as_py()


def written(text: str, kind: str = "pattern", decimal: str = ".", **of_column: Any) -> str | None:
    """The value proposed, of a column whose values may be shown."""
    sentence = proposed(text, kind, decimal, **of_column)
    return None if sentence is None else sentence.removeprefix("Écrivez « ").removesuffix(" ».")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1980-02-28", "28/02/1980"),
        ("1980/02/28", "28/02/1980"),
        ("28-02-1980", "28/02/1980"),
        ("28.02.1980", "28/02/1980"),
        ("28 02 1980", "28/02/1980"),
        ("8/2/1980", "08/02/1980"),
        ("1980-2-8", "08/02/1980"),
        (" 28/02/1980", "28/02/1980"),
        ("28/02/1980 ", "28/02/1980"),
        ("1980-02-28 00:00:00.0", "28/02/1980"),
        ("1980-02-28T00:00:00", "28/02/1980"),
        ("19800228", "28/02/1980"),
        ("28021980", "28/02/1980"),
        ("1980-02-28 14:00:00", None),  # an hour would be lost
        ("10111112", None),  # a day whichever way it is read
        ("28/02/80", None),
        ("02/28/1980", None),
        ("31/02/1980", None),
        ("1980-02-31", None),
        ("00/00/0000", None),
        ("inconnue", None),
    ],
)
def test_a_date_in_another_form(text: str, expected: str | None) -> None:
    assert written(text, "date", **DATE) == expected


@pytest.mark.parametrize("form", ["yyyy-MM-dd", "dd-MM-yyyy", "yyyyMMdd", "ddMMyyyy"])
def test_a_date_is_proposed_in_the_form_of_the_contract(form: str) -> None:
    expected = form.replace("yyyy", "1980").replace("MM", "02").replace("dd", "28")
    assert written("28/02/1980", "date", type="date", format=form) == expected


def test_a_proposal_keeps_the_limits_of_the_column() -> None:
    assert written("1880-02-28", "date", minimum="1900-01-01", **DATE) is None
    assert written("1900-01-01", "date", minimum="1900-01-01", **DATE) == "01/01/1900"


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("28/02/1980 14:05", "yyyy-MM-dd HH:mm:ss", "1980-02-28 14:05:00"),
        ("1980-02-28 14:05:00.5", "yyyy-MM-dd'T'HH:mm:ss", "1980-02-28T14:05:00.5"),
        ("1980-02-28T14:05:00", "dd/MM/yyyy HH:mm:ss", "28/02/1980 14:05:00"),
        ("1980-02-28T14:05:00Z", "dd/MM/yyyy HH:mm:ss", None),  # another time zone
        ("1980-02-28", "yyyy-MM-dd HH:mm:ss", None),
    ],
)
def test_a_moment_in_another_form(text: str, form: str, expected: str | None) -> None:
    assert written(text, "timestamp", type="timestamp", format=form) == expected


@pytest.mark.parametrize(
    ("text", "decimal", "expected"),
    [
        ("12,5", ".", "12.5"),
        ("12.5", ",", "12,5"),
        ("1 234,5", ",", "1234,5"),
        ("1\u00a0234,50", ".", "1234.50"),
        ("1\u202f234", ",", "1234"),
        (" 12.50 ", ".", "12.50"),
        ("1,234", ".", None),
        ("1.234,56", ",", None),
        ("12,345", ".", None),
        ("abc", ".", None),
    ],
)
def test_a_number_in_another_form(text: str, decimal: str, expected: str | None) -> None:
    assert written(text, "number", decimal, **NUMBER) == expected


@pytest.mark.parametrize(("text", "expected"), [("1 000", "1000"), ("12.0", "12"), ("12,00", "12"), ("12,5", None), ("١٢", None)])
def test_a_whole_number_in_another_form(text: str, expected: str | None) -> None:
    assert written(text, "integer", type="integer") == expected


@pytest.mark.parametrize(
    ("text", "of_column", "expected"),
    [
        ("1000", {"pattern": "[0-9]{5}", "identity": "postcode"}, "01000"),
        ("100", {"pattern": "[0-9]{5}", "identity": "postcode"}, None),
        ("0100", {"pattern": "[0-9]{5}", "identity": "postcode"}, None),
        ("1004", {"pattern": "(2[AB]|[0-9]{2})[0-9]{3}", "identity": "commune_code"}, "01004"),
        ("2a004", {"pattern": "(2[AB]|[0-9]{2})[0-9]{3}"}, "2A004"),
        ("612345678", {"pattern": "0[0-9]{9}", "identity": "phone"}, "0612345678"),
        ("06 12 34 56 78", {"pattern": "0[0-9]{9}"}, "0612345678"),
        ("06.12.34.56.78", {"pattern": "0[0-9]{9}"}, "0612345678"),
        ("732 829 320 00074", {"pattern": "[0-9]{14}", "checksum": "luhn"}, "73282932000074"),
        ("732 829 320 00075", {"pattern": "[0-9]{14}", "checksum": "luhn"}, None),
        ("7328293200007", {"pattern": "[0-9]{14}", "checksum": "luhn"}, None),
        ("123456789", {"min_length": 11, "max_length": 11}, "00123456789"),
        ("75001.0", {"pattern": "[0-9]{5}"}, "75001"),
        ("1000.0", {"pattern": "[0-9]{5}"}, "01000"),
        ("1000.5", {"pattern": "[0-9]{5}"}, None),
        (" AB ", {"pattern": "[A-Z]{2}"}, "AB"),
        ("ab", {"pattern": "[A-Z]{2}"}, "AB"),
        ("abc", {"pattern": "[A-Z]{2}"}, None),
        ("7500A", {"pattern": "[0-9]{5}"}, None),
        ("trop long", {"max_length": 4}, None),
    ],
)
def test_a_text_of_a_fixed_form(text: str, of_column: dict[str, Any], expected: str | None) -> None:
    assert written(text, **of_column) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dem", "DEM"),
        (" DEM", "DEM"),
        ("demandeur", "DEM"),
        ("CONJOINT MARIE", "CJT"),
        ("1", "01"),
        ("01.0", "01"),
        ("Demande", None),
        ("X", None),
    ],
)
def test_a_code_by_its_label_or_in_small_letters(text: str, expected: str | None) -> None:
    assert written(text, "code", codes=ROLES) == expected


def test_a_word_that_stands_for_two_codes_stands_for_none() -> None:
    twice = CodeList(name="R", codes={"A": Code(label="Autre"), "B": Code(label="Autre"), "c": Code(label="C"), "C": Code(label="D")})
    assert written("autre", "code", codes=twice) is None
    assert written("d", "code", codes=twice) == "C"


@pytest.mark.parametrize(("text", "expected"), [("OUI", "1"), ("faux", "0"), ("TRUE", "true"), ("peut-être", None)])
def test_an_answer_in_words(text: str, expected: str | None) -> None:
    assert written(text, "boolean", type="boolean") == expected


@pytest.mark.parametrize(
    ("text", "of_column", "part"),
    [
        ("1980-02-28", {**DATE, "kind": "date"}, "JJ/MM/AAAA"),
        ("1000", {"pattern": "[0-9]{5}"}, "Le zéro de tête semble perdu : la valeur attendue a 5 chiffres."),
        ("123456789", {"min_length": 11, "max_length": 11}, "Les zéros de tête semblent perdus : la valeur attendue a 11 chiffres."),
        ("12,5", {**NUMBER, "kind": "number"}, "Le signe décimal attendu est « . »."),
        ("1 234.5", {**NUMBER, "kind": "number"}, "espaces entre les chiffres"),
        ("06 12 34 56 78", {"pattern": "0[0-9]{9}"}, "espaces, points et tirets"),
        (" AB ", {"pattern": "[A-Z]{2}"}, "espaces avant ou après"),
        ("ab", {"pattern": "[A-Z]{2}"}, "majuscules"),
        ("dem", {"codes": ROLES, "kind": "code"}, "comme dans la liste"),
        ("demandeur", {"codes": ROLES, "kind": "code"}, "le code, pas son libellé"),
    ],
)
@pytest.mark.parametrize("classification", ["personal", "sensitive", "secret"])
def test_of_a_personal_value_only_the_form_is_said(text: str, of_column: dict[str, Any], part: str, classification: str) -> None:
    sentence = proposed(text, classification=classification, **of_column)
    assert sentence is not None
    assert part in sentence
    for value in (text, text.strip(), "28/02", "01000", "00123456789", "12.5", "1234", "0612345678", "DEM"):
        assert value not in sentence


@pytest.mark.parametrize(
    ("text", "of_column", "part"),
    [
        ("2850578006084", {"min_length": 15}, "Il manque la clé : la valeur attendue a 15 caractères."),
        ("2850578006084.0", {"min_length": 15}, "Il manque la clé"),
        ("2850578006084.0", {}, "Retirez « .0 »"),
        ("2.85.05.78.006.084", {}, "espaces, points et tirets"),
        ("1,85E+14", {}, None),
        ("285057800608", {}, None),
        ("2691549588157", {}, None),
    ],
)
def test_a_social_security_number_is_never_written_out(text: str, of_column: dict[str, Any], part: str | None) -> None:
    sentence = proposed(text, "nir", nir=True, classification="secret", **of_column)
    assert (sentence is None) is (part is None)
    assert part is None or part in str(sentence)
    assert "2850578006084" not in str(sentence)


@pytest.mark.parametrize("kind", ["required", "range", "checksum", "nir_key", "nir_example"])
def test_what_cannot_be_computed_is_not_proposed(kind: str) -> None:
    assert proposed(" 1 ", kind, type="integer") is None


def test_each_line_has_its_own_proposal() -> None:
    columns = (column("code", codes=codes("C", "AB")), column("day", classification="personal", **DATE))
    seen = inspected(contract_of(Table(name="t", columns=columns)), "ab;28/02/1980", "XX;1980-02-28", " AB;31/02/1980", "ab;")
    assert [(finding.line, finding.column, finding.proposal) for finding in told(seen)] == [
        (2, "code", "Écrivez « AB »."),
        (3, "code", ""),
        (3, "day", "La date semble écrite sous une autre forme : écrivez-la JJ/MM/AAAA."),
        (4, "code", "Écrivez « AB »."),
        (4, "day", ""),
        (5, "code", "Écrivez « AB »."),
    ]


COLUMNS = [
    ("date", {**DATE}),
    ("number", {**NUMBER}),
    ("integer", {"type": "integer"}),
    ("code", {"codes": ROLES}),
    ("pattern", {"pattern": "[0-9]{5}"}),
    ("boolean", {"type": "boolean"}),
    ("timestamp", {"type": "timestamp", "format": "yyyy-MM-dd HH:mm:ss"}),
]


@pytest.mark.parametrize(("kind", "of_column"), COLUMNS)
@given(texts=st.lists(st.text(alphabet="0123456789/-.,: TabcDEMé\u00a0'\"", min_size=1, max_size=12), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whatever_is_proposed_would_be_accepted(kind: str, of_column: dict[str, Any], texts: list[str]) -> None:
    check = column_check(**of_column)
    found = proposals(check, kind, pa.array(texts))
    for sentence in [] if found is None else found.to_pylist():
        if sentence is not None:
            value = sentence.removeprefix("Écrivez « ").removesuffix(" ».")
            assert list(check.violations(pa.array([value]), None)) == []
