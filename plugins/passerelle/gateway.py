"""One installation at work: its settings, its warehouse, its vault, its keys and its clock, handed to every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from passerelle import keys as keys_module
from passerelle import settings as settings_module
from passerelle.contract.load import find
from passerelle.contract.model import Contract
from passerelle.errors import ConfigurationError
from passerelle.keys import Keys
from passerelle.readers.openpgp import Unlock
from passerelle.settings import Settings
from passerelle.vault import Vault
from passerelle.warehouse.connect import open_engine


@dataclass(frozen=True)
class Gateway:
    """What every step receives; nothing is global."""

    settings: Settings
    engine: Engine
    vault: Vault
    keys: Keys
    now: Callable[[], datetime]
    """The clock. Logic asks it once per step and passes the time on."""
    _contracts: dict[str, Contract] = field(default_factory=dict, repr=False, compare=False)

    def contract(self, feed: str) -> Contract:
        """The contract of the feed, read once; ConfigurationError when there is none, ContractError when it is broken."""
        if feed not in self._contracts:
            self._contracts[feed] = find(self.settings.contracts, feed)
        return self._contracts[feed]

    @property
    def unlock(self) -> Unlock | None:
        """What opens encrypted files, read from its files; None when the settings name no OpenPGP key."""
        key = self.settings.openpgp_key()
        return None if key is None else Unlock(key, self.settings.openpgp_signers())


@contextmanager
def opened(path: Path | None = None) -> Iterator[Gateway]:
    """The installation described by the settings file (default: the one ``PASSERELLE_SETTINGS`` names)."""
    settings = settings_module.load(path)
    if not settings.senders:
        raise ConfigurationError("The settings name no sender.")
    found = keys_module.load(settings.keys)
    engine = open_engine(settings.warehouse_url())
    try:
        yield Gateway(settings, engine, Vault(settings.vault, found.vault), found, lambda: datetime.now(UTC))
    finally:
        engine.dispose()
