"""What a partner does on its side: drop a file under a temporary name, rename it, later fetch the answers. With its own account and key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
from pydantic import BaseModel, ConfigDict

from passerelle.settings import SftpAccount


class Drop(BaseModel):
    """One file that a partner drops, and what the gateway should make of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sender: str
    path: Path
    """The file before it is sent; it is sent under the same name."""
    expected: frozenset[str]
    """The ledger states that are right for it."""
    flaw: str = ""
    """What is wrong with it, in French; empty for an ordinary file."""
    day: int = 1
    """The day of the demonstration on which it is dropped."""
    clean: Path | None = None
    """The same file without mistakes, where its sender will correct what is set aside."""


def drop(drops: Sequence[Drop], accounts: dict[str, SftpAccount]) -> dict[Drop, datetime]:
    """Every partner sends its files, all partners at the same time; when each file was complete under its final name."""
    return asyncio.run(_drop_all(drops, accounts))


def fetch(accounts: dict[str, SftpAccount], folder: Path) -> dict[str, list[Path]]:
    """Every partner copies its ``retours/`` into ``folder/<sender>``; the files by sender."""
    return asyncio.run(_fetch_all(accounts, folder))


async def _drop_all(drops: Sequence[Drop], accounts: dict[str, SftpAccount]) -> dict[Drop, datetime]:
    done: dict[Drop, datetime] = {}

    async def send(sender: str) -> None:
        async with _session(accounts[sender]) as sftp:
            for item in (item for item in drops if item.sender == sender):
                final = f"{accounts[sender].inbox}/{item.path.name}"
                await sftp.put(str(item.path), f"{final}.part")
                await sftp.rename(f"{final}.part", final)
                done[item] = datetime.now(UTC)

    await asyncio.gather(*(send(sender) for sender in sorted({item.sender for item in drops})))
    return done


async def _fetch_all(accounts: dict[str, SftpAccount], folder: Path) -> dict[str, list[Path]]:
    async def copy(sender: str) -> list[Path]:
        target = folder / sender
        target.mkdir(parents=True, exist_ok=True)
        async with _session(accounts[sender]) as sftp:
            names = sorted(str(name) for name in await sftp.listdir(accounts[sender].outbox) if not str(name).startswith("."))
            for name in names:
                await sftp.get(f"{accounts[sender].outbox}/{name}", str(target / name))
        return [target / name for name in names]

    return dict(zip(accounts, await asyncio.gather(*(copy(sender) for sender in accounts)), strict=True))


@asynccontextmanager
async def _session(account: SftpAccount) -> AsyncIterator[asyncssh.SFTPClient]:
    connection = await asyncssh.connect(
        account.host,
        account.port,
        username=account.username,
        client_keys=[str(account.private_key_file)],
        known_hosts=([asyncssh.import_public_key(account.host_key)], [], []),
        agent_path=None,
        config=None,
    )
    async with connection, connection.start_sftp_client() as sftp:
        yield sftp
