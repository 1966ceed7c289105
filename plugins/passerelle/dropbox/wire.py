"""What is asked of a server below paramiko's own functions: listings as bytes, and reading ahead without a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import paramiko
from paramiko.message import Message
from paramiko.sftp import CMD_CLOSE, CMD_DATA, CMD_HANDLE, CMD_OPENDIR, CMD_READ, CMD_READDIR, SFTPError, int64

TROUBLES = (OSError, EOFError, paramiko.SSHException, SFTPError)
"""What paramiko raises: the last two are no OSError."""
_REQUEST = 1 << 15
"""Bytes per read request: every server answers so many at once."""
_AHEAD = 64
"""Read requests under way: two MiB, so that distance does not set the pace."""


class Reading:
    """A remote file read in order, some requests ahead.

    paramiko's own prefetch asks for the whole file at once, from a thread that a broken link leaves behind.
    """

    def __init__(self, sftp: paramiko.SFTPClient, handle: object) -> None:
        self._sftp = sftp
        self._handle = handle
        self._answers: dict[int, bytes] = {}

    def chunks(self, size: int) -> Iterator[bytes]:
        """The first ``size`` bytes; fewer when the file ends before."""
        under_way: deque[tuple[int, int, int]] = deque()
        asked = 0
        while under_way or asked < size:
            while asked < size and len(under_way) < _AHEAD:
                length = min(_REQUEST, size - asked)
                under_way.append((self._ask(asked, length), asked, length))
                asked += length
            number, offset, length = under_way.popleft()
            data = self._answer(number)
            while data and length:
                yield data
                offset, length = offset + len(data), length - len(data)
                data = self._answer(self._ask(offset, length)) if length else data  # a server may give less than it was asked for
            if not data:
                return

    def _ask(self, offset: int, length: int) -> int:
        number: int = self._sftp._async_request(self, CMD_READ, self._handle, int64(offset), length)  # type: ignore[attr-defined]
        return number

    def _answer(self, number: int) -> bytes:
        while number not in self._answers:
            self._sftp._read_response()  # type: ignore[attr-defined]
        return self._answers.pop(number)

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        """Called by paramiko with each answer."""
        if kind == CMD_DATA:
            self._answers[number] = message.get_binary()
            return
        try:
            self._sftp._convert_status(message)  # type: ignore[attr-defined]
        except EOFError:
            self._answers[number] = b""


def list_names(sftp: paramiko.SFTPClient, folder: bytes) -> list[bytes]:
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
