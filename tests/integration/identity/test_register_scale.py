"""What is asked of a few persons reads a few rows, whatever the register holds: counted by PostgreSQL itself, so no clock is needed.

The rows are written in the test's own transaction: the planner has no statistics of them, which is when its guesses are worst.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from passerelle.identity import candidates
from passerelle.identity.register import history, review
from passerelle.identity.register.persons import records_ever, with_open_rights
from passerelle.warehouse.connect import open_engine
from registers import AT

PEOPLE, DOUBTS, DELIVERIES = 1500, 20, 4
_FILL = (
    """
    INSERT INTO ledger.delivery (delivery_id, feed, series, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime,
                                 received_at)
    OVERRIDING SYSTEM VALUE
    SELECT n, 'f' || n % 2, 'f' || n % 2, 's', 'f', n, 1, 'published', timestamptz '2026-05-01' + n * interval '1 day', 'f', 0, now()
    FROM generate_series(1, :deliveries) n
    """,
    "CREATE TEMP TABLE who ON COMMIT DROP AS SELECT n, gen_random_uuid() p, gen_random_uuid() r FROM generate_series(1, :people) n",
    "INSERT INTO identity.person SELECT p, now(), 1 FROM who",
    """
    INSERT INTO identity.record (record_id, source, sender, content_hash, nir_hash, nir_valid, surname_keys, given_name_key,
                                 other_given_names_key, first_delivery)
    SELECT r, 'f1', 's', 'c' || n, 'n' || n, true, '', '', '', 1 FROM who
    """,
    "INSERT INTO identity.link (record_id, person_id, rule, decided_by, decided_at) SELECT r, p, 'NEW', 'rule:NEW', now() FROM who",
    "INSERT INTO identity.key SELECT 'nir', 'n' || n, r FROM who",
    """
    INSERT INTO identity.sighting (delivery_id, table_name, "row", record_id, outcome)
    SELECT d, 't', n, r, 'known' FROM who, generate_series(1, :deliveries) d
    """,
    """
    INSERT INTO warehouse.rsa_right (record_id, feed, sender, delivery_id, line, "row", fact_key, stamp, recorded_at, state_code)
    SELECT r, 'f', 's', d, n, n, '', now(), now(), '2' FROM who, generate_series(1, :deliveries) d
    """,
    """
    INSERT INTO warehouse.designation (record_id, feed, sender, delivery_id, line, "row", fact_key, stamp, recorded_at)
    SELECT r, 'f', 's', d, n, n, '', now(), now() FROM who, generate_series(1, :deliveries) d
    """,
    """
    INSERT INTO identity.suggestion (record_id, person_id, reason, detail, state, delivery_id, made_at)
    SELECT a.r, b.p, 'same_civil_status', '', 'open', 1, now() FROM who a JOIN who b ON b.n = a.n + :doubts WHERE a.n <= :doubts
    """,
)
_READ = text("""
    SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
    WHERE relname IN ('rsa_right', 'designation', 'sighting', 'link', 'record', 'key')
""")


@pytest.fixture(scope="module")
def engine(warehouse_url: str) -> Iterator[Engine]:
    engine = open_engine(warehouse_url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        for statement in _FILL:
            values = {"people": PEOPLE, "doubts": DOUBTS, "deliveries": DELIVERIES}
            connection.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})
        yield connection
        connection.rollback()


def rows_read(connection: Connection) -> dict[str, int]:
    return dict(connection.execute(_READ).all())  # type: ignore[arg-type]


def read_since(connection: Connection, before: dict[str, int]) -> dict[str, int]:
    return {name: count - before[name] for name, count in rows_read(connection).items()}


def some(connection: Connection, count: int) -> list[UUID]:
    return list(connection.execute(text("SELECT p FROM who ORDER BY n LIMIT :n"), {"n": count}).scalars())


def test_the_open_rights_of_two_persons_are_found_among_their_own_rows(connection: Connection) -> None:
    two = some(connection, 2)
    before = rows_read(connection)
    assert with_open_rights(connection, two, AT.date()) == set(two)
    read = read_since(connection, before)
    assert {name: read[name] for name in ("rsa_right", "designation", "sighting", "link")} == {
        "rsa_right": 2 * DELIVERIES,
        "designation": 2 * DELIVERIES,
        "sighting": 2 * DELIVERIES,
        "link": 2,
    }


def test_the_queue_reads_the_rows_of_those_it_asks_about_once(connection: Connection) -> None:
    before = rows_read(connection)
    queue = review.waiting(connection, AT + timedelta(days=1))
    assert [row["blocks"] for row in queue] == [["droit RSA ouvert", "dossier RSA", "référent désigné"]] * DOUBTS
    read = read_since(connection, before)
    assert (read["rsa_right"], read["sighting"]) == (2 * DOUBTS * DELIVERIES, 2 * DOUBTS * DELIVERIES)


def test_whether_a_number_is_contested_is_asked_of_the_number_not_of_all(connection: Connection) -> None:
    (person,) = some(connection, 1)
    connection.execute(text("ANALYZE identity.link, identity.key, identity.record, identity.sighting, ledger.delivery"))
    before = rows_read(connection)
    assert [number["status"] for number in history.history(connection, person)["identifiers"]] == ["declared"]
    assert read_since(connection, before)["key"] < PEOPLE / 10


def test_all_records_a_person_ever_had_are_found_by_the_person(connection: Connection) -> None:
    (person,) = some(connection, 1)
    connection.execute(text("ANALYZE identity.link"))
    before = rows_read(connection)
    assert len(records_ever(connection, person)) == 1
    assert read_since(connection, before)["link"] < PEOPLE / 10


def test_what_contradicts_of_some_persons_is_read_among_their_own_rows(connection: Connection) -> None:
    connection.execute(text("ANALYZE identity.link, identity.record"))
    persons = some(connection, PEOPLE // 5)
    before = rows_read(connection)
    assert len(candidates.traits_of(connection, persons)) == len(persons)
    assert read_since(connection, before)["link"] <= 2 * len(persons)


_VARIED = (
    # 105 corrects 104, 106 corrects 103; 107 and 108, another correction of 104, were undone. f1 and f2 are two series.
    """
    INSERT INTO ledger.delivery (delivery_id, feed, series, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime,
                                 received_at, corrects, original)
    OVERRIDING SYSTEM VALUE
    SELECT n, s, s, 'x', 'f', 'v' || n, 1, state, timestamptz '2026-10-01' + day * interval '1 day', 'f', 0, now(), o, o
    FROM (VALUES (101, 'f1', 'published', 1, NULL), (102, 'f1', 'published', 2, NULL), (103, 'f2', 'published', 3, NULL),
                 (104, 'f1', 'published', 4, NULL), (105, 'f1', 'published', 4, 104), (106, 'f2', 'published', 3, 103),
                 (107, 'f2', 'undone', 7, NULL), (108, 'f1', 'undone', 4, 104)) v (n, s, state, day, o)
    """,
    """
    CREATE TEMP TABLE told ON COMMIT DROP AS
    SELECT r, d FROM who, generate_series(101, 108) d WHERE n <= 200 AND random() < .5
    """,
    """
    INSERT INTO identity.sighting (delivery_id, table_name, "row", record_id, outcome)
    SELECT d, 'v', row_number() OVER (), r, 'known' FROM told
    """,
    """
    INSERT INTO warehouse.rsa_right (record_id, feed, sender, delivery_id, line, "row", fact_key, stamp, recorded_at, state_code, closed_on)
    SELECT r, 'f', 'x', d, 1, 1, k, now(), now(), CASE WHEN random() < .5 THEN '5' ELSE '2' END,
           CASE WHEN random() < .3 THEN date '2026-11-19' + (2 * random())::int END
    FROM told, unnest(ARRAY['', 'b']) k WHERE random() < .6
    """,
    """
    INSERT INTO warehouse.appointment (record_id, feed, sender, delivery_id, line, "row", fact_key, stamp, recorded_at, scheduled_on)
    SELECT r, 'f', 'x', d, 1, 1, '', now(), now(), date '2026-11-19' + (3 * random())::int FROM told WHERE random() < .5
    """,
    """
    INSERT INTO warehouse.engagement (record_id, feed, sender, delivery_id, line, "row", fact_key, stamp, recorded_at, ends_on)
    SELECT r, 'f', 'x', d, 1, 1, '', now(), now(), CASE WHEN random() < .7 THEN date '2026-11-19' + (3 * random())::int END
    FROM told WHERE random() < .5
    """,
    """
    INSERT INTO esf.participation (record_id, feed, sender, delivery_id, line, "row", fact_key, stamp, recorded_at)
    SELECT r, 'f', 'x', d, 1, 1, '', now(), now() FROM told WHERE random() < .3
    """,
    # Some persons have two records, and some of their links are former ones.
    """
    UPDATE identity.link SET person_id = (SELECT b.p FROM who a JOIN who b ON b.n = a.n + 1 WHERE a.r = link.record_id)
    WHERE record_id IN (SELECT r FROM who WHERE n < 100 AND n % 3 = 0)
    """,
    "UPDATE identity.link SET revoked_at = now() WHERE record_id IN (SELECT r FROM who WHERE n < 200 AND n % 7 = 0)",
)
_BY_VIEWS = text("""
    SELECT person_id, 'droit RSA ouvert' FROM warehouse.rsa_right_current
    WHERE (closed_on IS NULL OR closed_on > :day) AND coalesce(state_code, '') NOT IN ('1', '5', '6')
    UNION SELECT person_id, 'dossier RSA' FROM warehouse.rsa_right_current
    UNION SELECT person_id, 'rendez-vous à venir' FROM warehouse.appointment_current WHERE scheduled_on >= :day
    UNION SELECT person_id, 'contrat d''engagement' FROM warehouse.engagement_current WHERE ends_on IS NULL OR ends_on >= :day
    UNION SELECT person_id, 'référent désigné' FROM warehouse.designation_current WHERE ends_on IS NULL OR ends_on >= :day
    UNION SELECT person_id, 'opération FSE+' FROM esf.participation_current
""")


@pytest.mark.parametrize("seed", [0.1, 0.2, 0.3])
def test_what_a_person_holds_is_what_the_current_views_say(connection: Connection, seed: float) -> None:
    """Corrections, older tellings, withdrawn deliveries, former links: the quick way and the views agree on each."""
    connection.execute(text("DELETE FROM warehouse.rsa_right WHERE record_id IN (SELECT r FROM who WHERE n <= 200)"))
    connection.execute(text("SELECT setseed(:seed)"), {"seed": seed})
    for statement in _VARIED:
        connection.execute(text(statement))
    connection.execute(text("ANALYZE"))
    persons, day = some(connection, 200), AT.date()
    quick = connection.execute(text("SELECT person_id, word FROM identity.held_on(:persons, :day)"), {"persons": persons, "day": day})
    slow = connection.execute(_BY_VIEWS, {"day": day})
    found, expected = sorted(map(tuple, quick), key=str), sorted((row for row in map(tuple, slow) if row[0] in set(persons)), key=str)
    assert found == expected
    counts = {word: sum(each == word for _, each in found) for _, word in found}
    assert len(counts) == 6
    assert all(10 < count < 190 for word, count in counts.items() if word != "référent désigné")
