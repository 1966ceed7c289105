"""Every error the program raises, grouped by who must act.

::

    PasserelleError
    ├── ConfigurationError      we fix it: settings, contract, expectations      no retry, exit status 2
    │   └── ContractError       one contract file is wrong (file and line)
    ├── DeliveryError           the partner fixes it: goes into the receipt      the run stays green, exit status 1
    ├── TransientError          nobody fixes it: network, lock, server busy      retry, exit status 3
    │   └── BusyError           another run holds the lock
    └── InvariantError          we have a bug: a law was broken                  stop and page someone, exit status 4

A bad *row* is not an error but a finding (see :mod:`passerelle.findings`). No message ever holds a personal value.
"""

from __future__ import annotations

from pathlib import Path


class PasserelleError(Exception):
    """Root of the tree; never raised itself."""


class ConfigurationError(PasserelleError):
    """Something the installation's own people must correct: settings, a contract, an expectations file."""


class ContractError(ConfigurationError):
    """One contract file cannot be used; the message says where (file and line) and what to write instead."""

    def __init__(self, path: Path, message: str, line: int | None = None) -> None:
        self.path = path
        self.line = line
        self.reason = message
        where = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{where}: {message}")


class DeliveryError(PasserelleError):
    """The file cannot be accepted as it is; ``rule`` is the stable rule id, the message is French, for the partner."""

    def __init__(self, rule: str, message: str, *, line: int | None = None, expected: str = "", fix: str = "") -> None:
        self.rule = rule
        self.message = message
        self.line = line
        self.expected = expected
        self.fix = fix
        super().__init__(message)


class TransientError(PasserelleError):
    """The outside world did not answer (network, server, lock); trying again later may succeed."""


class BusyError(TransientError):
    """Another run is at work on the same feed, sender or delivery."""


class InvariantError(PasserelleError):
    """A law of the product was broken (counts that do not add up, a state that cannot be): a bug, never the partner's fault."""
