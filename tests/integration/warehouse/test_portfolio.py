"""What a binôme reads of a person: registered or not, since when and why not, and what changed, and in what time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.warehouse.connect import open_engine

_AT = "2026-11-20 08:00:00+00"


@dataclass(frozen=True)
class Told:
    """What a list says of the one person; in the order in which the lists come."""

    feed: str
    day: str
    registered_on: str | None = None
    ended_on: str | None = None
    state: str = "published"
    corrects: int | None = None


def registered(day: str, since: str, **more: Any) -> Told:
    return Told("inscriptions", day, registered_on=since, **more)


def ended(day: str, on: str, **more: Any) -> Told:
    return Told("cessations", day, ended_on=on, **more)


@pytest.fixture
def engine(postgres: EmbeddedPostgres, _warehouse_template: str) -> Iterator[sa.Engine]:
    """A new warehouse."""
    found = open_engine(postgres.create_database("portfolio", template=_warehouse_template))
    yield found
    found.dispose()
    postgres.drop_database("portfolio")


def tell(engine: sa.Engine, lists: Sequence[Told]) -> None:
    """The warehouse as it stands once the lists were published."""
    with engine.begin() as connection:
        connection.execute(sa.text("insert into identity.person values (md5('1')::uuid, :at, 1)"), {"at": _AT})
        connection.execute(sa.text("insert into warehouse.code_label values ('registration', 'end_reason_code', '09', 'Absence', 'c')"))
        for number, told in enumerate(lists, 1):
            connection.execute(_LIST, told.__dict__ | {"at": _AT, "number": number, "hash": str(number)})


_LIST = sa.text("""
with made as (
    insert into ledger.delivery (feed, series, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime, received_at,
                                 corrects, original)
    values (:feed, 's', 'ft', 'f', :hash, 1, :state, cast(:day as timestamptz), 'f', 0, :at, :corrects, :corrects)
    returning delivery_id, stamp
), known as (
    insert into identity.record (record_id, source, sender, content_hash, nir_valid, surname_keys, given_name_key, other_given_names_key,
                                 first_delivery, birth_name)
    values (md5('r' || :number)::uuid, 'ft', 'ft', :hash, false, '', '', '', 1, 'NOM')
), linked as (
    insert into identity.link (record_id, person_id, rule, decided_by, delivery_id, decided_at)
    values (md5('r' || :number)::uuid, md5('1')::uuid, 'NEW', 'rule:NEW', 1, :at)
), seen as (
    insert into identity.sighting select delivery_id, 't', 1, md5('r' || :number)::uuid, 'known' from made
)
insert into warehouse.registration (record_id, feed, sender, delivery_id, line, row, fact_key, stamp, recorded_at, category_code,
                                    agency_code, registered_on, ended_on, end_reason_code)
select md5('r' || :number)::uuid, :feed, 'ft', delivery_id, 1, 1, 'k', stamp, :at,
       case when cast(:registered_on as date) is not null then 'A' end, '99001', cast(:registered_on as date), cast(:ended_on as date),
       case when cast(:ended_on as date) is not null then '09' end
from made
""")


def shown(engine: sa.Engine) -> dict[str, Any]:
    """The person's line in the portfolio, as far as France Travail goes."""
    with engine.connect() as connection:
        (row,) = connection.execute(sa.text("select * from warehouse.portfolio_on(date '2026-12-01')")).mappings().all()
    return {
        name: str(value) for name, value in row.items() if name.startswith("regist") or name == "employment_agency" if value is not None
    }


REGISTERED = {"registration_category_code": "A", "registered_on": "2026-10-10", "employment_agency": "99001"}
ENDED = {
    "registration_ended_on": "2026-10-20",
    "registration_end_reason_code": "09",
    "registration_end_reason": "Absence",
}
SINCE = registered("2026-11-05", "2026-10-10")
UNTIL = ended("2026-11-05", "2026-10-20")


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        pytest.param([SINCE], REGISTERED, id="registered"),
        pytest.param([SINCE, ended("2026-12-05", "2026-10-20")], ENDED, id="ended in a later list"),
        pytest.param([ended("2026-12-05", "2026-10-20"), SINCE], ENDED, id="the list of the registrations comes late"),
        pytest.param([ended("2026-10-05", "2026-09-20"), SINCE], REGISTERED, id="registered again in a later list"),
        pytest.param([SINCE, UNTIL], ENDED, id="ended after it began, both lists of one day"),
        pytest.param([UNTIL, SINCE], ENDED, id="the same, the other list first"),
        pytest.param([SINCE, ended("2026-11-05", "2026-10-02")], REGISTERED, id="began after another ended, both lists of one day"),
        pytest.param([ended("2026-11-05", "2026-10-02"), SINCE], REGISTERED, id="the same, the other list first again"),
        pytest.param([ended("2026-11-05", "2026-10-10"), SINCE], REGISTERED, id="registered again the day it ended"),
        pytest.param([SINCE, ended("2026-12-05", "2026-10-20", state="undone")], REGISTERED, id="the list of ends was undone"),
        pytest.param(
            [SINCE, UNTIL, registered("2026-11-05", "2026-10-30", corrects=1)],
            REGISTERED | {"registered_on": "2026-10-30"},
            id="the list was corrected",
        ),
        pytest.param(
            [registered("2026-11-05", "2026-10-30"), UNTIL, SINCE],
            ENDED,
            id="the list of that day was sent again, and takes back what it said",
        ),
    ],
)
def test_a_registration_that_ended_is_shown_with_its_end_whichever_list_came_first(
    engine: sa.Engine, lists: list[Told], expected: dict[str, str]
) -> None:
    tell(engine, lists)
    assert shown(engine) == expected


# What changed


_PEOPLE = """
insert into ledger.delivery (feed, series, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime, received_at)
select 'f', 's', 'ft', 'f', n::text, 1, 'published', timestamptz '{at}' + n * interval '1 day', 'f', 0, '{at}' from generate_series(1, 3) n;
insert into identity.person select md5(n::text)::uuid, '{at}', 1 from generate_series(1, {people}) n;
insert into identity.record (record_id, source, sender, content_hash, nir_valid, surname_keys, given_name_key, other_given_names_key,
                             first_delivery)
select person_id, 'ft', 'ft', person_id, false, '', '', '', 1 from identity.person;
insert into identity.link (record_id, person_id, rule, decided_by, delivery_id, decided_at)
select person_id, person_id, 'NEW', 'rule:NEW', 1, '{at}' from identity.person;
insert into identity.sighting
select d, 't', n, md5(n::text)::uuid, 'known' from generate_series(1, 3) d, generate_series(1, {people}) n where d = 3 or n % 5 > 0;
insert into warehouse.registration (record_id, feed, sender, delivery_id, line, row, fact_key, stamp, recorded_at, category_code)
select record_id, 'f', 'ft', delivery_id, row, row, '', '{at}', '{at}',
       case when delivery_id = 3 and row % 5 = 1 then 'B' when delivery_id = 1 and row % 5 = 3 then 'C' else 'A' end
from identity.sighting;
insert into warehouse.brake (record_id, feed, sender, delivery_id, line, row, fact_key, stamp, recorded_at, mobility)
select record_id, 'f', 'ft', delivery_id, row, row, '', '{at}', '{at}', true
from identity.sighting where delivery_id <> 2 or row % 5 <> 2;
"""


def fill(engine: sa.Engine, people: int) -> None:
    """Of five people one is new, one has another category, one has brakes again, one had another category two files ago."""
    with engine.begin() as connection:
        connection.execute(sa.text(_PEOPLE.format(at=_AT, people=people).replace(":", "\\:")))


def test_what_changed_is_what_the_last_file_says_otherwise_than_the_one_before(engine: sa.Engine) -> None:
    fill(engine, 5)
    with engine.connect() as connection:
        query = "select r.line % 5, c.changed from warehouse.person_change c join warehouse.registration_current r using (person_id)"
        found = {row[0]: row[1] for row in connection.execute(sa.text(query))}
    assert found == {0: ["nouvelle personne"], 1: ["inscription France Travail"], 2: ["freins"]}


def work(engine: sa.Engine) -> int:
    """How many rows the database handles to say what changed."""
    with engine.connect() as connection:
        (plan,) = connection.execute(sa.text("explain (analyze, format json) select * from warehouse.person_change")).scalar_one()

    def handled(node: dict[str, Any]) -> int:
        removed = sum(value for name, value in node.items() if name.startswith("Rows Removed"))
        return int((node["Actual Rows"] + removed) * node["Actual Loops"]) + sum(map(handled, node.get("Plans", ())))

    return handled(plan["Plan"])


def test_to_say_what_changed_takes_as_much_work_per_person_however_many_they_are(engine: sa.Engine) -> None:
    each = []
    for people in (400, 1600):
        with engine.begin() as connection:
            tables = "warehouse.registration, warehouse.brake, identity.sighting, identity.link, identity.record, identity.person"
            connection.execute(sa.text(f"truncate {tables}, ledger.delivery restart identity cascade"))
        fill(engine, people)
        each.append(work(engine) / people)
    assert max(each) < 600, "a person's rows are compared with those of others"
    assert max(each) < 1.5 * min(each)
