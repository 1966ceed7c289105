"""One DAG per contract: the five stages, then the expectations. Thin: a task passes delivery ids and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, task

from passerelle import settings as settings_module
from passerelle.contract.load import feed_ids, find
from passerelle.contract.model import Contract
from passerelle.errors import ContractError
from passerelle.orchestration import tasks
from passerelle.settings import Settings

_START = datetime(2025, 1, 1, tzinfo=UTC)
_DEFAULTS = {
    "owner": "passerelle",
    "retries": 3,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(hours=2),
}


def dag_id(feed: str) -> str:
    """``feed__<partner>__<feed>``."""
    return f"feed__{feed.replace('/', '__')}"


def published(table: str) -> Asset:
    """The asset of a warehouse table: whoever is scheduled on it runs after a delivery that feeds it was published."""
    return Asset(name=f"warehouse_{table}", uri=f"passerelle://warehouse/{table}")


def feed_dags(only: str | None = None) -> dict[str, DAG]:
    """The DAGs of all contracts, or of the one whose DAG id is ``only`` (what a running task needs).

    A contract that cannot be loaded gets a DAG whose one task says why; the others are not touched. A feed that no sender of the settings
    sends has a DAG without a schedule: nothing is looked for until the settings name one. What the Département sends has no DAG.
    """
    settings = settings_module.load()
    dags = {}
    for feed in feed_ids(settings.contracts):
        if only is None or only == dag_id(feed):
            dag = _dag_of(settings, feed)
            if dag is not None:
                dags[dag_id(feed)] = dag
    return dags


def _dag_of(settings: Settings, feed: str) -> DAG | None:
    """The feed's DAG; None for one the Département sends."""
    seconds = settings.poll_seconds if settings.senders_of(feed) else None
    try:
        contract = find(settings.contracts, feed)
    except ContractError as error:
        return _broken_dag(feed, str(error), seconds and max(seconds, 3600))
    return _feed_dag(contract, seconds) if contract.direction == "inbound" else None


def _feed_dag(contract: Contract, seconds: int | None) -> DAG:
    assets = [published(name) for name in sorted({entry.to for table in contract.tables for entry in table.publish})]
    with DAG(
        dag_id(contract.id),
        description=contract.name,
        doc_md=f"# {contract.name}\n\n{contract.purpose}",
        schedule=timedelta(seconds=seconds) if seconds else None,
        start_date=_START,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args=_DEFAULTS,
        tags=["feed", contract.id.split("/")[0], *([] if seconds else ["no-sender"])],
    ) as dag:
        # A sender's server that is down is no reason to retry for long: the next run looks again.
        received = _task(tasks.receive, task_id="receive", retries=1)(contract.id)
        checked = _task(tasks.stage, task_id="check")("check", received)
        staged = _task(tasks.stage, task_id="stage")("stage", checked)
        reconciled = _task(tasks.stage, task_id="reconcile")("reconcile", staged)
        done = _task(tasks.stage, task_id="publish", outlets=assets)("publish", reconciled)
        _task(tasks.expect, task_id="expect", retries=0)(done)
    return dag


def _broken_dag(feed: str, message: str, seconds: int | None) -> DAG:
    with DAG(
        dag_id(feed),
        description="This contract cannot be loaded.",
        doc_md=f"# Broken contract\n\n```\n{message}\n```",
        schedule=timedelta(seconds=seconds) if seconds else None,
        start_date=_START,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={**_DEFAULTS, "retries": 0},
        tags=["feed", "broken"],
    ) as dag:
        _task(tasks.say_broken, task_id="contract")(message)
    return dag


def _task(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """The function as a task whose arguments may be the results of other tasks."""
    made: Callable[..., Any] = task(**options)(function)
    return made
