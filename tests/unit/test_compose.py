"""The compose file of a real installation, as docker-compose understands it; no container is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
FILLED = {
    "PASSERELLE_SECRETS": "/srv/secrets",
    "PASSERELLE_CONFIG": "/srv/config",
    "PASSERELLE_URL": "https://passerelle.departement.example",
    "API_PORT": "8080",
    "SFTP_PORT": "2022",
    "AIRFLOW_ADMIN_USER": "admin",
    "AIRFLOW_ADMIN_EMAIL": "admin@departement.example",
}
ONE_SHOT = {"install", "airflow-init", "warehouse-init"}


def _program() -> list[str]:
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return ["docker", "compose"]
    message = "neither docker-compose nor the compose plugin of docker is on this machine (apt-get install docker-compose)"
    if os.environ.get("PASSERELLE_CI") == "1":
        pytest.fail(message)
    pytest.skip(message)


def _config(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [*_program(), "--env-file", str(ROOT / ".env.example"), "--file", str(FILE), "config"]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=settings | {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    result = _config(FILLED)
    assert result.returncode == 0, result.stderr
    loaded: dict[str, Any] = yaml.safe_load(result.stdout)
    return loaded


def test_the_example_settings_name_every_setting_and_fill_in_none() -> None:
    lines = [line for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert sorted(lines) == sorted(f"{name}=" for name in FILLED)


@pytest.mark.parametrize("missing", FILLED)
def test_a_missing_setting_stops_the_start(missing: str) -> None:
    result = _config({name: value for name, value in FILLED.items() if name != missing})
    assert result.returncode != 0
    assert "Missing mandatory value" in result.stderr or "required variable" in result.stderr


def test_every_lasting_service_says_whether_it_is_well_and_starts_again(config: dict[str, Any]) -> None:
    for name, service in config["services"].items():
        if name in ONE_SHOT:
            assert service["restart"] == "no", name
        else:
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_every_service_runs_in_utc_and_gains_no_privilege(config: dict[str, Any]) -> None:
    for name, service in config["services"].items():
        assert service["environment"]["TZ"] == "UTC", name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name


def test_every_image_has_an_exact_version(config: dict[str, Any]) -> None:
    for name, service in config["services"].items():
        assert ":" in service["image"], name
        assert not service["image"].endswith(":latest"), name


def test_no_secret_is_written_in_the_file(config: dict[str, Any]) -> None:
    """What is secret is read from a file: by ``…_FILE``, ``…_CMD`` or the gateway's settings."""
    for name, service in config["services"].items():
        for variable, value in service["environment"].items():
            if any(word in variable for word in ("PASSWORD", "SECRET", "FERNET", "CONN")) and value not in ("true", "false"):
                assert "/run/secrets/" in str(value), f"{name}: {variable}"
    assert "://airflow:" not in FILE.read_text(encoding="utf-8")


def test_every_secret_is_a_file_below_the_folder_of_secrets_and_is_used(config: dict[str, Any]) -> None:
    assert all(str(secret["file"]).startswith("/srv/secrets/") for secret in config["secrets"].values())
    used = {
        entry["source"] if isinstance(entry, dict) else entry
        for service in config["services"].values()
        for entry in service.get("secrets", [])
    }
    assert used == set(config["secrets"])


def test_the_nir_and_vault_keys_go_only_to_the_two_services_that_work_with_them(config: dict[str, Any]) -> None:
    holders = {
        name
        for name, service in config["services"].items()
        for entry in service.get("secrets", [])
        if isinstance(entry, dict) and entry["source"] in ("vault_key", "nir_hash_key", "nir_cipher_key")
    }
    assert holders == {"api-server", "scheduler"}


def test_the_databases_are_on_a_network_without_way_out_and_open_no_port(config: dict[str, Any]) -> None:
    assert config["networks"]["data"]["internal"] is True
    for name in ("metadata", "warehouse"):
        assert list(config["services"][name]["networks"]) == ["data"]
        assert not config["services"][name].get("ports")


def test_the_server_partners_reach_sees_neither_database_nor_airflow(config: dict[str, Any]) -> None:
    sftpgo = config["services"]["sftpgo"]
    assert list(sftpgo["networks"]) == ["partners"]
    reachable = {name for name, service in config["services"].items() if "partners" in service["networks"]}
    assert reachable == {"sftpgo", "scheduler"}


def test_the_server_partners_reach_speaks_only_sftp_with_keys_and_shows_whole_files(config: dict[str, Any]) -> None:
    environment = config["services"]["sftpgo"]["environment"]
    assert environment["SFTPGO_COMMON__UPLOAD_MODE"] == "1"
    assert environment["SFTPGO_SFTPD__PASSWORD_AUTHENTICATION"] == "false"
    assert {environment[f"SFTPGO_{server}__BINDINGS__0__PORT"] for server in ("FTPD", "WEBDAVD", "HTTPD")} == {"0"}


def test_only_the_reverse_proxy_of_this_host_reaches_the_web_pages(config: dict[str, Any]) -> None:
    ports = config["services"]["api-server"]["ports"]
    assert ports
    for port in ports:
        host = port["host_ip"] if isinstance(port, dict) else str(port).split(":")[0]
        assert host == "127.0.0.1"


def test_the_installed_airflow_is_the_one_of_the_image(config: dict[str, Any]) -> None:
    lock = (ROOT / "requirements-production.lock").read_text(encoding="utf-8")
    version = next(line.split("==")[1].split()[0] for line in lock.splitlines() if line.startswith("apache-airflow=="))
    images = {
        config["services"][name]["image"] for name in ("install", "airflow-init", "api-server", "scheduler", "dag-processor", "triggerer")
    }
    assert images == {f"apache/airflow:{version}-python3.12"}


def test_production_pins_what_development_pins() -> None:
    """Except python-dateutil, which the logins of Airflow need older, and marks of other systems."""

    def pins(path: str) -> dict[str, str]:
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        found = (line.split(" ")[0].partition("==") for line in lines if "==" in line and not line.startswith(" "))
        return {name: version for name, _, version in found}

    production = pins("requirements-production.lock")
    development = pins("requirements.lock")
    assert "apache-airflow-providers-fab" in production
    different = {name for name in development.keys() & production.keys() if production[name] != development[name]}
    assert different <= {"python-dateutil"}
