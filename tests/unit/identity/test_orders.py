"""What people decided beats every rule; what is kept of a comparison; what a reason may hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerelle.errors import ConfigurationError
from passerelle.identity.decide import Candidate, Index, Orders, decide
from passerelle.identity.register.acts import refuse_personal
from passerelle.identity.register.audit import upper_bound
from passerelle.identity.register.overrides import ALWAYS, NEVER, Said, orders
from passerelle.identity.rules import NEW, Facts
from passerelle.identity.statement import keys_of

MARIE = Facts("A", frozenset({"DUPONT"}), ("MARIE", ""), date(1980, 5, 12), True, frozenset())
KEYS = keys_of(MARIE, b"key")


def known(*everyone: Facts) -> tuple[Index, list[UUID]]:
    index, people = Index(), []
    for facts in everyone:
        people.append(uuid4())
        index.add(Candidate(uuid4(), people[-1], facts), keys_of(facts, b"key"))
    return index, people


def test_never_beats_the_strongest_rule_and_no_doubt_is_told() -> None:
    index, [person] = known(MARIE)
    assert decide(MARIE, KEYS, index).person_id == person
    decision = decide(MARIE, KEYS, index, Orders(barred=frozenset({person})))
    assert (decision.person_id, decision.rule, decision.doubts) == (None, NEW, ())


def test_always_beats_a_rule_that_names_someone_else_and_a_doubt_between_two() -> None:
    index, [person] = known(MARIE)
    wanted = uuid4()
    assert decide(MARIE, KEYS, index, Orders(wanted=frozenset({wanted}))).person_id == wanted
    index, people = known(MARIE, MARIE)
    assert decide(MARIE, KEYS, index).person_id is None
    decision = decide(MARIE, KEYS, index, Orders(wanted=frozenset(people[:1])))
    assert (decision.person_id, decision.rule, decision.doubts) == (people[0], "ALWAYS", ())


def test_two_orders_for_two_persons_leave_it_to_the_rules() -> None:
    index, [person] = known(MARIE)
    assert decide(MARIE, KEYS, index, Orders(wanted=frozenset({uuid4(), uuid4()}))).person_id == person


def test_a_certain_link_and_a_doubt_keep_what_was_compared_with_whom() -> None:
    index, _ = known(MARIE)
    found = decide(MARIE, KEYS, index).proof
    assert found is not None
    assert found.fields == {"nir": "agrees", "surname": "agrees", "given_name": "agrees", "birth_date": "agrees", "identifier": "missing"}
    (doubt,) = decide(replace(MARIE, given_names=("JEANNE", "")), KEYS, index).doubts
    assert doubt.proof is not None
    assert (doubt.proof.compared_with, doubt.proof.fields["given_name"]) == (found.compared_with, "differs")


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
