"""What a job costs: processor time, time by the clock and memory, each run in a process of its own that has imported only what it needs.

As a program (``python measure.py MODULE JOB CORES PATHS``) it runs one job and prints its cost: that is the process of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    cpu: float
    """Seconds, user and system, of the process and those it started."""
    wall: float
    peak: float
    """Largest resident memory of the process, MB."""


def measured(job: Callable[..., None], *paths: Path | str, first: Path | None = None, repeat: int = 3, cores: int = 1) -> Cost:
    """The cheapest of several runs, each in a fresh process on so many cores: by processor time, or on several cores by the clock.

    ``first`` is a small file the job reads before the clock starts, so that imports are not counted. The machines are shared and
    noisy, a ratio of best runs is not.
    """
    command = [sys.executable, __file__, job.__module__, job.__name__, str(cores), str(first or ""), *map(str, paths)]
    costs = []
    for _ in range(repeat):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{job.__name__} failed: see above.")
        costs.append(Cost(**json.loads(done.stdout.splitlines()[-1])))
    return min(costs, key=lambda cost: cost.cpu if cores == 1 else cost.wall)


def _run(module: str, name: str, cores: str, first: str, *paths: str) -> Cost:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-int(cores) :])
    job = getattr(importlib.import_module(module), name)
    others = [Path(path) if path.startswith("/") else path for path in paths]
    if first:
        job(Path(first), *others[1:])
    began, clock = sum(os.times()[:4]), time.monotonic()
    job(*others)
    cpu, wall = sum(os.times()[:4]) - began, time.monotonic() - clock
    # Not getrusage: there a child begins with its parent's peak.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return Cost(cpu, wall, peak / 1000)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_run(*sys.argv[1:]))) + "\n")
