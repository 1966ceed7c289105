"""What the demo tells while it works: a line for everything done; on a terminal, also what it is waiting for."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.status import Status


class Journal:
    """Prints to a console between entering and leaving its ``with`` block."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._start = time.monotonic()
        self._status: Status | None = console.status("") if console.is_terminal else None

    def __enter__(self) -> Journal:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._status:
            self._status.stop()

    @property
    def seconds(self) -> float:
        """Time since the journal was made."""
        return time.monotonic() - self._start

    def doing(self, text: str) -> None:
        """Show what is being waited for; nothing when nobody watches."""
        if self._status:
            self._status.update(text)

    def done(self, text: str) -> None:
        """Print one line, with the time since the start."""
        self.console.print(f"{self.seconds:6.1f} s  {text}", highlight=False, markup=False, soft_wrap=True)
