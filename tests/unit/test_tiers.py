"""The guard that keeps unit tests free of servers, and integration tests from being unit tests."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

import conftest

HERE = Path(conftest.__file__).parent


def item(path: str, *fixtures: str) -> pytest.Item:
    return SimpleNamespace(path=HERE / path, nodeid=path, fixturenames=list(fixtures))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        (item("unit/x/test_a.py", "warehouse_url"), "move it to tests/integration"),
        (item("integration/x/test_b.py", "tmp_path"), "move it to tests/unit"),
    ],
    ids=["a unit test with a server", "an integration test without one"],
)
def test_a_test_in_the_wrong_folder_stops_the_collection(wrong: pytest.Item, advice: str) -> None:
    with pytest.raises(pytest.UsageError, match=advice):
        conftest.pytest_collection_modifyitems([item("unit/x/test_ok.py"), wrong])


def test_tests_in_their_own_folder_are_collected() -> None:
    conftest.pytest_collection_modifyitems(
        [item("unit/x/test_a.py"), item("integration/x/test_b.py", "postgres"), item("contracts/test_c.py")]
    )


def test_a_unit_test_cannot_open_a_connection() -> None:
    with socket.socket() as client, pytest.raises(AssertionError, match="must not open a socket"):
        client.connect(("127.0.0.1", 9))
