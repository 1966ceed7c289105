from datetime import date
from pathlib import Path

import pytest

from passerelle.errors import ConfigurationError
from passerelle.indicators.parameters import Rules, load_rules


def test_without_a_file_the_rules_are_the_products_own() -> None:
    assert load_rules(None) == Rules()


def test_a_file_replaces_only_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("version: essai\nnot_participant_up_to_days: 2\n", encoding="utf-8")

    rules = load_rules(path)

    assert (rules.version, rules.not_participant_up_to_days, rules.highest_age) == ("essai", 2, 100)


def test_a_rule_applies_to_the_entries_from_its_date_on(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(
        '{"version": "e", "long_term_unemployment": [{"since": "2014-01-01", "under_25_over_months": 6}, {"since": "2023-07-01"}]}',
        encoding="utf-8",
    )
    rules = load_rules(path)

    days = (date(2013, 1, 1), date(2023, 6, 30), date(2023, 7, 1))
    assert [rules.long_term_months(20, day) for day in days] == [6, 6, 12]
    assert [rules.long_term_months(25, day) for day in days] == [12, 12, 12]


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
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=said):
        load_rules(path)


def test_the_sentences_for_the_officer_hold_the_values_used() -> None:
    sentences = " ".join(Rules(version="e", not_participant_up_to_days=3, unemployment_months_required=False).sentences())

    assert "plus de 12 mois, quel que soit l’âge" in sentences
    assert "de 3 jour(s) ou moins" in sentences
    assert "compté, jamais de longue durée" in sentences
    assert "35 %" in sentences
