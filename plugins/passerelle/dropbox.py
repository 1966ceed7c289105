"""A sender's folders on its SFTP server: list the inbox, fetch a file, move it aside, leave a receipt. The one door to paramiko.

What the usual tools get wrong, and this module does not (each was measured): one file name that is not UTF-8 kills a whole listing,
a missing folder looks like an empty one, a file still growing is fetched short without an error, a silent server blocks for ever,
compression is on by default and four times slower, an unknown host key is accepted.
"""

from __future__ import annotations

import base64
import hashlib
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import paramiko
from paramiko.message import Message
from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_OPENDIR, CMD_READDIR, SFTPError

from passerelle.errors import ConfigurationError, TransientError
from passerelle.settings import SftpAccount

_TEMPORARY = (b".part", b".tmp", b".filepart", b".partial", b".crdownload")
_READ_SIZE = 1 << 18


@dataclass(frozen=True)
class RemoteFile:
    """A regular file in the inbox, as one listing saw it."""

    name: bytes
    """As the server says it: bytes, because partners' names are not always UTF-8."""
    size: int
    mtime: int

    @property
    def text(self) -> str:
        """The name for people and for patterns; bytes that are not UTF-8 are shown escaped."""
        return self.name.decode("utf-8", errors="backslashreplace")


class UnstableError(TransientError):
    """The file changed while it was read: its sender is still writing it. Nothing was kept; a later run takes it."""


class Dropbox:
    """An open session with one sender's server; made by :func:`opened`."""

    def __init__(self, sftp: paramiko.SFTPClient, account: SftpAccount) -> None:
        self._sftp = sftp
        self._account = account

    def waiting(self) -> tuple[RemoteFile, ...]:
        """The complete-looking regular files of the inbox, by name. Temporary and hidden names, links and folders are left out.

        Raises TransientError when the folder is missing or forbidden: that is never "no file".
        """
        folder = self._account.inbox.encode()
        try:
            names = _list_bytes(self._sftp, folder)
            files = [self._looked_at(folder, name) for name in names if not name.startswith(b".") and not name.lower().endswith(_TEMPORARY)]
        except OSError as error:
            raise TransientError(
                f"The folder {self._account.inbox!r} of {self._account.username} cannot be listed ({_kind(error)})."
            ) from None
        return tuple(sorted((file for file in files if file is not None), key=lambda file: file.name))

    def fetch(self, file: RemoteFile, write: Callable[[bytes], object]) -> None:
        """Streams the file into ``write``; raises UnstableError when size or time differ from the listing before or after."""
        path = self._inbox_path(file.name)
        received = 0
        try:
            with self._sftp.open(path, "rb") as remote:
                self._same(file, remote.stat())
                remote.prefetch(file.size)
                while chunk := remote.read(_READ_SIZE):
                    received += len(chunk)
                    write(chunk)
                self._same(file, remote.stat())
            self._same(file, self._sftp.stat(path))
        except OSError as error:
            raise TransientError(f"A file of {self._account.username} cannot be read ({_kind(error)}).") from None
        if received != file.size:
            raise UnstableError(f"A file of {self._account.username} is still being written: {received} of {file.size} bytes came.")

    def move_aside(self, file: RemoteFile, target: str) -> bool:
        """Moves the file from the inbox to the done folder under ``target``; False when it is no longer there as it was listed.

        Safe to repeat. An existing target is never overwritten by other content: the caller's target name holds the content hash.
        """
        source = self._inbox_path(file.name)
        try:
            found = self._sftp.lstat(source)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise TransientError(f"A file of {self._account.username} cannot be looked at ({_kind(error)}).") from None
        if (found.st_size, int(found.st_mtime or 0)) != (file.size, file.mtime):
            return False
        try:
            self._sftp.posix_rename(source, f"{self._account.done}/{target}".encode())
        except OSError as error:
            raise TransientError(f"A file of {self._account.username} cannot be moved aside ({_kind(error)}).") from None
        return True

    def leave(self, name: str, content: bytes) -> None:
        """Puts a file into the outbox under a temporary name, checks its size, then renames: the partner never sees half of it."""
        final = f"{self._account.outbox}/{name}"
        part = f"{self._account.outbox}/.{hashlib.sha256(name.encode()).hexdigest()[:16]}.part"
        try:
            with self._sftp.open(part, "wb") as remote:
                remote.set_pipelined(True)
                remote.write(content)
            if self._sftp.stat(part).st_size != len(content):
                raise TransientError(f"A receipt for {self._account.username} was written short.")
            self._sftp.posix_rename(part, final)
        except OSError as error:
            raise TransientError(f"A receipt for {self._account.username} cannot be written ({_kind(error)}).") from None

    def _inbox_path(self, name: bytes) -> bytes:
        return self._account.inbox.encode() + b"/" + name

    def _looked_at(self, folder: bytes, name: bytes) -> RemoteFile | None:
        if b"/" in name or name in (b".", b".."):
            return None
        try:
            found = self._sftp.lstat(folder + b"/" + name)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode or 0):
            return None
        return RemoteFile(name=name, size=int(found.st_size or 0), mtime=int(found.st_mtime or 0))

    def _same(self, file: RemoteFile, found: paramiko.SFTPAttributes) -> None:
        if (int(found.st_size or 0), int(found.st_mtime or 0)) != (file.size, file.mtime):
            raise UnstableError(f"A file of {self._account.username} is still being written: it changed while it was read.")


@contextmanager
def opened(account: SftpAccount) -> Iterator[Dropbox]:
    """A session with the sender's server: key login, pinned host key, no compression, no wait without end.

    Raises ConfigurationError when key files or host key are wrong (or the server shows another one), TransientError when the server does
    not answer.
    """
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    name = account.host if account.port == 22 else f"[{account.host}]:{account.port}"
    host_key = _public_key(account.host_key)
    client.get_host_keys().add(name, host_key.get_name(), host_key)
    try:
        _connect(client, account)
        sftp = client.open_sftp()
        channel = sftp.get_channel()
        if channel is None:
            raise TransientError(f"The server of {account.username} opened no SFTP channel.")
        channel.settimeout(account.timeout_seconds)
        yield Dropbox(sftp, account)
    finally:
        client.close()


def _connect(client: paramiko.SSHClient, account: SftpAccount) -> None:
    wait = account.timeout_seconds
    try:
        client.connect(
            account.host,
            account.port,
            account.username,
            pkey=paramiko.Ed25519Key.from_private_key_file(str(account.private_key_file)),
            look_for_keys=False,
            allow_agent=False,
            compress=False,
            timeout=wait,
            banner_timeout=wait,
            auth_timeout=wait,
            channel_timeout=wait,
        )
    except paramiko.BadHostKeyException:
        raise ConfigurationError(
            f"{account.host} shows another host key than the one pinned for {account.username}: nothing was sent. "
            "Ask the partner whether its key changed, then correct `host_key` in the settings."
        ) from None
    except paramiko.AuthenticationException:
        raise ConfigurationError(f"{account.host} refuses the key of {account.username}: it expired or was not installed.") from None
    except FileNotFoundError:
        raise ConfigurationError(f"The private key file {account.private_key_file} is missing.") from None
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise TransientError(f"The server {account.host}:{account.port} does not answer ({_kind(error)}).") from None
    transport = client.get_transport()
    if transport is not None:
        transport.set_keepalive(30)


def _public_key(text: str) -> paramiko.PKey:
    parts = text.split()
    try:
        return paramiko.PKey.from_type_string(parts[0], base64.b64decode(parts[1], validate=True))
    except (IndexError, ValueError, paramiko.SSHException):
        raise ConfigurationError("`host_key` must be a public key line such as `ssh-ed25519 AAAA…`.") from None


def _list_bytes(sftp: paramiko.SFTPClient, folder: bytes) -> list[bytes]:
    """The names in a folder as bytes.

    paramiko's own listing decodes every name as UTF-8 and fails on the first that is not (paramiko issue 546), so the protocol's three
    requests are made here.
    """
    kind, answer = sftp._request(CMD_OPENDIR, folder)  # type: ignore[attr-defined]
    if kind != CMD_HANDLE:
        raise SFTPError("Expected handle")
    handle = answer.get_binary()
    names: list[bytes] = []
    try:
        while True:
            _, page = sftp._request(CMD_READDIR, handle)  # type: ignore[attr-defined]
            names.extend(_names_of(page))
    except EOFError:
        pass
    finally:
        sftp._request(CMD_CLOSE, handle)  # type: ignore[attr-defined]
    return [name for name in names if name not in (b".", b"..")]


def _names_of(page: Message) -> list[bytes]:
    names = []
    for _ in range(page.get_int()):
        names.append(page.get_binary())
        page.get_binary()
        paramiko.SFTPAttributes._from_msg(page)  # type: ignore[attr-defined]
    return names


def _kind(error: BaseException) -> str:
    return type(error).__name__
