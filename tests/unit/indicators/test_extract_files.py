"""Table (CSV), summary (PDF), targets and parameters of an extract."""

from __future__ import annotations

import dataclasses
import io
import re
import subprocess
import sys
import time
import zipfile
import zlib
from base64 import a85decode
from datetime import date
from pathlib import Path

import pytest

import extracting
from extracting import OPERATION
from passerelle.errors import ConfigurationError, DeliveryError, InvariantError
from passerelle.indicators.extracts import bundle
from passerelle.indicators.extracts.content import Extract
from passerelle.indicators.extracts.lines import Lines
from passerelle.indicators.extracts.parameters import load_parameters
from passerelle.indicators.extracts.profiles import load_profile
from passerelle.indicators.extracts.subject import Circle, Subject
from passerelle.indicators.extracts.summary_pdf import escaped, summary_pdf
from passerelle.indicators.extracts.table_csv import harmless, table_csv
from passerelle.indicators.extracts.targets import COLUMNS, Targets, read_targets

ROWS = [
    {"times": 10, "exit_date": "2024-07-01", "unemployment_months": 14},
    {"times": 6, "sex": "M", "labour_at_entry": "inactive", "unemployment_months": ""},
]
EVENTS = [{"participant_id": f"K{number}", "event_date": "2024-07-10", "event": "employed"} for number in range(1, 5)]


@pytest.fixture(scope="module")
def subject() -> Subject:
    return extracting.subject(ROWS, EVENTS)


def targets(folder: Path, *lines: str) -> Targets:
    path = folder / "cibles.csv"
    path.write_text("\n".join([";".join(COLUMNS), *lines]), encoding="utf-8")
    return read_targets(path)


def by_code(content: bytes) -> dict[str, dict[str, str]]:
    return {row["Code"]: row for row in extracting.table(content)}


def test_the_table_is_utf8_with_semicolons_and_has_every_indicator(subject: Subject) -> None:
    content = table_csv(Extract(subject))
    rows = by_code(content)

    assert content.startswith("\ufeffOpération;".encode())
    assert len(rows) == 30
    assert [rows["EECO02"][name] for name in ("Femmes", "Hommes", "Non binaires", "Total")] == ["10", "0", "0", "10"]
    assert [rows["EECO14"][name] for name in ("Femmes", "Total", "Remarque")] == ["0", "0", ""]
    assert [rows["EECR05"][name] for name in ("Femmes", "Total", "Remarque")] == ["non collecté"] * 3
    assert [rows["EECO18"][name] for name in ("Femmes", "Total", "Unité")] == ["", "0", "organismes"]
    assert (rows["EECR04"]["Base"], rows["EECR04"]["Taux sur la base"]) == ("EECO02+04", "25,0 %")
    assert (rows["EECO01"]["Priorité"], rows["EECO01"]["Catégorie de région"]) == ("1", "développée")
    assert (rows["EECO01"]["Arrêté n°"], rows["EECO01"]["État"]) == ("12", "figé")


@pytest.mark.parametrize("text", ["=1+1", "+33", "-1", "@x", "\tx", "\rx"])
def test_a_text_like_a_formula_stays_text_in_the_csv(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"a{text}") == f"a{text}"


def test_the_name_of_an_operation_does_not_become_a_formula_either(subject: Subject) -> None:
    hostile = extracting.subject([{"operation_id": "=cmd"}])
    renamed = dataclasses.replace(hostile, operation_id="=cmd")

    assert {row["Opération"] for row in extracting.table(table_csv(Extract(renamed)))} == {"'=cmd"}


def test_the_target_decided_last_by_the_cutoff_speaks(subject: Subject, tmp_path: Path) -> None:
    found = targets(
        tmp_path,
        f"{OPERATION};EECO01;;;8;20;Convention;2022-01-10",
        f"{OPERATION};EECO01;;;8;32;Avenant 1;2025-06-01",
        f"{OPERATION};EECO01;;;8;99;Avenant 2;2026-01-01",
        f"{OPERATION};EECR04;percent;20;;50;Convention;2022-01-10",
        "OP2;EECO02;;;;7;Autre;2022-01-10",
    )
    rows = by_code(table_csv(Extract(subject, targets=found)))

    assert [rows["EECO01"][name] for name in ("Valeur intermédiaire 2024", "Valeur cible 2029", "Ratio")] == ["8", "32", "50,0 %"]
    assert [rows["EECR04"][name] for name in ("Valeur de référence", "Valeur cible 2029", "Unité de la cible", "Ratio")] == [
        "20", "50", "pour cent", "50,0 %",
    ]  # fmt: skip
    assert [rows["EECO02"][name] for name in ("Valeur cible 2029", "Ratio")] == ["non fixé", ""]


def test_a_result_is_a_share_of_those_it_may_happen_to() -> None:
    left = {"times": 4, "exit_date": "2024-07-01", "labour_at_entry": "inactive", "unemployment_months": ""}
    found = [{"participant_id": "K1", "event_date": "2024-07-10", "event": "job_searching"}]
    rows = by_code(table_csv(Extract(extracting.subject([left, {"times": 6}], found))))

    assert [rows["EECR01"][name] for name in ("Base", "Total", "Taux sur la base")] == ["EECO04", "1", "25,0 %"]
    assert [rows["EECR06"][name] for name in ("Base", "Taux sur la base")] == ["EECO05", ""]
    assert [rows["EECR02"][name] for name in ("Base", "Taux sur la base")] == ["EECO01", "0,0 %"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("OP1;EECO99;;;;7;x;2022-01-10", "indicateur inconnu"),
        ("OP1;EECO01;percent;;;7;x;2022-01-10", "unité attendue"),
        ("OP1;EECR01;;;3;7;x;2022-01-10", "pas de valeur intermédiaire"),
        ("OP1;EECO01;;;;sept;x;2022-01-10", "illisible"),
        ("OP1;EECO01;;;;7;x;10/01/2022", "illisible"),
    ],
)
def test_a_target_that_cannot_be_used_refuses_the_file_with_its_line(line: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=f"Ligne 2 .*{said}"):
        targets(tmp_path, line)


def test_two_targets_of_one_day_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="deux cibles décidées le 10/01/2022"):
        targets(tmp_path, "OP1;EECO01;;;;7;x;2022-01-10", "OP1;EECO01;;;;8;y;2022-01-10")


def test_a_target_of_zero_has_no_ratio(subject: Subject, tmp_path: Path) -> None:
    found = targets(tmp_path, f"{OPERATION};EECO01;;;;0;Convention;2022-01-10")

    assert by_code(table_csv(Extract(subject, targets=found)))["EECO01"]["Ratio"] == ""


def test_a_hidden_figure_has_neither_ratio_nor_rate(subject: Subject, tmp_path: Path) -> None:
    found = targets(tmp_path, f"{OPERATION};EECR04;;;;40;Convention;2022-01-10")
    row = by_code(table_csv(Extract(subject, Circle.PUBLIC, found)))["EECR04"]

    assert [row[name] for name in ("Total", "Ratio", "Taux sur la base")] == ["masqué", "", ""]


def text_of(content: bytes) -> str:
    """What the pages of a PDF draw, as far as its own subset of glyphs lets one read it: ASCII only."""
    drawn = b""
    for one in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        # Fonts are compressed alone, pages also written in ASCII: only these are read.
        if one.strip().endswith(b"~>"):
            drawn += zlib.decompress(a85decode(b"<~" + one.strip(), adobe=True))
    return drawn.decode("latin-1")


def test_the_summary_is_the_same_bytes_again_and_embeds_its_fonts(subject: Subject) -> None:
    content = summary_pdf(Extract(subject))

    assert content == summary_pdf(Extract(subject))
    assert content.startswith(b"%PDF-")
    assert content.count(b"/FontFile2") == 2


def test_the_summary_names_nobody_and_no_participation(subject: Subject) -> None:
    drawn = text_of(summary_pdf(Extract(subject)))

    assert "EECO01" in drawn
    assert "agent-" not in drawn
    assert not re.search(r"[A-Z2-7]{5}-[A-Z2-7]{5}", drawn)


def test_only_a_frozen_snapshot_is_to_be_signed(subject: Subject) -> None:
    draft = text_of(summary_pdf(Extract(dataclasses.replace(subject, snapshot=None))))

    assert "PROVISOIRE" in draft
    assert "Signature" in draft
    assert "signataire" not in draft
    assert "signataire" in text_of(summary_pdf(Extract(subject)))


def test_the_summary_shows_the_alert_on_incomplete_records() -> None:
    bad = extracting.subject([{"times": 4, "isced_level": ""}, {"times": 6}])

    assert "ALERTE" in text_of(summary_pdf(Extract(bad)))


def test_files_say_in_their_name_what_they_are(subject: Subject) -> None:
    draft = dataclasses.replace(subject, snapshot=None, operation_id="2023/AG 01")

    assert bundle.stem_of(subject) == "fse_arrete_00012_OP1_2025-12-31"
    assert bundle.stem_of(draft, Circle.PUBLIC) == "fse_calcul_PROVISOIRE_2023_AG_01_177c1b_2025-12-31_diffusion"


def test_private_files_are_for_their_owner_only_even_when_they_replace_others(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"old")

    (path,) = bundle.write(tmp_path, {"a.xlsx": b"new"}, private=True)

    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="ne peuvent pas être écrits"):
        bundle.write(tmp_path / "file" / "folder", {"a": b""})


def test_lists_that_do_not_add_up_to_the_figures_make_no_extract(subject: Subject) -> None:
    altered = dataclasses.replace(
        subject, files={**subject.files, "excluded.csv": b"operation_id;participation_id;participant_id;reason;detail\nOP1;P1;K1;draft;x\n"}
    )

    with pytest.raises(InvariantError, match="not the counted and the excluded"):
        _ = Extract(altered).lines


def test_an_operation_of_annex_2_prints_its_own_set_and_says_what_does_not_apply() -> None:
    grant = {**extracting.GRANT, "annex": "II", "specific_objective": "l"}
    extracting_grant, extracting.GRANT = extracting.GRANT, grant
    try:
        lines: Lines = Extract(extracting.subject([{"times": 7}])).lines
    finally:
        extracting.GRANT = extracting_grant
    shown = {line.code: line for line in lines.outputs}

    assert shown["II.1"].figures["T"] == 7
    assert shown["EECO02"].status.startswith("sans objet")


def test_a_file_of_parameters_replaces_by_name_and_needs_a_version(tmp_path: Path) -> None:
    path = tmp_path / "p.yml"
    path.write_text("version: cd\nsmall_cell_threshold: 11\n", encoding="utf-8")
    found = load_parameters(path)

    assert (found.small_cell_threshold, found.late_entry_days) == (11, 31)
    assert [one["is_default"] for one in found.described()] == [False, True, True]
    for wrong in ("small_cell_threshold: 11", "version: x\nsmall_cell_threshold: 1", "version: x\nseuil: 3", "]"):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigurationError):
            load_parameters(path)


def test_the_cutoff_is_the_day_of_the_targets(subject: Subject, tmp_path: Path) -> None:
    found = targets(tmp_path, f"{OPERATION};EECO01;;;;7;x;2025-12-31")

    assert found.at(OPERATION, date(2025, 12, 30)) == {}
    assert found.at(OPERATION, date(2025, 12, 31))["EECO01"].target == 7


def test_two_operations_never_share_a_file_and_no_name_is_too_long_for_a_disk(subject: Subject) -> None:
    names = ["A/B", "A_B", "A B", "é" * 300, "x" * 300, "x" * 301, "=CMD|' /C calc'!A0", ".."]
    stems = [bundle.stem_of(dataclasses.replace(subject, snapshot=None, operation_id=name), Circle.RESTRICTED) for name in names]

    assert len(set(stems)) == len(names)
    assert all(re.fullmatch(r"fse_[A-Za-z0-9_-]{1,150}", stem) for stem in stems)


_WRITER = """
import sys
from pathlib import Path
from passerelle.indicators.extracts import bundle
while True:
    for letter in (b"a", b"b"):
        bundle.write(Path(sys.argv[1]), {name: letter * 3_000_000 for name in ("x.xlsx", "x.csv", "x.pdf")})
        print("written", flush=True)
"""


def test_killed_at_any_moment_no_file_is_half_written(tmp_path: Path) -> None:
    for delay in (0.0, 0.004, 0.011, 0.02):
        child = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(delay)
        child.kill()
        child.communicate()
        for name in ("x.xlsx", "x.csv", "x.pdf"):
            content = (tmp_path / name).read_bytes()
            assert len(content) == 3_000_000
            assert len(set(content)) == 1


@pytest.mark.parametrize("circle", list(Circle))
@pytest.mark.parametrize(("rows", "received"), [([], 0), ([{}], 1), ([{"isced_level": ""}], 1)], ids=["nobody", "one", "one incomplete"])
def test_an_operation_of_nobody_or_of_one_person_has_every_file_and_adds_up(
    circle: Circle, rows: list[dict[str, str]], received: int
) -> None:
    files = bundle.files_of(Extract(extracting.subject(rows), circle))
    table = by_code(next(content for name, content in files.items() if name.endswith(".csv")))

    assert len(files) == 3
    assert len(table) == 30
    total = table["EECO01"]["Total"]
    if circle is Circle.PUBLIC:
        assert total == ("masqué" if rows == [{}] else "0")
        assert not {"1"} & {row[column] for row in table.values() for column in ("Femmes", "Hommes", "Non binaires", "Total")}
    else:
        assert total == str(len([row for row in rows if not row]))
        assert f"{received} reçues" in next(iter(extract_words(files)))


def extract_words(files: dict[str, bytes]) -> list[str]:
    """The sentence of the sum, out of the workbook."""
    with zipfile.ZipFile(io.BytesIO(next(content for name, content in files.items() if name.endswith(".xlsx")))) as book:
        return re.findall(r"\d+ reçues = [^<]+", book.read("xl/sharedStrings.xml").decode("utf-8"))


@pytest.mark.parametrize("bad", ["opération;é".encode("latin-1"), b"\xff\xfe\x00", "operation_id;indicator\nOP1;EECO01".encode("utf-16")])
def test_a_file_of_targets_in_another_encoding_is_refused_with_a_sentence(bad: bytes, tmp_path: Path) -> None:
    (tmp_path / "cibles.csv").write_bytes(bad)

    with pytest.raises(DeliveryError):
        read_targets(tmp_path / "cibles.csv")


def test_files_of_parameters_and_profiles_in_another_encoding_are_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "p.yml").write_bytes("version: été\n".encode("latin-1"))

    for load in (load_parameters, load_profile):
        with pytest.raises(ConfigurationError, match="illisible"):
            load(tmp_path / "p.yml")


def test_the_summary_says_neither_who_proposed_nor_takes_a_text_for_a_tag() -> None:
    grant = {**extracting.GRANT, "priority": "<b>1</b> & 2"}
    extracting_grant, extracting.GRANT = extracting.GRANT, grant
    try:
        drawn = text_of(summary_pdf(Extract(extracting.subject(ROWS, EVENTS))))
    finally:
        extracting.GRANT = extracting_grant

    pieces = re.findall(r"\((.*?)\) Tj", drawn)
    assert "<b>1</b> & 2" in "".join(pieces)
    assert "agent-" not in drawn
    assert not [one for one in pieces if one.startswith(("Propos", "Fig"))], "who proposed and who froze have no line"
    assert {f"page {number} / 2" for number in (1, 2)} <= set(pieces)


def test_no_line_of_the_summary_begins_with_a_high_punctuation_mark() -> None:
    assert escaped("Exclues : 1 ; « x » !") == "Exclues\u00a0: 1\u00a0; «\u00a0x\u00a0»\u00a0!"
