from datetime import date
from typing import Any

import pytest

from passerelle.indicators.forms import Form, form_controls

COMMUNES = {2024: {"01004": frozenset({"01500"}), "75056": frozenset({"75001", "75002"})}, 2025: {"75056": frozenset({"75001"})}}
GOOD: dict[str, Any] = {
    "birth_date": date(1980, 6, 15),
    "entry_date": date(2024, 3, 1),
    "labour_at_entry": "unemployed",
    "phone": "06 12 34 56 78",
    "postcode": "01500",
    "commune_code": "01004",
}


def rules(**values: Any) -> list[str]:
    return [finding.rule for finding in form_controls(Form.model_validate({**GOOD, **values}), COMMUNES)]


def test_a_good_questionnaire_has_no_finding() -> None:
    assert rules(typed_age=43, evidence_on=date(2024, 3, 1), is_signed=True) == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"is_indirect": True}, ["V02"]),
        ({"is_signed": False}, ["V46"]),
        ({"typed_age": 44}, ["V13"]),
        ({"phone": "", "referent": "CMS de Valcombe"}, []),
        ({"phone": ""}, ["V36"]),
        ({"phone": "612345678"}, ["V39"]),
        ({"raw_dates": ("45352",)}, ["V39"]),
        ({"postcode": "1500"}, ["V39"]),
        ({"postcode": "75001"}, ["V37"]),
        ({"commune_code": "99999"}, ["V38"]),
        ({"entry_date": date(2025, 3, 1)}, ["V38"]),
        ({"commune_code": "75056"}, ["V37"]),
        ({"evidence_on": date(2024, 3, 2)}, ["V45"]),
        ({"france_travail_category": "G"}, ["V56"]),
        ({"france_travail_category": "A"}, []),
        ({"claimed": {"EECR01", "EECR04"}, "labour_at_entry": "inactive", "exit_date": date(2024, 5, 1)}, ["V23"]),
        ({"claimed": {"EECR04"}, "labour_at_entry": "employed", "exit_date": date(2024, 5, 1)}, ["V20"]),
        ({"claimed": {"EECR06"}, "exit_date": date(2024, 5, 1)}, ["V21"]),
        ({"claimed": {"EECR01"}, "exit_date": date(2024, 5, 1)}, ["V22"]),
        ({"claimed": {"EECR02"}, "in_education_at_entry": True, "exit_date": date(2024, 5, 1)}, ["V28"]),
        ({"claimed": {"EECR04"}}, ["V27"]),
    ],
    ids=[
        "D03", "D08", "B29", "H03", "H04", "I-phone", "I-excel", "E16", "E17", "V38", "V38-year", "I03", "V45", "H08", "H08-A", "A03",
        "V20", "V21", "V22", "V28", "A17",
    ],
)  # fmt: skip
def test_each_fault_of_a_questionnaire_is_found(values: dict[str, Any], found: list[str]) -> None:
    assert rules(**values) == found


def test_a_finding_never_repeats_a_contact_or_a_place() -> None:
    form = Form.model_validate({**GOOD, "phone": "612345678", "postcode": "1500", "raw_dates": ("45352",), "commune_code": "99999"})

    told = str(form_controls(form, COMMUNES))

    assert not [text for text in ("612345678", "'1500", "45352", "99999") if text in told]
