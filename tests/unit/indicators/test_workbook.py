"""The workbook is read back from its XML, so that nothing of the writer's own view of it is trusted."""

import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import participations
from passerelle.errors import ConfigurationError
from passerelle.indicators.report import Report
from passerelle.indicators.wording import participant_reference
from passerelle.indicators.workbook import write_workbook

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SHEETS = ("Synthèse", "Participants", "Exclus", "Contrôles")
ROWS: list[dict[str, Any]] = [
    {"times": 4, "unemployment_months": 24},
    {"times": 3, "sex": "M", "labour_at_entry": "inactive", "unemployment_months": "", "isced_level": 2},
    {"sex": "N", "labour_at_entry": "employed", "unemployment_months": "", "birth_date": "2001-01-01"},
    {"participant_id": "K1", "entry_date": "2024-09-01"},
    {"isced_level": ""},
    {"status": "draft"},
    {"sex": "X"},
    {"operation_id": "OP2", "participant_id": "K1"},
]


def sheets(path: Path) -> dict[str, list[list[str]]]:
    """Sheet name → rows → what each cell shows."""
    with zipfile.ZipFile(path) as book:
        words = [
            "".join(part.text or "" for part in item.iter(f"{MAIN}t")) for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        return {
            name: [_cells(row, words) for row in ElementTree.fromstring(book.read(f"xl/worksheets/sheet{n}.xml")).iter(f"{MAIN}row")]
            for n, name in enumerate(SHEETS, start=1)
        }


def _cells(row: ElementTree.Element, words: list[str]) -> list[str]:
    shown: list[str] = []
    for cell in row:
        column = 0
        for letter in re.match(r"[A-Z]+", cell.get("r", ""))[0]:  # type: ignore[index]
            column = 26 * column + ord(letter) - 64
        shown += [""] * (column - 1 - len(shown)) + [_shown(cell, words)]
    return shown


def _shown(cell: ElementTree.Element, words: list[str]) -> str:
    value = cell.findtext(f"{MAIN}v") or ""
    return words[int(value)] if cell.get("t") == "s" else value


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode("utf-8") for name in book.namelist()}


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return participations.report(tmp_path / "p.csv", ROWS)


@pytest.fixture
def workbook(report: Report, tmp_path: Path) -> Path:
    write_workbook(report, tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_the_summary_shows_the_figures_of_the_json_document(report: Report, workbook: Path) -> None:
    shown: dict[str, dict[str, list[str]]] = {}
    for row in sheets(workbook)["Synthèse"]:
        if row[0].startswith("Opération OP"):
            operation = shown.setdefault(row[0].split()[1], {})
        elif re.fullmatch(r"EEC[OR]\d\d", row[0]):
            operation[row[0]] = row[2:]

    for name, cells in report.as_json()["operations"].items():
        for code, cell in cells.items():
            expected = [str(cell.get(column, "")) for column in "FMNT"] if "status" not in cell else ["–"] * 4 + ["non collecté"]
            assert shown[name][code][: len(expected)] == expected
    assert list(shown) == ["OP1", "OP2"]


def test_every_figure_is_the_sum_of_its_participants(report: Report, workbook: Path) -> None:
    rows = sheets(workbook)["Participants"]
    head = next(number for number, row in enumerate(rows) if row[0] == "Opération")
    columns = {code: index for index, code in enumerate(rows[head]) if code.startswith("EECO")}
    people = rows[head + 1 :]

    for name, cells in report.as_json()["operations"].items():
        for code, index in columns.items():
            assert sum(int(row[index] or 0) for row in people if row[0] == name) == cells[code].get("T", 0)
    assert len(columns) == 17
    assert [rows[head - 1][index] for index in columns.values()] == [
        str(sum(int(row[index] or 0) for row in people)) for index in columns.values()
    ]


def test_every_participation_left_out_is_listed_with_its_french_reason(workbook: Path) -> None:
    rows = sheets(workbook)["Exclus"][3:]

    assert sorted(row[3] for row in rows) == ["Brouillon", "Dossier incomplet", "Ligne rejetée", "Retour fusionné"]
    assert next(row for row in rows if row[3] == "Ligne rejetée")[4] == "sex : code attendu : F, M, N."


def test_the_checks_show_both_sides_for_each_sex(workbook: Path) -> None:
    rows = sheets(workbook)["Contrôles"]

    assert ["OP1", "ID2", "EECO01 = EECO02 + EECO04 + EECO05", "4 = 4", "3 = 3", "1 = 1", "8 = 8", "respecté"] in rows
    assert ["OP1", "Conservation", "Reçues = comptées + exclues", "", "", "", "12 = 8 + 4", "respecté"] in rows
    assert any(row[:2] == ["OP1", participant_reference("K10")] and "niveau CITE" in row[2] for row in rows)


def test_people_appear_under_their_reference_only(workbook: Path) -> None:
    words = {cell for rows in sheets(workbook).values() for row in rows for cell in row}

    assert participant_reference("K1") in words
    assert not words & {f"K{number}" for number in range(1, 14)}
    assert str((date(1980, 6, 15) - date(1899, 12, 30)).days) not in words


def test_a_received_text_never_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    hostile = ['=HYPERLINK("http://evil.example";"x")', "+1+1", "@SUM(A1)", "https://evil.example"]
    report = participations.report(tmp_path / "p.csv", [{"operation_id": text} for text in hostile])
    write_workbook(report, tmp_path / "a.xlsx")

    content = parts(tmp_path / "a.xlsx")
    formulas = re.findall(r"<f>(.*?)</f>", "".join(content.values()))
    assert all(formula.startswith("SUBTOTAL(109,") for formula in formulas)
    assert len(formulas) == 23
    assert not any("hyperlink" in name.lower() or "<hyperlink" in text for name, text in content.items())
    assert {row[0] for row in sheets(tmp_path / "a.xlsx")["Participants"]} >= {text.replace('"', "") for text in hostile[1:]}
    assert 'quotePrefix="1"' in content["xl/styles.xml"]


def test_each_sheet_prints_on_a4_landscape_and_keeps_its_heading_in_sight(workbook: Path) -> None:
    content = parts(workbook)
    for number in range(1, 5):
        sheet = content[f"xl/worksheets/sheet{number}.xml"]
        assert 'paperSize="9"' in sheet
        assert 'orientation="landscape"' in sheet
        assert 'state="frozen"' in sheet
    assert all(f'name="{name}"' in content["xl/workbook.xml"] for name in SHEETS)


def test_the_same_report_gives_the_same_bytes_dated_at_the_cutoff(report: Report, workbook: Path, tmp_path: Path) -> None:
    write_workbook(report, tmp_path / "b.xlsx")

    assert (tmp_path / "b.xlsx").read_bytes() == workbook.read_bytes()
    assert "2025-12-31T00:00:00Z" in parts(workbook)["docProps/core.xml"]


def test_the_rules_used_are_written_on_the_summary(tmp_path: Path) -> None:
    report = participations.report(tmp_path / "p.csv", [{}], date(2025, 6, 30), participations.chosen("former"))
    write_workbook(report, tmp_path / "a.xlsx")
    words = " ".join(row[0] for row in sheets(tmp_path / "a.xlsx")["Synthèse"])

    assert "Arrêté au 30/06/2025" in words
    assert "Règles de calcul : 2014-2020" in words
    assert "(6 mois avant 25 ans)" in words


def test_a_folder_that_is_not_there_is_said(report: Report, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ne peut pas être écrit"):
        write_workbook(report, tmp_path / "nowhere" / "a.xlsx")
