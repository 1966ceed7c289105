"""The ESF+ DAG: a new workbook whenever participations were published."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from passerelle.orchestration import tasks
from passerelle.orchestration.feeds import published


def extract_dag() -> DAG:
    """Scheduled on the asset of the participations, not on the clock."""
    with DAG(
        "esf__extract",
        description="Extrait FSE+ : indicateurs et participants de chaque opération",
        schedule=[published("participation")],
        start_date=datetime(2025, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={
            "owner": "passerelle",
            "retries": 2,
            "retry_delay": timedelta(seconds=30),
            "execution_timeout": timedelta(minutes=30),
        },
        tags=["esf"],
    ) as dag:
        task(task_id="extract")(tasks.extract)()
    return dag
