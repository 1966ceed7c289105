"""The embedded PostgreSQL is closed to strangers, speaks UTF-8 and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from passerelle.demo.postgres import EmbeddedPostgres, wheel_binaries


def scalar(url: str, statement: str) -> object:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        return connection.exec_driver_sql(statement).scalar()


def test_it_speaks_utf8_and_sorts_by_bytes(postgres: EmbeddedPostgres) -> None:
    url = postgres.url("postgres")
    assert scalar(url, "SHOW server_encoding") == "UTF8"
    assert scalar(url, "SELECT string_agg(x, '' ORDER BY x) FROM (VALUES ('é'), ('a'), ('Z')) AS t(x)") == "Zaé"


def test_it_is_recent_enough(postgres: EmbeddedPostgres) -> None:
    assert int(str(scalar(postgres.url("postgres"), "SHOW server_version_num"))) >= 150000


@pytest.mark.parametrize("password", ["", "wrong"])
def test_it_refuses_who_has_not_the_password(postgres: EmbeddedPostgres, password: str) -> None:
    url = sa.make_url(postgres.url("postgres")).set(password=password)
    with pytest.raises(sa.exc.OperationalError, match="password"):
        sa.create_engine(url).connect()


def test_it_listens_on_loopback_only(postgres: EmbeddedPostgres) -> None:
    assert scalar(postgres.url("postgres"), "SHOW listen_addresses") == "127.0.0.1"
    assert scalar(postgres.url("postgres"), "SHOW unix_socket_directories") == ""


def test_no_value_of_a_refused_row_reaches_its_log(postgres: EmbeddedPostgres) -> None:
    engine = sa.create_engine(postgres.url("postgres"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TEMP TABLE person (name text PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO person VALUES (%s)", ("TRAHISON",))
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql("INSERT INTO person VALUES (%s)", ("TRAHISON",))
    with engine.connect() as connection, pytest.raises(sa.exc.DataError):
        connection.exec_driver_sql("SELECT 'TRAHISON'::int")
    log = (postgres.folder / "postgres.log").read_text(encoding="utf-8")
    assert "ready to accept connections" in log
    assert "TRAHISON" not in log


def test_a_database_can_be_a_copy_of_another(postgres: EmbeddedPostgres) -> None:
    engine = sa.create_engine(postgres.create_database("original"), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t AS SELECT 42 AS x")
    copy = postgres.create_database("copie", template="original")
    assert scalar(copy, "SELECT x FROM t") == 42
    for name in ("original", "copie"):
        postgres.drop_database(name)


def test_its_psql_logs_in_with_the_password_file(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    password_file = postgres.write_password_file(tmp_path / "pgpass")
    assert password_file.stat().st_mode & 0o077 == 0
    done = subprocess.run(
        [postgres.psql, "-h", "127.0.0.1", "-p", str(postgres.port), "-U", "passerelle", "-wAtc", "SELECT 6*7", "postgres"],
        env={"PGPASSFILE": str(password_file)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "42"


def test_stopping_leaves_no_process_and_no_file(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "other")
    process = server.start()
    home = server.home
    assert home.exists()
    assert server.port != postgres.port
    server.stop()
    server.stop()
    assert not process.is_running
    assert not home.exists()


def test_the_wheel_alone_is_enough(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """A machine without a PostgreSQL of its own runs the wheel's programs: as root from a copy its unprivileged account can read."""
    with EmbeddedPostgres(tmp_path / "wheel", binaries=wheel_binaries()) as server:
        assert scalar(server.url("postgres"), "SELECT 6*7") == 42
        if os.geteuid() == 0:
            assert not server.home.is_relative_to(tmp_path)
    assert not server.home.exists()
