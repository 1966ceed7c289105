import re
from pathlib import Path

import pytest

import participations
from passerelle.errors import ConfigurationError
from passerelle.indicators.columns import as_date
from passerelle.indicators.parameters import default_rules, load_rules
from passerelle.indicators.report import Report


def test_without_a_file_the_rules_are_the_products_own() -> None:
    assert load_rules(None) == default_rules()


def test_a_file_replaces_only_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("version: essai\nnot_participant_up_to_days: 2\n", encoding="utf-8")

    rules = load_rules(path)

    assert (rules.version, rules.not_participant_up_to_days, rules.highest_age) == ("essai", 2, 100)


def long_term(report: Report) -> list[str]:
    days = report.computed.view.persons["entry_date"][report.computed.members["EECO03"]]
    return [str(as_date(day)) for day in sorted(days.tolist())]


def test_a_rule_applies_to_the_entries_from_its_date_on(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(
        '{"version": "e", "entry_outside_operation": "warn", '
        '"long_term_unemployment": [{"since": "2014-01-01", "under_25_over_months": 6}, {"since": "2023-07-01"}]}',
        encoding="utf-8",
    )
    days = ("2013-01-01", "2023-06-30", "2023-07-01")
    young = [{"birth_date": "1993-07-01", "entry_date": day, "unemployment_months": 8} for day in days]

    report = participations.report(tmp_path / "p.csv", young, rules=load_rules(path))

    assert long_term(report) == ["2013-01-01"]
    assert report.operations[0].counted_number == 3
    younger = [{**row, "birth_date": "2000-01-01"} for row in young]
    report = participations.report(tmp_path / "p.csv", younger, rules=load_rules(path))
    assert long_term(report) == list(days[:2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not_participant_up_to_days: 2", "version"),
        ("version: e\nnot_participant_upto: 2", "not_participant_upto"),
        ("version: e\nlong_term_unemployment: []", "long_term_unemployment"),
        ("version: e\nlong_term_unemployment: [{since: 2023-01-01}, {since: 2021-01-01}]", "in order"),
        ("- a", "version"),
        ("version: [", "illisible"),
        ("version: e\nlong_term_unemployment: [{since: 2024-02-30}]", "illisible"),
        ("version: e\ncomplete_record: [sex, birth_date, entry_date]", "point 1.1"),
        ("version: e\neecr05_reference: [employed]", "ID8"),
        ("version: e\nsame_day_precedence: [employed, employed, inactive, job_searching]", "each situation once"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=said):
        load_rules(path)


def test_the_sentences_for_the_officer_hold_the_values_used() -> None:
    sentences = " ".join(participations.rules(not_participant_up_to_days=3, unemployment_months_required=False).sentences())

    assert "plus de 12 mois, quel que soit l’âge" in sentences
    assert "de 3 jour(s) ou moins" in sentences
    assert "sans elle, le dossier est incomplet) : non." in sentences
    assert "35 %" in sentences


def test_no_sentence_of_a_parameter_shows_a_word_of_the_files() -> None:
    sentences = " ".join(one["sentence"] for one in default_rules().described())
    assert "au chômage, inactives" in sentences
    assert re.findall(r"\b[a-z]+_[a-z]+\b|unemployed|inactive\b|sampled|stateless|reject", sentences) == []
