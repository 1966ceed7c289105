"""A warehouse with invented participants for the tests of ESF+ snapshots: deliveries as the ledger knows them, and what they state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, text

OPERATION = "FSE-2025-AG-01"
CUT_OFF = date(2025, 12, 31)
LATER = datetime(2026, 1, 2, 9, tzinfo=UTC)
"""When the snapshot of the cut-off is taken."""
_SPACE = UUID("00000000-0000-0000-0000-0000000000aa")
_lines = count(2)


def person(name: str) -> UUID:
    """The id of an invented person."""
    return uuid5(_SPACE, f"person {name}")


def record(name: str, sender: str) -> UUID:
    """The record by which a sender speaks of that person."""
    return uuid5(_SPACE, f"record {name} {sender}")


@dataclass
class Desk:
    """Where deliveries are published from; one connection, whose caller commits."""

    connection: Connection
    made: dict[str, int] = field(default_factory=dict)

    def deliver(self, feed: str, at: datetime, rows: dict[str, list[dict[str, Any]]], sender: str = "fse") -> int:
        """Publishes a delivery at a moment: table → rows, each with ``who``, ``key`` and the payload; its number."""
        delivery = self._delivery(feed, sender, at)
        for table, facts in rows.items():
            for fact in facts:
                self._state(delivery, (table, feed, sender, at), fact)
        return delivery

    def undo(self, delivery: int, at: datetime) -> None:
        """A person withdraws the delivery."""
        self._run("update ledger.delivery set state = 'undone' where delivery_id = :id", {"id": delivery})
        self._transition(delivery, "undone", at)
        query = """update identity.link l set revoked_at = :at
                   where delivery_id = :id and revoked_at is null and not exists (
                       select from identity.sighting s join ledger.delivery d using (delivery_id)
                       where s.record_id = l.record_id and d.state = 'published')"""
        self._run(query, {"id": delivery, "at": at})

    def merge(self, gone: str, kept: str, sender: str, at: datetime) -> None:
        """Two persons were one: the record of the first speaks of the second from now on, as identity.change tells."""
        values = {"record": record(gone, sender), "at": at, "kept": person(kept), "gone": person(gone)}
        event = self._run(
            "insert into identity.event (kind, reason, author, at) values ('merge', 'Pièce vue', 'agent-1', :at) returning event_id", values
        ).scalar_one()
        old = self._run(
            "update identity.link set revoked_at = :at where record_id = :record and revoked_at is null returning link_id", values
        ).scalar_one()
        new = self._run(
            """insert into identity.link (record_id, person_id, rule, decided_by, decided_at)
               values (:record, :kept, 'HUMAN', 'agent-1', :at) returning link_id""",
            values,
        ).scalar_one()
        for link, effect in ((old, "revoked"), (new, "made")):
            self._run("insert into identity.event_link values (:event, :link, :effect)", {"event": event, "link": link, "effect": effect})
        self._run(
            "insert into identity.redirect (from_person, to_person, event_id, made_at) values (:gone, :kept, :event, :at)",
            values | {"event": event},
        )

    def _delivery(self, feed: str, sender: str, at: datetime) -> int:
        number = len(self.made) + 1
        name = f"{feed.replace('/', '_')}_{number}.csv"
        values = {"feed": feed, "sender": sender, "name": name, "sha": f"{number:064}", "at": at}
        delivery = self._run(
            """insert into ledger.delivery (feed, series, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime,
                                            received_at, published_at)
               values (:feed, :feed, :sender, :name, :sha || :name, 1, 'published', :at, 'f', 0, :at, :at) returning delivery_id""",
            values,
        ).scalar_one()
        self.made[name] = delivery
        self._transition(delivery, "published", at)
        for kind in ("AR", "CRI"):
            number_of = f"{kind}-2026-{delivery:05}"
            query = """insert into ledger.receipt (delivery_id, kind, number, made_at, body) values (:id, :kind, :number, :at, '{}')"""
            self._run(query, {"id": delivery, "kind": kind, "number": number_of, "at": at})
        return int(delivery)

    def _transition(self, delivery: int, state: str, at: datetime) -> None:
        query = "insert into ledger.transition (delivery_id, state, at, actor) values (:id, :state, :at, 'gateway')"
        self._run(query, {"id": delivery, "state": state, "at": at})

    def _state(self, delivery: int, about: tuple[str, str, str, datetime], fact: dict[str, Any]) -> None:
        table, feed, sender, at = about
        payload = {name: value for name, value in fact.items() if name not in ("who", "key")}
        values = {"record": record(fact["who"], sender), "person": person(fact["who"]), "at": at, "id": delivery, "feed": feed}
        values |= {"sender": sender, "line": next(_lines), "key": fact.get("key", "")}
        self._run("insert into identity.person values (:person, :at, :id) on conflict do nothing", values)
        self._run(
            """insert into identity.record (record_id, source, sender, content_hash, nir_valid, surname_keys, given_name_key,
                                            other_given_names_key, first_delivery)
               values (:record, :feed, :sender, :record, false, '', '', '', :id) on conflict do nothing""",
            values,
        )
        self._run(
            """insert into identity.link (record_id, person_id, rule, decided_by, delivery_id, decided_at)
               select :record, :person, 'NEW', 'rule:NEW', :id, :at
               where not exists (select from identity.link where record_id = :record and revoked_at is null)""",
            values,
        )
        self._run("insert into identity.sighting values (:id, :table, :line, :record, 'known')", values | {"table": table})
        schema = "esf" if table.startswith("participation") else "warehouse"
        names = "".join(f", {name}" for name in payload)
        places = "".join(f", :p_{name}" for name in payload)
        self._run(
            f"""insert into {schema}.{table} (record_id, feed, sender, delivery_id, line, row, fact_key, stamp, recorded_at{names})
                values (:record, :feed, :sender, :id, :line, :line, :key, :at, :at{places})""",
            values | {f"p_{name}": value for name, value in payload.items()},
        )

    def _run(self, query: str, values: dict[str, Any]) -> Any:
        return self.connection.execute(text(query), values)


@contextmanager
def desk(engine: Engine) -> Iterator[Desk]:
    """A desk whose work is committed at the end."""
    with engine.begin() as connection:
        found = Desk(connection)
        found.made |= {name: 0 for name in connection.execute(text("select file_name from ledger.delivery")).scalars()}
        yield found


def entry(who: str, number: str, **changed: Any) -> dict[str, Any]:
    """A complete entry of an unemployed woman; ``changed`` replaces what it says."""
    made = {
        "who": who,
        "key": f"{OPERATION}|{changed.get('entry_date', date(2025, 3, 3))}",
        "participation_number": number,
        "operation_id": OPERATION,
        "entry_date": date(2025, 3, 3),
        "sex": "F",
        "birth_date": date(1990, 6, 15),
        "labour_at_entry": "unemployed",
        "unemployment_months": 14,
        "in_education_at_entry": False,
        "isced_level": 3,
    }
    return made | changed


def leaving(who: str, number: str, day: date) -> dict[str, Any]:
    """Her exit."""
    return {"who": who, "key": number, "participation_number": number, "operation_id": OPERATION, "exit_date": day}
