"""A register of invented people for the tests of what persons decide: statements, deliveries in the ledger, who is who."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.identity.recognise import Recognition, Statement, recognise
from passerelle.identity.register.acts import Act

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
ACT = Act("agent-1", "Pièce vue", AT)
CAF = Recognition(1, "caf_msa", "caf", AT, b"key", stamp=datetime(2026, 11, 19, tzinfo=UTC))
FT = Recognition(2, "france_travail", "ft", AT, b"key", stamp=datetime(2026, 11, 18, tzinfo=UTC))
CCAS = Recognition(3, "ccas", "ccas-valcombe", AT, b"key", stamp=datetime(2026, 11, 17, tzinfo=UTC))

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
    identifiers=(("dossier_number", "00046770093"),),
    postcode="59000",
)
MARIE_AT_FT = replace(MARIE, table_name="inscription", role=None, identifiers=(("france_travail_number", "1253359X"),), postcode=None)
MARIE_WITHOUT_NUMBER = replace(MARIE, table_name="suivi", nir_hash=None, nir_valid=False, role=None, identifiers=(), sex=None)
"""The same civil status without any number: a doubt for the rules, a new person."""
JEANNE = replace(MARIE, row=1, nir_hash="nir-b", given_name="Jeanne", role="ENF")
"""Her twin."""

_DELIVERY = text("""
    INSERT INTO ledger.delivery (delivery_id, feed, series, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime,
                                 received_at)
    OVERRIDING SYSTEM VALUE
    VALUES (:id, :source, :source, :sender, 'f', :id, 1, 'published', :stamp, 'f', 0, :at)
    ON CONFLICT DO NOTHING
""")


def deliver(connection: Connection, context: Recognition, *statements: Statement) -> list[UUID]:
    """Recognises a delivery that the ledger knows as published; the records of its rows, in order."""
    values = {"id": context.delivery_id, "source": context.source, "sender": context.sender, "stamp": context.stamp, "at": AT}
    connection.execute(_DELIVERY, values)
    recognise(connection, [replace(statement, row=number) for number, statement in enumerate(statements)], context)
    query = text('SELECT record_id FROM identity.sighting WHERE delivery_id = :id ORDER BY "row"')
    return list(connection.execute(query, {"id": context.delivery_id}).scalars())


def open_right(connection: Connection, record_id: UUID, context: Recognition = CAF, *, state: str = "2") -> None:
    """The record's delivery also says that an RSA right is open (or in another state)."""
    query = text("""
        INSERT INTO warehouse.rsa_right (record_id, feed, sender, delivery_id, line, row, fact_key, stamp, recorded_at, dossier_number,
                                         state_code)
        VALUES (:record, :source, :sender, :id, 2, 0, '', :stamp, :at, '00046770093', :state)
    """)
    values = {"record": record_id, "source": context.source, "sender": context.sender, "id": context.delivery_id}
    connection.execute(query, values | {"stamp": context.stamp, "at": AT, "state": state})


def who(connection: Connection) -> dict[UUID, UUID]:
    """Record → person, of every live link."""
    return dict(connection.execute(text("SELECT record_id, person_id FROM identity.link WHERE revoked_at IS NULL")).all())  # type: ignore[arg-type]


def resolved(connection: Connection) -> dict[UUID, UUID]:
    """Every id ever given → where it leads."""
    return dict(connection.execute(text("SELECT person_id, resolved_id FROM identity.person_resolved")).all())  # type: ignore[arg-type]


def laws(connection: Connection) -> None:
    """What must hold of every register at any time."""
    leads = resolved(connection)
    standing = dict(connection.execute(text("SELECT from_person, to_person FROM identity.redirect WHERE ended_by IS NULL")).all())  # type: ignore[arg-type]
    for person, goal in leads.items():
        assert goal not in standing, "a redirect leads to an id that leads on"
        walked = person
        for _ in range(len(standing) + 1):
            walked = standing.get(walked, walked)
        assert walked == goal, "redirects make a circle, or the view does not follow them"
        assert connection.scalar(text("SELECT resolved_id FROM identity.resolve(:p)"), {"p": person}) == goal
    people = who(connection)
    assert not set(people.values()) & set(standing), "a record is linked to an id that leads elsewhere"
    for kind, record, other in connection.execute(_ORDERED):
        if record in people and other in people:
            assert (people[record] == people[other]) == (kind == "always"), f"{kind} is not obeyed"
    for record, before, after in connection.execute(_UNTOLD):
        raise AssertionError(f"{record} went from {before} to {after} without an event")


_ORDERED = text("""
    SELECT o.kind, a.record_id, b.record_id
    FROM identity.override o
    JOIN identity.override_record a ON a.override_id = o.override_id AND a.side = 'a'
    JOIN identity.override_record b ON b.override_id = o.override_id AND b.side = 'b'
    WHERE o.revoked_by IS NULL
""")
_UNTOLD = text("""
    SELECT record_id, before_person, person_id
    FROM (
        SELECT link_id, record_id, person_id, lag(person_id) OVER w AS before_person
        FROM identity.link WINDOW w AS (PARTITION BY record_id ORDER BY link_id)
    ) followed
    WHERE before_person <> person_id
      AND NOT EXISTS (SELECT FROM identity.change c WHERE c.record_id = followed.record_id AND c.from_person = before_person
                                                       AND c.to_person = followed.person_id)
""")


def partition(connection: Connection) -> dict[str, UUID]:
    """Content hash → person, of every live link: what can be compared between two registers."""
    query = "SELECT r.content_hash, l.person_id FROM identity.link l JOIN identity.record r USING (record_id) WHERE l.revoked_at IS NULL"
    return dict(connection.execute(text(query)).all())  # type: ignore[arg-type]


def reachable(connection: Connection) -> dict[str, UUID]:
    """Content hash → the first of the persons that the queue connects with the record's person, by however many suggestions."""
    found = partition(connection)
    first = {person: person for person in found.values()}
    asked = connection.execute(text("SELECT holder, person_id FROM identity.queue")).all()
    for _ in range(len(first)):
        for holder, person in asked:
            lowest = min(first[holder], first[person])
            first[holder] = first[person] = lowest
    return {content: first[person] for content, person in found.items()}
