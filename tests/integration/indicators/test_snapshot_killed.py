"""kill -9 while a snapshot is proposed or frozen leaves no half of it; two at once wait for each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, text

from participants import CUT_OFF, LATER, OPERATION
from passerelle.errors import ConfigurationError
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import store
from passerelle.indicators.snapshot.freeze import freeze
from passerelle.indicators.snapshot.propose import Request, propose, proposed
from passerelle.indicators.snapshot.verify import verify
from passerelle.warehouse.connect import transaction

_KILLED = """
import os, signal, sys
from participants import CUT_OFF, LATER, OPERATION
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import freeze, propose, store
from passerelle.warehouse.connect import open_engine

url, name, work, number = sys.argv[1:]
inner = getattr(store, name)

def killed(*arguments, **options):
    inner(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(store, name, killed)
if work == "freeze":
    freeze.freeze(open_engine(url), int(number), "agent-2", LATER)
else:
    propose.propose(open_engine(url), propose.Request(OPERATION, CUT_OFF, "agent-1", LATER, load_rules(None)))
"""
REQUEST = Request(OPERATION, CUT_OFF, "agent-1", LATER, load_rules(None))


def content(warehouse: Engine) -> list[int]:
    with warehouse.connect() as connection:
        tables = ("snapshot", "snapshot_file", "snapshot_freeze")
        return [connection.execute(text(f"select count(*) from esf.{name}")).scalar_one() for name in tables]


def killed(url: str, name: str, work: str, number: int = 0) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(Path(__file__).parents[2]), *sys.path))}
    command = [sys.executable, "-c", _KILLED, url, name, work, str(number)]
    assert subprocess.run(command, env=environment, check=False, timeout=60).returncode == -signal.SIGKILL


def test_a_proposal_that_is_killed_leaves_no_snapshot_without_its_files(warehouse: Engine, esf_url: str) -> None:
    killed(esf_url, "add", "propose")
    assert content(warehouse) == [0, 0, 0]
    assert verify(warehouse, propose(warehouse, REQUEST).snapshot_id).holds


@pytest.mark.parametrize("name", ["freeze", "files"])
def test_a_freeze_that_is_killed_has_not_happened_and_can_be_done_again(warehouse: Engine, esf_url: str, name: str) -> None:
    snapshot = propose(warehouse, REQUEST)
    before = content(warehouse)
    killed(esf_url, name, "freeze", snapshot.snapshot_id)
    assert content(warehouse) == before
    assert freeze(warehouse, snapshot.snapshot_id, "agent-2", LATER).is_frozen


def test_of_two_freezes_at_once_the_second_finds_it_done(warehouse: Engine) -> None:
    snapshot = propose(warehouse, REQUEST)
    told: list[str] = []

    def second() -> None:
        try:
            freeze(warehouse, snapshot.snapshot_id, "agent-3", LATER)
        except ConfigurationError as error:
            told.append(str(error))

    with transaction(warehouse) as connection:
        store.lock(connection, OPERATION)
        store.freeze(connection, snapshot, "agent-2", LATER)
        thread = Thread(target=second)
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive(), "the second has not waited"
    thread.join(timeout=20)
    assert len(told) == 1
    assert "déjà figé, par agent-2" in told[0]
    assert content(warehouse)[2] == 1


def test_of_two_proposals_at_once_the_second_finds_the_first(warehouse: Engine) -> None:
    found: list[int] = []
    with transaction(warehouse) as connection:
        store.lock(connection, OPERATION)
        first = proposed(connection, REQUEST)
        thread = Thread(target=lambda: found.append(propose(warehouse, REQUEST).snapshot_id))
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive(), "the second has not waited"
    thread.join(timeout=20)
    assert found == [first.snapshot_id]
