"""Server processes the demo starts, and how every one of them is stopped again.

Each process leads its own group, so that its children end with it. What was started is written down at once in a *register* file:
``passerelle demo --stop`` and the next start find there what an earlier run left behind. A process is recognised by its id and the
instant it started, so that a reused id is never hit.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from passerelle.errors import TransientError

_PAUSE = 0.05


class Process(BaseModel):
    """One process that was started, as the register keeps it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    pid: int
    started: str
    """Start instant as the system tells it; with the id it names the process for good. Empty when it ended at once."""
    log: Path
    stop_signal: int = int(signal.SIGTERM)

    @property
    def is_running(self) -> bool:
        """Whether the process is still there (a finished child that nobody waited for is not)."""
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return self.started != "" and _start_instant(self.pid) == self.started

    def tail(self, lines: int = 15) -> str:
        """The end of its log, for an error message."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        return ""


class Register(BaseModel):
    """Everything one run started and must remove again, kept in a file."""

    model_config = ConfigDict(extra="forbid")

    processes: list[Process] = []
    folders: list[Path] = []
    """Folders outside the output folder, removed once the processes are gone."""

    @classmethod
    def read(cls, path: Path) -> Register:
        """What the file says; an empty register when there is none."""
        if not path.exists():
            return cls()
        return cls.model_validate_json(path.read_text(encoding="utf-8"))

    def write(self, path: Path) -> None:
        """Replace the file in one step."""
        partial = path.with_suffix(".part")
        partial.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        partial.replace(path)

    def stop(self) -> int:
        """End every process, the first started (on which the others rest) last; remove the folders; how many were still running."""
        running = [process for process in reversed(self.processes) if process.is_running]
        # Airflow gives a running task much time; what it would still write is about to be thrown away.
        stop(running[:-1], patience=2)
        stop(running[-1:])
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        return len(running)


def start(
    name: str, command: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None, user: tuple[int, int] | None = None
) -> Process:
    """A new process in a group of its own, its output appended to ``log``; ``user`` is the uid and gid it runs under."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=dict(env) if env is not None else None,
            start_new_session=True,
            user=user[0] if user else None,
            group=user[1] if user else None,
            extra_groups=[] if user else None,
        )
    child.returncode = 0  # the register looks after it: Popen must not warn when it is dropped
    return Process(name=name, pid=child.pid, started=_start_instant(child.pid), log=log)


def stop(processes: Sequence[Process], *, patience: float = 15) -> None:
    """End these processes and their children: the stop signal to each, which ends its own children; then SIGKILL to what is left."""
    groups = [process.pid for process in processes]
    for process in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, process.stop_signal)
    deadline = time.monotonic() + patience
    while any(_group_exists(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    while any(_group_exists(group) for group in groups) and time.monotonic() < deadline + patience:
        time.sleep(_PAUSE)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_file(path: Path, process: Process, *, seconds: float = 30) -> str:
    """The content of ``path`` as soon as ``process`` has written it; TransientError when it does not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists():
            return path.read_text(encoding="utf-8").strip()
        if not process.is_running:
            raise TransientError(f"{process.name} stopped while starting:\n{process.tail()}")
        time.sleep(_PAUSE)
    raise TransientError(f"{process.name} was not ready after {seconds:.0f} s:\n{process.tail()}")


def _start_instant(pid: int) -> str:
    """What the system says about the start of this process; empty when it is not running."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return "" if not shown or shown[0].startswith("Z") else " ".join(shown[1:])


def _group_exists(group: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
