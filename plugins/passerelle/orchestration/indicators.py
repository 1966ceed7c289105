"""The ESF+ DAGs: recomputed when what they depend on was published, proposed by the calendar, frozen by people, delivered when frozen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, AssetAny, CronTriggerTimetable, task

from passerelle import settings as settings_module
from passerelle.orchestration import tasks
from passerelle.orchestration.feeds import published

_START = datetime(2025, 1, 1, tzinfo=UTC)
_DEFAULTS = {"owner": "passerelle", "retries": 2, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=30)}
_PARTICIPATIONS = ("participation", "participation_pending", "participation_exit", "participation_event", "participation_observation")
_EVIDENCE = ("registration", "designation", "residence")
"""Tables out of which values are proposed."""


def extract_dag() -> DAG:
    """A new workbook whenever participations, exits or events were published; scheduled on the assets, not on the clock."""
    schedule = AssetAny(*(published(name) for name in _PARTICIPATIONS))
    with _dag("esf__extract", "Extrait FSE+ : indicateurs et participants de chaque opération", schedule) as dag:
        _task("extract", tasks.extract)()
    return dag


def proposals_dag() -> DAG:
    """Looks for proposals whenever a table they rest on was published."""
    schedule = AssetAny(*(published(name) for name in (*_PARTICIPATIONS, *_EVIDENCE)))
    with _dag("esf__proposals", "Propositions FSE+ tirées des flux, à confirmer par le binôme", schedule) as dag:
        _task("look", tasks.esf_proposals)()
    return dag


def half_year_dag() -> DAG:
    """Proposes on 1 January and 1 July the snapshot of the day before, and reminds until 31 January and 31 July.

    It runs on every day of the two months: a machine that was down on the first does it on the second, and an alert that is no longer
    true is closed.
    """
    schedule = CronTriggerTimetable("0 5 * 1,7 *", timezone="Europe/Paris")
    with _dag(
        "esf__half_year", "Arrêtés semestriels FSE+ : proposés le 1er janvier et le 1er juillet, figés par un agent", schedule
    ) as dag:
        _task("propose", tasks.esf_propose)() >> _task("remind", tasks.esf_remind)()
    return dag


def delivery_dag() -> DAG:
    """Delivers the extracts of frozen snapshots; idle when the settings name no recipient."""
    settings = settings_module.load()
    schedule = timedelta(seconds=settings.poll_seconds) if settings.funding_officers else None
    with _dag("esf__delivery", "Extraits des arrêtés figés, déposés chez les gestionnaires FSE+", schedule) as dag:
        _task("deliver", tasks.esf_deliver)()
    return dag


def _dag(name: str, description: str, schedule: Any) -> DAG:
    return DAG(
        name,
        description=description,
        schedule=schedule,
        start_date=_START,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args=_DEFAULTS,
        tags=["esf"],
    )


def _task(name: str, body: Callable[..., Any]) -> Callable[..., Any]:
    made: Callable[..., Any] = task(task_id=name)(body)
    return made
