"""The servers of one demo, started side by side as far as one does not need the other."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from passerelle.contract.load import load_all
from passerelle.contract.model import Contract
from passerelle.demo.airflow import Airflow, AirflowPlan
from passerelle.demo.cast import read_cast
from passerelle.demo.exchange import Drop
from passerelle.demo.files import prepare
from passerelle.demo.folder import DemoFolder
from passerelle.demo.journal import Journal
from passerelle.demo.partners import open_accounts, write_settings
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.demo.processes import Process, Register
from passerelle.demo.sftp import SftpServer
from passerelle.warehouse import migrate

WAREHOUSE = "warehouse"


class Stack:
    """PostgreSQL, SFTP and Airflow of one demo; each is written down in the folder's register as soon as it runs."""

    def __init__(self, folder: DemoFolder, project: Path, journal: Journal) -> None:
        self.folder = folder
        self.project = project
        self.journal = journal
        self.postgres = EmbeddedPostgres(folder.run)
        self.contracts = _contracts(project)
        self.partners = read_cast(self.contracts)
        self.sftp: SftpServer = open_accounts(folder, self.partners)
        self.airflow: Airflow
        self._register = Register()
        self._writing = threading.Lock()

    @property
    def password_file(self) -> Path:
        """For ``PGPASSFILE``."""
        return self.folder.keys / "pgpass"

    def start(self, households: int, at: datetime) -> list[Drop]:
        """Start everything; the files for the partners to drop, made meanwhile. Returns when Airflow is healthy."""
        with ThreadPoolExecutor(max_workers=2) as side:
            files = side.submit(prepare, self.folder, self.contracts, self.partners, (households, at.date()))
            self.journal.doing("PostgreSQL démarre …")
            self._note(self.postgres.start(), self.postgres.home)
            self.postgres.write_password_file(self.password_file)
            self._write_url(self.postgres.create_database(WAREHOUSE))
            self.journal.done(f"PostgreSQL écoute sur le port {self.postgres.port}")
            airflow = side.submit(self._start_airflow, self.postgres.create_database("airflow"))
            self.journal.doing("Le serveur SFTP démarre …")
            self._note(self.sftp.start())
            self.journal.done(f"Le serveur SFTP écoute sur le port {self.sftp.port}, un compte et une clé par partenaire")
            write_settings(self.folder, self.project, self.partners, self.sftp)
            migrate.upgrade(self.postgres.url(WAREHOUSE))
            self.journal.done("L'entrepôt est créé")
            return self._together(files, airflow)

    def stop(self) -> None:
        """End everything that was started and remove what lies outside the output folder."""
        self._register.stop()
        Register().write(self.folder.register)

    def _together(self, files: Future[list[Drop]], airflow: Future[None]) -> list[Drop]:
        self.journal.doing("Les fichiers des partenaires sont préparés …")
        drops = files.result()
        self.journal.done(f"{len(drops)} fichiers sont prêts à être déposés (personnes inventées)")
        self.journal.doing("Airflow démarre …")
        airflow.result()
        self.airflow.wait_healthy()
        self._note(self.airflow.start_triggerer())
        self.journal.done(f"Airflow fonctionne : {self.airflow.address}")
        return drops

    def _start_airflow(self, database_url: str) -> None:
        self.airflow = Airflow(
            AirflowPlan(
                home=self.folder.run / "airflow",
                dags=self.project / "dags",
                plugins=self.project / "plugins",
                settings=self.folder.settings,
                database_url=database_url,
            )
        )
        self.airflow.migrate()
        for process in self.airflow.start():
            self._note(process)

    def _note(self, process: Process, *folders: Path) -> None:
        with self._writing:
            self._register.processes.append(process)
            self._register.folders.extend(folder for folder in folders if not folder.is_relative_to(self.folder.path))
            self._register.write(self.folder.register)

    def _write_url(self, url: str) -> None:
        secret = self.folder.keys / "warehouse.url"
        secret.touch(mode=0o600)
        secret.write_text(url, encoding="utf-8")


def _contracts(project: Path) -> tuple[Contract, ...]:
    contracts, errors = load_all(project / "contracts")
    for error in errors:
        raise error
    return contracts
