import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import participations
from passerelle.errors import ConfigurationError
from passerelle.indicators import said
from passerelle.indicators.compare import compare, document_findings, read_document
from passerelle.indicators.document_text import document_text
from passerelle.indicators.said import Findings

ROWS: list[dict[str, Any]] = [
    {"times": 4},
    {"times": 3, "labour_at_entry": "inactive", "unemployment_months": ""},
    {"sex": "M", "exit_date": "2024-06-15"},
    {"times": 2, "isced_level": ""},
]
EVENTS = [{"participant_id": "K8", "event": "employed", "event_date": "2024-06-20"}]


def computed(folder: Path, cutoff: date = participations.CUTOFF, **more: Any) -> dict[str, Any]:
    return participations.report_of(folder, {"rows": ROWS, "events": EVENTS, "cutoff": cutoff, **more}).as_json()


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    return computed(tmp_path)


def test_the_same_files_give_documents_that_agree(document: dict[str, Any], tmp_path: Path) -> None:
    found = compare(document, computed(tmp_path))

    assert found.agree
    assert found.same_cutoff
    assert found.same_rules
    assert found.compared > 100


def test_the_same_figures_at_another_day_or_by_other_rules_are_not_called_the_same(document: dict[str, Any], tmp_path: Path) -> None:
    day, rules = computed(tmp_path, cutoff=date(2025, 12, 30)), computed(tmp_path, rules={"late_exit_months": 2})

    found = [compare(document, other) for other in (day, rules)]
    assert [one.differences for one in found] == [(), ()]
    assert [(one.agree, one.same_cutoff, one.same_rules) for one in found] == [(False, False, True), (False, True, False)]


def test_a_half_year_a_combined_line_or_a_number_of_quality_that_differs_is_a_difference(document: dict[str, Any]) -> None:
    changed = copy.deepcopy(document)
    changed["half_years"]["OP1"]["2024-S1"]["EECO01"]["M"] = 7
    changed["combined"]["OP1"]["EECO02+05"]["T"] = 99
    changed["quality"]["OP1"]["six_months"]["due"] = 3
    changed["groups"][0]["half_years"]["2024-S1"]["EECO02"]["F"] = 5

    told = {(one.operation, one.indicator, one.column) for one in compare(document, changed).differences}
    assert told == {
        ("OP1 / 2024-S1", "EECO01", "M"),
        ("OP1", "EECO02+05", "T"),
        ("OP1", "quality six_months", "due"),
        ("– / h / – / 2024-S1", "EECO02", "F"),
    }


def test_another_figure_is_shown_with_both_values_and_makes_a_difference_in_its_group(document: dict[str, Any], tmp_path: Path) -> None:
    found = compare(document, computed(tmp_path, rows=[*ROWS, {"sex": "N"}]))

    told = {(one.operation, one.indicator, one.column): (one.left, one.right) for one in found.differences}
    assert told["OP1", "EECO01", "T"] == (8, 9)
    assert told["OP1", "EECO01", "N"] == (0, 1)
    assert told["– / h / –", "EECO01", "T"] == (8, 9)
    assert not found.agree


def test_an_exclusion_more_is_a_difference(document: dict[str, Any], tmp_path: Path) -> None:
    found = compare(document, computed(tmp_path, rows=[*ROWS, {"status": "draft"}]))

    assert [(one.operation, one.column, one.left, one.right) for one in found.differences] == [("OP1", "draft", 0, 1)]


def broken(document: dict[str, Any], code: str, column: str, value: int, part: str = "operations") -> list[tuple[str, str]]:
    changed = copy.deepcopy(document)
    changed[part]["OP1"][code][column] = value
    return [(one.rule, one.message) for one in document_findings(changed) if one.operation == "OP1"]


def test_a_combined_line_that_is_not_the_sum_for_one_sex_is_an_error(document: dict[str, Any]) -> None:
    """Case G01: F is 4 + 3, not 8; case G02: each sex is checked."""
    found = broken(document, "EECO02+04", "F", 8, "combined")

    assert [rule for rule, _ in found] == ["V50", "V50"]
    assert any("ID9, colonne F" in message and "(8 et 7)" in message for _, message in found)
    assert any("ID9, colonne N" in message for _, message in broken(document, "EECO02+04", "N", 1, "combined"))


def test_a_document_of_ours_has_nothing_wrong(document: dict[str, Any]) -> None:
    """Case G03."""
    assert document_findings(document) == []


def test_a_result_above_its_reference_is_an_error(document: dict[str, Any]) -> None:
    """Case G04."""
    found = broken(document, "EECR04", "M", 52)

    for identity in ("ID7", "ID10"):
        assert any(f"{identity}, colonne M : EECR04 ≤ EECO02 + EECO04" in message for _, message in found)


def test_a_result_above_100_percent_is_an_error(document: dict[str, Any]) -> None:
    """Case G05."""
    assert [rule for rule, message in broken(document, "EECR04", "percent", 104) if "100 %" in message] == ["V50"]


def test_a_total_that_is_not_the_sum_of_the_sexes_is_an_error(document: dict[str, Any]) -> None:
    """Case G06."""
    assert any("ID1" in message for _, message in broken(document, "EECO17", "T", 5))


def test_a_line_or_a_column_that_is_not_there_is_an_error(document: dict[str, Any]) -> None:
    del document["operations"]["OP1"]["EECO13"]
    del document["operations"]["OP1"]["EECO12"]["N"]

    assert [one.rule for one in document_findings(document)].count("V51") == 2


def test_a_unit_that_changed_is_refused(document: dict[str, Any]) -> None:
    """Case G11."""
    other = {**document, "units": {**document["units"], "EECR04": "percent"}}

    assert [one.rule for one in compare(document, other).findings] == ["V52"]


def test_a_cumulative_figure_that_falls_after_a_return_asks_for_an_explanation(tmp_path: Path) -> None:
    """Case G12: the result of the first participation is withdrawn by the return."""
    rows = [{"exit_date": "2024-06-15"}, {"participant_id": "K1", "entry_date": date(2024, 9, 1)}]
    events = [{"participant_id": "K1", "event": "employed", "event_date": "2024-06-20"}]
    before, after = (computed(tmp_path, cutoff, rows=rows, events=events) for cutoff in (date(2024, 7, 31), date(2024, 12, 31)))

    found = compare(before, after)

    assert not found.same_cutoff
    falls = [one for one in found.findings if one.operation == "OP1"]
    assert [(one.rule, one.severity) for one in falls] == [("V50", "warning")]
    assert "EECR04 passe de 1 à 0" in falls[0].message
    assert [one.message for one in compare(after, before).findings] == [one.message for one in found.findings]


def test_the_text_of_a_document_is_the_document_with_one_finding_per_line(document: dict[str, Any]) -> None:
    text = "".join(document_text({**document, "nothing": {}, "none": [], "no": None}))

    assert json.loads(text) == {**document, "nothing": {}, "none": [], "no": None}
    assert sum('"rule": "V' in line for line in text.splitlines()) == len(document["findings"]) > 1


@pytest.mark.parametrize("name", ["K", 'K"', "K\\", "clé\u00a0K\t"])
@pytest.mark.parametrize("at_once", [1, 50_000])
def test_findings_written_column_by_column_are_those_written_one_by_one(
    name: str, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "_AT_ONCE", at_once)
    rows = [
        *({"participant_id": f"{name}{number}", "operation_id": f"OP{number % 3}", "isced_level": "", "sex": ""} for number in range(9)),
        {"participant_id": f"{name}10", "operation_id": ""},
        {"participant_id": f"{name}11", "exit_date": "2024-01-01", "in_education_at_entry": "yes"},
        {"participant_id": f"{name}12", "exit_date": "2019-01-01"},
    ]
    events = [{"participant_id": f"{name}11", "event": "employed", "event_date": f"2025-0{month}-20"} for month in range(1, 9)]
    report = participations.report_of(tmp_path, {"rows": rows, "events": events})

    assert "".join(document_text(report.document())) == "".join(document_text(report.as_json()))
    assert len({one["rule"] for one in report.as_json()["findings"]}) > 4
    assert "".join(document_text({"findings": Findings((), (), report.findings.operations, report.findings.participants)})) == (
        '{\n  "findings": []\n}\n'
    )


@pytest.mark.parametrize("text", ["", "[]", '{"cutoff": "2025-12-31"}'])
def test_a_file_that_is_no_document_is_said(text: str, tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"d\.json"):
        read_document(path)
