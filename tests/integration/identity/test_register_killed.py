"""kill -9 in the middle of a decision leaves no half of it; two decisions at once wait for each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from passerelle.errors import ConfigurationError
from passerelle.identity.register.merge import merge
from passerelle.warehouse.connect import open_engine, transaction
from registers import ACT, CAF, CCAS, JEANNE, MARIE, MARIE_WITHOUT_NUMBER, deliver, laws, who

_KILLED = """
import os, signal, sys
from uuid import UUID
from registers import ACT
from passerelle.identity.register import events, overrides
from passerelle.identity.register.merge import merge
from passerelle.warehouse.connect import open_engine, transaction

url, module, name, place, left, right = sys.argv[1:]
owner = {"events": events, "overrides": overrides}[module]
inner = getattr(owner, name)

def killed(*arguments, **options):
    if place == "after":
        inner(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, killed)
with transaction(open_engine(url)) as connection:
    merge(connection, UUID(left), UUID(right), ACT)
"""
_TABLES = ("event", "event_link", "redirect", "override", "override_record", "link")


@pytest.fixture
def engine(warehouse_url: str) -> Iterator[Engine]:
    """A register with two persons for one Marie, and her twin; committed, and emptied afterwards."""
    engine = open_engine(warehouse_url)
    with engine.begin() as connection:
        deliver(connection, CAF, MARIE, JEANNE)
        deliver(connection, CCAS, MARIE_WITHOUT_NUMBER)
    yield engine
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE identity.person, identity.record, identity.event, identity.sighting CASCADE"))
        connection.execute(text("DELETE FROM ledger.delivery"))
    engine.dispose()


def content(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM identity.{name}"))), key=str) for name in _TABLES}


def maries(engine: Engine) -> tuple[UUID, UUID]:
    query = "SELECT l.person_id FROM identity.link l JOIN identity.record r USING (record_id) WHERE r.given_name = 'Marie'"
    with engine.connect() as connection:
        left, right = connection.execute(text(query)).scalars()
    return left, right


@pytest.mark.parametrize(
    ("module", "name", "place"),
    [
        ("events", "write", "after"),
        ("events", "_revoke", "after"),
        ("events", "move", "after"),
        ("events", "redirect", "after"),
        ("overrides", "add", "after"),
    ],
)
def test_a_merge_that_is_killed_has_not_happened_and_can_be_done_again(
    engine: Engine, warehouse_url: str, module: str, name: str, place: str
) -> None:
    before = content(engine)
    left, right = maries(engine)
    command = [sys.executable, "-c", _KILLED, warehouse_url, module, name, place, str(left), str(right)]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert content(engine) == before
    with transaction(engine) as connection:
        merge(connection, left, right, ACT)
        laws(connection)
        assert len(set(who(connection).values())) == 2


def test_of_two_merges_at_once_the_second_finds_it_done(engine: Engine) -> None:
    left, right = maries(engine)
    told: list[str] = []

    def second() -> None:
        try:
            with transaction(engine) as connection:
                merge(connection, right, left, ACT)
        except ConfigurationError as error:
            told.append(str(error))

    with transaction(engine) as connection:
        merge(connection, left, right, ACT)
        thread = Thread(target=second)
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive(), "the second has not waited"
    thread.join(timeout=20)
    assert told == ["C'est déjà une seule et même personne. Rien n'a été changé."]
    with engine.connect() as connection:
        laws(connection)
        assert connection.scalar(text("SELECT count(*) FROM identity.event")) == 1
