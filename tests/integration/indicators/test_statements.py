"""What was known at a moment, against the same rule told row by row in Python, over random histories."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from participants import LATER, OPERATION, Desk, desk, entry, leaving, person, record
from passerelle.indicators.snapshot import known
from passerelle.indicators.snapshot.statements import stated
from passerelle.indicators.snapshot.statements_sql import Question, stated_table
from passerelle.warehouse.connect import open_engine, transaction

OTHER = "FSE-2025-AG-02"
FIRST = datetime(2025, 3, 1, tzinfo=UTC)
PEOPLE = "abcdef"


@pytest.mark.parametrize("seed", range(6))
def test_what_was_known_is_what_each_sender_last_told_of_each_person(esf_url: str, seed: int) -> None:
    found = open_engine(esf_url)
    with desk(found) as office:
        _history(office, random.Random(seed))
    with transaction(found) as connection:
        told = 0
        for days in (1, 10, 40, 90, 200):
            for operation in (None, OPERATION, OTHER):
                moment = FIRST + timedelta(days=days)
                with stated(connection, Question(operation, moment)) as known_then:
                    found_then = [
                        row for (row,) in known_then.execute(f"select version_id from {stated_table('participation')}").fetchall()
                    ]
                assert sorted(found_then) == sorted(_expected(connection, operation, moment)), (days, operation)
                told += len(found_then)
        assert told > 20
    found.dispose()


def test_whom_the_newest_file_tells_as_another_record_says_nothing_in_the_older_one(warehouse: Engine) -> None:
    with desk(warehouse) as office:
        office.merge("anne", "berthe", "fse", LATER)
        office.deliver("fse/entrees", LATER, {"participation": [entry("berthe", "P2")]})
    with transaction(warehouse) as connection, known.read(connection, OPERATION, LATER + timedelta(hours=1), known.Rurality()) as told:
        rows = told.participations()
    assert sorted(row["participant_id"] for row in rows) == sorted([str(person("berthe")), str(person("carl"))])


def test_between_a_file_and_its_correction_another_file_speaks_of_whom_the_correction_does_not_tell(esf_url: str) -> None:
    found = open_engine(esf_url)
    with desk(found) as office:
        told = [office.deliver("fse/entrees", FIRST, {"participation": [entry(who, f"N{who}") for who in "abc"]})]
        told.append(office.deliver("fse/entrees", FIRST + timedelta(days=5), {"participation": [entry("b", "Nb", isced_level=6)]}))
        told.append(office.deliver("fse/entrees", FIRST + timedelta(days=9), {"participation": [entry("a", "Na", isced_level=6)]}))
        _corrects(office.connection, told[2], told[0])
    with transaction(found) as connection:
        with stated(connection, Question(None, FIRST + timedelta(days=10))) as known_then:
            query = f"select person_id::text, delivery_id from {stated_table('participation')}"
            speaking = dict(known_then.execute(query).fetchall())
        assert len(_expected(connection, None, FIRST + timedelta(days=10))) == len(speaking)
    assert speaking == {str(person("a")): told[2], str(person("b")): told[1], str(person("c")): told[0]}
    found.dispose()


def test_figures_alone_are_read_without_the_sources_and_are_otherwise_the_same(warehouse: Engine) -> None:
    with transaction(warehouse) as connection:
        whole = _files(connection, None)
        plain = _files(connection, None, traced=False)
    assert whole.pop("sources.csv").count(b"\n") > 3
    assert plain == whole


def test_of_all_operations_and_of_one_the_same_is_known(warehouse: Engine) -> None:
    with transaction(warehouse) as connection:
        assert _files(connection, OPERATION) == _files(connection, None)


def _files(connection: Connection, operation: str | None, *, traced: bool = True) -> dict[str, bytes]:
    with known.read(connection, operation, LATER, known.Rurality(), traced=traced) as found:
        return found.tables().files()


def _history(office: Desk, chance: random.Random) -> None:
    """Full files, corrections of some, withdrawals of some, persons merged, at random."""
    at, made = FIRST, []
    for _ in range(12):
        at += timedelta(days=chance.choice([0, 1, 5, 20]))
        sender = chance.choice(["fse", "fse", "autre"])
        present = [one for one in PEOPLE if chance.random() < 0.6]
        number = office.deliver("fse/entrees", at, {"participation": [_entered(one, chance) for one in present]}, sender)
        if chance.random() < 0.2:
            _backdate(office.connection, number, at - timedelta(days=30))
        if chance.random() < 0.5:
            gone = [leaving(one, f"N{one}", date(2025, 6, 1)) for one in present if chance.random() < 0.5]
            office.deliver("fse/sorties", at, {"participation_exit": gone}, sender)
        earlier = [delivery for delivery, other in made if other == sender]
        made.append((number, sender))
        if earlier and chance.random() < 0.35:
            _corrects(office.connection, number, chance.choice(earlier))
        if chance.random() < 0.15:
            office.undo(chance.choice(made)[0], at + timedelta(days=chance.randint(0, 40)))
        if chance.random() < 0.3:
            _merge(office, chance, at)


def _entered(who: str, chance: random.Random) -> dict[str, Any]:
    number = chance.choice([f"N{who}", f"N{who}", f"N{who}2", None])
    return entry(who, number, operation_id=chance.choice([OPERATION, OTHER]), entry_date=date(2025, 3, chance.randint(1, 2)))  # type: ignore[arg-type]


def _backdate(connection: Connection, number: int, stamp: datetime) -> None:
    """An older state of the sender's, sent late."""
    connection.execute(text("update ledger.delivery set stamp = :stamp where delivery_id = :id"), {"id": number, "stamp": stamp})


def _corrects(connection: Connection, number: int, earlier: int) -> None:
    query = """update ledger.delivery set original = (select coalesce(original, delivery_id) from ledger.delivery where delivery_id = :of)
               where delivery_id = :id"""
    connection.execute(text(query), {"id": number, "of": earlier})


def _merge(office: Desk, chance: random.Random, at: datetime) -> None:
    gone, kept = chance.sample(PEOPLE, 2)
    known_by_now = "select from identity.link where record_id = :record and revoked_at is null"
    redirected = "select from identity.redirect where from_person in (:gone, :kept)"
    values = {"record": record(gone, "fse"), "gone": person(gone), "kept": person(kept)}
    query = f"""select exists ({known_by_now}) and exists (select from identity.person where person_id = :kept)
                       and not exists ({redirected})"""
    if office.connection.execute(text(query), values).scalar_one():
        office.merge(gone, kept, "fse", at + timedelta(days=chance.randint(0, 30)))


def _expected(connection: Connection, operation: str | None, moment: datetime) -> set[int]:
    """The rule of the module's first lines, row by row."""
    published = {row.delivery_id: row for row in _rows(connection, "ledger.delivery") if _is_published(connection, row.delivery_id, moment)}
    holder = {
        row.record_id: row.person_id
        for row in _rows(connection, "identity.link")
        if row.decided_at <= moment and (row.revoked_at is None or row.revoked_at > moment)
    }
    tellings: dict[Any, dict[int, datetime]] = {}
    for row in _rows(connection, "identity.sighting"):
        if row.delivery_id in published and row.record_id in holder:
            of = published[row.delivery_id]
            mine = tellings.setdefault((holder[row.record_id], of.series, of.sender), {})
            original = of.original or of.delivery_id
            mine[original] = max(mine.get(original, of.stamp), of.stamp)
    last: dict[Any, list[Any]] = {}
    for row in _rows(connection, "esf.participation"):
        if row.delivery_id not in published or row.record_id not in holder or operation not in (None, row.operation_id):
            continue
        of, who = published[row.delivery_id], holder[row.record_id]
        mine = tellings[who, of.series, of.sender]
        original = of.original or of.delivery_id
        if original == max(mine, key=lambda number: (mine[number], number)):
            last.setdefault((who, of.series, of.sender, row.fact_key), []).append(row)
    return {row.version_id for rows in last.values() for row in rows if row.delivery_id == max(other.delivery_id for other in rows)}


def _is_published(connection: Connection, delivery: int, moment: datetime) -> bool:
    states = [row for row in _rows(connection, "ledger.transition") if row.delivery_id == delivery and row.at <= moment]
    return bool(states) and max(states, key=lambda row: row.transition_id).state == "published"


def _rows(connection: Connection, table: str) -> Iterable[Any]:
    return connection.execute(text(f"select * from {table}")).all()
