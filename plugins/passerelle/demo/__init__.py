"""The whole gateway on one machine: real servers, partners that drop files, Airflow that takes them; for the demo and the tests.

Nothing here is used in production. asyncssh is imported only in this package.
"""
