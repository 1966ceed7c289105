"""``passerelle identity explain``: what a reader sees of one pair of two files, and where the picture goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from passerelle.cli.identity import app

HEADER = "record_id;birth_name;given_names;birth_date;sex;phone\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    Path("l.csv").write_text(HEADER + "1;DUPONT;MARIE;1980-05-12;F;0612345678\n2;MARTIN;LEA;1990-02-03;F;\n", encoding="utf-8")
    Path("r.csv").write_text(HEADER + "a;DUPOND;MARIE;1980-05-12;F;0612345678\n", encoding="utf-8")
    return ["l.csv", "r.csv"]


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["explain", *words])


def test_the_account_is_told_and_drawn_without_a_value(files: list[str]) -> None:
    result = run(*files, "--pair", "1", "a", "--picture", "image/paire.svg")
    assert result.exit_code == 0, result.output
    for words in ("Verdict : la même personne (A4).", "à une faute de frappe près", "Au départ", "Écrit : image/paire.svg"):
        assert words in result.output
    drawn = Path("image/paire.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert all(value not in result.output + drawn for value in ("DUPON", "Dupon", "MARIE", "1980", "0612"))


def test_a_program_gets_bits_as_numbers(files: list[str]) -> None:
    told = json.loads(run(*files, "--pair", "1", "a", "--json").stdout)
    assert (told["verdict"], told["rule"]) == ("same", "A4")
    assert told["score"] == pytest.approx(told["start"] + sum(step["bits"] for step in told["steps"]), abs=0.01)
    assert len(told["told"]) == len(told["steps"]) + 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--pair", "1", "a", "--picture", "paire.png"), "paire.png : l'image s'écrit en .svg ou en .html."),
        (("--pair", "1", "a", "--picture", "l.csv/paire.svg"), "impossible d'y écrire"),
        (("--pair", "9", "a"), "Le premier identifiant"),
        (("--pair", "1"), "requires 2 arguments"),
    ],
)
def test_what_cannot_be_done_is_said(files: list[str], words: tuple[str, ...], said: str) -> None:
    result = run(*files, *words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output
