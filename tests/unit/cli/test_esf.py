import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import participations
from participations import ESTIMATES, EVENTS, OPERATIONS, SIX_MONTHS
from passerelle.cli import esf


def run(*words: object) -> Result:
    return CliRunner().invoke(esf.app, [str(word) for word in words])


def indicators(path: Path, *words: object) -> Result:
    return run("indicators", "--participations", path, "--cutoff", "2025-12-31", *words)


def header(path: Path, columns: tuple[str, ...], *lines: str) -> Path:
    path.write_text("\n".join([";".join(columns), *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return participations.write(tmp_path / "p.csv", [{}, {"sex": "M"}])


def test_a_clean_file_ends_with_0_and_prints_the_document(clean: Path) -> None:
    result = indicators(clean, "--json")

    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["operations"]["OP1"]["EECO01"] == {"F": 1, "M": 1, "N": 0, "T": 2}
    assert document["findings"] == []


def test_findings_end_with_1(tmp_path: Path) -> None:
    result = indicators(participations.write(tmp_path / "p.csv", [{"sex": "X"}, {}]), "--json")

    assert result.exit_code == 1
    assert [(finding["rule"], finding["line"]) for finding in json.loads(result.stdout)["findings"]] == [("V42", 2)]


def test_a_refused_file_ends_with_1_and_gives_no_figure(tmp_path: Path) -> None:
    result = indicators(header(tmp_path / "p.csv", ("participation_id", "sexe")), "--json")

    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["operations"] == {}
    assert [(finding["rule"], finding["line"]) for finding in document["findings"]] == [("V41", 1)]


def test_a_refused_file_is_said_in_one_french_line_on_the_error_output(tmp_path: Path) -> None:
    result = indicators(header(tmp_path / "p.csv", ("participation_id", "sexe")))

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "en-tête(s) inconnu(s) : « sexe »" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("indicators", "--cutoff", "2025-12-31"),
        ("indicators", "--participations", "absent.csv", "--cutoff", "2025-12-31"),
        ("extract", "--cutoff", "31/12/2025", "--out", "x"),
        ("extract", "--cutoff", "2025-12-31"),
    ],
    ids=["no participations", "absent file", "french date", "no out"],
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_wrong_rules_end_with_2(clean: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: e\nunknown_choice: 1\n", encoding="utf-8")

    result = indicators(clean, "--rules", rules)

    assert result.exit_code == 2
    assert "unknown_choice" in result.stderr


def test_other_rules_change_the_figures_and_are_named(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{"birth_date": "2002-01-01", "unemployment_months": 8}])
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: '2014'\nlong_term_unemployment: [{since: 2014-01-01, under_25_over_months: 6}]\n", encoding="utf-8")

    own, former = json.loads(indicators(path, "--json").stdout), json.loads(indicators(path, "--json", "--rules", rules).stdout)

    assert [document["operations"]["OP1"]["EECO03"]["T"] for document in (own, former)] == [0, 1]
    assert former["rules"]["version"] == "2014"


def test_all_files_together_give_every_indicator(tmp_path: Path) -> None:
    person = {"exit_date": "2024-06-15", "recorded_on": "2024-06-20"}
    path = participations.write(tmp_path / "p.csv", [person, {**person, "disability": "yes"}])
    events = header(
        tmp_path / "e.csv", EVENTS, "E1;OP1;K1;2024-06-16;employed;no;2024-06-20", "E2;OP1;K2;2024-06-16;inactive;no;2024-06-20"
    )
    later = header(tmp_path / "s.csv", SIX_MONTHS, "O1;OP1;K1;2024-12-15;employed;;no;no;2024-12-15")
    operations = header(tmp_path / "o.csv", OPERATIONS, "OP1;h;1;transition;;;I;;2;")
    estimates = header(tmp_path / "x.csv", ESTIMATES, "OP1;EECO16;T;1;enquête;2024-06-01")

    given = ("--events", events, "--six-months", later, "--operations", operations, "--estimates", estimates)
    result = indicators(path, "--json", *given)

    document = json.loads(result.stdout)
    assert result.exit_code == 0
    cells = document["operations"]["OP1"]
    assert [cells[code]["T"] for code in ("EECO01", "EECO12", "EECO18", "EECR04", "EECR05")] == [2, 1, 2, 1, 1]
    assert cells["EECO16"] == {"T": 1, "status": "estimate", "method": "enquête"}
    assert document["groups"][0]["indicators"]["EECR04"] == cells["EECR04"]


def test_the_terminal_shows_what_is_missing_at_the_exit_annex_2_and_the_gravest_first(tmp_path: Path) -> None:
    rows = [{"exit_date": "2024-06-15", "disability": "refused"}, {"sex": "X"}]
    path = participations.write(tmp_path / "p.csv", rows)
    events = header(tmp_path / "e.csv", EVENTS)
    operations = header(tmp_path / "o.csv", OPERATIONS, "OP1;l;1;transition;;;II;;;")

    shown = indicators(path, "--events", events, "--operations", operations).stdout

    assert "Sorties non renseignées : 1 ; délai encore ouvert : 0." in shown
    assert "II.4" in shown
    assert shown.index("Erreur") < shown.index("À vérifier")
    assert "Par règle : V26 1, V33 1, V42 1." in shown


@pytest.mark.parametrize("option", ["events", "six-months", "estimates", "operations"])
def test_a_wrong_heading_of_another_file_is_refused(option: str, clean: Path, tmp_path: Path) -> None:
    result = indicators(clean, "--json", f"--{option}", header(tmp_path / "wrong.csv", ("event_id", "wrong")))

    assert result.exit_code == 1
    assert json.loads(result.stdout)["operations"] == {}
    assert "wrong.csv est refusé" in json.loads(result.stdout)["findings"][0]["message"]


def test_an_operation_without_participant_is_printed_with_zeros(clean: Path, tmp_path: Path) -> None:
    given = header(tmp_path / "o.csv", OPERATIONS, "OP1;h;1;transition;;;I;;;", "OP2;h;1;transition;;;I;;;")

    result = indicators(clean, "--json", "--operations", given)

    assert result.exit_code == 0
    assert json.loads(result.stdout)["operations"]["OP2"]["EECO01"] == {"F": 0, "M": 0, "N": 0, "T": 0}


def test_the_terminal_shows_french_tables_and_the_conservation_law(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{"operation_id": "[red]OP"}, {"operation_id": "[red]OP", "status": "draft"}])

    result = indicators(path)

    assert "arrêtés au 31/12/2025" in result.stdout
    assert "Opération [red]OP" in result.stdout
    assert "2 reçues = 1 comptées + 1 exclues (brouillon 1)." in result.stdout
    assert "Ensemble : 2 participations reçues = 1 comptées + 1 exclues." in result.stdout
    assert "(non collecté)" in result.stdout


def test_two_documents_of_the_same_files_agree(clean: Path, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(indicators(clean, "--json").stdout, encoding="utf-8")

    result = run("compare", tmp_path / "a.json", tmp_path / "b.json")

    assert result.exit_code == 0
    assert "Les deux documents concordent." in result.stdout


def test_two_documents_that_differ_end_with_1_and_show_both_values(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(indicators(clean, "--json").stdout, encoding="utf-8")
    other = participations.write(tmp_path / "q.csv", [{}, {"sex": "M"}, {"sex": "M"}])
    (tmp_path / "b.json").write_text(indicators(other, "--json").stdout, encoding="utf-8")

    shown = run("compare", tmp_path / "a.json", tmp_path / "b.json")
    told = json.loads(run("compare", tmp_path / "a.json", tmp_path / "b.json", "--json").stdout)

    assert shown.exit_code == 1
    assert "écart(s)" in shown.stdout
    assert told["agree"] is False
    assert {"operation": "OP1", "indicator": "EECO01", "column": "M", "left": 1, "right": 2} in told["differences"]


def test_a_document_that_is_none_ends_with_2(clean: Path) -> None:
    assert run("compare", clean, clean).exit_code == 2


@pytest.mark.parametrize("command", ["indicators", "extract", "compare"])
def test_each_command_has_an_example_in_its_help(command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert f"Exemple : passerelle esf {command}" in result.stdout
