"""What the README promises: one command, real PostgreSQL, SFTP server and Airflow, and the same tables as without Airflow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine, text

from comparison import content
from passerelle import gateway, journey
from passerelle.demo.sftp import SftpServer, write_key_pair
from passerelle.receipt.model import Receipt

HOUSEHOLDS = 150


@dataclass(frozen=True)
class Demo:
    """A demo that was run and left running until everything was looked at."""

    output: Path
    printed: str
    status: int
    tables: dict[str, list[tuple[Any, ...]]]
    deliveries: list[dict[str, Any]]
    """In the order in which their people were recognised."""


def _passerelle(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("passerelle")), *arguments]
    # A terminal's width would fold the summary's lines.
    return subprocess.run(command, capture_output=True, text=True, timeout=600, env={**os.environ, "COLUMNS": "200"}, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    output = tmp_path_factory.mktemp("demo") / "demo-output"
    done = _passerelle("demo", "--keep", "--households", str(HOUSEHOLDS), "--output", str(output))
    try:
        assert "demo-output" in done.stdout, done.stdout + done.stderr
        engine = create_engine((output / "keys" / "warehouse.url").read_text(encoding="utf-8").strip())
        with engine.connect() as connection:
            query = "select * from ledger.delivery order by reconciled_at nulls last, delivery_id"
            deliveries = [dict(row) for row in connection.execute(text(query)).mappings()]
        yield Demo(output, done.stdout, done.returncode, content(engine), deliveries)
        engine.dispose()
    finally:
        stopped = _passerelle("demo", "--stop", "--output", str(output))
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr


def test_the_scheduled_dags_take_every_file_to_its_end(demo: Demo) -> None:
    states = [delivery["state"] for delivery in demo.deliveries]
    assert demo.status == 0, demo.printed
    assert len(states) == 10
    assert states.count("published") + states.count("held") == 6
    assert sorted(state for state in states if state not in ("published", "held")) == ["duplicate", "quarantined", "refused", "refused"]
    for delivery in demo.deliveries:
        counted = [delivery[f"lines_{part}"] or 0 for part in ("accepted", "set_aside", "ignored")]
        assert (delivery["lines_received"] or 0) == sum(counted)
        assert delivery["moved_at"] is not None


def test_every_partner_finds_its_receipts(demo: Demo) -> None:
    for delivery in demo.deliveries:
        folder = demo.output / "recus" / delivery["sender"]
        numbers = {path.name.split("_")[0] for path in folder.glob(f"*-{delivery['delivery_id']:06d}_*.html")}
        kinds = {number.split("-")[0] for number in numbers}
        expected = {"published": {"AR", "CC", "CRI"}, "refused": {"AR", "CC"}, "held": {"AR", "CC"}}
        assert kinds == expected.get(delivery["state"], {"AR"})
        for path in folder.glob(f"*-{delivery['delivery_id']:06d}_*.json"):
            assert Receipt.from_json(path.read_text(encoding="utf-8")).delivery.sha256 == delivery["sha256"]


def test_the_portfolio_and_the_esf_workbook_are_there(demo: Demo) -> None:
    portfolio = (demo.output / "portefeuilles.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(portfolio) > HOUSEHOLDS / 2
    assert list((demo.output / "work" / "esf").glob("*.xlsx"))


def test_the_same_files_give_the_same_tables_without_airflow(demo: Demo, warehouse_url: str, tmp_path: Path) -> None:
    settings = yaml.safe_load((demo.output / "settings.yaml").read_text(encoding="utf-8"))
    shutil.copytree(demo.output / "keys", tmp_path / "keys")
    (tmp_path / "keys" / "warehouse.url").write_text(warehouse_url, encoding="utf-8")
    server = SftpServer(tmp_path / "sftp")
    roots = {
        sender["id"]: server.add_account(sender["id"], write_key_pair(tmp_path / sender["id"]), _public_key(tmp_path))
        for sender in settings["senders"]
    }
    with server:
        for sender in settings["senders"]:
            sender["sftp"] |= {"port": server.port, "host_key": server.host_key}
        (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        with gateway.opened(tmp_path / "settings.yaml") as opened:
            for delivery in demo.deliveries:
                shutil.copy(demo.output / "depots" / delivery["sender"] / delivery["file_name"], roots[delivery["sender"]] / "depot")
                feeds = next(sender["feeds"] for sender in settings["senders"] if sender["id"] == delivery["sender"])
                journey.run(opened, feeds, with_expectations=False)
            again = content(opened.engine)

    assert again.keys() == demo.tables.keys()
    for table, rows in demo.tables.items():
        assert again[table] == rows, table


def _public_key(folder: Path) -> str:
    return (folder / "keys" / "passerelle.pub").read_text(encoding="utf-8").strip()
