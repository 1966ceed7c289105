"""Hash, keys and facts of a statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from passerelle.errors import InvariantError
from passerelle.identity.rules import NAME_DATE, NIR
from passerelle.identity.statement import Recognition, Statement, content_hash, facts_of, keys_of

CONTEXT = Recognition(1, "caf_msa", "caf", datetime(2026, 1, 5, tzinfo=UTC), b"key")
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


def test_keys_hold_no_name_and_no_birth_date() -> None:
    said = str(keys_of(facts_of(MARIE, CONTEXT), b"key")).upper()
    assert "DUPONT" not in said
    assert "MARIE" not in said
    assert "1980" not in said


def test_a_record_can_be_met_by_its_nir_its_numbers_and_both_its_surnames() -> None:
    kinds = [kind for kind, _ in keys_of(facts_of(replace(MARIE, usage_name="Martin"), CONTEXT), b"key")]
    assert kinds == ["dossier_number", NIR, NAME_DATE, NAME_DATE]


def test_a_wrong_nir_is_no_fact_and_no_meeting_place() -> None:
    facts = facts_of(replace(MARIE, nir_valid=False), CONTEXT)
    assert facts.nir is None
    assert NIR not in {kind for kind, _ in keys_of(facts, b"key")}


def test_a_kind_of_number_no_rule_knows_is_a_bug_not_a_silence() -> None:
    with pytest.raises(InvariantError, match="'matricule'"):
        facts_of(replace(MARIE, identifiers=(("matricule", "1"),)), CONTEXT)
