"""What the register says of two records is told and drawn as the account of their score."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from passerelle.identity.matcher import REGISTER
from passerelle.identity.model import packaged
from passerelle.identity.register.account import account_of
from passerelle.identity.waterfall import Waterfall, start_of

A, B = UUID(int=1), UUID(int=2)
FIELDS = [
    {"field": "nom", "verdict": "near", "words": "à une faute de frappe près"},
    {"field": "prénoms", "verdict": "same_first", "words": "premier prénom identique, aucun ne contredit"},
    {"field": "NIR", "verdict": "missing", "words": "absent d'un côté au moins"},
]
LINK = {
    "record_id": A,
    "compared_with": B,
    "score": None,
    "automatic": True,
    "revoked_at": None,
    "rule": "A4",
    "explanation": "Prénom et date.",
}


def told(**other: Any) -> dict[str, Any]:
    rule = {"id": "A4", "explanation": "Prénom et date."}
    base = {"same": True, "records": [A, B], "fields": FIELDS, "rule_today": rule, "links": [LINK], "overrides": [], "suggestions": []}
    return base | other


def account(told: dict[str, Any]) -> Waterfall:
    return account_of(told, {})


def test_levels_of_the_register_weigh_as_those_of_files() -> None:
    found = account(told())
    assert {step.name: step.level for step in found.steps if step.bits} == {"surname": "near", "given": "same_first"}
    assert found.start == start_of(packaged(), REGISTER)
    assert (found.verdict.verdict, found.verdict.rule, found.verdict.words) == ("same", "A4", "Prénom et date.")


def test_a_frequent_value_says_less() -> None:
    frequent, rare = (account_of(told(), {"given": share}).total for share in (-5.0, -12.0))
    assert rare - frequent == pytest.approx(7.0)


def test_what_a_person_decided_comes_first() -> None:
    order = {"kind": "never"}
    found = account(told(same=False, overrides=[order])).verdict
    assert (found.verdict, found.words) == ("different", "Un agent a décidé que ce n'est jamais la même personne.")
    merged = LINK | {"automatic": False, "rule": "MERGE", "explanation": "Un agent a réuni les deux personnes."}
    assert account(told(links=[LINK, merged])).verdict.rule == "MERGE"


def test_what_waits_for_a_reviewer_is_to_review() -> None:
    assert account(told(same=False, rule_today=None, suggestions=[{"state": "open"}])).verdict.verdict == "review"
    found = account(told(same=False, rule_today=None, suggestions=[{"state": "decided"}])).verdict
    assert (found.verdict, found.words) == ("different", "Aucune règle ne les rapproche.")
