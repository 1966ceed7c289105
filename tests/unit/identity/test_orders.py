"""What people decided beats every rule; what is kept of a comparison; what a reason may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigurationError
from passerelle.identity.decide import Batch, Decision, Orders
from passerelle.identity.facts import Facts
from passerelle.identity.matcher import Matcher
from passerelle.identity.pool import Known, Pool
from passerelle.identity.reasons import NEW
from passerelle.identity.register.acts import refuse_personal
from passerelle.identity.register.audit import upper_bound
from passerelle.identity.register.overrides import ALWAYS, NEVER, Said, orders

MARIE = Facts("ft|ft", nir="A", surname="DUPONT", given=("MARIE",), dob="19800512", is_exact=True)


@pytest.fixture(scope="module")
def matcher() -> Iterator[Matcher]:
    with Matcher() as made:
        yield made


def known(*everyone: Facts) -> tuple[list[Known], list[UUID]]:
    found = [Known(uuid4(), uuid4(), facts) for facts in everyone]
    return found, [one.person_id for one in found]


def decide(matcher: Matcher, register: list[Known], orders: Orders, facts: Facts = MARIE) -> Decision:
    batch = Batch(matcher, Pool(register, [facts]), [uuid4()], lambda persons: {})
    batch.place(0, batch.choose(0, orders) or uuid4())
    return batch.decisions()[0]


def test_never_beats_the_strongest_rule_and_no_doubt_is_told(matcher: Matcher) -> None:
    register, [person] = known(MARIE)
    assert decide(matcher, register, Orders()).person_id == person
    decision = decide(matcher, register, Orders(barred=frozenset({person})))
    assert (decision.person_id, decision.rule, decision.doubts) == (None, NEW, ())


def test_always_beats_a_rule_that_names_someone_else_and_a_doubt_between_two(matcher: Matcher) -> None:
    register, [person] = known(MARIE)
    wanted = uuid4()
    assert decide(matcher, register, Orders(wanted=frozenset({wanted}))).person_id == wanted
    register, people = known(MARIE, MARIE)
    assert decide(matcher, register, Orders()).person_id is None
    decision = decide(matcher, register, Orders(wanted=frozenset(people[:1])))
    assert (decision.person_id, decision.rule, decision.doubts) == (people[0], "ALWAYS", ())


def test_two_orders_for_two_persons_leave_it_to_the_rules(matcher: Matcher) -> None:
    register, [person] = known(MARIE)
    assert decide(matcher, register, Orders(wanted=frozenset({uuid4(), uuid4()}))).person_id == person


def test_a_certain_link_and_a_doubt_keep_what_was_compared_with_whom(matcher: Matcher) -> None:
    register, _ = known(MARIE)
    found = decide(matcher, register, Orders()).proof
    assert found is not None
    said = {field: level for field, level in found.fields.items() if level != "missing"}
    assert said == {"surname": "birth", "given": "same_first", "dob": "exact", "nir": "same"}
    (doubt,) = decide(matcher, register, Orders(), replace(MARIE, given=("JEANNE",))).doubts
    assert doubt.proof is not None
    assert (doubt.proof.compared_with, doubt.proof.fields["given"]) == (found.compared_with, "different")


@given(st.lists(st.tuples(st.sampled_from([NEVER, ALWAYS]), st.integers(0, 3), st.sampled_from([None, 0, 1, 2]))))
def test_orders_bar_whom_never_names_even_if_always_names_them_too(said: list[tuple[str, int, int | None]]) -> None:
    ids = [UUID(int=n) for n in range(4)]
    found = orders([Said(kind, ids[other], None if person is None else ids[person]) for kind, other, person in said], {})
    assert found.barred == {ids[person] for kind, _, person in said if kind == NEVER and person is not None}
    assert not found.wanted & found.barred


def test_a_record_just_decided_counts_as_where_it_was_put() -> None:
    record, before, now = uuid4(), uuid4(), uuid4()
    assert orders([Said(NEVER, record, before)], {record: now}).barred == {now}
    assert orders([Said(NEVER, record, None)], {}).barred == frozenset()


@pytest.mark.parametrize("reason", ["", " ", "Madame Dupônt", "né Le Goff dupont", "appel au 06 12 34 56 78", "NIR 1800559350123"])
def test_a_reason_with_a_name_or_a_number_is_refused(reason: str) -> None:
    with pytest.raises(ConfigurationError):
        refuse_personal(reason, ["DUPONT", None, "Le"])


@pytest.mark.parametrize("reason", ["Pièce d'identité vue", "Le service l'a confirmé le 12/03", "dossier 2026-17"])
def test_an_ordinary_reason_is_kept(reason: str) -> None:
    refuse_personal(reason, ["DUPONT", None, "Le"])


@pytest.mark.parametrize(("wrong", "judged", "bound"), [(0, 59, 0.0495), (0, 299_573, 1e-5), (1, 100, 0.0466), (3, 3, 1.0), (0, 0, 1.0)])
def test_the_bound_of_an_audit_is_the_exact_one(wrong: int, judged: int, bound: float) -> None:
    assert upper_bound(wrong, judged) == pytest.approx(bound, rel=0.01)
