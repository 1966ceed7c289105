"""Bad content through the whole journey: the right state, an answer for the partner, and the other feeds go on in the same run."""

from __future__ import annotations

from pathlib import Path

import pytest

import oracle
from installation import FEEDS, Installation, product_contract
from passerelle import journey
from passerelle.derive.mutate import Mutation, mutate
from passerelle.errors import InvariantError
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from passerelle.receipt.model import Receipt
from passerelle.steps import decide

ROWS = 60
STAGED = {
    "caf": "staging.caf__rsa_beneficiaires_mensuel__v1__dossier",
    "francetravail": "staging.france_travail__inscriptions__v1__inscription",
    "ccas-valcombe": "staging.ccas__accompagnement__v1__accompagnement",
}
REFUSED, PUBLISHED = State.REFUSED, State.PUBLISHED
EXPECTED = [
    ("caf", Mutation.MISSING_FOOTER, REFUSED),
    ("caf", Mutation.TRUNCATED, REFUSED),
    ("caf", Mutation.NUL_BYTE, REFUSED),
    ("caf", Mutation.IMPOSSIBLE_DATE, PUBLISHED),
    ("caf", Mutation.UNKNOWN_CODE, PUBLISHED),
    ("francetravail", Mutation.IMPOSSIBLE_DATE, PUBLISHED),
    ("francetravail", Mutation.MISSING_COLUMN, REFUSED),
    ("ccas-valcombe", Mutation.WRONG_ENCODING, REFUSED),
    ("ccas-valcombe", Mutation.NUL_BYTE, REFUSED),
    ("ccas-valcombe", Mutation.UNKNOWN_CODE, PUBLISHED),
]


def rows_of(opened: Gateway, table: str, delivery_id: int) -> int:
    return sum(row["_delivery_id"] == delivery_id for row in oracle.dump(opened).get(table, []))


def receipts(opened: Gateway, delivery_id: int) -> dict[str, Receipt]:
    rows = [row for row in oracle.dump(opened)["ledger.receipt"] if row["delivery_id"] == delivery_id]
    return {row["kind"]: Receipt.from_json(row["body"]) for row in rows}


@pytest.mark.parametrize(("sender", "mistake", "state"), EXPECTED)
def test_a_mistake_leads_to_its_state_and_its_answer_and_stops_nobody_else(
    sender: str, mistake: Mutation, state: State, place: Installation, opened: Gateway, tmp_path: Path
) -> None:
    neighbours = [name for name in STAGED if name != sender][:1]
    for name in neighbours:
        place.drop(name, place.sample(name, 5).path)
    bad = mutate(product_contract(FEEDS[sender]), place.sample(sender, ROWS).path, mistake, tmp_path / "broken")
    place.drop(sender, bad)

    done = {delivery.sender: delivery for delivery in oracle.run(opened)}

    assert {name: delivery.state for name, delivery in done.items() if name != sender} == dict.fromkeys(neighbours, PUBLISHED)
    delivery = done[sender]
    assert delivery.state == state
    staged = rows_of(opened, STAGED[sender], delivery.delivery_id)
    answers = receipts(opened, delivery.delivery_id)
    if state == REFUSED:
        assert staged == 0
        assert set(answers) == {"AR", "CC"}
        assert answers["CC"].outcome == "refused"
        assert delivery.reason
    else:
        assert staged == delivery.lines_accepted
        assert delivery.counts.add_up
        assert ROWS - 1 <= delivery.counts.accepted <= ROWS
        assert set(answers) == {"AR", "CC", "CRI"}
        assert answers["CC"].groups
    corrections = [name for name in place.outbox(sender) if name.startswith("CORRECTION_")]
    assert len(corrections) == (1 if state == PUBLISHED and delivery.lines_set_aside else 0)
    assert len(place.outbox(sender)) - len(corrections) == 3 * len(answers)
    oracle.at_rest(place, opened)


def too_many_mistakes(place: Installation, opened: Gateway) -> int:
    """A delivery of which more is to be corrected than was agreed."""
    file = place.sample("caf", 30, defects=0.5)
    assert file.defects
    place.drop("caf", file.path)
    (delivery,) = oracle.run(opened)
    assert delivery.state == State.HELD
    return delivery.delivery_id


def test_above_the_agreed_threshold_nothing_is_loaded_before_a_person_has_decided(place: Installation, opened: Gateway) -> None:
    held = too_many_mistakes(place, opened)

    tables = oracle.dump(opened)
    assert not tables.get(STAGED["caf"])
    assert not tables["warehouse.rsa_right"]
    assert [row["kind"] for row in tables["ledger.alert"]] == ["held"]
    assert receipts(opened, held)["CC"].outcome == "held"


def test_a_released_delivery_is_published_without_its_bad_dossiers(place: Installation, opened: Gateway) -> None:
    held = too_many_mistakes(place, opened)
    decide.release(opened, held, "agent", "Accepté pour ce mois.")

    (delivery,) = oracle.run(opened)

    tables = oracle.dump(opened)
    aside = {row["record"] for row in tables["ledger.set_aside"]}
    staged = {row["_record"] for row in tables[STAGED["caf"]]}
    assert delivery.state == PUBLISHED
    assert aside
    assert staged == set(range(30)) - aside
    assert receipts(opened, held)["CRI"].outcome == "partly_integrated"
    assert [row["actor"] for row in tables["ledger.transition"] if row["state"] == "checked"] == ["agent"]
    oracle.at_rest(place, opened)


def test_a_refused_threshold_is_told_and_loads_nothing(place: Installation, opened: Gateway) -> None:
    held = too_many_mistakes(place, opened)
    decide.refuse(opened, held, "agent", "Trop d'erreurs.")
    oracle.run(opened)
    assert receipts(opened, held)["CRI"].outcome == "not_integrated"
    assert not oracle.dump(opened).get(STAGED["caf"])
    oracle.at_rest(place, opened)


def test_a_fault_nobody_foresaw_stops_its_delivery_only_and_quotes_nothing(
    place: Installation, opened: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sender in STAGED:
        place.drop(sender, place.sample(sender, 5).path)

    def stumble(*_arguments: object) -> None:
        raise ValueError("invalid literal for int(): '2790699123456'")

    with monkeypatch.context() as patch:
        patch.setitem(journey.STAGES, "check", lambda opened_, id_: stumble() if id_ == 1 else check(opened_, id_))
        with pytest.raises(InvariantError) as told:
            journey.run(opened, with_expectations=False)

    assert "2790699123456" not in str(told.value)
    assert "ValueError at test_content.py" in str(told.value)
    tables = oracle.dump(opened)
    assert [row["state"] for row in tables["ledger.delivery"]] == [State.RECEIVED, PUBLISHED, PUBLISHED]
    assert [row["delivery_id"] for row in tables["ledger.alert"]] == [1]
    oracle.run(opened)
    oracle.at_rest(place, opened)


check = journey.STAGES["check"]
