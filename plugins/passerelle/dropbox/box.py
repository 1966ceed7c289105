"""The folders of one sender, once a session is open."""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

import paramiko

from passerelle.dropbox.wire import TROUBLES, Reading, list_names
from passerelle.errors import TransientError
from passerelle.settings import SftpAccount

_SENT_AT_ONCE = 256 << 10
_TEMPORARY = (b".part", b".tmp", b".filepart", b".partial", b".crdownload")


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


class FileError(TransientError):
    """The server refused something about one file; it answers, so other files may be taken all the same."""


class UnstableError(FileError):
    """The file changed while it was read: its sender is still at work on it. Nothing was kept; a later run takes it."""


class _Counted(io.RawIOBase):
    """A remote file, and how many bytes were given to it."""

    def __init__(self, remote: paramiko.SFTPFile) -> None:
        super().__init__()
        self._remote = remote
        self.size = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Hands all of it on."""
        block = bytes(data)
        self._remote.write(block)
        self.size += len(block)
        return len(block)


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
        with self._asked(f"The folder {self._account.inbox!r}", "be listed"):
            names = list_names(self._sftp, folder)
            files = [self._looked_at(folder, name) for name in names if not name.startswith(b".") and not name.lower().endswith(_TEMPORARY)]
        return tuple(sorted((file for file in files if file is not None), key=lambda file: file.name))

    def fetch(self, file: RemoteFile, write: Callable[[bytes], object]) -> None:
        """Streams the file into ``write``.

        Raises UnstableError when size or time differ from the listing before or after, FileError when the server does not give the file,
        TransientError when it does not answer.
        """
        received = 0
        for data in self._content(file):
            received += len(data)
            write(data)
        if received != file.size:
            raise UnstableError(f"A file of {self._account.username} is still being written: {received} of {file.size} bytes came.")

    def move_aside(self, file: RemoteFile, target: str) -> bool:
        """Moves the file from the inbox to the done folder under ``target``; False when it is no longer there as it was listed.

        Safe to repeat. An existing target is never overwritten by other content: the caller's target name holds the content hash.
        """
        source = self._inbox_path(file.name)
        with self._asked("A file", "be moved aside"):
            try:
                found = self._sftp.lstat(source)
            except FileNotFoundError:
                return False
            if (found.st_size, int(found.st_mtime or 0)) != (file.size, file.mtime):
                return False
            self._sftp.posix_rename(source, f"{self._account.done}/{target}".encode())
        return True

    def leave(self, name: str, content: bytes) -> None:
        """Puts a file into the outbox under a temporary name, checks its size, then renames: the partner never sees half of it."""
        self.leave_written(name, lambda file: file.write(content))

    def leave_written(self, name: str, write: Callable[[IO[bytes]], object]) -> None:
        """The same for a file that is made while it is sent: ``write`` is given where to write it. What it raises leaves no file."""
        final = f"{self._account.outbox}/{name}"
        part = f"{self._account.outbox}/.{hashlib.sha256(name.encode()).hexdigest()[:16]}.part"
        with self._asked("A receipt", "be written"):
            with self._sftp.open(part, "wb") as remote:
                remote.set_pipelined(True)
                counted = _Counted(remote)
                with io.BufferedWriter(cast(io.RawIOBase, counted), _SENT_AT_ONCE) as file:
                    write(file)
            if self._sftp.stat(part).st_size != counted.size:
                raise FileError(f"A receipt for {self._account.username} was written short.")
            self._sftp.posix_rename(part, final)

    @contextmanager
    def _asked(self, what: str, refused: str) -> Iterator[None]:
        """A server that says no raises FileError, one that falls silent or hangs up TransientError; neither message names the file."""
        try:
            yield
        except TROUBLES as error:
            channel = self._sftp.get_channel()
            answered = isinstance(error, OSError) and not isinstance(error, TimeoutError) and channel is not None and not channel.closed
            kind = FileError if answered else TransientError
            raise kind(f"{what} of {self._account.username} cannot {refused} ({type(error).__name__}).") from None

    def _content(self, file: RemoteFile) -> Iterator[bytes]:
        path = self._inbox_path(file.name)
        with self._asked("A file", "be read"):
            try:
                remote = self._sftp.open(path, "rb")
                self._same(file, remote.stat())
                yield from Reading(self._sftp, remote.handle).chunks(file.size)
                self._same(file, remote.stat())
                remote.close()
                self._same(file, self._sftp.stat(path))
            except FileNotFoundError:
                raise UnstableError(f"A file of {self._account.username} went away while it was read.") from None

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
