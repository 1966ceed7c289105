"""Airflow as the demo runs it: four components, LocalExecutor, PostgreSQL metadata, everything on loopback ports.

:class:`Airflow` prepares an ``AIRFLOW_HOME``, makes the metadata tables (:meth:`~Airflow.migrate`), starts the components
(:meth:`~Airflow.start`) and speaks the REST API as any client would. Logins are SimpleAuthManager's, which Airflow itself reserves
for development: a real installation does otherwise (see docs/install.md).
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from passerelle.demo.processes import Process, free_port, start, stop
from passerelle.errors import ConfigurationError, TransientError
from passerelle.settings import VARIABLE

ADMIN = "admin"
_NEEDED_FIRST = ("api-server", "scheduler", "dag-processor")
_HEALTH = ("metadatabase", "scheduler", "dag_processor")


class AirflowPlan(BaseModel):
    """What one Airflow of the demo is made of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path
    """Its ``AIRFLOW_HOME``: configuration, task logs, the components' own logs."""
    dags: Path
    plugins: Path
    settings: Path
    """The gateway's settings file."""
    database_url: str
    """SQLAlchemy address of the metadata database, empty before :meth:`Airflow.migrate`."""
    parallelism: int = 4


class Airflow:
    """One Airflow of the demo; the caller stops it (:meth:`stop`) or writes its processes down."""

    def __init__(self, plan: AirflowPlan) -> None:
        self.plan = plan
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.processes: list[Process] = []
        self._program = Path(sys.executable).with_name("airflow")
        self._env = self._environment()
        self._token = ""
        if not self._program.exists():
            raise ConfigurationError(f"Airflow is not installed beside {sys.executable}: run `make setup`.")

    @property
    def address(self) -> str:
        """Where people open it."""
        return f"http://127.0.0.1:{self.port}"

    def migrate(self) -> None:
        """Make the metadata tables; ConfigurationError with the log's end when it fails."""
        log = self.plan.home / "migrate.log"
        with log.open("wb") as output:
            done = subprocess.run(
                [self._program, "db", "migrate"],
                env=self._env,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        if done.returncode:
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
            raise ConfigurationError(f"airflow db migrate failed:\n{tail}")

    def start(self) -> list[Process]:
        """Start the components that run the DAGs (on a migrated database) and return at once."""
        return [self._start(name) for name in _NEEDED_FIRST]

    def start_triggerer(self) -> Process:
        """Start the component that only deferred tasks need; after the others, so that it does not slow their start."""
        return self._start("triggerer")

    def wait_healthy(self, *, seconds: float = 180) -> None:
        """Return when every component says that it works; TransientError when one stops or the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for process in self.processes:
                if not process.is_running:
                    raise TransientError(f"{process.name} stopped while starting:\n{process.tail()}")
            if self._is_healthy():
                return
            time.sleep(0.25)
        raise TransientError(f"Airflow was not healthy after {seconds:.0f} s; its logs are in {self.plan.home}.")

    def stop(self) -> None:
        """End the components and all their children; may be called twice."""
        stop(self.processes)
        self.processes = []

    def dags(self) -> dict[str, bool]:
        """The DAGs that Airflow has read, with whether they are paused; ConfigurationError when a DAG file cannot be imported."""
        broken = self.get("/api/v2/importErrors")["import_errors"]
        if broken:
            first = broken[0]
            raise ConfigurationError(f"DAG file {first['filename']} cannot be imported:\n{first['stack_trace']}")
        return {dag["dag_id"]: dag["is_paused"] for dag in self.get("/api/v2/dags?limit=100")["dags"]}

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The runs of a DAG, the last one first, as the API tells them (``state``, ``dag_run_id``, …)."""
        runs: list[dict[str, Any]] = self.get(f"/api/v2/dags/{dag_id}/dagRuns?limit=100&order_by=-run_after")["dag_runs"]
        return runs

    def failed(self) -> tuple[str, ...]:
        """The DAGs of which a run failed, sorted."""
        runs = self.get("/api/v2/dags/~/dagRuns?state=failed&limit=100")["dag_runs"]
        return tuple(sorted({run["dag_id"] for run in runs}))

    def trigger(self, dag_id: str) -> str:
        """Start a run of a DAG by hand; its id."""
        return str(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"])

    def get(self, path: str) -> dict[str, Any]:
        """The answer of the REST API to a GET; TransientError when it does not answer."""
        return self._call("GET", path)

    def _start(self, name: str) -> Process:
        # Task logs are read from the disk the components share: the two log servers would only open ports on every interface.
        options = ["--skip-serve-logs"] if name in ("scheduler", "triggerer") else []
        process = start(f"airflow {name}", [self._program, name, *options], log=self.plan.home / f"{name}.log", env=self._env)
        self.processes.append(process)
        return process

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if not self._token:
            login = {"username": ADMIN, "password": self.password}
            self._token = str(_request(f"{self.address}/auth/token", method="POST", body=login)["access_token"])
        return _request(f"{self.address}{path}", method=method, body=body, token=self._token)

    def _is_healthy(self) -> bool:
        try:
            health = _request(f"{self.address}/api/v2/monitor/health")
        except TransientError:
            return False
        return all((health.get(part) or {}).get("status") == "healthy" for part in _HEALTH)

    def _environment(self) -> dict[str, str]:
        home = self.plan.home
        home.mkdir(parents=True, exist_ok=True)
        passwords = home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({ADMIN: self.password}), encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON", "PG"))}
        return kept | {
            "PATH": f"{self._program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "TZ": "UTC",
            "AIRFLOW_HOME": str(home),
            VARIABLE: str(self.plan.settings),
            "GX_ANALYTICS_ENABLED": "false",
            "PYTHONWARNINGS": "ignore",
            **{f"AIRFLOW__{name.upper()}": value for name, value in self._options(passwords).items()},
        }

    def _options(self, passwords: Path) -> dict[str, str]:
        return {
            "core__executor": "LocalExecutor",
            "core__parallelism": str(self.plan.parallelism),
            "core__dags_folder": str(self.plan.dags),
            "core__plugins_folder": str(self.plan.plugins),
            "core__load_examples": "False",
            "core__dags_are_paused_at_creation": "False",
            "core__default_timezone": "utc",
            "core__hostname_callable": "socket.gethostname",
            "core__simple_auth_manager_users": f"{ADMIN}:admin",
            "core__simple_auth_manager_passwords_file": str(passwords),
            "core__execution_api_server_url": f"{self.address}/execution/",
            "core__fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
            "core__min_serialized_dag_update_interval": "5",
            "database__sql_alchemy_conn": self.plan.database_url,
            "database__sql_alchemy_conn_async": self.plan.database_url,  # psycopg does both; the default would ask for asyncpg
            "api__host": "127.0.0.1",
            "api__port": str(self.port),
            "api__base_url": self.address,
            "api__workers": "1",
            "api__secret_key": secrets.token_urlsafe(32),
            "api_auth__jwt_secret": secrets.token_urlsafe(64),
            "scheduler__scheduler_heartbeat_sec": "2",
            "scheduler__scheduler_idle_sleep_time": "0.5",
            "dag_processor__refresh_interval": "15",
            "dag_processor__min_file_process_interval": "120",
            "dag_processor__bundle_refresh_check_interval": "5",
            "dag_processor__parsing_processes": "1",
            "triggerer__capacity": "10",
            "logging__logging_level": "WARNING",
            "logging__worker_log_server_port": str(free_port()),
            "logging__trigger_log_server_port": str(free_port()),
        }


def _request(url: str, *, method: str = "GET", body: dict[str, Any] | None = None, token: str = "") -> dict[str, Any]:
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode("utf-8") if body is not None else None
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - always our own http address
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content: dict[str, Any] = json.load(answer)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise TransientError(f"{method} {url} did not succeed: {error}") from error
    return content
