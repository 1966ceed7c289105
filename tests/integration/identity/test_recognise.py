"""Recognition on a real PostgreSQL: what is written, what a second run, an undo and a replay leave."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from threading import Thread

import pytest
from sqlalchemy import Connection, Engine, text

from passerelle.errors import InvariantError
from passerelle.identity import candidates
from passerelle.identity import recognise as module
from passerelle.identity.model import packaged
from passerelle.identity.recognise import Outcome, Recognition, Statement, recognise, withdraw
from passerelle.identity.statement import facts_of, keys_of
from passerelle.warehouse import schema_identity
from passerelle.warehouse.connect import open_engine

AT = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
CAF = Recognition(1, "caf_msa", "caf", AT, b"key")
FT = Recognition(2, "france_travail", "ft", AT, b"key")
CCAS = Recognition(3, "ccas", "ccas-valcombe", AT, b"key")

MARIE = Statement(
    "personne",
    0,
    nir_hash="nir-a",
    nir_valid=True,
    birth_name="Dupont",
    given_name="Marie",
    birth_date=date(1980, 5, 12),
    birth_date_precision="N",
    sex="F",
    role="DEM",
    identifiers=(("dossier_number", "00046770093"), ("allocataire_number", "matricule-1")),
    postcode="59000",
)
PAUL = replace(MARIE, row=1, nir_hash=None, nir_valid=False, given_name="Paul", birth_date=date(1978, 3, 2), role="CJT")
HOUSEHOLD = (MARIE, PAUL)
MARIE_AT_FT = Statement(
    "inscription",
    0,
    nir_hash="nir-a",
    nir_valid=True,
    birth_name="MARTIN",
    usage_name="DUPONT",
    given_name="MARIE",
    birth_date=date(1980, 5, 12),
    identifiers=(("france_travail_number", "1253359X"),),
)
PAUL_AT_FT = replace(
    MARIE_AT_FT,
    row=1,
    nir_hash="nir-b",
    usage_name=None,
    birth_name="DUPONT",
    given_name="PAUL",
    birth_date=date(1978, 3, 2),
    identifiers=(),
)
AT_FT = (MARIE_AT_FT, PAUL_AT_FT)


@pytest.fixture(scope="module")
def engine(warehouse_url: str) -> Iterator[Engine]:
    engine = open_engine(warehouse_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A transaction that is rolled back."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def sightings(connection: Connection, delivery_id: int) -> list[tuple[object, ...]]:
    """Table, row, record, person and outcome of every row of the delivery."""
    query = text("""
        SELECT s.table_name, s.row, s.record_id, l.person_id, s.outcome
        FROM identity.sighting s LEFT JOIN identity.link l ON l.record_id = s.record_id AND l.revoked_at IS NULL
        WHERE s.delivery_id = :delivery ORDER BY s.table_name, s.row
    """)
    return [tuple(row) for row in connection.execute(query, {"delivery": delivery_id})]


def persons(connection: Connection, delivery_id: int) -> list[object]:
    return [row[3] for row in sightings(connection, delivery_id)]


def contents(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = (schema_identity.person, schema_identity.record, schema_identity.link, schema_identity.key, schema_identity.suggestion)
    return {table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=str) for table in tables}


def suggestions(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text("SELECT reason, state FROM identity.suggestion ORDER BY suggestion_id"))]


def test_people_never_heard_of_are_new(connection: Connection) -> None:
    assert recognise(connection, HOUSEHOLD, CAF) == Outcome(known=0, new=2, review=0)
    assert len(set(persons(connection, 1))) == 2
    assert {row.minted_by for row in connection.execute(schema_identity.person.select())} == {1}


def test_a_second_feed_is_recognised_by_the_nir_and_the_doubtful_one_is_left_to_a_person(connection: Connection) -> None:
    recognise(connection, HOUSEHOLD, CAF)
    assert recognise(connection, AT_FT, FT) == Outcome(known=1, new=0, review=1)
    marie, paul = persons(connection, 1)
    marie_at_ft, paul_at_ft = persons(connection, 2)
    assert marie_at_ft == marie
    assert paul_at_ft != paul
    [suggestion] = connection.execute(schema_identity.suggestion.select())
    assert (suggestion.person_id, suggestion.reason, suggestion.state) == (paul, "same_civil_status", "open")
    assert suggestion.detail == (
        "nom : identique ; prénoms : premier prénom identique, aucun ne contredit ; date de naissance : identique ; "
        "NIR : absent d'un côté au moins"
    )
    assert connection.scalar(text("SELECT decided_by FROM identity.link WHERE delivery_id = 2 AND rule <> 'NEW'")) == "rule:N1"


@pytest.mark.parametrize("is_ranked", [False, True], ids=["certain rules", "all layers"])
@pytest.mark.parametrize("is_number_first", [True, False])
def test_a_number_of_france_travail_is_met_whoever_tells_it_and_whoever_comes_first(
    connection: Connection, is_number_first: bool, is_ranked: bool
) -> None:
    number = (("france_travail_number", "1253359X"),)
    there = replace(MARIE_AT_FT, nir_hash=None, nir_valid=False, birth_name="BERGER", usage_name=None, identifiers=number)
    here = replace(MARIE, birth_name="Mahé", identifiers=(*MARIE.identifiers, *number))
    both = [([there], replace(FT, is_ranked=is_ranked)), ([here], replace(CAF, is_ranked=is_ranked))]
    for statements, context in both if is_number_first else reversed(both):
        recognise(connection, statements, context)
    assert len(suggestions(connection)) == 1


NEIGHBOUR = replace(
    MARIE, nir_hash=None, nir_valid=False, identifiers=(), role=None, birth_place_name="Wattrelos", commune_code="59009"
)  # fmt: skip


@pytest.mark.parametrize("name", [{}, {"birth_name": "Martin", "usage_name": "Dupont"}], ids=["birth name", "usage name"])
@pytest.mark.parametrize("born", [None, date(1990, 5, 21)], ids=["no date", "another date"])
@pytest.mark.parametrize("is_dated_first", [True, False])
def test_whoever_comes_first_neighbours_of_one_name_meet_whose_dates_cannot_tell(
    connection: Connection, is_dated_first: bool, born: date | None, name: dict[str, str]
) -> None:
    both = [(NEIGHBOUR, FT), (replace(NEIGHBOUR, birth_date=born, **name), CCAS)]  # type: ignore[arg-type]
    (known, sender), (fresh, context) = both if is_dated_first else reversed(both)
    recognise(connection, [known], sender)
    elsewhere = replace(fresh, postcode="75001", birth_date=date(1971, 1, 2))
    for statement, count in ((fresh, 1), (elsewhere, 0 if known.birth_date else 1)):
        assert len(candidates.find(connection, [facts_of(statement, context)], (), is_ranked=True).known) == count


def test_the_same_people_in_the_next_delivery_are_known_and_nothing_is_added(connection: Connection) -> None:
    recognise(connection, HOUSEHOLD, CAF)
    before = contents(connection)
    assert recognise(connection, HOUSEHOLD, replace(CAF, delivery_id=9)) == Outcome(known=2, new=0, review=0)
    assert contents(connection) == before
    assert persons(connection, 9) == persons(connection, 1)


def test_recognising_a_delivery_again_gives_the_same_rows_ids_and_outcomes(connection: Connection) -> None:
    recognise(connection, HOUSEHOLD, CAF)
    first = recognise(connection, [*AT_FT, replace(MARIE_AT_FT, row=2), replace(PAUL_AT_FT, row=3)], FT)
    before = contents(connection), sightings(connection, 2)
    again = recognise(connection, [*AT_FT, replace(MARIE_AT_FT, row=2), replace(PAUL_AT_FT, row=3)], FT)
    assert first == again == Outcome(known=3, new=0, review=1)
    assert (contents(connection), sightings(connection, 2)) == before


def test_later_rows_of_a_file_find_the_person_an_earlier_row_made_whatever_the_batches(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [MARIE, PAUL, replace(MARIE, row=2), replace(MARIE, row=3, postcode="59100"), replace(PAUL, row=4, postcode="59100")]
    outcomes = []
    for size in (1, 2, 100):
        monkeypatch.setattr(module, "_BATCH", size)
        with connection.begin_nested() as savepoint:
            assert recognise(connection, rows, CAF) == Outcome(known=3, new=2, review=0)
            outcomes.append([row[4] for row in sightings(connection, 1)])
            marie, paul, *later = persons(connection, 1)
            assert later == [marie, marie, paul]
            savepoint.rollback()
    assert outcomes == [["new", "new", "known", "known", "known"]] * 3


def test_twins_whose_numbers_are_swapped_stay_two_people(connection: Connection) -> None:
    jeanne = replace(MARIE, row=1, nir_hash="nir-b", given_name="Jeanne", role="ENF")
    recognise(connection, (MARIE, jeanne), CAF)
    swapped = (replace(MARIE, nir_hash="nir-b"), replace(jeanne, nir_hash="nir-a"))
    assert recognise(connection, swapped, replace(CAF, delivery_id=9)) == Outcome(known=0, new=0, review=2)
    assert len({*persons(connection, 1), *persons(connection, 9)}) == 4


def test_a_record_that_rules_tie_to_two_people_merges_neither(connection: Connection) -> None:
    recognise(connection, (replace(MARIE, identifiers=()), replace(MARIE_AT_FT, row=1, nir_hash=None, nir_valid=False)), CAF)
    outcome = recognise(connection, (replace(MARIE_AT_FT, birth_name="Dupont"),), replace(FT, delivery_id=9))
    assert outcome == Outcome(known=0, new=0, review=1)
    assert len({*persons(connection, 1), *persons(connection, 9)}) == 3
    assert [reason for reason, _ in suggestions(connection)][-2:] == ["two_persons", "two_persons"]


def test_the_veto_looks_at_every_record_of_the_person(connection: Connection) -> None:
    without_nir = replace(MARIE, nir_hash=None, nir_valid=False)
    recognise(connection, (without_nir,), CAF)
    recognise(connection, (replace(MARIE, birth_name="Durand", identifiers=MARIE.identifiers[:1]),), replace(CAF, delivery_id=4))
    # Number and name lead to the record without NIR only; its person is known by another NIR all the same.
    other_nir = replace(MARIE, nir_hash="nir-b", identifiers=MARIE.identifiers[1:])
    assert recognise(connection, (other_nir,), replace(CAF, delivery_id=5)) == Outcome(known=0, new=0, review=1)
    assert persons(connection, 5) != persons(connection, 1) == persons(connection, 4)
    assert ("other_nir", "open") in suggestions(connection)


def test_after_an_undo_nobody_is_recognised_by_what_was_undone(connection: Connection) -> None:
    recognise(connection, HOUSEHOLD, CAF)
    assert withdraw(connection, 1, AT) == 2
    assert sightings(connection, 1) == []
    assert recognise(connection, AT_FT, FT) == Outcome(known=0, new=2, review=0)


def test_an_undo_leaves_what_another_delivery_states_too(connection: Connection) -> None:
    recognise(connection, HOUSEHOLD, CAF)
    recognise(connection, (MARIE,), replace(CAF, delivery_id=9))
    before = persons(connection, 9)
    withdraw(connection, 1, AT)
    assert persons(connection, 9) == before
    assert recognise(connection, AT_FT, FT) == Outcome(known=1, new=1, review=0)


def test_a_replay_after_an_undo_gives_the_ids_and_outcomes_it_had_given(connection: Connection) -> None:
    recognise(connection, HOUSEHOLD, CAF)
    recognise(connection, AT_FT, FT)
    before = sightings(connection, 1), sightings(connection, 2)
    for delivery_id in (2, 1):
        withdraw(connection, delivery_id, AT)
    assert suggestions(connection) == [("same_civil_status", "withdrawn")]
    recognise(connection, HOUSEHOLD, CAF)
    recognise(connection, AT_FT, FT)
    assert (sightings(connection, 1), sightings(connection, 2)) == before
    assert suggestions(connection) == [("same_civil_status", "open")]


def test_an_undone_person_who_lives_on_in_another_feed_is_found_again_by_the_replay(connection: Connection) -> None:
    recognise(connection, HOUSEHOLD, CAF)
    recognise(connection, AT_FT, FT)
    before = sightings(connection, 1)
    withdraw(connection, 1, AT)
    recognise(connection, HOUSEHOLD, CAF)
    assert [row[:4] for row in sightings(connection, 1)][0] == before[0][:4]


def test_a_person_s_decision_outlives_an_undo(connection: Connection) -> None:
    recognise(connection, HOUSEHOLD, CAF)
    connection.execute(text("UPDATE identity.link SET decided_by = 'agent-7' WHERE rule = 'NEW'"))
    withdraw(connection, 1, AT)
    assert connection.scalar(text("SELECT count(*) FROM identity.link WHERE revoked_at IS NULL")) == 2


def test_a_row_that_is_corrected_when_recognised_again_no_longer_lends_its_old_values(connection: Connection) -> None:
    recognise(connection, (MARIE,), CAF)
    recognise(connection, (replace(MARIE, given_name="Jeanne"),), CAF)
    live = connection.execute(
        text("SELECT r.given_name FROM identity.link l JOIN identity.record r USING (record_id) WHERE l.revoked_at IS NULL")
    )
    assert list(live.scalars()) == ["Jeanne"]


def test_no_two_rows_may_claim_the_same_place_and_the_error_tells_no_value(connection: Connection) -> None:
    with pytest.raises(InvariantError, match=r"identity\.sighting refused a row \(UniqueViolation, SQLSTATE 23505\)") as caught:
        recognise(connection, (MARIE, replace(PAUL, row=0)), CAF)
    assert "Dupont" not in str(caught.value)


def test_an_empty_delivery_is_nobody(connection: Connection) -> None:
    assert recognise(connection, (), CAF) == Outcome(known=0, new=0, review=0)


def test_two_recognitions_at_once_wait_for_each_other(engine: Engine) -> None:
    finished: list[str] = []

    def second() -> None:
        with engine.connect() as other:
            other.execute(text("SET LOCAL statement_timeout = '20s'"))
            outcome = recognise(other, (MARIE_AT_FT,), replace(FT, delivery_id=12))
            finished.append(f"known {outcome.known}")
            other.rollback()

    with engine.connect() as first:
        recognise(first, HOUSEHOLD, replace(CAF, delivery_id=11))
        thread = Thread(target=second)
        thread.start()
        thread.join(timeout=0.5)
        assert finished == []
        first.commit()
        thread.join(timeout=20)
    with engine.begin() as cleaner:
        cleaner.execute(text("TRUNCATE identity.person, identity.record, identity.key CASCADE"))
    assert finished == ["known 1"]


# Contacts, ranked candidates, crowds

BY_PHONE = replace(MARIE, nir_hash=None, nir_valid=False, identifiers=(), phone="06 12 34 56 78", email="m.dupont@courriel.example")
MISTYPED = replace(BY_PHONE, given_name="Mqrie", phone="+33612345678", email=None)
"""The same person for someone who reads it: one letter of her given name is wrong."""


def test_a_civil_status_and_a_contact_are_certain_and_a_namesake_makes_them_doubtful(connection: Connection) -> None:
    recognise(connection, (BY_PHONE,), CAF)
    at_ccas = replace(BY_PHONE, email=None, phone="0033612345678")
    with connection.begin_nested() as savepoint:
        assert recognise(connection, (at_ccas,), CCAS) == Outcome(known=1, new=0, review=0)
        assert connection.scalar(text("SELECT rule FROM identity.link WHERE delivery_id = 3")) == "C1"
        savepoint.rollback()
    recognise(connection, (replace(BY_PHONE, row=1, given_name="Marie-Anne", phone=None, email=None),), replace(CAF, delivery_id=9))
    assert recognise(connection, (at_ccas,), CCAS) == Outcome(known=0, new=0, review=1), "her twin may be meant"


def test_whoever_is_born_the_same_day_and_bears_another_name_of_the_person_may_be_meant(connection: Connection) -> None:
    recognise(connection, (replace(BY_PHONE, usage_name="Martin"),), CAF)
    # Under a name that the delivery does not state: only the known record leads to her.
    recognise(connection, (replace(BY_PHONE, row=1, given_name="Marie-Anne", phone=None, email=None),), replace(CAF, delivery_id=9))
    married = replace(BY_PHONE, birth_name="Martin", usage_name=None)
    assert recognise(connection, (married,), CCAS) == Outcome(known=0, new=0, review=1)


@pytest.mark.parametrize("is_ranked", [False, True])
def test_what_is_only_likely_makes_a_link_where_ranked_candidates_may(connection: Connection, is_ranked: bool) -> None:
    recognise(connection, (BY_PHONE,), CAF)
    outcome = recognise(connection, (MISTYPED,), replace(CCAS, is_ranked=is_ranked))
    assert outcome == (Outcome(known=1, new=0, review=0) if is_ranked else Outcome(known=0, new=1, review=0))
    row = connection.execute(text("SELECT rule, score, model_version, evidence FROM identity.link WHERE delivery_id = 3")).one()
    assert row.rule == ("A6" if is_ranked else "NEW")
    assert (row.score is not None, row.model_version) == ((True, packaged().version) if is_ranked else (False, None))
    if is_ranked:
        assert (row.evidence["given"], row.evidence["phone"]) == ("slip", "same")


def test_a_doubt_about_a_ranked_candidate_keeps_its_score(connection: Connection) -> None:
    recognise(connection, (replace(BY_PHONE, phone=None, email=None),), CAF)
    assert recognise(connection, (replace(BY_PHONE, phone=None, email=None),), replace(CCAS, is_ranked=True)).review == 1
    [row] = connection.execute(schema_identity.suggestion.select())
    assert row.reason == "ranked"
    assert row.score > 0


def test_a_contact_that_an_office_lends_to_many_says_nothing_even_if_they_are_no_candidates(connection: Connection) -> None:
    lent = [replace(BY_PHONE, row=row, given_name=f"P{row}", birth_name=f"N{row}", birth_date=date(1960 + row, 3, 2)) for row in range(13)]
    recognise(connection, (*lent, replace(BY_PHONE, row=13)), CAF)
    assert recognise(connection, (BY_PHONE,), CCAS) == Outcome(known=0, new=0, review=1)


def test_a_number_of_too_many_records_is_looked_up_no_further_and_counted_without_its_value(
    connection: Connection, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MAX_BLOCK", 3)
    everyone = [replace(MARIE, row=row, given_name=f"P{row}", birth_date=date(1960 + row, 3, 2), identifiers=()) for row in range(401)]
    recognise(connection, everyone, CAF)
    alone = replace(MARIE, identifiers=())
    assert candidates.find(connection, [facts_of(alone, CCAS)], keys_of(alone, CCAS), is_ranked=False).known == []
    with caplog.at_level(logging.INFO):
        assert recognise(connection, (alone,), CCAS) == Outcome(known=0, new=1, review=0)
    assert "crowded_keys=1 " in caplog.text
    assert "nir-a" not in caplog.text


def test_a_household_that_moved_is_met_by_its_former_number(connection: Connection) -> None:
    before = replace(MARIE, nir_hash=None, nir_valid=False, identifiers=(("dossier_number", "63000000117"),))
    after = replace(before, identifiers=(("dossier_number", "03000000222"),), previous_dossier_number="63000000117", birth_name="Lefèvre")
    recognise(connection, (before,), CAF)
    recognise(connection, (after,), replace(CCAS, source="caf_msa", is_ranked=True))
    [row] = connection.execute(schema_identity.suggestion.select())
    assert row.evidence["dossier"] == "former"


def test_neighbours_born_the_same_day_are_candidates_only_with_an_initial_in_common(connection: Connection) -> None:
    zoe = replace(BY_PHONE, row=1, given_name="Zoé", birth_name="Xavier", usage_name="Yvon", phone=None, email=None)
    nameless = replace(zoe, row=2, given_name=None, birth_name=None, usage_name=None)
    recognise(connection, (replace(zoe, row=0, given_name="Marthe", birth_name="Quentin", usage_name=None), zoe, nameless), CAF)
    found = candidates.find(connection, [facts_of(replace(BY_PHONE, birth_name="Dupond"), CCAS)], (), is_ranked=True).known
    assert {one.facts.given for one in found} == {("MARTHE",), ()}, "who states no name may be anybody"
    married = replace(BY_PHONE, birth_name="Dupond", usage_name="Yacine")
    found = candidates.find(connection, [facts_of(married, CCAS)], (), is_ranked=True).known
    assert ("ZOE",) in {one.facts.given for one in found}, "by the usage name"


def test_no_table_of_the_register_is_read_whole_whatever_the_planner_believes(connection: Connection) -> None:
    query = text(
        "SELECT sum(seq_scan) FROM pg_stat_xact_user_tables WHERE schemaname = 'identity' AND relname IN ('record', 'link', 'key')"
    )
    recognise(connection, HOUSEHOLD, CAF)
    connection.execute(text("SET LOCAL random_page_cost = 1000000"))
    before = connection.scalar(query)
    recognise(connection, AT_FT, replace(FT, is_ranked=True))
    assert connection.scalar(query) == before
    assert connection.scalar(text("SHOW enable_seqscan")) == "on"


ELSEWHERE = {"phone": None, "email": None, "postcode": "75001", "birth_place_name": "Béziers"}


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ({}, False),
        ({"birth_name": "Dubois"}, True),
        ({"usage_name": "Dubois"}, True),
        ({"postcode": "59000"}, True),
        ({"birth_place_name": "SAINT-ÉTIENNE"}, True),
        ({"birth_name": "Dupontel", "given_name": "Zoé"}, True),
        ({"birth_name": "Dupuis", "given_name": "Zoé"}, False),
        ({"birth_name": "Dupuis"}, True),
    ],
    ids=["nothing more", "initial", "initial of the usage name", "postcode", "birth place", "five letters", "three", "both names"],
)
def test_born_the_same_day_under_a_name_of_the_same_start_is_a_candidate_with_something_more_in_common(
    connection: Connection, said: dict[str, str], is_found: bool
) -> None:
    known = replace(BY_PHONE, **(ELSEWHERE | {"birth_name": "Xavier", "usage_name": None} | said))
    recognise(connection, (known,), CAF)
    asked = replace(
        BY_PHONE, phone=None, email=None, birth_name="Dupont", usage_name=None, birth_place_name="Saint Etienne", postcode="59000"
    )
    assert bool(candidates.find(connection, [facts_of(asked, CCAS)], (), is_ranked=True).known) == is_found


def test_nobody_waits_for_the_search_of_garbage_during_a_batch_and_it_goes_on_after(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def statements() -> Iterator[Statement]:
        for row in range(3):
            seen.append(gc.isenabled())
            yield replace(MARIE, row=row)

    monkeypatch.setattr(module, "find", lambda *args, **kwargs: (seen.append(gc.isenabled()), candidates.find(*args, **kwargs))[1])
    recognise(connection, statements(), CAF)
    assert seen == [True, True, True, False]
    assert gc.isenabled()


def test_names_given_in_each_other_s_place_are_candidates_also_with_a_slip_of_the_date(connection: Connection) -> None:
    swapped = replace(
        BY_PHONE, birth_name="Marie", given_name="Dupont", birth_date=date(1980, 12, 5), phone=None, email=None, postcode=None
    )
    recognise(connection, (swapped,), CAF)
    found = candidates.find(connection, [facts_of(MARIE_AT_FT, FT), facts_of(BY_PHONE, CCAS)], (), is_ranked=True).known
    assert [one.facts.given for one in found] == [("DUPONT",)]


def test_of_records_that_say_the_same_the_first_one_linked_is_named(connection: Connection) -> None:
    recognise(connection, (MARIE,), CAF)
    recognise(connection, [replace(MARIE, row=row, phone=f"061234567{row}") for row in range(5)], replace(CAF, delivery_id=9))
    recognise(connection, (replace(MARIE_AT_FT, birth_name="Dupont", usage_name=None),), FT)
    query = text("""
        SELECT r.first_delivery FROM identity.link l JOIN identity.record r ON r.record_id = l.compared_with WHERE l.delivery_id = 2
    """)
    assert list(connection.execute(query).scalars()) == [1]


@pytest.mark.parametrize("is_earlier", [True, False], ids=["before it moved", "after"])
def test_a_household_is_looked_up_by_the_number_of_before_and_of_after(connection: Connection, is_earlier: bool) -> None:
    stayed = replace(MARIE, nir_hash=None, nir_valid=False, identifiers=(("dossier_number", "63000000117"),))
    moved = replace(stayed, identifiers=(("dossier_number", "03000000222"),), previous_dossier_number="63000000117")
    known, fresh = (stayed, moved) if is_earlier else (moved, stayed)
    recognise(connection, (known,), CAF)
    stranger = facts_of(replace(PAUL, birth_name="Xavier"), CAF)
    assert len(candidates.find(connection, [stranger], keys_of(fresh, CAF), is_ranked=False).known) == 1


def test_a_link_holds_since_the_sender_s_own_date_of_the_delivery(connection: Connection) -> None:
    recognise(connection, (MARIE,), replace(CAF, stamp=AT.replace(day=2)))
    recognise(connection, (PAUL,), replace(CAF, delivery_id=9))
    found = connection.execute(text("SELECT delivery_id, valid_from FROM identity.link ORDER BY link_id")).all()
    assert [tuple(row) for row in found] == [(1, AT.replace(day=2)), (9, AT)]
