"""Every case of tests/cases/identity.yml, which an agent of the Département can read and add to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml

from passerelle.identity.decide import Candidate, Index, decide
from passerelle.identity.rules import EXPLANATIONS, NEW, POLICY
from passerelle.identity.statement import Recognition, Statement, facts_of, keys_of

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[2] / "cases" / "identity.yml").read_text(encoding="utf-8"))
FIELDS = {
    "nom": "birth_name",
    "nom_usage": "usage_name",
    "prenom": "given_name",
    "autres_prenoms": "other_given_names",
    "ne_le": "birth_date",
    "precision": "birth_date_precision",
    "role": "role",
}
IDENTIFIERS = {
    "dossier": "dossier_number",
    "allocataire": "allocataire_number",
    "france_travail": "france_travail_number",
    "numero_interne": "other_id",
}
OTHER = {"personne", "nir", "nir_douteux", "source", "expediteur"}


def read(said: Mapping[str, Any]) -> tuple[Statement, Recognition]:
    assert said.keys() <= FIELDS.keys() | IDENTIFIERS.keys() | OTHER, "an unknown field in tests/cases/identity.yml"
    statement = Statement(
        table_name="personne",
        row=0,
        nir_hash=said.get("nir"),
        nir_valid="nir" in said and not said.get("nir_douteux", False),
        identifiers=tuple((kind, said[name]) for name, kind in IDENTIFIERS.items() if name in said),
        **{field: said[name] for name, field in FIELDS.items() if name in said},
    )
    return statement, Recognition(1, said.get("source", "caf_msa"), said.get("expediteur", "caf"), datetime(2026, 1, 5, tzinfo=UTC), b"key")


@pytest.mark.parametrize("case", CASES, ids=[case["cas"] for case in CASES])
def test_a_case_is_decided_as_the_agents_expect(case: dict[str, Any]) -> None:
    persons: dict[str, UUID] = {}
    index = Index()
    for known in case["connus"]:
        statement, context = read(known)
        facts = facts_of(statement, context)
        person = persons.setdefault(known["personne"], uuid4())
        index.add(Candidate(uuid4(), person, facts), keys_of(facts, b"key"))
    statement, context = read(case["recu"])
    facts = facts_of(statement, context)

    decision = decide(facts, keys_of(facts, b"key"), index)

    expected = {} if case["attendu"] == "nouvelle" else case["attendu"]
    names = {person: name for name, person in persons.items()}
    assert decision.rule == expected.get("regle", NEW)
    assert decision.person_id == persons.get(expected.get("personne", ""))
    assert {names[doubt.person_id]: doubt.reason for doubt in decision.doubts} == expected.get("a_revoir", {})


def test_every_rule_and_every_reason_has_a_case_and_a_french_explanation() -> None:
    seen = set()
    for case in CASES:
        expected = {} if case["attendu"] == "nouvelle" else case["attendu"]
        seen |= {expected.get("regle", NEW), *expected.get("a_revoir", {}).values()}
    assert seen == EXPLANATIONS.keys()
    assert {rule.id for rule in POLICY} < seen
