"""Runs of the gateway in processes of their own, which can be killed at a named place.

One process imports the program once and forks a fresh one for every run, so that a run costs no start. The program knows nothing of
it: the places are functions of the program, wrapped in the forked process only.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from passerelle import gateway, journey
from passerelle import settings as settings_module
from passerelle.contract.load import feed_ids

DONE = "done"


@dataclass(frozen=True)
class Place:
    """Where to kill: before or after the nth call of a function for which ``when`` is true."""

    function: str
    """``module:attribute.attribute``; of a dictionary, the attribute is a key."""
    after: bool = True
    nth: int = 1
    when: Callable[..., bool] = lambda *_arguments, **_options: True


def _receipt(kind: str) -> Callable[..., bool]:
    return lambda _connection, answer: answer.kind == kind


def _state(name: str) -> Callable[..., bool]:
    return lambda _connection, _delivery, step: step.to == name


def _into(folder: str) -> Callable[..., bool]:
    return lambda _sftp, _old, new: folder in str(new)


PLACES = {
    "receive, half of the file fetched": Place("passerelle.vault:VaultWriter.write", nth=2),
    "receive, in the vault but not in the ledger": Place("passerelle.vault:VaultWriter.keep"),
    "receive, receipt made but not committed": Place("passerelle.ledger.documents:keep_receipt", when=_receipt("AR")),
    "receive, committed but not moved": Place("paramiko:SFTPClient.posix_rename", after=False, when=_into("traites")),
    "receive, moved but not noted": Place("paramiko:SFTPClient.posix_rename", when=_into("traites")),
    "receipt AR, written but not renamed": Place("paramiko:SFTPClient.posix_rename", after=False, when=_into("retours")),
    "receipt AR, one of three files left": Place("passerelle.dropbox:Dropbox.leave"),
    "receipt AR, left but not noted": Place("passerelle.ledger.documents:note_sent", after=False),
    "check, findings written": Place("passerelle.ledger.aside:replace_set_aside", after=False),
    "check, records set aside": Place("passerelle.ledger.aside:replace_rows_aside"),
    "check, not committed": Place("passerelle.ledger.deliveries:advance", when=_state("checked")),
    "check, committed": Place("passerelle.journey:STAGES.check"),
    "stage, load tables made": Place("adbc_driver_manager.dbapi:Cursor.adbc_ingest", after=False),
    "stage, in the middle of the load": Place("adbc_driver_manager.dbapi:Cursor.adbc_ingest", nth=4),
    "stage, all loaded": Place("passerelle.steps.stage:_move", after=False),
    "stage, some tables moved": Place("passerelle.steps.stage:_move_table", nth=3),
    "stage, not committed": Place("passerelle.ledger.deliveries:advance", when=_state("staged")),
    "reconcile, people written": Place("passerelle.steps.reconcile:recognise"),
    "reconcile, not committed": Place("passerelle.ledger.deliveries:advance", when=_state("reconciled")),
    "publish, some facts written": Place("passerelle.steps.publish:_publish"),
    "publish, what was before is noted": Place("passerelle.steps.changes:note_before"),
    "publish, records closed": Place("passerelle.steps.closing:close"),
    "publish, receipt made but not committed": Place("passerelle.ledger.documents:keep_receipt", when=_receipt("CRI")),
    "publish, committed but not sent": Place("passerelle.journey:STAGES.publish"),
    "receipt CRI, left but not noted": Place("passerelle.ledger.documents:note_sent", after=False, nth=3),
}
"""Every place where a run can stop between two things that must not come apart."""


PLACES_OF_CORRECTIONS = {
    "correction file, written but not renamed": Place("passerelle.deliver.correction:write_aside"),
    "correction file, left but not noted": Place("passerelle.deliver.correction:leave", nth=2),
    "publish of the next file, records closed": Place("passerelle.ledger.aside:close_keys"),
}
"""Places to which a run comes only when something was set aside."""


@dataclass(frozen=True)
class Ended:
    """How one run ended."""

    killed: bool
    outcome: str
    """``done``, or the class of the error."""


class Runners:
    """The process that forks the runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, settings: Path, places: Sequence[str | None] = (None,)) -> list[Ended]:
        """As many runs as places, side by side; each is killed where its place says, if it comes there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"settings": str(settings), "places": list(places)}) + "\n")
        self._process.stdin.flush()
        return [Ended(**entry) for entry in json.loads(self._process.stdout.readline())]


@contextmanager
def started(log: Path) -> Iterator[Runners]:
    """The forking process, for a ``with`` block; what the runs say goes into ``log``."""
    folders = [str(Path(__file__).parent), *(path for path in sys.path if path)]
    with log.open("a", encoding="utf-8") as output:
        command = [sys.executable, __file__]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, env=environment)
    with process:
        yield Runners(process)
        assert process.stdin is not None
        process.stdin.close()


def _serve() -> None:
    assert threading.active_count() == 1, "a process with threads cannot be forked safely"
    gateway.find = functools.cache(gateway.find)  # reading one takes half a second; these tests change none
    for line in sys.stdin:
        order = json.loads(line)
        root = settings_module.load(Path(order["settings"])).contracts
        for feed in feed_ids(root):
            gateway.find(root, feed)
        started_ = [_fork(Path(order["settings"]), place) for place in order["places"]]
        print(json.dumps([_wait(*child) for child in started_]), flush=True)  # noqa: T201


def _fork(settings: Path, place: str | None) -> tuple[int, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.write(writing, _run(settings, place).encode())
    os._exit(0)


def _wait(child: int, reading: int) -> dict[str, object]:
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        return {"killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, "outcome": pipe.read()}


def _run(settings: Path, place: str | None) -> str:
    if place is not None:
        intercept(pytest.MonkeyPatch(), (PLACES | PLACES_OF_CORRECTIONS)[place], lambda: os.kill(os.getpid(), signal.SIGKILL))
    try:
        with gateway.opened(settings) as opened:
            journey.run(opened, with_expectations=False)
    except Exception as error:
        traceback.print_exc()
        return type(error).__name__
    return DONE


def intercept(patch: pytest.MonkeyPatch, place: Place, action: Callable[[], object]) -> None:
    """From now on ``action`` happens once, at this place."""
    module, _, path = place.function.partition(":")
    *holders, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for holder in holders:
        owner = getattr(owner, holder)
    inner = owner[name] if isinstance(owner, dict) else getattr(owner, name)
    calls = 0

    def wrapped(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        meant = place.when(*arguments, **options)
        calls += meant
        if meant and calls == place.nth and not place.after:
            action()
        result = inner(*arguments, **options)
        if meant and calls == place.nth and place.after:
            action()
        return result

    if isinstance(owner, dict):
        patch.setitem(owner, name, wrapped)
    else:
        patch.setattr(owner, name, wrapped)


if __name__ == "__main__":
    _serve()
