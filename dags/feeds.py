"""One DAG per contract of ``contracts/``; a running task builds only its own."""

from airflow.sdk import get_parsing_context

from passerelle.orchestration.feeds import feed_dags

for _dag_id, _dag in feed_dags(only=get_parsing_context().dag_id).items():
    globals()[_dag_id] = _dag
