"""Airflow parses the DAG files again and again: they load nothing heavy, and one broken contract spoils one DAG only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from passerelle.contract.load import load_all

REPOSITORY = Path(__file__).resolve().parents[3]
HEAVY = ("pyarrow", "duckdb", "great_expectations", "paramiko", "lxml", "pandas", "psycopg", "adbc_driver_manager", "asyncssh", "splink")
_PARSE = """
import json, runpy, sys
from airflow.sdk import DAG
from passerelle.orchestration.feeds import feed_dags
found = [value for path in sys.argv[1:] for value in runpy.run_path(path).values() if isinstance(value, DAG)]
loaded = sorted({name.partition(".")[0] for name in sys.modules})

def failure(task):
    try:
        task.python_callable(*task.op_args, **task.op_kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"

print(json.dumps({"loaded": loaded, "own": list(feed_dags(only="feed__ccas__accompagnement")), "dags": {
    dag.dag_id: {"tasks": dag.task_ids, "tags": sorted(dag.tags), "doc": dag.doc_md or "",
                 "scheduled": dag.schedule is not None,
                 "error": failure(dag.get_task("contract")) if "contract" in dag.task_ids else None}
    for dag in found}}))
"""
SENT = ["ccas/accompagnement", "ccas/domiciliation"]
_STAGES = ["receive", "check", "stage", "reconcile", "publish", "expect"]


def parse(folder: Path, contracts: Path) -> dict[str, Any]:
    """What Airflow would see of the DAG files, in a process of its own."""
    settings = {"territory": "Essai", "contracts": str(contracts), "expectations": "expectations", "vault": "vault", "keys": "keys"}
    sftp = {"host": "127.0.0.1", "username": "passerelle", "private_key_file": "key", "host_key": "ssh-ed25519 AAAA"}
    senders = [{"id": "ccas-essai", "name": "CCAS d'Essai", "feeds": SENT, "sftp": sftp}]
    settings |= {"warehouse_url_file": "warehouse.url", "work": "work", "senders": senders}
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PASSERELLE_SETTINGS": str(folder / "settings.yaml"),
    }
    files = [str(REPOSITORY / "dags" / name) for name in ("feeds.py", "indicators.py")]
    done = subprocess.run([sys.executable, "-c", _PARSE, *files], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parse(tmp_path_factory.mktemp("parsing"), REPOSITORY / "contracts")


def dag_id(feed: str) -> str:
    return f"feed__{feed.replace('/', '__')}"


def test_each_contract_of_a_feed_to_receive_is_a_dag_with_its_five_stages(parsed: dict[str, Any]) -> None:
    contracts, _ = load_all(REPOSITORY / "contracts")
    expected = {dag_id(contract.id) for contract in contracts if contract.direction == "inbound"}
    assert {contract.direction for contract in contracts} == {"inbound", "outbound"}
    assert {name for name in parsed["dags"] if name.startswith("feed__")} == expected
    for name in expected:
        assert sorted(parsed["dags"][name]["tasks"]) == sorted(_STAGES)


def test_the_esf_dags_wait_for_publications_the_calendar_and_a_recipient(parsed: dict[str, Any]) -> None:
    found = {name: (dag["tasks"], dag["scheduled"]) for name, dag in parsed["dags"].items() if name.startswith("esf__")}
    assert found == {
        "esf__extract": (["extract"], True),
        "esf__proposals": (["look"], True),
        "esf__half_year": (["propose", "remind"], True),
        "esf__delivery": (["deliver"], False),
    }


def test_a_feed_that_nobody_sends_has_a_dag_that_idles(parsed: dict[str, Any]) -> None:
    feeds = {name: dag for name, dag in parsed["dags"].items() if name.startswith("feed__")}
    assert {name for name, dag in feeds.items() if dag["scheduled"]} == {dag_id(feed) for feed in SENT}
    assert {name for name, dag in feeds.items() if "no-sender" not in dag["tags"]} == {dag_id(feed) for feed in SENT}


def test_parsing_loads_nothing_heavy(parsed: dict[str, Any]) -> None:
    assert sorted(set(HEAVY) & set(parsed["loaded"])) == []


@pytest.fixture(scope="module")
def with_a_broken_one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("broken")
    shutil.copytree(REPOSITORY / "contracts", folder / "contracts")
    path = folder / "contracts" / "ccas" / "domiciliation.odcs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("required: true", "requierd: true", 1), encoding="utf-8")
    return parse(folder, folder / "contracts")


def test_a_broken_contract_is_one_red_dag_that_says_why(with_a_broken_one: dict[str, Any]) -> None:
    dag = with_a_broken_one["dags"]["feed__ccas__domiciliation"]
    assert dag["tasks"] == ["contract"]
    assert "broken" in dag["tags"]
    assert dag["error"].startswith("AirflowFailException: ")
    for words in (dag["error"], dag["doc"]):
        assert "domiciliation.odcs.yaml:" in words
        assert "did you mean 'required'?" in words


def test_a_broken_contract_leaves_the_others_alone(parsed: dict[str, Any], with_a_broken_one: dict[str, Any]) -> None:
    name = "feed__ccas__domiciliation"
    others = {other: dag for other, dag in parsed["dags"].items() if other != name}
    assert {other: dag for other, dag in with_a_broken_one["dags"].items() if other != name} == others


def test_a_running_task_builds_its_own_dag_only(parsed: dict[str, Any]) -> None:
    assert parsed["own"] == ["feed__ccas__accompagnement"]
