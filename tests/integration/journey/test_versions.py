"""Deliveries out of order, undone and replayed: what others read is always what the partner stated last."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

import comparison
import installation
import oracle
from installation import AS_OF, FEEDS, Installation, product_contract
from passerelle.contract.model import IdentityRole
from passerelle.derive.mutate import Mutation, mutate
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from passerelle.steps import decide
from passerelle.warehouse.connect import transaction
from runners import Place, intercept

SENDERS = ("caf", "francetravail", "ccas-valcombe")
OLDER, NEWER = AS_OF - timedelta(30), AS_OF


def send(place: Installation, opened: Gateway, day: date, rows: int = 10) -> dict[str, int]:
    """What every sender says on that day, about the same people; sender → delivery id."""
    for sender in SENDERS:
        place.drop(sender, place.sample(sender, rows, day=day).path)
    return {delivery.sender: delivery.delivery_id for delivery in oracle.run(opened)}


def current(opened: Gateway) -> dict[str, list[str]]:
    """Every view of the current state, and the portfolio but for the column that says what changed last."""
    views = "select schemaname, viewname from pg_views where viewname like '%\\_current' or viewname in ('portfolio', 'person_name')"
    with transaction(opened.engine) as connection:
        found = {}
        for schema, name in connection.execute(text(views)).all():
            rows = connection.execute(text(f"select * from {schema}.{name}")).mappings()
            found[name] = sorted(repr({key: value for key, value in row.items() if key not in ("changed", "recorded_at")}) for row in rows)
    assert found["rsa_right_current"]
    assert found["portfolio"]
    return found


def links(opened: Gateway) -> dict[Any, Any]:
    rows = oracle.dump(opened)["identity.link"]
    return {row["record_id"]: row["person_id"] for row in rows if row["revoked_at"] is None}


def states(opened: Gateway) -> list[str]:
    return [row["state"] for row in sorted(oracle.dump(opened)["ledger.delivery"], key=lambda row: row["delivery_id"])]


def test_an_older_file_that_comes_late_does_not_change_what_is_current(place: Installation, opened: Gateway) -> None:
    send(place, opened, NEWER)
    before = current(opened)

    send(place, opened, OLDER)

    assert states(opened) == [State.PUBLISHED] * 6
    assert current(opened) == before


def test_an_older_file_that_comes_late_does_not_change_how_a_person_is_called(place: Installation, opened: Gateway) -> None:
    newer = place.sample("ccas-valcombe", 10).path
    older = place.folder / "ACCOMPAGNEMENT_26540123400017_20261021.csv"
    header, *lines = newer.read_bytes().decode().split("\r\n")
    column = next(c.source for c in product_contract(FEEDS["ccas-valcombe"]).record_table.columns if c.identity is IdentityRole.USAGE_NAME)
    place_of_name = header.split(";").index(column)

    def renamed(line: str) -> str:
        cells = line.split(";")
        return ";".join([*cells[:place_of_name], "ANCIENNOM", *cells[place_of_name + 1 :]]) if line else line

    older.write_bytes("\r\n".join([header, *map(renamed, lines)]).encode())
    place.drop("ccas-valcombe", newer)
    oracle.run(opened)
    before = names(opened)

    place.drop("ccas-valcombe", older)
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED] * 2
    assert names(opened) == before


def names(opened: Gateway) -> list[tuple[object, ...]]:
    return sorted(installation.rows(opened, "select person_id, birth_name, usage_name from warehouse.person_name"), key=repr)


def test_files_out_of_order_give_the_same_current_state_as_in_order(place: Installation, opened: Gateway) -> None:
    send(place, opened, OLDER)
    older = current(opened)
    later = send(place, opened, NEWER)
    in_order = current(opened)
    assert in_order != older

    for delivery_id in later.values():
        decide.undo(opened, delivery_id, "agent", "Essai.")
    assert current(opened) == older, "the previous state shows again"

    for delivery_id in later.values():
        decide.replay(opened, delivery_id, "agent", "Essai.")
    oracle.run(opened)
    assert current(opened) == in_order
    oracle.at_rest(place, opened)


@pytest.mark.parametrize("through_undo", [True, False])
def test_a_replay_gives_the_same_people_the_same_ids_and_the_same_tables(through_undo: bool, place: Installation, opened: Gateway) -> None:
    ids = send(place, opened, NEWER)
    people, tables, now = links(opened), comparison.content(opened.engine), current(opened)

    for delivery_id in ids.values():
        if through_undo:
            decide.undo(opened, delivery_id, "agent", "Essai.")
        decide.replay(opened, delivery_id, "agent", "Essai.")
    oracle.run(opened)

    assert links(opened) == people
    assert current(opened) == now
    again = comparison.content(opened.engine)
    for name in tables.keys() - {"identity.link", "ledger.delivery"}:
        assert again[name] == tables[name], name
    oracle.at_rest(place, opened)


def test_an_undone_delivery_counts_nowhere_and_its_sender_is_told(place: Installation, opened: Gateway) -> None:
    ids = send(place, opened, NEWER)
    decide.undo(opened, ids["caf"], "agent", "Fichier d'essai.")
    oracle.run(opened)

    with transaction(opened.engine) as connection:
        assert connection.execute(text("select count(*) from warehouse.rsa_right_current")).scalar_one() == 0
        assert connection.execute(text("select count(*) from warehouse.registration_current")).scalar_one() > 0
    bodies = [row["body"] for row in oracle.dump(opened)["ledger.receipt"] if (row["delivery_id"], row["kind"]) == (ids["caf"], "CRI")]
    assert ["Fichier d'essai." in body for body in bodies] == [True]
    oracle.at_rest(place, opened)


def test_a_replayed_delivery_that_is_refused_this_time_recognises_nobody(
    place: Installation, opened: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = send(place, opened, NEWER)
    contract = opened.contract("caf/rsa_beneficiaires_mensuel")
    layout = contract.layout.model_copy(update={"root": "AutreRacine"})
    stricter = contract.model_copy(update={"layout": layout})
    monkeypatch.setitem(opened._contracts, contract.id, stricter)

    decide.replay(opened, ids["caf"], "agent", "Contrat corrigé.")
    oracle.run(opened)

    assert states(opened)[ids["caf"] - 1] == State.REFUSED
    sightings = oracle.dump(opened)["identity.sighting"]
    assert ids["caf"] not in {row["delivery_id"] for row in sightings}
    assert set(links(opened)) <= {row["record_id"] for row in sightings}


def test_a_refused_delivery_can_be_replayed_once_the_contract_was_corrected(
    place: Installation, opened: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = opened.contract("caf/rsa_beneficiaires_mensuel")
    place.drop("caf", place.sample("caf", 10).path)
    with monkeypatch.context() as patch:
        wrong = contract.model_copy(update={"layout": contract.layout.model_copy(update={"root": "AutreRacine"})})
        patch.setitem(opened._contracts, contract.id, wrong)
        oracle.run(opened)
    assert states(opened) == [State.REFUSED]

    decide.replay(opened, 1, "agent", "Contrat corrigé.")
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED]
    oracle.at_rest(place, opened)


def test_a_refused_delivery_that_is_still_wrong_is_refused_again_with_one_answer(place: Installation, opened: Gateway) -> None:
    good = place.sample("caf", 10).path
    place.drop("caf", mutate(product_contract(FEEDS["caf"]), good, Mutation.MISSING_FOOTER, place.folder / "broken"))
    oracle.run(opened)
    decide.replay(opened, 1, "agent", "Essai.")
    oracle.run(opened)
    assert states(opened) == [State.REFUSED]
    oracle.at_rest(place, opened)


def test_a_resend_leaves_the_same_receipts_again(place: Installation, opened: Gateway) -> None:
    ids = send(place, opened, NEWER)
    outbox = place.sftp.root("caf") / "retours"
    before = {path.name: path.read_bytes() for path in outbox.iterdir()}
    for path in outbox.iterdir():
        path.unlink()

    assert decide.resend(opened, ids["caf"]) == 3
    oracle.run(opened)

    assert {path.name: path.read_bytes() for path in outbox.iterdir()} == before


def test_a_receipt_made_anew_while_its_old_form_is_sent_is_sent_too(place: Installation, opened: Gateway) -> None:
    ids = send(place, opened, NEWER)
    decide.resend(opened, ids["caf"])
    with pytest.MonkeyPatch.context() as patch:
        note = Place("passerelle.ledger.documents:note_sent", after=False, nth=3)
        intercept(patch, note, lambda: decide.undo(opened, ids["caf"], "agent", "Retiré entre-temps."))
        oracle.run(opened)
    oracle.run(opened)

    (page,) = (place.sftp.root("caf") / "retours").glob("CRI-*.json")
    assert "Retiré entre-temps." in page.read_text(encoding="utf-8")
