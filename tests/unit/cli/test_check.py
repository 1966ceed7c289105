"""``passerelle check``: the answer the gateway would give, for programs and for people, on a desk without server or database."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import battery
from battery import ROOT
from passerelle.cli import check
from passerelle.contract.load import find, load_all
from passerelle.receipt.model import Receipt

FEED = "france_travail/inscriptions"
ROWS = 200
NAME, DATA = battery.sample(FEED, ROWS)
_load_all, _find = cache(load_all), cache(find)


@pytest.fixture(autouse=True)
def _contracts_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "load_all", _load_all)
    monkeypatch.setattr(check, "find", _find)


def run(*words: object) -> Result:
    return CliRunner().invoke(check.app, [*map(str, words), "--contracts", str(ROOT)])


def answer(*words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*words, "--json").stdout)
    return found


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(DATA)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Two mistakes: an unknown category, which may be shown, and a birth date, which may not."""
    lines = DATA.decode("cp1252").split("\r\n")
    header = lines[0].split(";")
    for line, column, value in ((4, "code", "Z"), (7, "dtnai", "31/02/1980")):
        cells = lines[line].split(";")
        cells[header.index(column)] = value
        lines[line] = ";".join(cells)
    path = tmp_path / "bad" / NAME
    path.parent.mkdir()
    path.write_text("\r\n".join(lines), encoding="cp1252", newline="")
    return path


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    path = tmp_path / "refused" / NAME
    path.parent.mkdir()
    path.write_bytes(DATA.replace(b"identifiantpe", b"identifiant", 1))
    return path


# For programs


def test_the_json_answer_has_these_keys_and_no_other(bad: Path) -> None:
    found = answer(bad)
    assert list(found) == ["delivery", "verdict", "lines", "findings", "findings_total"]
    assert list(found["delivery"]) == ["file", "feed", "contract_version", "sha256", "bytes"]
    assert list(found["lines"]) == ["received", "accepted", "set_aside", "ignored"]
    for finding in found["findings"]:
        assert list(finding) == ["rule", "severity", "line", "column", "record", "message", "expected", "fix", "proposal"]


def test_the_json_answer_says_which_file_was_judged_by_which_contract(good: Path) -> None:
    assert answer(good)["delivery"] == {
        "file": NAME,
        "feed": FEED,
        "contract_version": battery.contract_of(FEED).version,
        "sha256": hashlib.sha256(DATA).hexdigest(),
        "bytes": len(DATA),
    }


def test_each_finding_says_rule_line_record_and_remedy(bad: Path) -> None:
    found = answer(bad)
    assert found["verdict"] == "accepted_with_findings"
    assert found["lines"] == {"received": ROWS, "accepted": ROWS - 2, "set_aside": 2, "ignored": 0}
    assert found["findings_total"] == 2
    code, day = found["findings"]
    assert (code["rule"], code["line"], code["record"]) == ("inscription.categorie.code", 5, "enregistrement n° 4")
    assert (code["severity"], code["column"]) == ("error", "code")
    assert "« Z »" in code["message"]
    assert (day["rule"], day["line"], day["column"]) == ("inscription.dtnai.date", 8, "dtnai")
    assert "31/02/1980" not in json.dumps(found)
    assert "JJ/MM/AAAA" in day["expected"]


def test_no_more_than_a_thousand_findings_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    header, line, *_ = DATA.split(b"\r\n")
    path = tmp_path / NAME
    path.write_bytes(b"\r\n".join([header, *[line] * 1_500]))
    found = answer(path)
    assert (len(found["findings"]), found["findings_total"]) == (1_000, 1_499)


# Exit status


def test_a_clean_file_ends_with_0(good: Path) -> None:
    assert run(good).exit_code == 0
    assert run(good, "--json").exit_code == 0


def test_findings_and_refusals_end_with_1(bad: Path, refused: Path) -> None:
    assert run(bad).exit_code == 1
    assert run(bad, "--json").exit_code == 1
    assert run(refused).exit_code == 1
    assert answer(refused)["verdict"] == "refused"


def test_wrong_usage_ends_with_2_and_says_what_to_do(good: Path, tmp_path: Path) -> None:
    strange = good.rename(tmp_path / "copie.csv")
    unknown = run(strange)
    assert unknown.exit_code == 2
    assert "ne dit pas de quel flux il s'agit" in unknown.stderr
    assert "RSA_INSCRIPTION_AAAAMMJJ_DPT99.csv" in unknown.stderr
    misspelt = run(strange, "--feed", "france_travail/inscription")
    assert misspelt.exit_code == 2
    assert FEED in misspelt.stderr
    assert run(strange, "--feed", FEED).exit_code == 0
    assert run(tmp_path / "absent.csv").exit_code == 2


def test_a_folder_without_contracts_ends_with_2(good: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(check.app, [str(good), "--contracts", str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert "Aucun dossier de contrats" in result.stderr


# For people


def test_the_answer_for_people_is_in_french(good: Path, bad: Path, refused: Path) -> None:
    assert "Accepté : le fichier est conforme." in run(good).stdout
    told = run(bad).stdout
    assert "Accepté avec observations" in told
    assert f"{ROWS} reçues = {ROWS - 2} bonnes + 2 à corriger + 0 ignorées" in told
    assert "1 fois, ligne 8" in told
    assert "n'est pas une date qui existe" in told
    assert "Refusé : rien ne serait chargé." in run(refused).stdout


def test_the_receipt_is_written_where_asked(bad: Path, tmp_path: Path) -> None:
    folder = tmp_path / "comptes" / "rendus"
    result = run(bad, "--out", folder)
    page, document, workbook = sorted(folder.iterdir())
    assert (page.suffix, document.suffix, workbook.suffix) == (".html", ".json", ".xlsx")
    assert str(page) in result.stdout
    receipt = Receipt.from_json(document.read_text(encoding="utf-8"))
    assert receipt.delivery.trial
    assert (receipt.findings_total, receipt.counts and receipt.counts.set_aside) == (2, 2)
    assert "Compte rendu de contrôle" in page.read_text(encoding="utf-8")


def test_without_a_folder_nothing_is_written(bad: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    run(bad)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_only_the_gateway_can_look_up_is_said(tmp_path: Path, good: Path) -> None:
    name, data = battery.sample("ccas/accompagnement", 20)
    path = tmp_path / name
    path.write_bytes(data)
    told = " ".join(run(path).stdout.split())
    assert "références non vérifiées : Code INSEE de la commune, SIRET de la structure" in told
    assert "références" not in run(good).stdout


# On a desk

_ELSEWHERE = {"psycopg", "psycopg2", "sqlalchemy", "adbc_driver_manager", "adbc_driver_postgresql", "alembic", "paramiko", "airflow"}
_PROBE = """
import sys
from passerelle.cli.main import app
app(sys.argv[1:], standalone_mode=False)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_no_database_driver_is_loaded(good: Path) -> None:
    words = ["check", str(good), "--contracts", str(ROOT)]
    done = subprocess.run([sys.executable, "-c", _PROBE, *words], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "pyarrow" in loaded
    assert loaded & _ELSEWHERE == set()
