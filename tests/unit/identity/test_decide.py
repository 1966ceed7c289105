"""A batch beyond single cases: order in a file, twins, crowded keys, what contradicts a person, what a reviewer is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passerelle.identity import accept, blocks, certain, settle
from passerelle.identity.comparable import MAX_SHARED
from passerelle.identity.decide import Batch, Decision, Traits
from passerelle.identity.facts import Facts, nir_fact
from passerelle.identity.matcher import Matcher, Tie
from passerelle.identity.pool import CERTAIN_KINDS, RANKED_KINDS, Known, Pool
from passerelle.identity.reasons import EXPLANATIONS, NEW, fields_told, told

MARIE = Facts("ft|ft", nir="A", surname="DUPONT", given=("MARIE",), dob="19800512", is_exact=True)
JEANNE = replace(MARIE, nir="B", given=("JEANNE",))
NUMBER = "1253359X"


@pytest.fixture(scope="module")
def certain_only() -> Iterator[Matcher]:
    with Matcher() as matcher:
        yield matcher


@pytest.fixture(scope="module")
def ranked() -> Iterator[Matcher]:
    with Matcher(is_ranked=True) as matcher:
        yield matcher


class Register:
    """A register in memory: what recognise() does, without a database."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.known: list[Known] = []

    def take(self, *facts: Facts, traits: dict[UUID, Traits] | None = None) -> list[tuple[UUID, Decision]]:
        """Everyone of one batch, in order."""
        ids = [uuid4() for _ in facts]
        batch = Batch(self.matcher, Pool(self.known, facts), ids, lambda persons: traits or {})
        persons = []
        for number in range(len(facts)):
            persons.append(batch.choose(number) or uuid4())
            batch.place(number, persons[-1])
        decisions = batch.decisions()
        self.known += [Known(*said) for said in zip(ids, persons, facts, strict=True)]
        return list(zip(persons, decisions, strict=True))


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_later_row_of_a_file_finds_the_person_an_earlier_row_made(certain_only: Matcher, in_one_batch: bool) -> None:
    register = Register(certain_only)
    married = replace(MARIE, surname="MARTIN")
    (first, made), (second, found) = register.take(MARIE, married) if in_one_batch else register.take(MARIE) + register.take(married)
    assert made.rule == NEW
    assert (second, found.rule) == (first, "N2")


@pytest.mark.parametrize("start", range(4))
def test_twins_whose_numbers_are_swapped_are_never_merged_in_any_order(ranked: Matcher, start: int) -> None:
    statements = [MARIE, JEANNE, replace(MARIE, nir="B"), replace(JEANNE, nir="A")]
    register = Register(ranked)
    people = [(facts.given[0], register.take(facts)[0][0]) for facts in statements[start:] + statements[:start]]
    by_person = {person: {name for name, other in people if other == person} for _, person in people}
    assert all(len(names) == 1 for names in by_person.values())


def test_a_record_two_persons_claim_merges_neither_and_later_ones_do_not_either(certain_only: Matcher) -> None:
    register = Register(certain_only)
    both = replace(MARIE, ft=NUMBER, scope="ccas|ccas")
    [(by_nir, _), (by_number, _)] = register.take(MARIE, replace(MARIE, nir=None, ft=NUMBER, usage="MARTIN"))
    [(third, decision)] = register.take(both)
    assert len({by_nir, by_number, third}) == 3
    assert {doubt.reason for doubt in decision.doubts} == {"two_persons"}
    assert decision.person_id is None
    [(fourth, _)] = register.take(replace(both, dob=None))
    assert fourth not in {by_nir, by_number, third}


APART = replace(MARIE, nir=None, ft=NUMBER, role="DEM")
"""Another person for the register, though rules will tie one record to both."""


def two_apart(matcher: Matcher, own: Facts) -> tuple[Register, UUID, UUID]:
    """A register that holds a sender's record and another sender's, kept apart."""
    register = Register(matcher)
    persons = uuid4(), uuid4()
    register.known = [Known(uuid4(), person, facts, place) for place, (person, facts) in enumerate(zip(persons, (own, APART), strict=True))]
    return register, *persons


@pytest.mark.parametrize("number", [{"other": "22"}, {"dossier": "117", "role": "DEM"}, {"caf": "9", "role": "CJT"}, {"ft": NUMBER}])
def test_a_new_version_tied_to_two_persons_stays_with_its_own_and_the_other_is_told(certain_only: Matcher, number: dict[str, str]) -> None:
    before = replace(MARIE, scope="ccas|ccas", **number)  # type: ignore[arg-type]
    register, mine, other = two_apart(certain_only, before)
    for phone in ("612345678", "698765432", "700000001"):
        [(person, decision)] = register.take(replace(before, ft=NUMBER, phone=phone))
        assert (person, decision.person_id, decision.rule) == (mine, mine, "N1")
        assert [(doubt.person_id, doubt.reason) for doubt in decision.doubts] == [(other, "two_persons")]


@pytest.mark.parametrize(
    "number",
    [{}, {"other": "22", "scope": "ccas|elsewhere"}, {"dossier": "117", "role": None}, {"dossier": "117", "role": "CJT"}],
    ids=["no number", "another sender's", "a household's", "another role"],
)
def test_without_a_version_of_its_own_a_record_tied_to_two_is_of_neither(certain_only: Matcher, number: dict[str, str]) -> None:
    register, mine, other = two_apart(certain_only, replace(MARIE, scope="ccas|ccas", dossier="117", role="DEM", other="22"))
    [(person, decision)] = register.take(replace(MARIE, ft=NUMBER, **({"scope": "ccas|ccas"} | number)))  # type: ignore[arg-type]
    assert person not in {mine, other}
    assert {doubt.person_id for doubt in decision.doubts} == {mine, other}


def test_numbers_that_lead_to_two_persons_are_no_version_of_one(certain_only: Matcher) -> None:
    register, mine, other = two_apart(certain_only, replace(MARIE, other="22"))
    assert register.take(replace(MARIE, other="22", ft=NUMBER))[0][0] not in {mine, other}, "one sender's two numbers"


def test_of_versions_on_two_persons_the_last_one_counts_whichever_was_moved_last(certain_only: Matcher) -> None:
    old, new = replace(MARIE, other="22"), replace(MARIE, other="22", phone="612345678")
    register, older, newer = two_apart(certain_only, old)
    register.known = [Known(uuid4(), newer, new, 9), Known(uuid4(), older, old, 4)]
    assert register.take(replace(new, phone="698765432"))[0][0] == newer


@pytest.mark.parametrize("is_alone", [True, False], ids=["the only child", "two of the dossier"])
def test_a_child_stays_with_the_only_one_of_the_dossier(certain_only: Matcher, is_alone: bool) -> None:
    child = replace(MARIE, scope="caf|caf", role="ENF", dossier="117")
    register, mine, other = two_apart(certain_only, child)
    if not is_alone:
        register.known[1] = replace(register.known[1], facts=replace(child, ft=NUMBER))
    [(person, _)] = register.take(replace(child, ft=NUMBER, phone="612345678"))
    assert (person == mine) == is_alone
    assert person != other


def test_a_number_that_no_rule_confirms_keeps_nobody(certain_only: Matcher) -> None:
    register, mine, _ = two_apart(certain_only, replace(MARIE, nir=None, given=("JEANNE",), other="22"))
    register.known.append(Known(uuid4(), uuid4(), MARIE))
    assert register.take(replace(MARIE, other="22", ft=NUMBER))[0][0] not in {one.person_id for one in register.known[:1]}


def test_a_record_that_found_its_person_is_still_asked_about_a_namesake_but_not_about_its_household(certain_only: Matcher) -> None:
    register = Register(certain_only)
    married = replace(MARIE, surname="MARTIN", dossier="117", role="ENF")
    brother = replace(married, nir="B", given=("MARIN",))
    [(mine, _), (namesake, _), _] = register.take(MARIE, replace(MARIE, nir=None, surname="MARTIN"), brother)
    [(person, decision)] = register.take(married)
    assert person == mine
    assert [(doubt.person_id, doubt.reason) for doubt in decision.doubts] == [(namesake, "same_civil_status")]


def test_a_child_that_found_its_person_is_still_asked_about_the_same_child_misspelt(certain_only: Matcher) -> None:
    child = replace(MARIE, scope="caf|caf", given=("VICTORINE",), dossier="117", role="ENF", email="v@poste.example")
    register = Register(certain_only)
    [(mine, _), (misspelt, _)] = register.take(replace(child, dossier=None), replace(child, nir="B", given=("VICOTRINE",)))
    [(person, decision)] = register.take(child)
    assert person == mine
    assert [(doubt.person_id, doubt.reason) for doubt in decision.doubts] == [(misspelt, "same_identifier")]


SABRINA = Facts("caf|caf", surname="ROCH", given=("SABRINA",), dob="19770527", is_exact=True, sex="F", email="t.kerguen@courriel.example")
AT_HOME = replace(SABRINA, scope="ccas|ccas", place_name="COURNON", postcode="59166", phone="701444882")
MARRIED = replace(SABRINA, usage="KERGUEN", nir="C", role="CJT", postcode="59166")
BY_THAT_NAME = replace(AT_HOME, scope="ft|ft", surname="KERGUEN", email="t.k@poste.example", phone="701030482", postcode="59200")


@pytest.mark.parametrize("order", list(permutations((AT_HOME, MARRIED, BY_THAT_NAME))))
def test_in_any_order_a_reviewer_is_asked_about_the_one_who_may_be_meant_too(ranked: Matcher, order: tuple[Facts, ...]) -> None:
    register = Register(ranked)
    persons: dict[Facts, UUID] = {}
    asked: set[frozenset[UUID]] = set()
    for facts in order:
        [(persons[facts], decision)] = register.take(facts)
        asked |= {frozenset((persons[facts], doubt.person_id)) for doubt in decision.doubts}
    assert persons[AT_HOME] == persons[MARRIED] != persons[BY_THAT_NAME]
    assert frozenset((persons[MARRIED], persons[BY_THAT_NAME])) in asked


@pytest.mark.parametrize("contact", ["phone", "email"])
def test_namesakes_of_one_commune_in_one_file_with_contacts_of_their_own_are_not_joined(ranked: Matcher, contact: str) -> None:
    finot = Facts("ft|ft", surname="FINOT", given=("LILIANE",), dob="19910713", is_exact=True, place_name="BEAUPREAU", postcode="59115")
    one, other = (replace(finot, **{contact: said}) for said in ("706945893@a", "708152139@b"))  # type: ignore[arg-type]
    [(first, _), (second, decision)] = Register(ranked).take(one, other)
    assert first != second
    assert [doubt.person_id for doubt in decision.doubts] == [first]
    [(first, _), (second, decision)] = Register(ranked).take(one, replace(finot, given=("LILIANE", "EVE")))
    assert (first, decision.rule) == (second, "A8"), "nothing says that there are two"


class Told(Matcher):
    """A matcher whose rules tie the first fresh record to these known ones, by the rank of each rule, with these levels."""

    def __init__(self, *ranks: int, fields: dict[str, str] | None = None) -> None:
        super().__init__(is_ranked=True)
        self.ranks, self.fields = ranks, fields or {}

    def ties(self, pool: Pool) -> list[Tie]:
        """See :class:`Matcher`."""
        super().ties(pool)
        return [Tie(len(pool.known), other, f"R{rank}", rank, None, self.fields) for other, rank in enumerate(self.ranks)]


@pytest.mark.parametrize(("ranks", "is_kept"), [((0, 1), True), ((20, 21), False)], ids=["certain", "accepted"])
def test_the_only_child_of_a_dossier_is_one_by_a_certain_rule_only(ranks: tuple[int, int], is_kept: bool) -> None:
    with Told(*ranks, fields={"dossier": "member"}) as matcher:
        register = Register(matcher)
        register.known = [Known(uuid4(), uuid4(), replace(MARIE, nir=None, scope=scope)) for scope in (MARIE.scope, "caf|caf")]
        [(person, _)] = register.take(MARIE)
    assert (person == register.known[0].person_id) == is_kept


def test_what_earlier_rows_of_the_file_said_of_the_person_contradicts_too(certain_only: Matcher) -> None:
    register = Register(certain_only)
    said = replace(MARIE, ft=NUMBER), replace(MARIE, nir=None, ft=NUMBER, other="22"), replace(MARIE, nir="B", other="22")
    [(first, _), (second, _), (third, decision)] = register.take(*said)
    assert first == second != third
    assert [(doubt.person_id, doubt.reason) for doubt in decision.doubts] == [(first, "other_nir")]


@pytest.mark.parametrize(
    ("ranks", "linked", "doubted"),
    [((0, 20), 0, [1]), ((20, 0), 1, [0]), ((0, 1), None, [0, 1]), ((20, 21), None, [0, 1])],
    ids=["certain first", "certain second", "two certain", "two accepted"],
)
def test_what_a_certain_rule_ties_is_not_undone_by_what_was_only_accepted(
    ranks: tuple[int, int], linked: int | None, doubted: list[int]
) -> None:
    with Told(*ranks) as matcher:
        register = Register(matcher)
        register.known = [Known(uuid4(), uuid4(), replace(MARIE, nir=None)) for _ in ranks]
        [(_, decision)] = register.take(MARIE)
    persons = [one.person_id for one in register.known]
    assert decision.person_id == (None if linked is None else persons[linked])
    assert [(doubt.person_id, doubt.reason) for doubt in decision.doubts] == [(persons[other], "two_persons") for other in doubted]


def test_the_strongest_rule_of_all_the_persons_records_names_the_link(certain_only: Matcher) -> None:
    register = Register(certain_only)
    [(person, _)] = register.take(replace(MARIE, nir=None, other=NUMBER))
    assert register.take(replace(MARIE, surname="MARTIN", other=NUMBER))[0][1].rule == "S4"
    assert register.take(replace(MARIE, surname="MARTIN", other=NUMBER))[0] == (person, Decision(person, "N1"))


def test_the_persons_records_outside_the_pool_contradict_too(certain_only: Matcher) -> None:
    register = Register(certain_only)
    [(person, _)] = register.take(replace(MARIE, nir=None, other=NUMBER))
    later = replace(MARIE, other=NUMBER, sex="F")
    for traits, reason in ((Traits(nirs={"B"}), "other_nir"), (Traits(sexes={"M"}), "other_sex"), (Traits(nirs={"A", "B"}), None)):
        [(_, decision)] = Register.take(_copy(register), later, traits={person: traits})
        assert [doubt.reason for doubt in decision.doubts] == ([reason] if reason else [])
        assert (decision.person_id is None) == (reason is not None)


def _copy(register: Register) -> Register:
    copied = Register(register.matcher)
    copied.known = list(register.known)
    return copied


def test_a_reviewer_is_asked_about_a_person_once_for_the_most_pressing_reason(certain_only: Matcher) -> None:
    register = Register(certain_only)
    [(person, _)] = register.take(MARIE)
    register.known.append(Known(uuid4(), person, replace(MARIE, nir=None, given=("LOUISE",))))
    [(_, decision)] = register.take(replace(MARIE, given=("LOUISE",)))
    assert [(doubt.person_id, doubt.reason) for doubt in decision.doubts] == [(person, "same_nir")]


@pytest.mark.parametrize("field", ["phone", "email", "nir"])
def test_a_value_that_many_people_have_says_nothing(ranked: Matcher, field: str) -> None:
    register = Register(ranked)
    office = [
        Facts("ft|ft", surname=f"NOM{'XYZ'[n % 3]}", given=(f"PRENOM{'ABCDEFGHIJKLMNOP'[n]}",), dob=f"19{50 + n}0512", is_exact=True)
        for n in range(MAX_SHARED + 1)
    ]
    marie = replace(MARIE, nir=None)
    said = [replace(one, **{field: "612345678"}) for one in (marie, *office, replace(marie, surname="LEROY"))]  # type: ignore[arg-type]
    register.take(*said[:-1])
    [(_, decision)] = register.take(said[-1])
    assert decision.person_id is None
    register.known = register.known[:1]
    [(person, _)] = register.take(said[-1])
    assert person == register.known[0].person_id, "alone with her, the value would have told"


def test_a_key_of_too_many_records_is_left_out_and_counted(certain_only: Matcher) -> None:
    everyone = [replace(MARIE, nir=None, given=(f"P{number}",)) for number in range(blocks.MAX_BLOCK + 1)]
    certain_only.ties(Pool((), everyone))
    assert certain_only.crowded == 1


def test_a_nir_is_equal_or_not_and_never_near() -> None:
    facts = [nir_fact(f"nir-{letter}", True) for letter in "abcdef"]
    assert len(set(facts)) == 6
    assert all(sum(x != y for x, y in zip(a or "", b or "", strict=True)) > 2 for a in facts for b in facts if a != b)
    assert nir_fact("nir-a", False) is None


def test_the_kinds_of_keys_the_pool_asks_for_exist() -> None:
    assert set(CERTAIN_KINDS) <= set(blocks.KINDS)
    assert set(CERTAIN_KINDS) < set(RANKED_KINDS) < set(blocks.KINDS)


def test_what_a_reviewer_reads_says_each_field_without_any_value(certain_only: Matcher) -> None:
    register = Register(certain_only)
    register.take(MARIE)
    [(_, decision)] = register.take(replace(MARIE, given=("JEANNE",)))
    (doubt,) = decision.doubts
    assert doubt.detail == "nom : identique ; prénoms : différent ; date de naissance : identique ; NIR : identique"
    assert doubt.proof is not None
    assert doubt.proof.compared_with == register.known[0].record_id
    assert told(doubt.proof.fields) == doubt.detail
    assert {rule.id for rule in (*certain.RULES, *accept.RULES)} | settle.WORDS.keys() <= EXPLANATIONS.keys()


def test_evidence_is_told_as_it_was_written_in_the_first_releases_and_now() -> None:
    former = fields_told({"nir": "agrees", "given_name": "differs", "identifier": "missing"})
    assert [one["words"] for one in former] == ["identique", "différent", "absent d'un côté au moins"]
    assert [one["field"] for one in former] == ["NIR", "prénom", "identifiant du partenaire"]


people = st.builds(
    Facts,
    scope=st.just("ft|ft"),
    nir=st.sampled_from([None, "A", "B"]),
    surname=st.sampled_from([None, "DUPONT", "MARTIN"]),
    given=st.sampled_from([(), ("MARIE",), ("MARIE", "ANNE"), ("MARIEANNE",), ("JEANNE",)]),
    dob=st.sampled_from([None, "19800512", "19801205", "19800101"]),
    is_exact=st.booleans(),
    other=st.sampled_from([None, NUMBER]),
    sex=st.sampled_from([None, "F", "M"]),
)


_SHARED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(_SHARED, max_examples=25)
@given(statements=st.lists(people, max_size=8))
def test_no_person_of_a_batch_ever_has_two_numbers_or_two_sexes(ranked: Matcher, statements: list[Facts]) -> None:
    no_person_has_two(statements, [person for person, _ in Register(ranked).take(*statements)])


@settings(_SHARED, max_examples=10)
@given(statements=st.lists(people, min_size=2, max_size=5))
def test_no_person_ever_has_two_numbers_or_two_sexes(ranked: Matcher, statements: list[Facts]) -> None:
    register = Register(ranked)
    no_person_has_two(statements, [register.take(facts)[0][0] for facts in statements])


def no_person_has_two(statements: list[Facts], persons: list[UUID]) -> None:
    linked: dict[UUID, list[Facts]] = {}
    for person, facts in zip(persons, statements, strict=True):
        linked.setdefault(person, []).append(facts)
    for records in linked.values():
        assert len({facts.nir for facts in records} - {None}) <= 1
        assert len({facts.sex for facts in records} - {None}) <= 1
        assert len(records) == 1 or all(facts.given for facts in records)
