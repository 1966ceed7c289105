"""The outer edge of every command: our errors become one sentence and an exit status, never a trace or a foreign error's text.

Exit status: 0 done and clean, 1 done with findings or refused, 2 wrong usage or configuration, 3 try again later, 4 a bug of ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console

from passerelle.errors import ConfigurationError, DeliveryError, InvariantError, PasserelleError, TransientError

DEBUG = "PASSERELLE_DEBUG"
"""Set by ``--debug``: errors keep their trace."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

STATUS: tuple[tuple[type[PasserelleError], int], ...] = (
    (ConfigurationError, 2),
    (DeliveryError, 1),
    (TransientError, 3),
    (InvariantError, 4),
)


@contextmanager
def exit_status() -> Iterator[None]:
    """Ends the command with the status of the error, told on stderr."""
    try:
        yield
    except PasserelleError as error:
        if os.environ.get(DEBUG):
            raise
        err.print(str(error), markup=False, style="red")
        raise typer.Exit(next(status for kind, status in STATUS if isinstance(error, kind))) from None


def contracts_root(given: Path | None) -> Path:
    """The folder of contracts: as given, else that of the settings, else ``contracts/`` here or beside the installed program.

    Raises ConfigurationError when there is none.
    """
    candidates = [given] if given else [Path("contracts"), Path(__file__).resolve().parents[3] / "contracts"]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise ConfigurationError("Aucun dossier de contrats trouvé : indiquez-le avec --contracts.")
