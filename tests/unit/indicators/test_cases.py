from pathlib import Path
from typing import Any

import pytest

import participations
from passerelle.indicators.definitions import ANNEX_2, INDICATORS

CASES: list[dict[str, Any]] = participations.TABLE["cases"]
NOT_COLLECTED = {"status": "not_collected"}


def figure(cells: dict[str, dict[str, Any]], name: str) -> Any:
    """A figure (``EECO01``, ``EECO01.N``), the status where there is none, or the word asked for (``EECO16.method``)."""
    code, _, column = name.rpartition(".") if "." in name.removeprefix("II.") else (name, "", "T")
    cell = cells[code]
    return cell[column] if column in cell else cell.get("status")


def figures(cells: dict[str, dict[str, Any]], expected: dict[str, Any]) -> dict[str, Any]:
    return {name: figure(cells, name) for name in expected}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_worked_case_gives_its_figures(case: dict[str, Any], tmp_path: Path) -> None:
    document = participations.report_of(tmp_path, case).as_json()

    for name, expected in {"OP1": case["figures"], **case.get("elsewhere", {})}.items():
        assert figures(document["operations"][name], expected) == expected
    for part in ("annex_2", "combined"):
        assert figures(document[part].get("OP1", {}), case.get(part, {})) == case.get(part, {})
    for half, expected in case.get("half_years", {}).items():
        assert figures(document["half_years"]["OP1"][half], expected) == expected
    for name, expected in case.get("groups", {}).items():
        line = group(document, name)
        assert figures({**line["indicators"], **line.get("annex_2", {})}, expected) == expected
    assert {name: document["quality"]["OP1"][name] for name in case.get("quality", {})} == case.get("quality", {})
    assert {name: number for name, number in document["excluded"]["OP1"].items() if number} == case.get("excluded", {})
    said = {finding["rule"] for finding in document["findings"] if finding["severity"] != "info"}
    noted = {finding["rule"] for finding in document["findings"] if finding["severity"] == "info"}
    assert said == set(case.get("findings", []))
    assert noted == set(case["info"]) if "info" in case else True


def group(document: dict[str, Any], name: str) -> dict[str, Any]:
    keys = ("priority", "specific_objective", "region_category")
    return next(one for one in document["groups"] if "/".join(one[key] for key in keys) == name)


LISTED = {"A": 17, "B": 11, "C": 8, "D": 8, "E": 17, "F": 11, "G": 12, "H": 12, "I": 11}
"""Number of the last worked case of each letter; B has two more series, of ages and of durations."""


def test_every_worked_case_is_executed_or_says_why_not() -> None:
    listed = {f"{letter}{number:02}" for letter, last in LISTED.items() for number in range(1, last + 1)}
    listed |= {f"B{number}" for number in (*range(20, 30), *range(40, 44))}
    here = {case["id"].partition("-")[0] for case in CASES}
    elsewhere = {one for ids in participations.TABLE["in_other_tests"].values() for one in ids}
    assert listed - here - elsewhere == set(participations.TABLE["not_executable"])
    folder = Path(__file__).parent
    for name, ids in participations.TABLE["in_other_tests"].items():
        text = (folder / name).read_text(encoding="utf-8")
        assert [one for one in ids if one not in text] == []


def test_every_case_has_an_id_of_its_own() -> None:
    ids = [case["id"] for case in CASES]
    assert sorted(ids) == sorted(set(ids))


def test_every_indicator_is_present_and_what_nobody_collects_is_never_zero(tmp_path: Path) -> None:
    cells = participations.report(tmp_path / "p.csv", [{}]).as_json()["operations"]["OP1"]

    assert list(cells) == [f"EECO{n:02}" for n in range(1, 20)] + [f"EECR{n:02}" for n in range(1, 7)]
    assert all(set(cells[f"EECO{n:02}"]) == {"M", "F", "N", "T"} for n in range(1, 18) if n != 15)
    assert all(cells[code] == NOT_COLLECTED for code in ["EECO15", *(f"EECR{n:02}" for n in range(1, 7))])
    assert cells["EECO18"] == cells["EECO19"] == {"T": 0}


def test_the_document_begins_with_exactly_the_promised_keys(tmp_path: Path) -> None:
    document = participations.report(tmp_path / "p.csv", [{"isced_level": ""}, {}]).as_json()

    assert list(document)[:6] == ["cutoff", "rules", "operations", "excluded", "quality", "findings"]
    assert document["cutoff"] == "2025-12-31"
    assert document["rules"]["version"] == participations.OWN.version
    assert list(document["excluded"]["OP1"]) == [
        "incomplete",
        "not_participant",
        "merged_reentry",
        "after_cutoff",
        "draft",
        "withdrawn",
        "rejected",
    ]
    assert {name: document["quality"]["OP1"][name] for name in ("exit_without_status", "window_open", "incomplete_rate")} == {
        "exit_without_status": None,
        "window_open": None,
        "incomplete_rate": 0.5,
    }
    assert next(one for one in document["findings"] if one["participant"]) == {
        "rule": "V32",
        "severity": "warning",
        "operation": "OP1",
        "participant": "K1",
        "line": 2,
        "message": "Dossier incomplet, il manque : le niveau CITE du diplôme obtenu. "
        "La personne n’est comptée dans aucun indicateur (art. 17(5)).",
    }


def test_the_header_lists_every_choice_with_its_source_and_whether_it_is_the_default(tmp_path: Path) -> None:
    chosen = participations.rules(immediate_result_days=30)
    document = participations.report(tmp_path / "p.csv", [{}], rules=chosen).as_json()

    told = {one["name"]: one for one in document["parameters"]}
    assert set(told) == set(document["rules"]) - {"version"}
    assert all(one["source"] and one["sentence"] and one["certainty"] in ("lu", "memoire", "deduction") for one in told.values())
    assert [name for name, one in told.items() if not one["is_default"]] == ["immediate_result_days"]
    assert "30e jour" in told["immediate_result_days"]["sentence"]


def test_every_indicator_names_its_source_and_has_a_french_name() -> None:
    for indicator in (*INDICATORS, *ANNEX_2):
        assert indicator.name
        assert indicator.source.startswith("Règlement (UE) 2021/1057, annexe I")
