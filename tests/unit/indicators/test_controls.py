"""Every control of the officials' list exists, has words, and is brought out by an example (tests/cases/esf_controls.yml)."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import participations
from passerelle.indicators.compare import compare, document_findings
from passerelle.indicators.controls import Remark, Severity, controls
from passerelle.indicators.forms import Form, form_controls

RULES = [f"V{number:02}" for number in range(1, 57)]
EXAMPLES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "esf_controls.yml").read_text(encoding="utf-8"))
COMMUNES = {2024: {"01004": frozenset({"01500"})}}
GOOD: dict[str, Any] = {
    "birth_date": date(1980, 6, 15),
    "entry_date": date(2024, 3, 1),
    "labour_at_entry": "unemployed",
    "phone": "06 12 34 56 78",
    "postcode": "01500",
    "commune_code": "01004",
}


def test_every_control_from_v01_to_v56_has_severity_source_and_a_french_sentence() -> None:
    assert list(controls()) == RULES
    for control in controls().values():
        assert control.gravity in ("B", "X", "W", "A", "-", "W/B")
        assert control.source
        assert control.sentence == "{detail}" or re.match(r"[A-ZÀÉÎ{].*[.}]$", control.sentence)


def test_what_blocks_or_excludes_is_never_only_said_for_the_record_unless_nothing_is_lost_by_it() -> None:
    """A control that officials hold blocking and that is told as a number only is one the computation itself enforces."""
    enforced = {"V01", "V03", "V04", "V20", "V22", "V23", "V28", "V46", "V49"}
    told = {rule for rule, control in controls().items() if control.level is Severity.INFO and control.gravity in "BXA"}
    assert told == enforced


def said(remarks: Iterable[Remark]) -> set[tuple[str, str, str]]:
    return {(one.rule, one.severity.value, one.message) for one in remarks}


def by_case(folder: Path, name: str) -> set[tuple[str, str, str]]:
    case = next(one for one in participations.TABLE["cases"] if one["id"] == name)
    return said(participations.report_of(folder, case).findings)


def by_form(_: Path, differs: dict[str, Any]) -> set[tuple[str, str, str]]:
    return said(form_controls(Form.model_validate({**GOOD, **differs}), COMMUNES))


def right(folder: Path) -> dict[str, Any]:
    rows = [{"times": 4}, {"times": 3, "labour_at_entry": "inactive", "unemployment_months": ""}]
    return participations.report_of(folder, {"rows": rows}).as_json()


def by_figure(folder: Path, changed: list[Any]) -> set[tuple[str, str, str]]:
    part, indicator, column, value = changed
    document = right(folder)
    assert document_findings(document) == []
    document[part]["OP1"][indicator][column] = value
    return said(document_findings(document))


def by_unit(folder: Path, changed: dict[str, str]) -> set[tuple[str, str, str]]:
    document = right(folder)
    return said(compare(document, {**document, "units": {**document["units"], **changed}}).findings)


BRINGERS: dict[str, Callable[[Path, Any], set[tuple[str, str, str]]]] = {
    "case": by_case,
    "form": by_form,
    "figure": by_figure,
    "unit": by_unit,
}


@pytest.mark.parametrize("rule", list(controls()))
def test_every_control_is_brought_out_with_its_severity_and_its_whole_sentence(rule: str, tmp_path: Path) -> None:
    example = EXAMPLES[rule]
    (kind,) = set(example) & set(BRINGERS)

    assert (rule, example["severity"], example["says"]) in BRINGERS[kind](tmp_path, example[kind])
    assert example["severity"] == controls()[rule].level


def test_good_files_and_a_good_questionnaire_bring_out_no_control(tmp_path: Path) -> None:
    assert by_form(tmp_path, {}) == set()
    assert said(participations.report(tmp_path / "p.csv", [{}]).findings) == set()


@pytest.mark.parametrize("rule", RULES)
def test_no_sentence_shows_a_place_holder_that_nothing_fills(rule: str) -> None:
    places = set(re.findall(r"{(\w+)}", controls()[rule].sentence))
    assert places <= {"detail", "count", "total", "limit", "code", "left", "right", "days", "months", "typed", "computed", "category"}
