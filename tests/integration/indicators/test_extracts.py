"""``passerelle esf extract`` on a real warehouse: a frozen snapshot, a provisional computation, the circles, the register of accesses."""

from __future__ import annotations

import csv
import io
import json
import os
import pwd
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from participants import CUT_OFF, LATER, OPERATION, desk, entry
from passerelle.cli import esf
from passerelle.settings import VARIABLE

REPOSITORY = Path(__file__).resolve().parents[3]
OTHER = next(account for account in pwd.getpwall() if account.pw_uid != os.getuid())
pytestmark = pytest.mark.usefixtures("warehouse", "place")


def run(*words: object) -> Result:
    return CliRunner().invoke(esf.app, [str(word) for word in words])


def answer(*words: object, status: int = 0) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of a frozen snapshot of the operation."""
    number: int = answer("snapshot", "propose", OPERATION, "--cut-off", CUT_OFF)["snapshot"]
    with monkeypatch.context() as other:
        other.setattr(os, "getuid", lambda: OTHER.pw_uid)
        answer("snapshot", "freeze", number)
    return number


def words_of(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return book.read("xl/sharedStrings.xml").decode("utf-8")


def table(path: Path) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";")
    return {row["Code"]: row for row in rows}


def test_a_frozen_snapshot_gives_workbook_table_and_summary_with_its_own_figures(frozen: int, tmp_path: Path) -> None:
    (told,) = answer("extract", "--snapshot", frozen, "--out", tmp_path / "out", status=1)
    stem = f"fse_arrete_{frozen:05}_{OPERATION}_{CUT_OFF}"

    assert sorted(Path(path).name for path in told["files"]) == [f"{stem}.xlsx", f"{stem}_bilan.pdf", f"{stem}_indicateurs.csv"]
    figures = answer("snapshot", "show", frozen)["figures"][OPERATION]
    shown = table(tmp_path / "out" / f"{stem}_indicateurs.csv")
    assert {code: shown[code]["Total"] for code in ("EECO01", "EECO02")} == {code: str(figures[code]["T"]) for code in ("EECO01", "EECO02")}
    assert told["participations"] == "3 reçues = 3 comptées + 0 exclues"
    assert answer("snapshot", "show", frozen)["sha256"] in words_of(tmp_path / "out" / f"{stem}.xlsx")


def test_an_extract_made_again_after_a_correction_is_the_same_to_the_byte(frozen: int, warehouse: Engine, tmp_path: Path) -> None:

    for folder in ("before", "after"):
        answer("extract", "--snapshot", frozen, "--circle", "restreint", "--out", tmp_path / folder, status=1)
        with desk(warehouse) as office:
            office.deliver("fse/entrees", LATER, {"participation": [entry("dora", "P9")]})
    names = sorted(path.name for path in (tmp_path / "before").iterdir())
    assert len(names) == 3
    for name in names:
        assert (tmp_path / "before" / name).read_bytes() == (tmp_path / "after" / name).read_bytes(), name


def test_a_provisional_extract_has_the_figures_a_snapshot_would_have_and_says_what_it_is(tmp_path: Path) -> None:
    (told,) = answer("extract", "--operation", OPERATION, "--cutoff", CUT_OFF, "--out", tmp_path, status=1)
    shown = table(next(tmp_path.glob("*_indicateurs.csv")))

    assert all("PROVISOIRE" in Path(path).name for path in told["files"])
    assert not told["frozen"]
    proposed = answer("snapshot", "propose", OPERATION, "--cut-off", CUT_OFF)["snapshot"]
    figures = answer("snapshot", "show", proposed)["figures"][OPERATION]
    assert {code: row["Total"] for code, row in shown.items() if row["Femmes"].isdigit() and code in figures} == {
        code: str(cell["T"]) for code, cell in figures.items() if "F" in cell
    }
    assert shown["EECO01"]["État"] == "provisoire"
    assert [one["snapshot"] for one in answer("snapshot", "list")] == [proposed], "extracting proposes nothing"


def test_the_trace_of_the_workbook_holds_file_line_and_receipt_for_the_restricted_circle_only(frozen: int, tmp_path: Path) -> None:
    for circle in ("restreint", "gestion", "diffusion"):
        answer("extract", "--snapshot", frozen, "--circle", circle, "--out", tmp_path / circle, status=1)
    books = {circle: next((tmp_path / circle).glob("*.xlsx")) for circle in ("restreint", "gestion", "diffusion")}
    receipts = {source["receipts"] for one in traced(frozen) for source in one["sources"] if source["receipts"]}

    assert receipts
    for receipt in receipts:
        assert all(number in words_of(books["restreint"]) for number in receipt.split("+"))
        assert not any(number in words_of(books[circle]) for circle in ("gestion", "diffusion") for number in receipt.split("+"))
    assert "masqué" in words_of(books["diffusion"])
    assert books["restreint"].stat().st_mode & 0o777 == 0o600


def traced(number: int) -> list[Any]:
    found: list[Any] = answer("trace", OPERATION, "EECO02", "F", "--snapshot", number)["participations"]
    return found


def test_taking_microdata_away_is_noted_before_they_are_written(frozen: int, warehouse: Engine, tmp_path: Path) -> None:
    answer("extract", "--snapshot", frozen, "--out", tmp_path, status=1)
    answer("extract", "--snapshot", frozen, "--circle", "restreint", "--out", tmp_path, status=1)
    with warehouse.connect() as connection:
        noted = connection.execute(text("select login, subject from identity.access where command = 'esf extract'")).all()

    assert [tuple(row) for row in noted] == [(pwd.getpwuid(os.getuid()).pw_name, f"{OPERATION} {CUT_OFF} n° {frozen}")]


def test_neither_a_nir_nor_a_number_of_the_partner_is_in_any_file(frozen: int, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    answer("extract", "--snapshot", frozen, "--circle", "restreint", "--ma-demarche", "--out", folder, status=1)
    content = {path.name: _opened(path) for path in folder.iterdir()}

    assert len(content) == 4
    assert any("HYPOTHESE" in name for name in content)
    for name, held in content.items():
        assert not re.search(rb"(?<!\d)[12]\d{12}(\d\d)?(?!\d)", held), name
        assert not re.search(rb"[>;]P[123][<;]", held), name


def _opened(path: Path) -> bytes:
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        return b"".join(book.read(name) for name in book.namelist() if "sharedStrings" in name or "sheet" in name)


def test_the_settings_name_the_targets_that_every_extract_prints(frozen: int, place: Path, tmp_path: Path) -> None:
    lines = ("operation_id;indicator;unit;baseline;milestone;target;source;decided_on", f"{OPERATION};EECO01;;;;12;Convention;2025-01-01")
    (place.parent / "cibles.csv").write_text("\n".join(lines), encoding="utf-8")
    content = yaml.safe_load(place.read_text(encoding="utf-8")) | {"esf_targets": "cibles.csv"}
    place.write_text(yaml.safe_dump(content), encoding="utf-8")
    answer("extract", "--snapshot", frozen, "--out", tmp_path / "out", status=1)

    assert table(next((tmp_path / "out").glob("*.csv")))["EECO01"]["Ratio"] == "25,0 %"


def test_a_path_in_xlsx_gets_the_workbook_alone(frozen: int, tmp_path: Path) -> None:
    answer("extract", "--snapshot", frozen, "--out", tmp_path / "mon classeur.xlsx", status=1)

    assert [path.name for path in tmp_path.iterdir() if path.suffix in (".xlsx", ".csv", ".pdf")] == ["mon classeur.xlsx"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--cutoff", "2025-12-31", "--snapshot", "1"), 2, "l’un des deux"),
        ((), 2, "l’un des deux"),
        (("--snapshot", "99"), 2, "n’existe pas"),
        (("--cutoff", "2999-12-31"), 2, "est à venir"),
        (("--cutoff", "2025-12-31", "--operation", "INCONNUE"), 1, "aucun extrait n’est produit"),
        (("--cutoff", "2020-12-31"), 1, "aucun extrait n’est produit"),
        (("--cutoff", "2025-12-31", "--ma-demarche"), 2, "--circle restreint"),
    ],
)
def test_what_cannot_be_extracted_is_said_with_its_status_and_nothing_is_written(
    words: tuple[str, ...], status: int, said: str, tmp_path: Path
) -> None:
    """Case H12: nothing known in the scope makes no file that would be read as zeros."""
    result = run("extract", *words, "--out", tmp_path / "out")

    assert (result.exit_code, said in result.output) == (status, True), result.output
    assert not (tmp_path / "out").exists()


def test_a_snapshot_of_another_operation_and_rules_for_a_snapshot_are_refused(frozen: int, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("version: x\n", encoding="utf-8")

    assert run("extract", "--snapshot", frozen, "--operation", "AUTRE", "--out", tmp_path).exit_code == 2
    assert run("extract", "--snapshot", frozen, "--rules", tmp_path / "rules.yml", "--out", tmp_path).exit_code == 2


def test_the_words_on_the_terminal_say_where_files_are_and_that_the_sum_holds(frozen: int, tmp_path: Path) -> None:
    said = run("extract", "--snapshot", frozen, "--out", tmp_path).output

    assert f"Arrêté figé n° {frozen}" in said
    assert "3 reçues = 3 comptées + 0 exclues." in said
    assert "Exemple : passerelle esf extract" in run("extract", "--help").output
    assert os.environ[VARIABLE]


def test_what_moved_by_a_few_people_since_an_earlier_frozen_snapshot_is_hidden_outside(
    warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two extracts side by side must not tell how many came between them."""
    many = [entry(f"w{number}", f"W{number}") for number in range(20)]
    numbers = []
    for day, more in ((date(2025, 4, 30), 0), (date(2025, 5, 31), 3), (date(2025, 6, 30), 3)):
        with desk(warehouse) as office:
            at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
            late = [entry(f"x{number}", f"X{number}") for number in range(more)]
            office.deliver("fse/entrees", at, {"participation": [*many, *late, entry("anne", "P1"), entry("berthe", "P2")]})
        numbers.append(answer("snapshot", "propose", OPERATION, "--cut-off", day)["snapshot"])
        with monkeypatch.context() as other:
            other.setattr(os, "getuid", lambda: OTHER.pw_uid)
            answer("snapshot", "freeze", numbers[-1])
    shown = []
    for number in numbers:
        run("extract", "--snapshot", number, "--circle", "diffusion", "--out", tmp_path / str(number))
        shown.append(table(next((tmp_path / str(number)).glob("*.csv")))["EECO01"]["Total"])

    assert shown == ["22", "masqué", "masqué"], "the third is as the second, and 3 more than the first"


def test_the_official_layout_is_loaded_as_the_page_for_officers_says(frozen: int, tmp_path: Path) -> None:
    shipped = REPOSITORY / "plugins/passerelle/indicators/extracts/data/ma_demarche_hypothese.yml"
    page = (REPOSITORY / "docs/gestionnaires/extraits-fse.md").read_text(encoding="utf-8")
    assert shipped.relative_to(REPOSITORY).as_posix() in page
    layout = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    layout |= {
        "status": "official",
        "source": "Modèle d’import reçu le 12/01/2026",
        "version": "2026-01",
        "delimiter": "|",
        "encoding": "cp1252",
    }
    layout["columns"] = [
        {"title": "N° de dossier", "from": "operation_id", "required": True},
        {"title": "Genre", "from": "sex", "codes": {"F": "1", "M": "2", "N": "3"}},
        {"title": "Sortie", "from": "last_exit_date", "required": True},
        {"title": "Millésime", "constant": "2026"},
    ]
    (tmp_path / "notre-profil.yml").write_text(yaml.safe_dump(layout, allow_unicode=True), encoding="utf-8")
    words = ("--circle", "restreint", "--ma-demarche", "--profile", tmp_path / "notre-profil.yml", "--out", tmp_path / "depot")
    (told,) = answer("extract", "--snapshot", frozen, *words, status=1)
    path = next((tmp_path / "depot").glob("*_ma_demarche_officiel_2026-01.csv"))

    heading, *lines = path.read_bytes().decode("cp1252").splitlines()
    assert heading == "N° de dossier|Genre|Sortie|Millésime"
    assert sorted(lines) == [f"{OPERATION}|1|01/12/2025|2026", f"{OPERATION}|1||2026", f"{OPERATION}|2||2026"]
    assert not told["hypothesis"]
    assert told["not_written"] == ["« Sortie » est exigée et manque : 2 ligne(s)."]
    assert path.stat().st_mode & 0o777 == 0o600
