"""The ESF+ dags: extracts, proposals, half-yearly snapshots, deliveries (airflow only reads files that name it)."""

from passerelle.orchestration.indicators import delivery_dag, extract_dag, half_year_dag, proposals_dag

esf__extract = extract_dag()
esf__proposals = proposals_dag()
esf__half_year = half_year_dag()
esf__delivery = delivery_dag()
