"""The workbook an agent opens, read again from its bytes."""

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from passerelle.errors import ConfigurationError
from passerelle.findings import Effect, Finding, LineCounts, Verdict
from passerelle.receipt import build, sheets
from passerelle.receipt.model import (
    ChangeCounts,
    CorrectionFile,
    DeliveryFacts,
    ExpectedName,
    OpenFile,
    OpenFindings,
    PeopleCounts,
    Receipt,
)
from passerelle.receipt.workbook import DetailRow, render_workbook

NOW = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
FACTS = DeliveryFacts(
    delivery_id=123,
    feed="ccas/suivi",
    contract_version="1.2.0",
    file_name="S.csv",
    sha256="ab" * 32,
    bytes=12,
    received_at=NOW,
    contact="passerelle@departement.example",
)
FINDING = Finding(
    rule="suivi.date.date",
    severity="error",
    effect=Effect.SET_ASIDE,
    table="suivi",
    column="date_debut",
    line=12,
    record="enregistrement n° 11",
    message="Date de début : la valeur « 21/11/2026 » n'est pas une date.",
    expected="AAAA-MM-JJ.",
    fix="Corrigez la date.",
    proposal="Écrire 2026-11-21.",
)
COUNTS = LineCounts(received=10, accepted=9, set_aside=1)
LABELS = {"suivi.date_debut": "Date de début"}
CHECKED = build.Checked(verdict=Verdict.ACCEPTED_WITH_FINDINGS, counts=COUNTS, findings=(FINDING,), labels=LABELS)
CC = build.conformity(FACTS, NOW, CHECKED)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(receipt: Receipt, *details: DetailRow) -> bytes:
    target = BytesIO()
    render_workbook(receipt, details, target)
    return target.getvalue()


def parts(book: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(book)) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def cells(book: bytes) -> dict[str, list[list[str]]]:
    """Sheet → rows → texts; a cell that is neither empty nor an inline text fails."""
    inside = parts(book)
    names = [element.attrib["name"] for element in ElementTree.fromstring(inside["xl/workbook.xml"]).iter(f"{_MAIN}sheet")]
    return {name: list(_rows(inside[f"xl/worksheets/sheet{place}.xml"])) for place, name in enumerate(names, 1)}


def _rows(sheet: str) -> Iterator[list[str]]:
    for row in ElementTree.fromstring(sheet).iter(f"{_MAIN}row"):
        for cell in row:
            assert cell.attrib.get("t") == "inlineStr" or not list(cell), ElementTree.tostring(cell)
        yield ["".join(cell.itertext()).replace("\u00a0", " ") for cell in row]


def test_key_message_and_what_to_do_come_first() -> None:
    rows = cells(written(CC, DetailRow.of(FINDING, "CCAS-42")))["Anomalies"]
    assert rows == [
        ["Clé ou place", "Message", "Que faire", "Proposition", "Colonne", "Ligne", "Effet", "Règle"],
        [
            "CCAS-42",
            "Date de début : la valeur « 21/11/2026 » n’est pas une date.",
            "Corrigez la date.",
            "Écrire 2026-11-21.",
            "date_debut",
            "12",
            "Ligne mise à part",
            "suivi.date.date",
        ],
    ]


DOSSIERS = CC.model_copy(update={"delivery": FACTS.model_copy(update={"unit": "dossier"})})
TRIAL = CC.model_copy(update={"delivery": FACTS.model_copy(update={"trial": True, "delivery_id": None})})


@pytest.mark.parametrize(
    ("receipt", "key", "line", "place"),
    [
        pytest.param(CC, "CCAS-42", 12, "CCAS-42", id="key"),
        pytest.param(CC, None, 12, "ligne 12", id="line"),
        pytest.param(CC, "180022654001742", 12, "ligne 12", id="nir"),
        pytest.param(DOSSIERS, None, 12, "enregistrement n° 11", id="dossier"),
        pytest.param(TRIAL, "CCAS-42", 12, "ligne 12", id="trial"),
        pytest.param(CC, None, None, "tout le fichier", id="file"),
    ],
)
def test_a_finding_is_found_by_its_key_or_else_by_its_place(receipt: Receipt, key: str | None, line: int | None, place: str) -> None:
    detail = DetailRow.of(FINDING.model_copy(update={"line": line}), key)
    assert cells(written(receipt, detail))["Anomalies"][1][0] == place


@pytest.mark.parametrize("text", ["=HYPERLINK(A1)", "+1+1", "-2", "@SUM(A1)", "http://example.org", "01000", "1.87E+14"])
def test_a_received_text_never_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    book = written(CC, DetailRow(rule=text, effect=Effect.WARN, message=text, key=text, column=text, fix=text, proposal=text))
    assert cells(book)["Anomalies"][1] == [text, text, text, text, text, "", "Observation", text]
    assert "<f>" not in "".join(parts(book).values())
    assert not [name for name, text in parts(book).items() if "externalLink" in name or "<hyperlink" in text]


def test_a_text_that_looks_like_a_formula_stays_text_when_the_sheet_is_edited() -> None:
    quoted = re.findall(r'<xf [^>]*quotePrefix="1"[^>]*>', parts(written(CC))["xl/styles.xml"])
    assert not quoted
    assert re.findall(r'<xf [^>]*quotePrefix="1"[^>]*>', parts(written(CC, DetailRow("r", Effect.WARN, "=1+1")))["xl/styles.xml"])


def test_characters_that_hide_or_break_are_shown_by_their_code() -> None:
    row = cells(written(CC, DetailRow("r", Effect.WARN, "a\u202eb\x00c", key="\x07k", column="x\ny")))["Anomalies"][1]
    assert (row[0], row[1], row[4]) == ("⟨U+0007⟩k", "a⟨U+202E⟩b⟨U+0000⟩c", "x⟨U+000A⟩y")


def test_a_text_longer_than_a_cell_holds_is_cut_not_lost() -> None:
    assert cells(written(CC, DetailRow("r", Effect.WARN, "é" * 40_000)))["Anomalies"][1][1].startswith("é" * 30_000)


def test_beyond_the_most_rows_the_others_are_counted_and_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    many = CC.model_copy(update={"findings_total": 1_000_003})
    read = iter(DetailRow.of(FINDING.model_copy(update={"line": line})) for line in range(2, 100))
    target = BytesIO()
    render_workbook(many, read, target)
    rows = cells(target.getvalue())["Anomalies"]
    assert [row[5] for row in rows[1:]] == ["2", "3", "4", ""]
    assert rows[-1][1].replace("\u202f", " ") == (
        "Et 1 000 000 autres anomalies, non listées ici : la feuille « Règles » les compte règle par règle. "
        "Le Département garde la liste entière (passerelle@departement.example)."
    )
    assert len(list(read)) > 90


def test_findings_that_were_not_handed_over_are_counted_not_denied() -> None:
    assert "Et 1 autre anomalie, non listée ici" in cells(written(CC))["Anomalies"][1][1]


def test_a_clean_file_says_so() -> None:
    clean = build.conformity(FACTS, NOW, build.Checked(verdict=Verdict.ACCEPTED, counts=LineCounts(received=1, accepted=1)))
    book = cells(written(clean))
    assert book["Anomalies"][1][1] == book["Règles"][1][2] == "Aucune anomalie."


def test_the_summary_holds_the_answer_what_to_do_the_counts_the_steps_and_the_file() -> None:
    pairs = {row[0]: row[1] for row in cells(written(CC))["Résumé"] if len(row) == 2}
    assert pairs["Réponse"] == "Fichier accepté, 1 ligne mise à part"
    assert pairs["À faire 1"] == "« Date de début » (ligne 12) : Corrigez la date."
    assert (pairs["Bonnes à charger"], pairs["Mises à part"], pairs["Reçues"]) == ("9", "1", "10")
    assert pairs["3. Contenu, valeur par valeur"] == "avec observations : 1 anomalie, 1 règle"
    assert pairs["Empreinte SHA-256"] == "ab" * 32


def test_each_rule_says_what_was_expected_and_how_often_it_is_broken() -> None:
    assert cells(written(CC))["Règles"][1] == [
        "suivi.date.date",
        "Date de début",
        "Date de début : la valeur « 21/11/2026 » n’est pas une date.",
        "AAAA-MM-JJ.",
        "Corrigez la date.",
        "Ligne mise à part",
        "1",
        "ligne 12",
    ]


def test_the_integration_has_its_own_small_sheets() -> None:
    files = [OpenFile(delivery_id=98, name="S1.csv", received_at=NOW, count=4)]
    loaded = build.Loaded(
        counts=COUNTS,
        people=PeopleCounts(known=7, new=2, to_review=1),
        changes=ChangeCounts(created=1, updated=2, unchanged=3),
        correction=CorrectionFile(name="A_CORRIGER.csv", records=1),
        open=OpenFindings.of(5, files),
    )
    book = cells(written(build.integration(FACTS, NOW, loaded)))
    assert list(book) == ["Résumé", "Reste à corriger"]
    pairs = {row[0]: row[1] for row in book["Résumé"] if len(row) == 2}
    assert [pairs[name] for name in ("Créées", "Mises à jour", "Inchangées", "Déjà connues", "Nouvelles")] == ["1", "2", "3", "7", "2"]
    assert pairs["Contient"] == "1 ligne à corriger, et rien d’autre"
    assert book["Reste à corriger"][1] == ["n° 98", "S1.csv", "21 novembre 2026 à 14 h 05", "4"]


def test_an_unknown_name_is_answered_with_a_sheet_of_the_expected_ones() -> None:
    book = cells(written(build.unknown_name(FACTS, NOW, [ExpectedName(feed_name="Suivi", name="S_AAAAMMJJ.csv")])))
    assert book["Noms attendus"][1] == ["Suivi", "S_AAAAMMJJ.csv"]


def test_each_sheet_prints_on_a4_landscape_and_lists_keep_their_heading_in_sight() -> None:
    inside = parts(written(CC, DetailRow.of(FINDING)))
    for place in (1, 2, 3):
        sheet = inside[f"xl/worksheets/sheet{place}.xml"]
        assert 'paperSize="9"' in sheet
        assert 'orientation="landscape"' in sheet
        assert 'fitToHeight="0"' in sheet
    assert 'state="frozen"' in inside["xl/worksheets/sheet2.xml"]
    assert '<autoFilter ref="A1:H2"/>' in inside["xl/worksheets/sheet2.xml"]
    assert "Anomalies!$1:$1" in inside["xl/workbook.xml"]


def test_columns_are_as_wide_as_their_text_up_to_a_limit_and_rows_as_high() -> None:
    books = (parts(written(CC, DetailRow("r", Effect.WARN, "mot " * times))) for times in (4, 40))
    short, long = (book["xl/worksheets/sheet2.xml"] for book in books)
    widths = [float(re.findall(r'<col min="2" max="2" width="([0-9.]+)"', sheet)[0]) for sheet in (short, long)]
    assert widths[0] < 25 < widths[1] < 50
    assert 'customHeight="1"' in long
    assert 'customHeight="1"' not in short


def test_the_same_receipt_gives_the_same_bytes_dated_as_the_document(tmp_path: Path) -> None:
    first = written(CC, DetailRow.of(FINDING))
    render_workbook(CC, [DetailRow.of(FINDING)], tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == first
    assert set(re.findall(r"20\d\d-\d\d-\d\dT[0-9:]+Z", parts(first)["docProps/core.xml"])) == {"2026-11-21T13:05:00Z"}


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ne peut pas être écrit"):
        render_workbook(CC, (), tmp_path / "missing" / "a.xlsx")
