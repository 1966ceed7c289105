from pathlib import Path
from typing import Any

import pytest

import participations
from passerelle.indicators.definitions import INDICATORS

CASES: list[dict[str, Any]] = participations.TABLE["cases"]
NOT_COLLECTED = {"status": "not_collected"}


def figure(cells: dict[str, dict[str, int]], name: str) -> int:
    code, _, column = name.partition(".")
    return cells[code][column or "T"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_worked_case_gives_its_figures(case: dict[str, Any], tmp_path: Path) -> None:
    rules = participations.RULES[case.get("rules", "own")]
    cutoff = case.get("cutoff", participations.CUTOFF)
    document = participations.report(tmp_path / "p.csv", case["rows"], cutoff, rules).as_json()

    expected = {"OP1": case["figures"], **case.get("elsewhere", {})}
    assert {name: {code: figure(document["operations"][name], code) for code in codes} for name, codes in expected.items()} == expected
    assert {name: number for name, number in document["excluded"]["OP1"].items() if number} == case.get("excluded", {})
    assert {finding["rule"] for finding in document["findings"]} == set(case.get("findings", []))


def test_every_case_has_an_id_of_its_own() -> None:
    ids = [case["id"] for case in CASES]
    assert sorted(ids) == sorted(set(ids))


def test_every_indicator_is_present_and_what_nobody_collects_is_never_zero(tmp_path: Path) -> None:
    cells = participations.report(tmp_path / "p.csv", [{}]).as_json()["operations"]["OP1"]

    assert list(cells) == [f"EECO{n:02}" for n in range(1, 20)] + [f"EECR{n:02}" for n in range(1, 7)]
    assert all(set(cells[f"EECO{n:02}"]) == {"M", "F", "N", "T"} for n in range(1, 12))
    assert all(cells[code] == NOT_COLLECTED for code in [f"EECO{n}" for n in range(12, 18)] + [f"EECR{n:02}" for n in range(1, 7)])
    assert cells["EECO18"] == cells["EECO19"] == {"T": 0}


def test_the_document_has_exactly_the_promised_shape(tmp_path: Path) -> None:
    document = participations.report(tmp_path / "p.csv", [{"isced_level": ""}, {}]).as_json()

    assert list(document) == ["cutoff", "rules", "operations", "excluded", "quality", "findings"]
    assert document["cutoff"] == "2025-12-31"
    assert document["rules"]["version"] == "fse-plus-2021-2027"
    assert list(document["excluded"]["OP1"]) == [
        "incomplete",
        "not_participant",
        "merged_reentry",
        "after_cutoff",
        "draft",
        "withdrawn",
        "rejected",
    ]
    assert document["quality"] == {"OP1": {"exit_without_status": None, "window_open": None, "incomplete_rate": 0.5}}
    assert document["findings"][0] == {
        "rule": "esf.incomplete",
        "severity": "warning",
        "operation": "OP1",
        "participant": "K1",
        "line": 2,
        "message": "Dossier incomplet, il manque : le niveau CITE du diplôme obtenu. "
        "La personne n’est comptée dans aucun indicateur (art. 17(5)).",
    }


def test_every_indicator_names_its_source_and_has_a_french_name() -> None:
    assert all(indicator.name and indicator.source.startswith("Règlement (UE) 2021/1057, annexe I, point ") for indicator in INDICATORS)
