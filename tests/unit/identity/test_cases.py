"""Every case of tests/cases/identity.yml, which an agent of the Département can read and add to, by both paths and with both settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from identity_cases import CASES, Verdict, in_files, in_register, records, table
from passerelle.identity import accept, certain
from passerelle.identity.engine import Layers, match
from passerelle.identity.matcher import Matcher
from passerelle.identity.reasons import EXPLANATIONS

IDS = [case["cas"] for case in CASES]
_AT_ONCE = 40
"""Cases in one pool: few enough for a key that all of them share."""


@pytest.fixture(scope="module", params=[True, False], ids=["all layers", "certain rules only"])
def register(request: pytest.FixtureRequest) -> tuple[bool, dict[str, set[Verdict]]]:
    """Whether all layers run, and what the register then says of each case."""
    with Matcher(is_ranked=request.param) as matcher:
        found = [told for start in range(0, len(CASES), _AT_ONCE) for told in in_register(CASES[start : start + _AT_ONCE], matcher)]
    return request.param, dict(zip(IDS, found, strict=True))


def expected(case: Mapping[str, Any], *names: str) -> set[Verdict]:
    lines = next(case[name] for name in (*names, "attendu") if name in case)
    return {(known, received, verdict, rule) for known, received, verdict, rule in (line.split() for line in lines)}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_two_files_are_matched_as_the_page_says(case: dict[str, Any]) -> None:
    for found, names in zip(in_files(case), ([], ["certaines"]), strict=True):
        if names and "certaines" not in case:
            continue
        wanted = expected(case, *names)
        open_reasons = {pair[:3] for pair in wanted if pair[3] == "tout"}
        assert {(*pair[:3], "tout") if pair[:3] in open_reasons else pair for pair in found} == wanted, names or "all layers"


def test_certain_rules_only_say_the_same_when_nothing_else_was_ever_run() -> None:
    case = next(case for case in CASES if "certaines" in case and expected(case, "certaines") != expected(case))
    nirs: dict[str, str] = {}
    files = [table(records(case[name], nirs)) for name in ("connus", "recus")]
    alone = match(*files, Layers(is_certain_only=True)).links.to_pylist()
    found = {(row["left_id"], row["right_id"], row["verdict"], row["rule"]) for row in alone}
    assert found == in_files(case)[1]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_delivery_is_decided_against_the_register_as_the_page_says(
    case: dict[str, Any], register: tuple[bool, dict[str, set[Verdict]]]
) -> None:
    is_ranked, told = register
    names = ["registre"] if is_ranked else ["registre_certaines", "certaines"]
    wanted = by_person(case, expected(case, *names))
    found = by_person(case, told[case["cas"]])
    assert found.keys() == wanted.keys()
    for about, rules in found.items():
        assert len(rules) == 1, "one rule or reason is told per person"
        assert rules <= wanted[about] or wanted[about] == {"tout"}


@pytest.mark.parametrize("is_ranked", [True, False], ids=["all layers", "certain rules only"])
def test_a_case_alone_is_decided_as_among_the_others(is_ranked: bool) -> None:
    some = CASES[:: len(CASES) // 8]
    with Matcher(is_ranked=is_ranked) as matcher:
        assert [in_register([case], matcher)[0] for case in some] == in_register(some, matcher)


def by_person(case: Mapping[str, Any], verdicts: Collection[Verdict]) -> dict[tuple[str, str, str], set[str]]:
    """Rules or reasons per person, received record and verdict: the register speaks of persons, of whom it compares the closest record."""
    persons = {one["id"]: one.get("personne", one["id"]) for one in case["connus"]}
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for known, received, verdict, rule in verdicts:
        found[persons[known], received, verdict].add(rule)
    return dict(found)


def test_where_the_two_paths_differ_the_case_says_why() -> None:
    for case in CASES:
        differs = "registre" in case or "registre_certaines" in case
        assert differs == ("parce_que" in case), case["cas"]
    assert sum("parce_que" in case for case in CASES) < len(CASES) / 6


def test_every_rule_has_a_case_and_every_reason_a_french_explanation() -> None:
    told = {
        line.split()[3]
        for case in CASES
        for name in ("attendu", "certaines", "registre", "registre_certaines")
        for line in case.get(name, ())
    } - {"tout"}
    assert told <= EXPLANATIONS.keys()
    assert {rule.id for rule in (*certain.RULES, *accept.RULES)} <= told
    assert len(CASES) >= 60
    assert all(explanation.endswith(".") for explanation in EXPLANATIONS.values())
