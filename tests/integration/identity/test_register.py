"""What people decide about who is who, on a real PostgreSQL: it takes effect, is followed, explained, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

import registers
from passerelle.errors import ConfigurationError
from passerelle.identity.recognise import withdraw
from passerelle.identity.register import history, overrides, proposals, review, suggestions
from passerelle.identity.register.acts import Act
from passerelle.identity.register.merge import always, merge
from passerelle.identity.register.proposals import Intent
from passerelle.identity.register.split import split
from passerelle.identity.register.undo import undo
from passerelle.warehouse.connect import open_engine
from registers import ACT, AT, CAF, CCAS, FT, JEANNE, MARIE, MARIE_AT_FT, MARIE_WITHOUT_NUMBER, deliver, laws, resolved, who

OTHER = Act("agent-2", "Relu", AT)


@pytest.fixture(scope="module")
def engine(warehouse_url: str) -> Iterator[Engine]:
    engine = open_engine(warehouse_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A transaction that is rolled back; whatever a test did, the laws hold at its end."""
    with engine.connect() as connection:
        yield connection
        laws(connection)
        connection.rollback()


@pytest.fixture
def two(connection: Connection) -> tuple[UUID, UUID]:
    """One Marie known by her number, and one without any: two records, two persons, one suggestion."""
    (known,) = deliver(connection, CAF, MARIE)
    (doubtful,) = deliver(connection, CCAS, MARIE_WITHOUT_NUMBER)
    return known, doubtful


def suggestion(connection: Connection) -> int:
    (row,) = review.waiting(connection, AT)
    return int(row["suggestion_id"])


def changes(connection: Connection) -> list[tuple[object, ...]]:
    query = "SELECT kind, record_id, from_person, to_person FROM identity.change ORDER BY event_id, record_id"
    return [tuple(row) for row in connection.execute(text(query))]


# Merge


def test_a_merge_keeps_the_older_id_and_the_other_leads_to_it(connection: Connection, two: tuple[UUID, UUID]) -> None:
    before = who(connection)
    survivor, merged = sorted(before.values())  # minted at the same time: the smaller one counts as older
    done = merge(connection, *before.values(), ACT)
    assert (done.survivor, done.merged) == (survivor, merged)
    assert set(who(connection).values()) == {survivor}
    assert resolved(connection) == {survivor: survivor, merged: survivor}
    (moved,) = done.moved
    assert changes(connection) == [("merge", moved, merged, survivor)]
    status = dict(connection.execute(text("SELECT person_id, status FROM identity.person_status")).all())
    assert status == {survivor: "active", merged: "merged_into"}


def test_a_merge_says_per_field_what_agreed(connection: Connection, two: tuple[UUID, UUID]) -> None:
    merge(connection, *two, ACT)
    (link,) = connection.execute(text("SELECT * FROM identity.link WHERE rule = 'MERGE'"))
    said = {field: level for field, level in link.evidence.items() if level != "missing"}
    assert said == {"surname": "birth", "given": "same_first", "dob": "exact", "address": "commune"}
    assert link.evidence["nir"] == "missing"
    assert (link.decided_by, link.compared_with in two, link.valid_from) == (
        "agent-1",
        True,
        connection.scalar(text("SELECT valid_from FROM identity.link WHERE record_id = :r AND rule = 'NEW'"), {"r": link.record_id}),
    )


def test_who_is_one_already_is_not_merged_again(connection: Connection, two: tuple[UUID, UUID]) -> None:
    merge(connection, *two, ACT)
    with pytest.raises(ConfigurationError, match="déjà une seule"):
        merge(connection, *two, ACT)


def test_three_persons_merged_in_any_order_are_the_same_person(connection: Connection) -> None:
    records = deliver(connection, CAF, MARIE, JEANNE, replace(MARIE, nir_hash="nir-c", given_name="Anne", role="ENF"))
    found = set()
    for first, second, third in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        with connection.begin_nested() as savepoint:
            merge(connection, records[first], records[second], ACT)
            merge(connection, records[second], records[third], ACT)
            laws(connection)
            found.add(frozenset(who(connection).items()))
            savepoint.rollback()
    assert len(found) == 1


def test_two_certified_numbers_are_two_people(connection: Connection) -> None:
    records = deliver(connection, CAF, replace(MARIE, nir_certified=True), replace(JEANNE, nir_certified=True))
    with pytest.raises(ConfigurationError, match="certifiés"):
        merge(connection, *records, ACT)
    identifiers = connection.execute(text("SELECT kind, status FROM identity.identifier ORDER BY 1"))
    assert {tuple(row) for row in identifiers} == {("dossier_number", "declared"), ("nir", "certified")}


def test_portfolio_and_esf_follow_a_merge_at_once(connection: Connection, two: tuple[UUID, UUID]) -> None:
    insert = text("""
        INSERT INTO esf.participation (record_id, feed, sender, delivery_id, line, row, fact_key, stamp, recorded_at, operation_id)
        VALUES (:record, 'f', :sender, :delivery, 2, 0, 'OP1', :stamp, :at, 'OP1')
    """)
    for record, context in zip(two, (CAF, CCAS), strict=True):
        values = {"record": record, "sender": context.sender, "delivery": context.delivery_id, "stamp": context.stamp, "at": AT}
        connection.execute(insert, values)
    count = text("SELECT count(DISTINCT person_id) FROM esf.participation_current")
    assert connection.scalar(count) == 2
    event = merge(connection, *two, ACT).event_id
    assert connection.scalar(count) == 1
    assert connection.scalar(text("SELECT count(DISTINCT person_id) FROM warehouse.person_name")) == 1
    undo(connection, event, ACT)
    assert connection.scalar(count) == 2


# Undo


def test_undo_gives_every_record_back_with_the_link_it_had(connection: Connection, two: tuple[UUID, UUID]) -> None:
    before = who(connection)
    event = merge(connection, *two, ACT).event_id
    done = undo(connection, event, OTHER)
    assert who(connection) == before
    assert (len(done.restored), done.elsewhere) == (1, ())
    assert resolved(connection) == {person: person for person in before.values()}
    assert set(connection.execute(text("SELECT decided_by FROM identity.link WHERE revoked_at IS NULL")).scalars()) == {"rule:NEW"}
    with pytest.raises(ConfigurationError, match="déjà défait"):
        undo(connection, event, OTHER)


def test_undo_works_after_later_deliveries_and_asks_about_what_came_since(connection: Connection, two: tuple[UUID, UUID]) -> None:
    before = who(connection)
    event = merge(connection, *two, ACT).event_id
    (since,) = deliver(connection, FT, MARIE_AT_FT)
    assert who(connection)[since] == who(connection)[two[0]]
    done = undo(connection, event, OTHER)
    after = who(connection)
    assert {record: after[record] for record in two} == before
    holder = after[since]
    asked = [row for row in review.waiting(connection, AT) if row["reason"] == "left_behind"]
    survivors = [row for row in asked if row["record_id"] == since]
    assert (done.to_review, [row["person_id"] for row in survivors]) == (1, [next(p for p in before.values() if p != holder)])


def test_undo_of_a_merge_works_after_a_later_merge(connection: Connection) -> None:
    records = deliver(connection, CAF, MARIE, JEANNE, replace(MARIE, nir_hash="nir-c", given_name="Anne", role="ENF"))
    people = sorted(who(connection).items(), key=lambda pair: pair[1])
    oldest, middle, youngest = (record for record, _ in people)
    before = who(connection)
    first = merge(connection, middle, youngest, ACT).event_id
    second = merge(connection, oldest, middle, ACT).event_id
    undo(connection, first, OTHER)
    after = who(connection)
    assert after[youngest] == before[youngest]
    assert after[middle] == after[oldest] == before[oldest]
    laws(connection)
    undo(connection, second, OTHER)
    assert who(connection) == before
    assert len(records) == 3


def test_a_record_someone_has_moved_since_stays_and_is_told(connection: Connection) -> None:
    (first, second) = deliver(connection, CAF, MARIE, JEANNE)
    (third,) = deliver(connection, FT, MARIE_AT_FT)
    event = merge(connection, first, second, ACT).event_id
    moved = set(connection.execute(text("SELECT record_id FROM identity.change WHERE event_id = :e"), {"e": event}).scalars())
    one = min(moved)
    new = split(connection, who(connection)[one], [one], ACT).new_person
    done = undo(connection, event, OTHER)
    assert done.elsewhere == (one,)
    assert who(connection)[one] == new
    assert set(done.restored) == moved - {one}
    assert third in who(connection)


def test_an_undo_can_be_undone(connection: Connection, two: tuple[UUID, UUID]) -> None:
    event = merge(connection, *two, ACT).event_id
    merged = who(connection), resolved(connection)
    back = undo(connection, event, OTHER).event_id
    undo(connection, back, ACT)
    assert (who(connection), resolved(connection)) == merged


def test_what_a_later_decision_forbids_is_not_undone(connection: Connection) -> None:
    records = [*deliver(connection, CAF, MARIE), *deliver(connection, FT, MARIE_AT_FT)]
    event = split(connection, who(connection)[records[0]], [records[1]], ACT).event_id
    later = overrides.never(connection, *records, OTHER)
    with pytest.raises(ConfigurationError, match=f"événement {later}"), connection.begin_nested():
        undo(connection, event, ACT)
    undo(connection, later, ACT)
    undo(connection, event, ACT)
    assert len(set(who(connection).values())) == 1


# Split, never, always


def test_a_split_is_a_new_person_that_no_replay_brings_back(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, MARIE)
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    assert len(set(who(connection).values())) == 1
    done = split(connection, who(connection)[at_caf], [at_ft], ACT)
    assert who(connection)[at_ft] == done.new_person
    before = who(connection)
    for context, statement in ((CAF, MARIE), (FT, MARIE_AT_FT)):
        withdraw(connection, context.delivery_id, AT)
        deliver(connection, context, statement)
        laws(connection)
    assert who(connection) == before


def test_a_rule_that_disagrees_with_a_person_is_told_once_to_a_reviewer(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, MARIE)
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    split(connection, who(connection)[at_caf], [at_ft], ACT)
    before = who(connection)
    for _ in range(2):
        deliver(connection, replace(FT, delivery_id=9), MARIE_AT_FT)
    assert who(connection) == before
    (row,) = review.waiting(connection, AT)
    assert (row["reason"], row["record_id"], row["person_id"]) == ("human_decision", at_ft, before[at_caf])
    review.decide(connection, row["suggestion_id"], "different", OTHER)
    deliver(connection, replace(FT, delivery_id=10), MARIE_AT_FT)
    assert review.waiting(connection, AT) == []


def test_a_replay_finds_the_merged_person_although_rules_do_not(connection: Connection, two: tuple[UUID, UUID]) -> None:
    merge(connection, *two, ACT)
    before = who(connection)
    for context, statement in ((CAF, MARIE), (CCAS, MARIE_WITHOUT_NUMBER)):
        withdraw(connection, context.delivery_id, AT)
        deliver(connection, context, statement)
        laws(connection)
    assert who(connection) == before


def test_a_person_whose_records_were_all_withdrawn_when_it_was_merged_is_found_again(
    connection: Connection, two: tuple[UUID, UUID]
) -> None:
    known, doubtful = two
    persons = who(connection)
    withdraw(connection, CCAS.delivery_id, AT)
    survivor = merge(connection, persons[known], persons[doubtful], ACT).survivor
    deliver(connection, CCAS, MARIE_WITHOUT_NUMBER)
    assert set(who(connection).values()) == {survivor}


def test_never_beats_every_rule_when_records_come_back(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, MARIE)
    (at_ft,) = deliver(connection, FT, replace(MARIE_AT_FT, given_name="Mariette"))
    persons = who(connection)
    overrides.never(connection, persons[at_caf], persons[at_ft], ACT)
    with pytest.raises(ConfigurationError, match="deux personnes"):
        merge(connection, at_caf, at_ft, ACT)
    for delivery in (FT, CAF):
        withdraw(connection, delivery.delivery_id, AT)
    deliver(connection, CAF, MARIE)
    # The rules would tie them now; the order to keep them apart speaks of records, whatever is known of them.
    connection.execute(text("UPDATE identity.record SET given_name_key = 'MARIE'"))
    deliver(connection, FT, replace(MARIE_AT_FT, given_name="Mariette"))
    assert who(connection)[at_ft] != who(connection)[at_caf]


def test_always_merges_and_lasts(connection: Connection, two: tuple[UUID, UUID]) -> None:
    event = always(connection, *two, ACT)
    assert len(set(who(connection).values())) == 1
    kinds = connection.execute(text("SELECT kind FROM identity.override WHERE event_id = :e AND revoked_by IS NULL"), {"e": event})
    assert list(kinds.scalars()) == ["always"]
    split(connection, who(connection)[two[0]], [two[1]], ACT)
    laws(connection)


@pytest.mark.parametrize("wrong", ["none", "all", "stranger"])
def test_a_split_takes_some_records_of_the_person_and_leaves_some(connection: Connection, wrong: str) -> None:
    mine, stranger = deliver(connection, CAF, MARIE, JEANNE)
    records = {"none": [], "all": [mine], "stranger": [stranger]}[wrong]
    with pytest.raises(ConfigurationError, match="Rien n'a été changé"):
        split(connection, who(connection)[mine], records, ACT)


# Review and four eyes


def test_same_merges_and_empties_the_queue_and_undo_fills_it_again(connection: Connection, two: tuple[UUID, UUID]) -> None:
    number = suggestion(connection)
    done = review.decide(connection, number, "same", ACT)
    assert review.waiting(connection, AT) == []
    found = suggestions.get(connection, number)
    assert (found["state"], found["decision"], found["decided_by"]) == ("decided", "same", "agent-1")
    assert done.event_id is not None
    undo(connection, done.event_id, OTHER)
    assert suggestion(connection) == number


def test_different_forbids_it_for_good_and_unsure_leaves_it_to_others(connection: Connection, two: tuple[UUID, UUID]) -> None:
    number = suggestion(connection)
    review.decide(connection, number, "unsure", ACT)
    assert review.waiting(connection, AT)[0]["state"] == "deferred"
    done = review.decide(connection, number, "different", ACT)
    assert review.waiting(connection, AT) == []
    deliver(connection, replace(CCAS, delivery_id=9), MARIE_WITHOUT_NUMBER)
    assert review.waiting(connection, AT) == []
    assert done.event_id is not None
    undo(connection, done.event_id, ACT)
    assert suggestion(connection) == number


def test_the_queue_says_how_old_and_what_it_blocks(connection: Connection, two: tuple[UUID, UUID]) -> None:
    registers.open_right(connection, two[0])
    (row,) = review.waiting(connection, AT.replace(day=27))
    assert (row["age_days"], row["blocks"], row["reason"]) == (7, ["droit RSA ouvert", "dossier RSA"], "same_civil_status")
    (week,) = (week for week in review.weeks(connection, AT) if week["made"])
    assert (week["made"], week["decided"]) == (1, 0)


@pytest.mark.parametrize(("state", "proposed"), [("2", True), ("4", True), ("5", False), ("1", False)])
def test_two_logins_must_agree_where_a_right_is_open(connection: Connection, two: tuple[UUID, UUID], state: str, proposed: bool) -> None:
    registers.open_right(connection, two[0], state=state)
    number = suggestion(connection)
    before = who(connection)
    done = review.decide(connection, number, "same", ACT)
    assert (done.proposal_id is not None, done.event_id is None) == (proposed, proposed)
    assert (who(connection) == before) == proposed
    if not proposed:
        return
    assert done.proposal_id is not None
    with pytest.raises(ConfigurationError, match="autre agent"):
        proposals.confirm(connection, done.proposal_id, "agent-1", AT)
    assert who(connection) == before
    confirmed = proposals.confirm(connection, done.proposal_id, "agent-2", AT)
    assert len(set(who(connection).values())) == 1
    event = connection.execute(text("SELECT author, second_reader FROM identity.event")).one()
    assert tuple(event) == ("agent-1", "agent-2")
    with pytest.raises(ConfigurationError, match="n'attend pas"):
        proposals.confirm(connection, done.proposal_id, "agent-3", AT)
    back = proposals.submit(connection, Intent("undo", {"event": confirmed.event_id}), ACT)
    assert back.proposal_id is not None
    assert back.event_id is None


def test_a_second_reader_may_refuse(connection: Connection, two: tuple[UUID, UUID]) -> None:
    registers.open_right(connection, two[0])
    number = suggestion(connection)
    done = review.decide(connection, number, "same", ACT)
    assert done.proposal_id is not None
    proposals.refuse(connection, done.proposal_id, "agent-2", AT)
    assert suggestions.get(connection, number)["state"] == "open"
    assert len(set(who(connection).values())) == 2


@pytest.mark.parametrize("reason", ["", "  ", "NIR 1 80 05 59 350 123", "C'est Mme DUPONT"])
def test_a_reason_holds_neither_name_nor_number(connection: Connection, two: tuple[UUID, UUID], reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        proposals.submit(connection, Intent("merge", {"a": str(two[0]), "b": str(two[1])}), replace(ACT, reason=reason))
    assert "DUPONT" not in str(caught.value)


# Explanations


def test_why_tells_each_field_the_rule_and_who_decided(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, MARIE)
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    told = history.why(connection, at_ft, at_caf)
    assert told["same"]
    assert told["rule_today"]["id"] == "N1"
    words = {field["field"]: field["words"] for field in told["fields"]}
    assert words.pop("numéros de dossier") == "absent d'un côté au moins"
    assert {field: said for field, said in words.items() if said != "absent d'un côté au moins"} == {
        "nom": "identique",
        "prénoms": "premier prénom identique, aucun ne contredit",
        "date de naissance": "identique",
        "sexe": "identique",
        "NIR": "identique",
    }
    (link,) = (link for link in told["links"] if link["record_id"] == at_ft)
    assert (link["rule"], link["automatic"], link["compared_with"]) == ("N1", True, at_caf)
    assert [field["verdict"] for field in link["fields"]][:5] == ["birth", "same_first", "exact", "same", "same"]


def test_every_link_of_the_register_is_explained(connection: Connection, two: tuple[UUID, UUID]) -> None:
    deliver(connection, FT, MARIE_AT_FT)
    event = merge(connection, *two, ACT).event_id
    undo(connection, event, OTHER)
    merge(connection, *two, ACT)
    split(connection, who(connection)[two[0]], [two[0]], ACT)
    for person in resolved(connection):
        for link in history.history(connection, person)["links"]:
            assert link["explanation"], link["rule"]
            assert link["fields"] or link["rule"] == "NEW", link["rule"]


def test_what_the_first_releases_wrote_is_still_told(connection: Connection) -> None:
    (at_caf,) = deliver(connection, CAF, MARIE)
    (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    former = '{"nir": "agrees", "surname": "agrees", "given_name": "differs", "birth_date": "missing", "identifier": "missing"}'
    query = text("UPDATE identity.link SET rule = 'S2', evidence = CAST(:said AS jsonb) WHERE record_id = :record")
    connection.execute(query, {"said": former, "record": at_ft})
    (link,) = (link for link in history.why(connection, at_ft, at_caf)["links"] if link["record_id"] == at_ft)
    assert link["explanation"].startswith("Même numéro de dossier")
    assert [f"{field['field']} : {field['words']}" for field in link["fields"]] == [
        "nom : identique",
        "NIR : identique",
        "prénom : différent",
        "date de naissance : absent d'un côté au moins",
        "identifiant du partenaire : absent d'un côté au moins",
    ]


def test_history_tells_what_happened_to_an_id_that_leads_elsewhere(connection: Connection, two: tuple[UUID, UUID]) -> None:
    done = merge(connection, *two, ACT)
    told = history.history(connection, done.merged)
    assert (told["status"], told["resolved"]) == ("merged_into", done.survivor)
    assert [(event["kind"], event["author"], event["undone_by"]) for event in told["events"]] == [("merge", "agent-1", None)]
    undone = undo(connection, done.event_id, OTHER).event_id
    told = history.history(connection, done.merged)
    assert (told["status"], [event["undone_by"] for event in told["events"]]) == ("active", [undone, None])


def test_the_golden_record_prefers_the_certified_civil_status(connection: Connection) -> None:
    (at_ft,) = deliver(connection, FT, replace(MARIE_AT_FT, birth_name="DUPOND"))
    deliver(connection, CAF, replace(MARIE, birth_name="Dupont", usage_name="Dupond"))
    golden = text("SELECT birth_name, usage_name, postcode FROM identity.golden WHERE person_id = :p")
    assert tuple(connection.execute(golden, {"p": who(connection)[at_ft]}).one()) == ("Dupont", "Dupond", "59000")
    deliver(connection, replace(FT, delivery_id=9), replace(MARIE_AT_FT, birth_name="DUPOND", nir_certified=True))
    assert connection.execute(golden, {"p": who(connection)[at_ft]}).one().birth_name == "DUPOND"


def test_one_number_on_two_persons_is_contested(connection: Connection) -> None:
    deliver(connection, CAF, MARIE, replace(JEANNE, nir_hash="nir-a"))
    status = connection.execute(text("SELECT DISTINCT status FROM identity.identifier WHERE kind = 'nir'"))
    assert list(status.scalars()) == ["contested"]
