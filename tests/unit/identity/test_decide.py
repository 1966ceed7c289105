"""The engine beyond single cases: order in a file, twins, crowded keys, what a reviewer is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from passerelle.identity.decide import MAX_PERSONS, Candidate, Decision, Index, decide
from passerelle.identity.rules import EXPLANATIONS, NEW, POLICY, REASONS, Facts, describe
from passerelle.identity.statement import keys_of

MARIE = Facts("A", frozenset({"DUPONT"}), ("MARIE", ""), date(1980, 5, 12), True, frozenset())
JEANNE = replace(MARIE, nir="B", given_names=("JEANNE", ""))
NUMBER = frozenset({("france_travail_number", "ft|1253359X|")})


class Register:
    """A register in memory: what recognise() does, without a database."""

    def __init__(self) -> None:
        self.index = Index()

    def take(self, facts: Facts) -> tuple[UUID, Decision]:
        keys = keys_of(facts, b"key")
        decision = decide(facts, keys, self.index)
        person = decision.person_id or uuid4()
        self.index.add(Candidate(uuid4(), person, facts), keys)
        return person, decision


def test_a_later_row_of_a_file_finds_the_person_an_earlier_row_made() -> None:
    register = Register()
    first, made = register.take(MARIE)
    second, found = register.take(replace(MARIE, surnames=frozenset({"MARTIN"})))
    assert made.rule == NEW
    assert (second, found.rule) == (first, "N2")


def test_twins_whose_numbers_are_swapped_are_never_merged_in_any_order() -> None:
    statements = [MARIE, JEANNE, replace(MARIE, nir="B"), replace(JEANNE, nir="A")]
    for start in range(4):
        register = Register()
        people = [(facts.given_names[0], register.take(facts)[0]) for facts in statements[start:] + statements[:start]]
        by_person = {person: {name for name, other in people if other == person} for _, person in people}
        assert all(len(names) == 1 for names in by_person.values())


def test_a_record_two_persons_claim_merges_neither_and_later_ones_do_not_either() -> None:
    register = Register()
    by_nir, _ = register.take(MARIE)
    by_number, _ = register.take(replace(MARIE, nir=None, identifiers=NUMBER, surnames=frozenset({"MARTIN"})))
    both = replace(MARIE, identifiers=NUMBER)
    third, decision = register.take(both)
    assert len({by_nir, by_number, third}) == 3
    assert {doubt.reason for doubt in decision.doubts} == {"two_persons"}
    assert decision.person_id is None
    assert register.take(replace(both, birth_date=None))[0] not in {by_nir, by_number, third}


def test_the_strongest_rule_of_all_the_persons_records_names_the_link() -> None:
    register = Register()
    person, _ = register.take(replace(MARIE, nir=None, identifiers=NUMBER))
    assert register.take(replace(MARIE, surnames=frozenset({"MARTIN"}), identifiers=NUMBER))[1].rule == "S3"
    assert register.take(replace(MARIE, surnames=frozenset({"MARTIN"}), identifiers=NUMBER))[1] == Decision(person, "N1")


def test_a_reviewer_is_asked_about_a_person_once_for_the_most_pressing_reason() -> None:
    register = Register()
    person, _ = register.take(MARIE)
    register.index.add(Candidate(uuid4(), person, replace(MARIE, nir=None)), keys_of(MARIE, b"key"))
    _, decision = register.take(replace(MARIE, given_names=("LOUISE", "")))
    assert [(doubt.person_id, doubt.reason) for doubt in decision.doubts] == [(person, "same_nir")]


def test_a_number_that_many_people_bear_says_nothing() -> None:
    register = Register()
    for number in range(MAX_PERSONS + 1):
        register.take(Facts(f"N{number}", frozenset({f"NOM{number}"}), (f"PRENOM{number}", ""), date(1980, 5, 12), True, NUMBER))
    _, decision = register.take(replace(MARIE, identifiers=NUMBER))
    assert decision == Decision(None, NEW)


def test_a_person_with_many_records_is_still_found() -> None:
    register = Register()
    person, _ = register.take(MARIE)
    for number in range(2 * MAX_PERSONS):
        assert register.take(replace(MARIE, surnames=frozenset({f"NOM{number}"})))[0] == person


def test_what_a_reviewer_reads_says_what_agrees_and_differs_without_any_value() -> None:
    said = describe(MARIE, replace(JEANNE, birth_date=None))
    assert said == "identique : nom ; différent : NIR, prénom ; absent : date de naissance"
    assert all(explanation.endswith(".") for explanation in EXPLANATIONS.values())


people = st.builds(
    Facts,
    nir=st.sampled_from([None, "A", "B"]),
    surnames=st.sampled_from([frozenset(), frozenset({"DUPONT"}), frozenset({"DUPONT", "MARTIN"})]),
    given_names=st.sampled_from([("", ""), ("MARIE", ""), ("MARIE", "ANNE"), ("MARIEANNE", ""), ("JEANNE", "")]),
    birth_date=st.sampled_from([None, date(1980, 5, 12), date(1980, 12, 5), date(1980, 1, 1)]),
    is_exact=st.booleans(),
    identifiers=st.sampled_from([frozenset(), NUMBER, frozenset({("dossier_number", "caf|1|DEM")})]),
)


@given(people, people)
def test_no_rule_has_a_direction(left: Facts, right: Facts) -> None:
    for rule in (*POLICY, *REASONS):
        assert rule.holds(left, right) == rule.holds(right, left)


@given(st.lists(people, max_size=8))
def test_no_person_ever_has_two_numbers_or_links_without_a_common_given_name(statements: list[Facts]) -> None:
    register = Register()
    linked: dict[UUID, list[Facts]] = {}
    for facts in statements:
        linked.setdefault(register.take(facts)[0], []).append(facts)
    for records in linked.values():
        assert len({facts.nir for facts in records} - {None}) <= 1
        assert len(records) == 1 or all(facts.given_names[0] for facts in records)
