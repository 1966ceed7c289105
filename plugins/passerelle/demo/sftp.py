"""The SFTP server of the demo and the tests: one account and one closed folder per partner, logins by key only.

:class:`SftpServer` prepares keys and folders and runs the server as a process of its own (``python -m passerelle.demo.sftp PLAN``),
as a partner's or the Département's real server would be. Each account accepts the partner's own key and the gateway's. An account
sees nothing but ``depot/`` (what the partner sends), ``traites/`` (what the gateway took) and ``retours/`` (its answers).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from types import TracebackType

import asyncssh
from pydantic import BaseModel, ConfigDict

from passerelle.demo.processes import Process, start, stop, wait_for_file

FOLDERS = ("depot", "traites", "retours")


class Account(BaseModel):
    """One login of the server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    root: Path
    """The folder this account sees as ``/``."""
    keys: tuple[str, ...]
    """Public keys it accepts, in OpenSSH notation."""


class Plan(BaseModel):
    """What one server process serves; handed to it as a JSON file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host_key: Path
    port: int
    """0: any free port."""
    ready: Path
    """Where the process writes its port once it listens."""
    accounts: tuple[Account, ...]


class SftpServer:
    """A server whose files are all in ``folder``; lives between :meth:`start` and :meth:`stop`, or for a ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "journal.log"
        self.port = 0
        self.process: Process | None = None
        self._accounts: list[Account] = []
        folder.mkdir(parents=True, exist_ok=True)
        self.host_key = write_key_pair(folder / "host_key")
        """The server's public key, which clients pin."""

    def __enter__(self) -> SftpServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def add_account(self, name: str, *public_keys: str) -> Path:
        """Open an account before the server starts; the folder that is its root."""
        root = self.folder / "comptes" / name
        for folder in FOLDERS:
            (root / folder).mkdir(parents=True, exist_ok=True)
        self._accounts.append(Account(name=name, root=root, keys=public_keys))
        return root

    def start(self) -> Process:
        """Start the process and wait until it listens; a restart listens on the same port. TransientError when it does not come up."""
        ready, plan_file = self.folder / "port", self.folder / "plan.json"
        ready.unlink(missing_ok=True)
        plan = Plan(host_key=self.folder / "host_key", port=self.port, ready=ready, accounts=tuple(self._accounts))
        plan_file.write_text(plan.model_dump_json(), encoding="utf-8")
        self.process = start("sftp", [sys.executable, "-m", "passerelle.demo.sftp", plan_file], log=self.log)
        self.port = int(wait_for_file(ready, self.process))
        return self.process

    def stop(self) -> None:
        """End the process; the files stay. May be called twice."""
        if self.process is not None:
            stop([self.process])
            self.process = None


def write_key_pair(path: Path) -> str:
    """A new Ed25519 key in OpenSSH's format (``path``, readable by its owner only, and ``path.pub``); the public key's text."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=path.name)
    path.touch(mode=0o600)
    path.write_bytes(key.export_private_key("openssh"))
    public = " ".join(key.export_public_key("openssh").decode("ascii").split()[:2])
    path.with_name(f"{path.name}.pub").write_text(f"{public}\n", encoding="ascii")
    return public


class _Login(asyncssh.SSHServer):
    """Lets in who holds a key of the account; nothing else opens the door."""

    def __init__(self, plan: Plan) -> None:
        self._keys = {account.name: [asyncssh.import_public_key(key) for key in account.keys] for account in plan.accounts}

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return key in self._keys.get(username, [])

    def password_auth_supported(self) -> bool:
        return False

    def kbdint_auth_supported(self) -> bool:
        return False


class _Closed(asyncssh.SFTPServer):
    """An account's view: its own root, without the means to make a way out of it."""

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("Links are not supported")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("Links are not supported")


async def _serve(plan: Plan) -> None:
    roots = {account.name: os.fsencode(account.root) for account in plan.accounts}

    def view(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return _Closed(channel, chroot=roots[str(channel.get_extra_info("username"))])

    server = await asyncssh.listen(
        "127.0.0.1", plan.port, server_factory=lambda: _Login(plan), server_host_keys=[str(plan.host_key)], sftp_factory=view
    )
    finished = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, finished.set)
    partial = plan.ready.with_suffix(".part")
    partial.write_text(str(server.get_port()), encoding="ascii")
    partial.replace(plan.ready)
    await finished.wait()
    server.close()


def main(plan_file: Path) -> None:
    """Serve the plan until SIGTERM or SIGINT."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    asyncio.run(_serve(Plan.model_validate_json(plan_file.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
