"""The participants' file of Ma Démarche FSE+: what a profile says is what is written, and nothing is guessed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import extracting
from passerelle.errors import ConfigurationError
from passerelle.indicators.extracts.ma_demarche import ma_demarche
from passerelle.indicators.extracts.profiles import Profile, Standing, load_profile
from passerelle.indicators.extracts.subject import Subject

ROWS = [
    {"exit_date": "2024-07-01", "unemployment_months": 14},
    {"exit_date": "2024-07-01", "disability": "refused"},
    {"sex": "M", "labour_at_entry": "inactive", "unemployment_months": ""},
    {"exit_date": "2024-08-01"},
    {"isced_level": ""},
]
EVENTS = [
    {"participant_id": "K1", "event_date": "2024-07-10", "event": "employed"},
    {"participant_id": "K2", "event_date": "2024-07-10", "event": "job_searching"},
]


@pytest.fixture(scope="module")
def subject() -> Subject:
    return extracting.subject(ROWS, EVENTS)


def profile(**changes: Any) -> Profile:
    usual = {"name": "essai", "version": "1", "status": "official", "source": "essai", "columns": [{"title": "Sexe", "from": "sex"}]}
    return Profile.model_validate({**usual, **changes})


def test_the_shipped_profile_is_a_hypothesis_and_its_files_say_so(subject: Subject) -> None:
    found = load_profile()

    assert found.status is Standing.HYPOTHESIS
    assert found.label.startswith("HYPOTHESE_")
    (content,) = ma_demarche(subject, found).files
    rows = extracting.table(content)
    assert [row["Identifiant du participant"] for row in rows] == ["P1", "P2", "P3", "P4"], "only who counts"
    assert rows[0]["Situation à l'entrée"] == "Demandeur d'emploi"
    assert rows[0]["Date d'entrée"] == "01/03/2024"
    assert (rows[0]["Nom"], rows[0]["Prénom"]) == ("", "")
    assert {row["HYPOTHÈSE, format non officiel : ne pas déposer"] for row in rows} == {found.version}
    assert rows[1]["Reconnaissance de handicap"] == "Ne souhaite pas répondre"


def test_a_result_is_yes_no_or_nothing_where_the_situation_is_not_known(subject: Subject) -> None:
    (content,) = ma_demarche(subject, load_profile()).files
    told = [row["En emploi à la sortie"] for row in extracting.table(content)]

    assert told == ["Oui", "Non", "", ""], "no exit, and an exit without situation, are no « Non »"


def test_a_code_the_profile_has_not_is_left_empty_and_told(subject: Subject) -> None:
    made = ma_demarche(subject, profile(columns=[{"title": "Sexe", "from": "sex", "codes": {"F": "2"}}]))

    assert [row["Sexe"] for row in extracting.table(made.files[0])] == ["2", "2", "", "2"]
    assert made.missing == ("« Sexe » : le profil n’a pas de code pour « M » : 1 ligne(s).",)


def test_a_required_value_that_is_missing_is_told(subject: Subject) -> None:
    made = ma_demarche(subject, profile(columns=[{"title": "Sortie", "from": "last_exit_date", "required": True}]))

    assert made.missing == ("« Sortie » est exigée et manque : 1 ligne(s).",)


def test_more_rows_than_the_platform_takes_make_several_files(subject: Subject) -> None:
    made = ma_demarche(subject, profile(max_rows=3))

    assert [len(extracting.table(content)) for content in made.files] == [3, 1]


def test_separator_encoding_and_dates_are_those_of_the_profile(subject: Subject) -> None:
    columns = [{"title": "Entrée", "from": "entry_date"}, {"title": "Né(e)", "from": "birth_date"}]
    (content,) = ma_demarche(subject, profile(delimiter="|", encoding="cp1252", date_format="%Y%m%d", columns=columns)).files

    assert content.decode("cp1252").splitlines()[:2] == ["Entrée|Né(e)", "20240301|19800615"]
    with pytest.raises(ConfigurationError, match="ascii"):
        ma_demarche(subject, profile(encoding="ascii", columns=columns))


def test_no_column_can_ask_for_a_name_or_a_number_of_a_person(tmp_path: Path) -> None:
    path = tmp_path / "p.yml"
    for variable in ("nir", "caf_number", "birth_name"):
        raw = {"name": "x", "version": "1", "status": "official", "source": "x", "columns": [{"title": "x", "from": variable}]}
        path.write_text(yaml.safe_dump(raw), encoding="utf-8")
        with pytest.raises(ConfigurationError, match=f"unknown variable {variable}"):
            load_profile(path)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([{"title": "a", "from": "sex", "constant": "x"}], "exactly one"),
        ([{"title": "a", "indicator": "EECO99"}], "unknown indicator"),
        ([{"title": "a", "from": "sex"}, {"title": "a", "from": "sex"}], "stands twice"),
    ],
)
def test_a_profile_that_says_nothing_sure_is_refused(columns: list[dict[str, str]], said: str, tmp_path: Path) -> None:
    path = tmp_path / "p.yml"
    raw = {"name": "x", "version": "1", "status": "official", "source": "x", "columns": columns}
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")

    with pytest.raises(ConfigurationError, match=re.escape(said)):
        load_profile(path)


def test_the_exit_is_that_of_the_last_participation_and_there_is_none_while_one_is_open() -> None:
    back = [
        {"exit_date": "2024-07-01"},
        {"participant_id": "K1", "entry_date": "2024-09-01", "exit_date": "2025-02-01"},
        {"exit_date": "2024-07-01"},
        {"participant_id": "K3", "entry_date": "2024-09-01"},
    ]
    columns = [{"title": "Participation", "from": "participation_id"}, {"title": "Sortie", "from": "last_exit_date"}]
    (content,) = ma_demarche(extracting.subject(back), profile(columns=columns)).files

    assert [(row["Participation"], row["Sortie"]) for row in extracting.table(content)] == [("P1", "01/02/2025"), ("P3", "")]


def test_a_key_like_a_formula_stays_text_in_the_file_of_participants() -> None:
    hostile = extracting.subject([{"participation_id": "=1+1"}])
    (content,) = ma_demarche(hostile, profile(columns=[{"title": "Clé", "from": "participation_id"}])).files

    assert [row["Clé"] for row in extracting.table(content)] == ["'=1+1"]
