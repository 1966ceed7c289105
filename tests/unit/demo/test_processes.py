"""What the demo starts can be found again and ended, children included; and nothing else is hit."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from passerelle.demo.processes import Process, Register, start, stop, wait_for_file
from passerelle.errors import TransientError

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({ready!r}, 'w').close(); time.sleep(60)"
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_a_process_that_obeys_is_ended_at_once(tmp_path: Path) -> None:
    process = start("sleeper", ["sleep", "60"], log=tmp_path / "log")
    assert process.is_running
    before = time.monotonic()
    stop([process])
    assert not process.is_running
    assert time.monotonic() - before < 2


def test_a_stubborn_child_is_ended_with_its_parent(tmp_path: Path) -> None:
    """Airflow's workers are children of the scheduler: a SIGTERM to the parent alone would leave them behind."""
    ready = tmp_path / "ready"
    process = start("parent", [sys.executable, "-c", PARENT.format(child=STUBBORN.format(ready=str(ready)))], log=tmp_path / "log")
    until(ready.exists)
    stop([process], patience=0.3)
    members = [path for path in Path("/proc").glob("[0-9]*/stat") if _group_of(path) == process.pid]
    assert members == []


def _group_of(stat: Path) -> int:
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] == "Z" else int(fields[2])


def test_another_process_under_a_reused_id_is_left_alone(tmp_path: Path) -> None:
    alive = start("innocent", ["sleep", "60"], log=tmp_path / "log")
    reused = alive.model_copy(update={"started": "long ago"})
    assert Register(processes=[reused]).stop() == 0
    assert alive.is_running
    stop([alive])


def test_the_register_ends_what_an_earlier_run_left(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    process = start("sleeper", ["sleep", "60"], log=tmp_path / "log")
    Register(processes=[process], folders=[outside]).write(tmp_path / "processes.json")
    assert Register.read(tmp_path / "processes.json").stop() == 1
    assert not process.is_running
    assert not outside.exists()


def test_without_a_register_there_is_nothing_to_end(tmp_path: Path) -> None:
    assert Register.read(tmp_path / "processes.json").stop() == 0


def test_a_server_that_dies_while_starting_tells_its_last_words(tmp_path: Path) -> None:
    process = start("server", ["sh", "-c", "echo 'no such key'; exit 3"], log=tmp_path / "log")
    with pytest.raises(TransientError, match="no such key"):
        wait_for_file(tmp_path / "never", process)


def test_a_finished_process_is_not_running(tmp_path: Path) -> None:
    process = start("short", ["true"], log=tmp_path / "log")
    until(lambda: not process.is_running)
    assert Process.model_validate_json(process.model_dump_json()) == process
