"""Real servers for the integration tests: what a test sees of them."""

from __future__ import annotations

import base64
import getpass
import os
import shutil
import subprocess
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paramiko

from passerelle.demo.processes import Process, free_port, start, stop
from passerelle.demo.sftp import FOLDERS, SftpServer, write_key_pair
from passerelle.settings import SftpAccount

SSHD = Path("/usr/sbin/sshd")
PARTNERS = ("caf", "msa", "francetravail", "ccas-valcombe", "ccas-aubremont", "mission-locale")
"""Accounts of the embedded SFTP server."""


@dataclass
class Sftp:
    """The embedded SFTP server with one account per partner; keys are files in ``keys``."""

    server: SftpServer
    keys: Path

    def account(self, name: str, *, key: str = "gateway") -> SftpAccount:
        """How the gateway (or the holder of another key: a partner's name) reaches the account."""
        return SftpAccount(
            host="127.0.0.1", port=self.server.port, username=name, private_key_file=self.keys / key, host_key=self.server.host_key
        )

    def root(self, name: str) -> Path:
        """The account's folder on disk."""
        return self.server.folder / "comptes" / name

    def empty(self) -> None:
        """Take every file out of every account, and restart the server when a test stopped it."""
        for partner in PARTNERS:
            shutil.rmtree(self.root(partner), ignore_errors=True)
            for folder in FOLDERS:
                (self.root(partner) / folder).mkdir(parents=True)
        if self.server.process is None or not self.server.process.is_running:
            self.server.start()


@contextmanager
def embedded_sftp(folder: Path) -> Iterator[Sftp]:
    """The embedded SFTP server with its partners, for a ``with`` block."""
    keys = folder / "keys"
    keys.mkdir()
    gateway = write_key_pair(keys / "gateway")
    write_key_pair(keys / "stranger")
    server = SftpServer(folder / "sftp")
    for partner in PARTNERS:
        server.add_account(partner, write_key_pair(keys / partner), gateway)
    with server:
        yield Sftp(server, keys)


@dataclass
class OpenSsh:
    """A real ``sshd`` with one account (whoever runs the tests) whose folder is ``root``."""

    folder: Path
    account: SftpAccount
    process: Process | None = None
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.folder / "compte"

    def start(self) -> None:
        """Start it (again), on the same port."""
        self.process = start("sshd", [SSHD, "-D", "-e", "-f", self.folder / "sshd_config"], log=self.folder / "sshd.log")
        patient_client(self.account).close()

    def stop(self) -> None:
        """End it with all its sessions, as a crash of the partner's machine would."""
        if self.process is not None:
            stop([self.process], patience=5)
            self.process = None

    def empty(self) -> None:
        """Take every file out of the account, and restart the server when a test stopped it."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True)
        if self.process is None or not self.process.is_running:
            self.start()


@contextmanager
def openssh(folder: Path) -> Iterator[OpenSsh]:
    """A real ``sshd`` on a free loopback port, for a ``with`` block."""
    host_key = write_key_pair(folder / "host_key")
    (folder / "authorized_keys").write_text(write_key_pair(folder / "gateway") + "\n", encoding="ascii")
    port = free_port()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's own condition when root starts it
    config = f"""
        Port {port}
        ListenAddress 127.0.0.1
        HostKey {folder / "host_key"}
        AuthorizedKeysFile {folder / "authorized_keys"}
        AuthenticationMethods publickey
        PermitRootLogin prohibit-password
        StrictModes no
        UsePAM no
        PidFile none
        Subsystem sftp internal-sftp
        ForceCommand internal-sftp -d {folder / "compte"}
    """
    (folder / "sshd_config").write_text(textwrap.dedent(config), encoding="utf-8")
    subprocess.run([SSHD, "-t", "-f", folder / "sshd_config"], check=True)
    account = SftpAccount(host="127.0.0.1", port=port, username=getpass.getuser(), private_key_file=folder / "gateway", host_key=host_key)
    server = OpenSsh(folder, account)
    try:
        server.empty()
        yield server
    finally:
        server.stop()


def client(account: SftpAccount) -> paramiko.SSHClient:
    """A connected SSH client of this account, by its key and pinned host key only."""
    kind, _, text = account.host_key.partition(" ")
    connection = paramiko.SSHClient()
    connection.get_host_keys().add(f"[{account.host}]:{account.port}", kind, paramiko.Ed25519Key(data=base64.b64decode(text)))
    connection.connect(
        account.host, account.port, account.username, key_filename=str(account.private_key_file), look_for_keys=False, allow_agent=False
    )
    return connection


def patient_client(account: SftpAccount, *, attempts: int = 100) -> paramiko.SSHClient:
    """A connected client of a server that is still starting."""
    for _ in range(attempts):
        try:
            return client(account)
        except (OSError, paramiko.SSHException):
            time.sleep(0.05)
    return client(account)
