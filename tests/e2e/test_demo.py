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
from sqlalchemy import Engine, create_engine, text

from comparison import content
from passerelle import gateway, journey
from passerelle.checks.replay import correction_name
from passerelle.contract.load import load_all
from passerelle.demo.sftp import SftpServer, write_key_pair
from passerelle.gateway import Gateway
from passerelle.receipt.model import Receipt

HOUSEHOLDS = 400
_PATIENCE = 1200
"""Seconds for one demo, on a machine that has much else to do."""


@dataclass(frozen=True)
class Demo:
    """A demo that was run and left running until everything was looked at."""

    output: Path
    printed: str
    status: int
    tables: dict[str, list[tuple[Any, ...]]]
    deliveries: list[dict[str, Any]]
    """In the order in which their people were recognised."""
    runs: dict[str, set[str]]
    """DAG that Airflow has read → the states of its runs."""


def _passerelle(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("passerelle")), *arguments]
    # A terminal's width would fold the summary's lines.
    return subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, env={**os.environ, "COLUMNS": "200"}, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    output = tmp_path_factory.mktemp("demo") / "demo-output"
    try:
        done = _passerelle("demo", "--keep", "--households", str(HOUSEHOLDS), "--output", str(output))
        assert "demo-output" in done.stdout, done.stdout + done.stderr
        engine = create_engine((output / "keys" / "warehouse.url").read_text(encoding="utf-8").strip())
        with engine.connect() as connection:
            query = "select * from ledger.delivery order by reconciled_at nulls last, delivery_id"
            deliveries = [dict(row) for row in connection.execute(text(query)).mappings()]
        yield Demo(output, done.stdout, done.returncode, content(engine), deliveries, _runs(engine))
        engine.dispose()
    finally:
        stopped = _passerelle("demo", "--stop", "--output", str(output))
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr


def _runs(engine: Engine) -> dict[str, set[str]]:
    query = "select d.dag_id, array_remove(array_agg(r.state), null) from dag d left join dag_run r using (dag_id) group by d.dag_id"
    airflow = create_engine(engine.url.set(database="airflow"))
    with airflow.connect() as connection:
        found = {name: set(states) for name, states in connection.execute(text(query))}
    airflow.dispose()
    return found


def test_the_scheduled_dags_take_every_file_to_its_end(demo: Demo) -> None:
    states = [delivery["state"] for delivery in demo.deliveries]
    assert demo.status == 0, demo.printed
    assert len(states) == 12
    assert states.count("published") + states.count("held") == 8
    assert sorted(state for state in states if state not in ("published", "held")) == ["duplicate", "quarantined", "refused", "refused"]
    for delivery in demo.deliveries:
        counted = [delivery[f"lines_{part}"] or 0 for part in ("accepted", "set_aside", "ignored")]
        assert (delivery["lines_received"] or 0) == sum(counted)
        assert delivery["moved_at"] is not None


def test_feeds_nobody_sends_idle_and_no_run_fails(demo: Demo) -> None:
    settings = yaml.safe_load((demo.output / "settings.yaml").read_text(encoding="utf-8"))
    sent = {f"feed__{feed.replace('/', '__')}" for sender in settings["senders"] for feed in sender["feeds"]}
    contracts, _ = load_all(Path(settings["contracts"]))
    inbound = {f"feed__{contract.slug}" for contract in contracts if contract.direction == "inbound"}
    assert sent < inbound
    assert demo.runs.keys() == inbound | {"esf__extract", "esf__proposals", "esf__half_year", "esf__delivery"}
    assert {name for name, states in demo.runs.items() if states} == sent | {"esf__extract", "esf__proposals", "esf__half_year"}
    assert not {name for name, states in demo.runs.items() if "failed" in states}


def test_a_corrected_file_sent_back_closes_its_findings(demo: Demo) -> None:
    (correction,) = [delivery for delivery in demo.deliveries if delivery["corrects"]]
    (original,) = [delivery for delivery in demo.deliveries if delivery["delivery_id"] == correction["corrects"]]
    assert correction["file_name"] == f"CORRECTION_{original['delivery_id']:06d}_{original['file_name']}"
    assert correction["lines_accepted"] == correction["lines_received"] == original["lines_set_aside"] == 1
    (cri,) = (demo.output / "recus" / correction["sender"]).glob(f"CRI-*-{correction['delivery_id']:06d}_*.json")
    told = Receipt.from_json(cri.read_text(encoding="utf-8")).open
    assert told is not None
    assert (told.closed_now, told.still_open) == (1, 0)
    assert "1 anomalie close, il n'en reste aucune" in demo.printed


def test_every_partner_finds_its_receipts(demo: Demo) -> None:
    for delivery in demo.deliveries:
        folder = demo.output / "recus" / delivery["sender"]
        expected = {"published": {"AR", "CC", "CRI"}, "refused": {"AR", "CC"}, "held": {"AR", "CC"}}
        for form in ("html", "json", "xlsx"):
            kinds = {path.name.split("-")[0] for path in folder.glob(f"*-{delivery['delivery_id']:06d}_*.{form}")}
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
                dropped = demo.output / "depots" / delivery["sender"] / delivery["file_name"]
                shutil.copy(dropped, roots[delivery["sender"]] / "depot" / _name_here(opened, demo, delivery))
                feeds = next(sender["feeds"] for sender in settings["senders"] if sender["id"] == delivery["sender"])
                journey.run(opened, feeds, with_expectations=False)
            again = content(opened.engine)

    assert again.keys() == demo.tables.keys()
    for table, rows in demo.tables.items():
        assert again[table] == rows, table


def _name_here(gateway: Gateway, demo: Demo, delivery: dict[str, Any]) -> str:
    """The name of the file in this installation: that of a correction holds the number that the file it corrects was given here."""
    name = str(delivery["file_name"])
    originals = [other["file_name"] for other in demo.deliveries if other["delivery_id"] == delivery["corrects"]]
    if not originals:
        return name
    query = text("select delivery_id from ledger.delivery where sender = :sender and file_name = :name")
    with gateway.engine.connect() as connection:
        number = connection.execute(query, {"sender": delivery["sender"], "name": originals[0]}).scalar_one()
    return correction_name(number, originals[0])


def _public_key(folder: Path) -> str:
    return (folder / "keys" / "passerelle.pub").read_text(encoding="utf-8").strip()
