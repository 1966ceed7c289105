"""Fixtures that start real servers, and the guard that keeps the tiers of tests apart.

Tests under ``unit`` may not use a server, and their sockets are blocked; tests under ``integration`` must use one, else they belong
to ``unit``. Servers start when the first test asks for them and end with the session.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import servers
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.warehouse import migrate

SERVERS = frozenset({"postgres", "warehouse_url", "sftp_server", "openssh_server"})
_TESTS = Path(__file__).parent
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tier guard: abort when a test stands in the wrong folder."""
    wrong = []
    for item in items:
        used = SERVERS.intersection(getattr(item, "fixturenames", ()))
        if _tier(item) == "unit" and used:
            wrong.append(f"{item.nodeid} uses {', '.join(sorted(used))}: move it to tests/integration.")
        if _tier(item) == "integration" and not used:
            wrong.append(f"{item.nodeid} uses no server ({', '.join(sorted(SERVERS))}): move it to tests/unit.")
    if wrong:
        raise pytest.UsageError("\n".join(wrong))


def _tier(item: pytest.Item) -> str:
    return item.path.relative_to(_TESTS).parts[0] if item.path.is_relative_to(_TESTS) else ""


@pytest.fixture(autouse=True)
def _no_network_in_unit_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if _tier(request.node) != "unit":
        return

    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise AssertionError("A unit test must not open a socket: give it a file, or move it to tests/integration.")

    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server of the session's own."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def _warehouse_template(postgres: EmbeddedPostgres) -> str:
    migrate.upgrade(postgres.create_database("warehouse_template"))
    return "warehouse_template"


@pytest.fixture(scope="module")
def warehouse_url(postgres: EmbeddedPostgres, _warehouse_template: str) -> Iterator[str]:
    """The address of a new migrated warehouse, one per test module."""
    name = f"warehouse_{next(_numbers)}"
    yield postgres.create_database(name, template=_warehouse_template)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def _embedded_sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Sftp]:
    with servers.embedded_sftp(tmp_path_factory.mktemp("sftp")) as server:
        yield server


@pytest.fixture
def sftp_server(_embedded_sftp: servers.Sftp) -> servers.Sftp:
    """The embedded SFTP server, running, its accounts empty."""
    _embedded_sftp.empty()
    return _embedded_sftp


@pytest.fixture(scope="session")
def _openssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.OpenSsh]:
    if not servers.SSHD.exists():
        reason = f"{servers.SSHD} is missing: install openssh-server to run this test."
        if os.environ.get("PASSERELLE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with servers.openssh(tmp_path_factory.mktemp("openssh")) as server:
        yield server


@pytest.fixture
def openssh_server(_openssh: servers.OpenSsh) -> servers.OpenSsh:
    """A real ``sshd``, running, its account empty."""
    _openssh.empty()
    return _openssh
