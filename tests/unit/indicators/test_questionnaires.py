"""``passerelle esf forms``: what is found in a file of questionnaires, by line, never with the value."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from passerelle.cli import esf
from passerelle.indicators.questionnaires import COLUMNS

GOOD = {
    "form_id": "Q1",
    "birth_date": "1980-06-15",
    "entry_date": "2024-03-01",
    "labour_at_entry": "unemployed",
    "phone": "0612345678",
    "postcode": "01500",
    "commune_code": "01004",
}
COMMUNES = "year;commune_code;postcode\n2024;01004;01500\n2024;75056;75001\n2024;75056;75002\n"


def run(folder: Path, *forms: dict[str, str], columns: tuple[str, ...] = COLUMNS, more: tuple[str, ...] = ()) -> Result:
    with (folder / "q.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, delimiter=";", restval="")
        writer.writeheader()
        writer.writerows({**GOOD, **form} for form in forms)
    (folder / "communes.csv").write_text(COMMUNES, encoding="utf-8")
    return CliRunner().invoke(esf.app, ["forms", str(folder / "q.csv"), "--communes", str(folder / "communes.csv"), "--json", *more])


def found(result: Result) -> list[tuple[Any, ...]]:
    return [(one["line"], one["participant"], one["rule"], one["severity"]) for one in json.loads(result.stdout)["findings"]]


@pytest.mark.parametrize(
    ("differs", "rule", "severity"),
    [
        ({"is_indirect": "yes"}, "V02", "error"),
        ({"is_signed": "no"}, "V46", "info"),
        ({"typed_age": "44"}, "V13", "warning"),
        ({"phone": ""}, "V36", "error"),
        ({"postcode": "75001"}, "V37", "error"),
        ({"commune_code": "99999"}, "V38", "error"),
        ({"postcode": "1500"}, "V39", "error"),
        ({"evidence_on": "45352"}, "V39", "error"),
        ({"evidence_on": "15/03/2024"}, "V12", "error"),
        ({"evidence_on": "2024-03-02"}, "V45", "warning"),
        ({"france_travail_category": "F"}, "V56", "warning"),
        ({"claimed": "EECR04"}, "V27", "error"),
        ({"claimed": "EECR01+EECR04", "labour_at_entry": "inactive", "exit_date": "2024-05-01"}, "V23", "error"),
        ({"claimed": "EECR99"}, "V40", "error"),
        ({"labour_at_entry": "Unemployed"}, "V40", "error"),
        ({"typed_age": "quarante"}, "V40", "error"),
    ],
)
def test_a_fault_is_told_with_its_line_and_its_questionnaire(differs: dict[str, str], rule: str, severity: str, tmp_path: Path) -> None:
    result = run(tmp_path, {}, {"form_id": "Q2", **differs})

    assert found(result) == [(3, "Q2", rule, severity)]
    assert result.exit_code == (0 if severity == "info" else 1)
    assert not any(value in result.stdout for name, value in differs.items() if name in ("phone", "postcode", "commune_code") and value)


def test_good_questionnaires_end_with_0_and_without_communes_nothing_is_said_of_them(tmp_path: Path) -> None:
    assert run(tmp_path, {}, {"form_id": "Q2", "typed_age": "43"}).exit_code == 0
    run(tmp_path, {"commune_code": "99999"})
    alone = CliRunner().invoke(esf.app, ["forms", str(tmp_path / "q.csv")])
    assert (alone.exit_code, "1 questionnaire(s), 0 observation(s)." in alone.output) == (0, True)


def test_a_wrong_heading_refuses_the_file_and_a_short_line_only_itself(tmp_path: Path) -> None:
    assert run(tmp_path, {}, columns=(*COLUMNS, "telephone")).exit_code == 1
    (tmp_path / "q.csv").write_text(f"{';'.join(COLUMNS)}\nQ1;x\n", encoding="utf-8")
    told = CliRunner().invoke(esf.app, ["forms", str(tmp_path / "q.csv"), "--json"])
    assert found(told) == [(2, None, "V41", "error")]
