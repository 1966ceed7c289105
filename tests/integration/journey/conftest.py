"""An installation per test: its own warehouse, vault and keys, on the session's servers."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import installation
import runners
from installation import Installation
from passerelle import gateway
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.gateway import Gateway
from passerelle.steps import receive
from runners import Runners
from servers import Sftp

SENDERS = ("caf", "francetravail", "ccas-valcombe")
_numbers = itertools.count(1)


@pytest.fixture
def warehouse(postgres: EmbeddedPostgres, _warehouse_template: str) -> Iterator[str]:
    """The address of a new migrated warehouse, one per test."""
    name = f"journey_{next(_numbers)}"
    yield postgres.create_database(name, template=_warehouse_template)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def hasty_contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's contracts, but no file has to settle."""
    return installation.hasty_contracts(tmp_path_factory.mktemp("contracts") / "contracts")


@pytest.fixture(scope="session", autouse=True)
def _remembered_contracts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gateway, "find", functools.cache(gateway.find))
        yield


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "_UNKNOWN_SETTLES", 0)


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path) -> Installation:
    """An installation with one sender per feed on the embedded SFTP server."""
    return installation.build(tmp_path, sftp_server, warehouse, SENDERS, contracts=hasty_contracts)


@pytest.fixture
def opened(place: Installation) -> Iterator[Gateway]:
    """Its gateway, in this process."""
    with gateway.opened(place.settings) as found:
        yield found


@pytest.fixture(scope="session")
def started_runners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runners]:
    """Runs in processes of their own."""
    with runners.started(tmp_path_factory.mktemp("runners") / "journal.log") as found:
        yield found
