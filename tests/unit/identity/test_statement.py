"""Hash, keys and facts of a statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from passerelle.errors import InvariantError
from passerelle.identity.facts import NIR
from passerelle.identity.statement import Recognition, Statement, content_hash, facts_of, keys_of

CONTEXT = Recognition(1, "caf_msa", "caf", datetime(2026, 1, 5, tzinfo=UTC), b"key")
FIRST_RELEASE = "ae78d1760447c449f9c6ca3c48d596a3"
"""The hash of MARIE as it was then: another one would make every record of an installation new."""
MARIE = Statement(
    table_name="personne",
    row=3,
    nir_hash="a" * 64,
    nir_valid=True,
    birth_name="Dupont",
    given_name="Marie",
    birth_date=date(1980, 5, 12),
    role="DEM",
    identifiers=(("dossier_number", "00046770093"),),
)


def test_the_same_statement_in_another_delivery_and_row_has_the_same_hash() -> None:
    assert content_hash(replace(MARIE, table_name="droit", row=9), replace(CONTEXT, delivery_id=2)) == content_hash(MARIE, CONTEXT)


@pytest.mark.parametrize(
    "change",
    [
        {"nir_hash": "b" * 64},
        {"nir_valid": False},
        {"birth_name": "Dupond"},
        {"usage_name": "Dupont"},
        {"given_name": "Marion"},
        {"other_given_names": "Anne"},
        {"birth_date": date(1980, 5, 13)},
        {"birth_date_precision": "J"},
        {"sex": "F"},
        {"role": "CJT"},
        {"identifiers": (("dossier_number", "00046770094"),)},
        {"postcode": "59000"},
        {"birth_place_name": "Lille"},
        {"previous_dossier_number": "00046770001"},
        {"phone": "0612345678"},
        {"email": "m.dupont@courriel.example"},
        {"commune_code": "59350"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_other_identity_value_makes_another_record(change: dict[str, object]) -> None:
    assert content_hash(replace(MARIE, **change), CONTEXT) != content_hash(MARIE, CONTEXT)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"source": "ccas"}, {"sender": "msa"}, {"hash_key": b"other"}], ids=lambda change: next(iter(change)))
def test_source_sender_and_key_are_part_of_the_hash(change: dict[str, object]) -> None:
    assert content_hash(MARIE, replace(CONTEXT, **change)) != content_hash(MARIE, CONTEXT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [{"given_name": None}, {"given_name": "-"}, {"birth_date": None}, {"birth_name": None, "nir_hash": None, "identifiers": ()}],
    ids=["no given name", "no letter in the given name", "no birth date", "neither surname nor number"],
)
def test_statements_that_identify_nobody_are_never_taken_for_one_another(change: dict[str, object]) -> None:
    vague = replace(MARIE, **change)  # type: ignore[arg-type]
    assert content_hash(vague, CONTEXT) == content_hash(vague, CONTEXT)
    assert content_hash(vague, CONTEXT) != content_hash(replace(vague, row=4), CONTEXT)
    assert content_hash(vague, CONTEXT) != content_hash(vague, replace(CONTEXT, delivery_id=2))


def test_what_came_after_the_first_release_leaves_the_hash_of_records_without_it_as_it_was() -> None:
    assert content_hash(MARIE, CONTEXT) == FIRST_RELEASE
    assert content_hash(replace(MARIE, phone="", email=None), CONTEXT) == FIRST_RELEASE
    assert content_hash(replace(MARIE, phone="x"), CONTEXT) != content_hash(replace(MARIE, email="x"), CONTEXT)


def test_keys_hold_no_name_and_no_birth_date() -> None:
    said = str(keys_of(replace(MARIE, phone="0612345678", email="m.dupont@courriel.example"), CONTEXT)).upper()
    assert "DUPONT" not in said
    assert "MARIE" not in said
    assert "1980" not in said
    assert "12345678" not in said


def test_a_record_can_be_met_by_its_nir_and_its_numbers_the_former_dossier_too() -> None:
    keys = keys_of(replace(MARIE, previous_dossier_number="00046770001"), CONTEXT)
    assert keys == (
        ("dossier_number", "caf_msa|00046770093|DEM"),
        ("previous_dossier_number", "caf_msa|00046770001|DEM"),
        (NIR, "a" * 64),
    )
    assert keys_of(replace(MARIE, role=None), CONTEXT) == ((NIR, "a" * 64),)


def test_a_number_of_france_travail_is_one_key_whoever_tells_it_and_an_internal_one_is_its_senders() -> None:
    told = replace(MARIE, identifiers=(("france_travail_number", "1253359x"), ("other_id", "22")))
    at_ccas = replace(CONTEXT, source="ccas", sender="ccas-valcombe")
    assert keys_of(told, CONTEXT)[0] == keys_of(told, at_ccas)[0] == ("france_travail_number", "|1253359X|")
    assert [keys_of(told, context)[1] for context in (CONTEXT, at_ccas)] == [
        ("other_id", "caf_msa|caf|22|"),
        ("other_id", "ccas|ccas-valcombe|22|"),
    ]


def test_a_wrong_nir_is_no_fact_and_no_meeting_place() -> None:
    wrong = replace(MARIE, nir_valid=False)
    assert facts_of(wrong, CONTEXT).nir is None
    assert NIR not in {kind for kind, _ in keys_of(wrong, CONTEXT)}


def test_facts_are_in_comparable_form() -> None:
    stated = replace(
        MARIE, birth_name="Le Goff", usage_name="D'Almeida", given_name="Anne-Marie", other_given_names="Zoé|Lou", sex="F",
        phone="+33 6 12 34 56 78", email=" M.LeGoff@courriel.example", birth_place_name="Saint-Étienne", postcode="59 000",
    )  # fmt: skip
    facts = facts_of(stated, CONTEXT)
    assert (facts.surname, facts.usage, facts.given, facts.dob) == ("LEGOFF", "DALMEIDA", ("ANNEMARIE", "ZOE", "LOU"), "19800512")
    assert (facts.phone, facts.email) == ("612345678", "m.legoff@courriel.example")
    assert (facts.place_name, facts.postcode, facts.scope, facts.dossier) == ("SAINTETIENNE", "59000", "caf_msa|caf", "00046770093")


def test_a_kind_of_number_no_rule_knows_is_a_bug_not_a_silence() -> None:
    with pytest.raises(InvariantError, match="'matricule'"):
        facts_of(replace(MARIE, identifiers=(("matricule", "1"),)), CONTEXT)
