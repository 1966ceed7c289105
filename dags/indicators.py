"""ESF+ extracts: an airflow DAG scheduled on what was published (airflow only reads files that name it)."""

from passerelle.orchestration.indicators import extract_dag

esf__extract = extract_dag()
