"""A warehouse per test with a few participants, and an installation around it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine

from participants import desk, entry, leaving
from passerelle import keys, settings
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.warehouse.connect import open_engine

SPRING = datetime(2025, 4, 1, 8, tzinfo=UTC)
NEW_YEARS_EVE = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
REPOSITORY = Path(__file__).resolve().parents[3]
_ACCOUNT = {"host": "localhost", "username": "p", "private_key_file": "none", "host_key": "ssh-ed25519 AAAA"}
_numbers = itertools.count(1)


@pytest.fixture
def esf_url(postgres: EmbeddedPostgres, _warehouse_template: str) -> Iterator[str]:
    """The address of a new migrated warehouse, one per test."""
    name = f"esf_{next(_numbers)}"
    yield postgres.create_database(name, template=_warehouse_template)
    postgres.drop_database(name)


@pytest.fixture
def warehouse(esf_url: str) -> Iterator[Engine]:
    """Two women entered in spring, a man in December; one of the women has left."""
    found = open_engine(esf_url)
    with desk(found) as office:
        two = [entry("anne", "P1"), entry("berthe", "P2")]
        office.deliver("fse/entrees", SPRING, {"participation": two})
        office.deliver("fse/entrees", NEW_YEARS_EVE, {"participation": [*two, entry("carl", "P3", sex="M")]})
        office.deliver("fse/sorties", NEW_YEARS_EVE, {"participation_exit": [leaving("anne", "P1", date(2025, 12, 1))]})
    yield found
    found.dispose()


@pytest.fixture
def place(esf_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of an installation with this warehouse, which commands find."""
    keys.create(tmp_path / "keys")
    (tmp_path / "warehouse.url").write_text(esf_url, encoding="utf-8")
    content: dict[str, Any] = {name: name for name in ("expectations", "vault", "keys", "work")}
    content |= {"territory": "Essai", "warehouse_url_file": "warehouse.url", "contracts": str(REPOSITORY / "contracts")}
    content["senders"] = [{"id": "fse", "name": "Service FSE+", "feeds": ["fse/participants_entrees"], "sftp": _ACCOUNT}]
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv(settings.VARIABLE, str(path))
    monkeypatch.setenv("COLUMNS", "200")
    return path
