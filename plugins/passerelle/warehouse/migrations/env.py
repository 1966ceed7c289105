"""Alembic's entry: one transaction, one runner at a time, on the address given by :func:`passerelle.warehouse.migrate.upgrade`."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from passerelle.warehouse.connect import open_engine

engine = open_engine(context.config.attributes["url"])
with engine.begin() as connection:
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended('passerelle migrations', 0))"))
    context.configure(connection=connection, version_table="schema_version")
    context.run_migrations()
engine.dispose()
