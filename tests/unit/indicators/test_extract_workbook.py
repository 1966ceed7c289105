"""The workbook is read back from its XML, so that nothing of the writer's own view of it is trusted."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from xlsxwriter.utility import xl_col_to_name

import extracting
from extracting import OPERATION
from passerelle.indicators.extracts.content import Extract
from passerelle.indicators.extracts.parameters import default_parameters
from passerelle.indicators.extracts.subject import Circle, Subject
from passerelle.indicators.extracts.table_csv import table_csv
from passerelle.indicators.extracts.targets import COLUMNS, read_targets
from passerelle.indicators.extracts.workbook import SHEETS, workbook
from passerelle.indicators.snapshot import canonical
from passerelle.indicators.wording import participant_reference

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROWS: list[dict[str, Any]] = [
    {"times": 8, "unemployment_months": 24, "exit_date": "2024-07-01"},
    {"times": 3, "sex": "M", "labour_at_entry": "inactive", "unemployment_months": "", "isced_level": 2},
    {"sex": "N", "labour_at_entry": "employed", "unemployment_months": "", "birth_date": "2001-01-01"},
    {"participant_id": "K1", "entry_date": "2024-09-01", "exit_date": "2025-02-01"},
    {"isced_level": ""},
    {"status": "draft"},
    {"sex": "X"},
]
EVENTS = [{"participant_id": "K2", "event_date": "2024-07-10", "event": "employed"}]


def sheets(content: bytes, circle: Circle = Circle.RESTRICTED) -> dict[str, list[list[str]]]:
    """Sheet name → rows → what each cell shows."""
    with zipfile.ZipFile(BytesIO(content)) as book:
        shared = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        words = ["".join(part.text or "" for part in item.iter(f"{MAIN}t")) for item in shared]
        return {
            name: [_cells(row, words) for row in ElementTree.fromstring(book.read(f"xl/worksheets/sheet{n}.xml")).iter(f"{MAIN}row")]
            for n, (name, _, _) in enumerate(SHEETS[circle], start=1)
        }


def _cells(row: ElementTree.Element, words: list[str]) -> list[str]:
    shown: list[str] = []
    for cell in row:
        column = 0
        for letter in re.match(r"[A-Z]+", cell.get("r", ""))[0]:  # type: ignore[index]
            column = 26 * column + ord(letter) - 64
        value = cell.findtext(f"{MAIN}v") or ""
        shown += [""] * (column - 1 - len(shown)) + [words[int(value)] if cell.get("t") == "s" else value]
    return shown


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(content)) as book:
        return {name: book.read(name).decode("utf-8") for name in book.namelist()}


def row_of(rows: list[list[str]], first: str) -> list[str]:
    return next(row for row in rows if row and row[0] == first)


@pytest.fixture(scope="module")
def subject() -> Subject:
    return extracting.subject(ROWS, EVENTS)


@pytest.fixture(scope="module")
def book(subject: Subject) -> dict[str, list[list[str]]]:
    return sheets(workbook(Extract(subject, Circle.RESTRICTED)))


def test_the_tables_print_the_frozen_figures_zero_as_0_and_not_collected_as_such(
    subject: Subject, book: dict[str, list[list[str]]]
) -> None:
    assert row_of(book["Indicateurs"], "EECO01")[5:9] == ["8", "3", "1", "12"]
    assert row_of(book["Indicateurs"], "EECO06")[5:9] == ["0", "0", "0", "0"]
    assert row_of(book["Indicateurs"], "EECR05")[5:9] == ["–", "–", "–", "non collecté"]
    for code, cell in subject.figures.items():
        if "F" in cell:
            assert row_of(book["Indicateurs"], code)[5:9] == [str(cell[column]) for column in "FMNT"]


def test_every_indicator_has_a_line_and_a_target_nobody_decided_says_so(book: dict[str, list[list[str]]]) -> None:
    codes = [row[0] for row in book["Indicateurs"] if re.fullmatch(r"EEC[OR]\d\d", row[0] if row else "")]

    assert len(codes) == 25
    assert row_of(book["Indicateurs"], "EECO02")[3:5] == ["non fixé", "non fixé"]


def test_the_header_says_which_snapshot_by_which_rules_and_who_stands_for_it(subject: Subject, book: dict[str, list[list[str]]]) -> None:
    told = {row[0]: row[1:] for row in book["En-tête"] if row}

    assert told["Empreinte SHA-256"][0] == extracting.FROZEN.sha256
    assert told["Proposé le"][0].endswith("par agent-1")
    assert told["Figé le"][0].endswith("par agent-2")
    assert told["Règles de calcul"][0] == subject.rules.version
    assert "jusqu’au 31/12/2032 s’il est fait l’année de la fin" in told["Pièces justificatives"][0]
    assert told["incomplete_alert_rate"][1] == "oui"
    assert told["incomplete_alert_rate"][2].startswith("Département de Seine-et-Marne")
    assert told["small_cell_threshold"][3] == "à confirmer"


def test_a_computation_that_is_not_frozen_says_provisional_on_every_page(subject: Subject) -> None:
    proposed = extracting.FROZEN.model_copy(update={"frozen_by": None, "frozen_at": None})
    for draft in (dataclasses.replace(subject, snapshot=None), dataclasses.replace(subject, snapshot=proposed)):
        content = parts(workbook(Extract(draft)))
        pages = [text for name, text in content.items() if name.startswith("xl/worksheets/sheet")]
        assert len(pages) == len(SHEETS[Circle.OFFICERS])
        assert all("PROVISOIRE" in re.search(r"<oddFooter>(.*?)</oddFooter>", page)[1] for page in pages)  # type: ignore[index]
    frozen = parts(workbook(Extract(subject)))
    assert not any("PROVISOIRE" in text for text in frozen.values())


def test_received_are_counted_and_excluded_reason_by_reason(book: dict[str, list[list[str]]]) -> None:
    rows = book["Exclusions"]
    reasons = {row[0]: int(row[1]) for row in rows[2:13] if len(row) > 1 and row[1].isdigit()}
    received, counted, left_out = (reasons.pop(name) for name in ("Reçues", "Comptées", "Total des exclues"))

    assert sum(reasons.values()) == left_out == 4
    assert (received, counted) == (16, 12)
    assert ["16 reçues = 12 comptées + 4 exclues"] in rows
    listed = [row for row in rows if len(row) == 4 and row[0] in reasons]
    assert len(listed) == left_out


def test_every_figure_is_the_sum_of_its_participations(subject: Subject, book: dict[str, list[list[str]]]) -> None:
    rows = book["Composition"]
    head = next(number for number, row in enumerate(rows) if row[0] == "Participation")
    for index, code in enumerate(rows[head]):
        if code.startswith("EEC") and "F" in subject.figures[code]:
            for sex in "FMN":
                found = sum(int(row[index] or 0) for row in rows[head + 1 :] if row[2] == sex and len(row) > index)
                assert found == subject.figures[code][sex], (code, sex)


def test_each_participation_leads_to_file_line_and_receipt_its_return_too(book: dict[str, list[list[str]]]) -> None:
    rows = [row for row in book["Trace"] if row[0] == "P1"]

    assert [row[6:9] for row in rows] == [["entrees.csv", "2", "CRI-2026-000004"], ["entrees.csv", "14", "CRI-2026-000004"]]


def test_microdata_hold_one_row_per_participation_received_and_say_why_it_does_not_count(book: dict[str, list[list[str]]]) -> None:
    rows = {row[0]: row for row in book["Microdonnées"] if row and re.fullmatch(r"P\d+", row[0])}

    assert len(rows) == 16
    assert rows["P14"][2:4] == ["non", "Dossier incomplet"]
    assert rows["P1"][2] == "oui"


def test_late_entries_tell_their_delay_in_days() -> None:
    late = extracting.subject(
        [{"entry_date": "2025-01-10", "recorded_on": "2025-02-10"}, {"entry_date": "2025-01-10", "recorded_on": "2025-02-11"}]
    )
    rows = sheets(workbook(Extract(late)), Circle.OFFICERS)["Saisies tardives"]

    assert [(row[0], row[1], row[5]) for row in rows if row[0] == "entrée"] == [("entrée", "P2", "32")]


def test_changes_since_the_last_snapshot_are_listed_with_results_lost() -> None:
    rows = [
        {"participation_id": "P1", "participant_id": "K1", "change": "late", "indicators_now": "EECO01"},
        {
            "participation_id": "P2",
            "participant_id": "K2",
            "change": "corrected",
            "detail": "exit_date",
            "indicators_before": "EECO01+EECR04",
        },
    ]
    changed = extracting.subject(ROWS, EVENTS, changes=canonical.write(canonical.CHANGES, rows))
    shown = sheets(workbook(Extract(changed)), Circle.OFFICERS)["Changements"]

    assert ["P1", participant_reference("K1"), "Saisie tardive : entrée antérieure à l’arrêté précédent"] in [row[:3] for row in shown]
    assert row_of(shown, "1")[1]
    assert any(row[:2] == ["1", "Résultats qui ne comptent plus (sortie reportée, fiche corrigée ou retirée)"] for row in shown)


@pytest.mark.parametrize(("incomplete", "verdict"), [(36, "ALERTE"), (35, "respecté")], ids=["H01", "H02"])
def test_more_than_35_percent_of_incomplete_records_is_an_alert(incomplete: int, verdict: str) -> None:
    given = extracting.subject([{"times": incomplete, "isced_level": ""}, {"times": 100 - incomplete}])
    rows = sheets(workbook(Extract(given)), Circle.OFFICERS)["Qualité"]

    assert row_of(rows, "Dossiers incomplets, en part des participants")[1:3] == [f"{incomplete}\u00a0%", verdict]


def test_outside_the_restricted_circle_no_participation_appears_and_small_cells_are_hidden(subject: Subject) -> None:
    content = workbook(Extract(subject, Circle.PUBLIC))
    shown = sheets(content, Circle.PUBLIC)
    words = {cell for rows in shown.values() for row in rows for cell in row}

    assert list(shown) == ["En-tête", "Indicateurs", "Lignes combinées", "Exclusions", "Qualité"]
    assert not {participant_reference(f"K{number}") for number in range(1, 20)} & words
    assert not any(word.startswith("agent-") or "agent-1" in word for word in words)
    assert row_of(shown["Indicateurs"], "EECO04")[6] == "masqué"
    assert row_of(shown["Indicateurs"], "EECO06")[8] == "0"


def test_officers_see_no_answer_of_a_participation(subject: Subject) -> None:
    shown = sheets(workbook(Extract(subject)), Circle.OFFICERS)

    assert not {"Composition", "Trace", "Microdonnées"} & set(shown)
    assert {"Semestres", "Saisies tardives", "Changements", "Contrôles", "Observations"} <= set(shown)


HOSTILE = ['=HYPERLINK("http://evil.example";"x")', "+1+1", "-1", "@SUM(A1)", "\tcmd", "https://evil.example"]


def test_a_received_text_never_becomes_a_formula_or_a_link() -> None:
    hostile = extracting.subject([{"file_name": text} for text in HOSTILE])
    content = parts(workbook(Extract(hostile, Circle.RESTRICTED)))
    formulas = re.findall(r"<f>(.*?)</f>", "".join(content.values()))

    assert formulas
    assert all(formula.startswith("SUBTOTAL(109,") for formula in formulas)
    assert not any("hyperlink" in name.lower() or "<hyperlink" in text for name, text in content.items())
    assert 'quotePrefix="1"' in content["xl/styles.xml"]
    assert "evil.example" in content["xl/sharedStrings.xml"]


def test_the_same_extract_gives_the_same_bytes_dated_at_the_cutoff(subject: Subject) -> None:
    assert workbook(Extract(subject)) == workbook(Extract(subject))
    assert "2025-12-31T00:00:00Z" in parts(workbook(Extract(subject)))["docProps/core.xml"]


def test_a_list_that_is_cut_says_how_many_more_there_are(subject: Subject) -> None:
    short = default_parameters().model_copy(update={"rows_per_sheet": 5})
    shown = sheets(workbook(Extract(subject, Circle.RESTRICTED, parameters=short)))

    assert any(row and row[0].startswith("… et 7 autres") for row in shown["Composition"])
    assert any(row and row[0].startswith("… et 11 autres") for row in shown["Microdonnées"])


def test_each_sheet_prints_on_landscape_pages(subject: Subject) -> None:
    content = parts(workbook(Extract(subject, Circle.RESTRICTED)))

    assert OPERATION in content["docProps/core.xml"]
    for number in range(1, len(SHEETS[Circle.RESTRICTED]) + 1):
        sheet = content[f"xl/worksheets/sheet{number}.xml"]
        assert 'orientation="landscape"' in sheet
        assert 'fitToPage="1"' in sheet


def test_the_header_sums_up_what_was_received_and_shows_the_alert_at_once(subject: Subject) -> None:
    rows = sheets(workbook(Extract(subject)), Circle.OFFICERS)["En-tête"]
    alarming = extracting.subject([{"times": 4, "isced_level": ""}, {"times": 6}])
    alarmed = sheets(workbook(Extract(alarming)), Circle.OFFICERS)["En-tête"]

    assert row_of(rows, "Participations")[1] == "16 reçues = 12 comptées + 4 exclues"
    assert not any(row and row[0].startswith("ALERTE") for row in rows)
    assert [row[0] for row in alarmed if row and row[0].startswith("ALERTE")] == [
        "ALERTE : plus de 35\u00a0% des participants ont un dossier incomplet (régularisation financière)."
    ]


def test_nobody_asked_six_months_after_is_not_zero_answers(subject: Subject) -> None:
    rows = sheets(workbook(Extract(subject)), Circle.OFFICERS)["Qualité"]

    assert row_of(rows, "… dont la situation a été demandée")[1] == "non collecté"
    assert row_of(rows, "Personnes à six mois de leur sortie")[1].isdigit()


def test_a_column_that_nobody_collected_has_no_total_of_zero(subject: Subject) -> None:
    rows = sheets(workbook(Extract(subject, Circle.RESTRICTED)))["Composition"]
    total = next(row for row in rows if "Total affiché" in row)
    heading = next(row for row in rows if row and row[0] == "Participation")
    shown = dict(zip(heading[5:], total[5:], strict=False))

    assert (shown["EECO01"], shown["EECO06"]) == ("12", "0")
    assert (shown["EECO15"], shown["EECR05"]) == ("n. c.", "n. c.")


def test_a_target_that_is_not_whole_keeps_its_decimals_and_so_does_what_is_missing(subject: Subject, tmp_path: Path) -> None:
    lines = (";".join(COLUMNS), f"{OPERATION};EECO01;;;;20,5;Convention;2022-01-10")
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    content = workbook(Extract(subject, targets=read_targets(tmp_path / "t.csv")))
    row = row_of(sheets(content, Circle.OFFICERS)["Indicateurs"], "EECO01")

    assert (row[4], row[10]) == ("20.5", "8.5")
    assert "#,##0.0###" in parts(content)["xl/styles.xml"]


def test_what_was_corrected_is_said_in_french(subject: Subject) -> None:
    rows = [{"participation_id": "P2", "participant_id": "K2", "change": "corrected", "detail": "exit_date+isced_level"}]
    changed = extracting.subject(ROWS, EVENTS, changes=canonical.write(canonical.CHANGES, rows))
    shown = sheets(workbook(Extract(changed)), Circle.OFFICERS)["Changements"]

    assert row_of(shown, "P2")[3] == "Sortie le, CITE"


def test_situations_told_late_stand_with_exit_day_of_recording_and_delay() -> None:
    told = [{"participant_id": "K1", "event_date": "2024-07-10", "event": "employed", "recorded_on": "2024-09-15"}]
    late = extracting.subject([{"exit_date": "2024-07-01"}], told)
    rows = sheets(workbook(Extract(late)), Circle.OFFICERS)["Saisies tardives"]

    assert [(row[1], row[5], row[6]) for row in rows if row[0] == "situation de sortie"] == [("P1", "76", "oui")]


def test_every_page_is_bounded_numbered_and_has_its_heading_again(subject: Subject) -> None:
    content = parts(workbook(Extract(subject, Circle.RESTRICTED)))

    for number, (name, widths, _) in enumerate(SHEETS[Circle.RESTRICTED], start=1):
        sheet = content[f"xl/worksheets/sheet{number}.xml"]
        assert "&amp;R&amp;8&amp;A – &amp;P / &amp;N</oddFooter>" in sheet, name
        area = re.search(rf"{name}'?!\$A\$1:\$([A-Z]+)\$\d+", content["xl/workbook.xml"])
        assert area is not None, name
        assert area[1] == xl_col_to_name(len(widths) - 1)
    assert content["xl/workbook.xml"].count("_xlnm.Print_Titles") >= 9


def test_a_long_name_never_runs_into_the_page_number() -> None:
    grant = {**extracting.GRANT, "operation_id": ("Insertion & emploi " * 20).strip()}
    extracting_grant, extracting.GRANT = extracting.GRANT, grant
    try:
        made = extracting.subject([{"times": 7, "operation_id": grant["operation_id"]}])
    finally:
        extracting.GRANT = extracting_grant
    content = parts(workbook(Extract(dataclasses.replace(made, operation_id=grant["operation_id"]))))
    foot = re.search(r"<oddFooter>(.*?)</oddFooter>", content["xl/worksheets/sheet2.xml"])

    assert foot is not None
    assert len(foot[1].replace("&amp;", "&")) < 200
    assert "… – Arrêté figé" in foot[1]


def test_what_is_being_made_is_told_sheet_by_sheet(subject: Subject) -> None:
    said: list[str] = []
    told = workbook(Extract(subject), said.append)

    assert said == [*(f"feuille « {name} »" for name, _, _ in SHEETS[Circle.OFFICERS]), "mise en forme du classeur"]
    assert told == workbook(Extract(subject))


def few(*, incomplete: int) -> Subject:
    """Three people who count, four drafts, some incomplete records."""
    return extracting.subject([{"times": 3}, {"times": 4, "status": "draft"}, {"times": incomplete, "isced_level": ""}])


def test_outside_the_number_of_people_is_hidden_in_every_place_that_says_it() -> None:
    shown = sheets(workbook(Extract(few(incomplete=0), Circle.PUBLIC)), Circle.PUBLIC)
    sums = {row[0]: row[1] for row in shown["Exclusions"] if len(row) > 1}

    assert (sums["Comptées"], sums["Brouillon"], sums["Dossier incomplet"]) == ("masqué", "masqué", "0")
    assert "masqué" in (sums["Reçues"], sums["Total des exclues"])
    assert all("masqué comptées" in row[1] for row in shown["En-tête"] if row and row[0] == "Participations")
    assert row_of(shown["Indicateurs"], "EECO01")[8] == "masqué"
    assert not any(
        cell == "3" for name in ("Indicateurs", "Lignes combinées", "Exclusions", "Qualité") for row in shown[name] for cell in row
    )


def test_outside_the_alert_and_the_rate_go_with_the_numbers_they_follow_from() -> None:
    given = few(incomplete=2)
    outside = sheets(workbook(Extract(given, Circle.PUBLIC)), Circle.PUBLIC)
    inside = sheets(workbook(Extract(given)), Circle.OFFICERS)

    assert row_of(outside["Qualité"], "Dossiers incomplets, en part des participants")[1:3] == ["masqué", "masqué"]
    assert not any(row and row[0].startswith("ALERTE") for row in outside["En-tête"])
    assert row_of(inside["Qualité"], "Dossiers incomplets, en part des participants")[1:3] == ["40\u00a0%", "ALERTE"]
    assert any(row and row[0].startswith("ALERTE") for row in inside["En-tête"])


def test_workbook_and_table_hide_the_same_cells(subject: Subject) -> None:
    extract = Extract(subject, Circle.PUBLIC)
    shown = sheets(workbook(extract), Circle.PUBLIC)
    rows = {row[0]: row for row in (*shown["Indicateurs"], *shown["Lignes combinées"]) if row}
    told = {row["Code"]: row for row in extracting.table(table_csv(extract))}

    assert len(told) == 30
    for code, row in told.items():
        first = 3 if "+" in code else 5
        cells = [row[name] for name in ("Femmes", "Hommes", "Non binaires", "Total")]
        if "masqué" in cells or all(cell.isdigit() for cell in cells):
            assert rows[code][first : first + 4] == cells, code


def test_an_age_is_in_completed_years_on_the_day_of_entry() -> None:
    born = [{"birth_date": "1990-03-01", "entry_date": "2024-03-01"}, {"birth_date": "1990-03-02", "entry_date": "2024-03-01"}]
    rows = sheets(workbook(Extract(extracting.subject(born), Circle.RESTRICTED)))["Microdonnées"]

    assert [row_of(rows, name)[-1] for name in ("P1", "P2")] == ["34", "33"]


def test_an_event_and_a_situation_six_months_after_are_traced_with_the_entry() -> None:
    sources = [
        {"subject": kind, "id": name, "feed": feed, "sender": "fse", "file_name": f"{feed}.csv", "line": 7, "receipts": "CRI-1"}
        for kind, name, feed in (("participation", "P1", "entrees"), ("event", "E1", "evenements"), ("observation", "O1", "six_mois"))
    ]
    later = {
        "observation_id": "O1",
        "operation_id": OPERATION,
        "participant_id": "K1",
        "observed_on": "2025-01-01",
        "situation": "employed",
    }
    traced = extracting.subject(
        [{"exit_date": "2024-07-01"}],
        [{"participant_id": "K1", "event_date": "2024-07-10", "event": "employed"}],
        sources=canonical.write(canonical.SOURCES, sources),
        six_months=canonical.write(canonical.SIX_MONTHS, [later | {"withdrawn": "no", "sampled": "no", "recorded_on": "2025-01-02"}]),
    )
    rows = sheets(workbook(Extract(traced, Circle.RESTRICTED)))["Trace"]

    assert [(row[3], row[6]) for row in rows if row and row[0] == "P1"] == [
        ("entrée", "entrees.csv"),
        ("événement", "evenements.csv"),
        ("situation à six mois", "six_mois.csv"),
    ]


def test_a_situation_that_was_withdrawn_is_not_told_late() -> None:
    told = [
        {"participant_id": "K1", "event_date": "2024-07-10", "event": "employed", "recorded_on": "2024-09-15"},
        {"participant_id": "K1", "event_date": "2024-07-20", "event": "inactive", "recorded_on": "2025-03-15", "withdrawn": "yes"},
    ]
    rows = sheets(workbook(Extract(extracting.subject([{"exit_date": "2024-07-01"}], told))), Circle.OFFICERS)["Saisies tardives"]

    assert [row[5] for row in rows if row[0] == "situation de sortie"] == ["76"]
