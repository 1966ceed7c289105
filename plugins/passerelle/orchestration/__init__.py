"""The only modules that know Airflow: contracts become DAGs, our errors become retries or failures."""
