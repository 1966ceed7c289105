"""A session with one sender's server: who is called, who answers, and how long we wait."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import paramiko

from passerelle.dropbox.box import Dropbox
from passerelle.dropbox.wire import TROUBLES
from passerelle.errors import ConfigurationError, TransientError
from passerelle.settings import SftpAccount

_SILENT = logging.getLogger("passerelle.dropbox.paramiko")
_SILENT.setLevel(logging.CRITICAL + 1)
"""paramiko writes a whole trace whenever a server is down; our errors say as much in one line."""


@contextmanager
def opened(account: SftpAccount) -> Iterator[Dropbox]:
    """A session with the sender's server: key login, pinned host key, no compression, no wait without end.

    Raises ConfigurationError when key files or host key are wrong (or the server shows another one), TransientError when the server does
    not answer.
    """
    client = paramiko.SSHClient()
    client.set_log_channel(_SILENT.name)
    pinned = _public_key(account.host_key)
    client.set_missing_host_key_policy(_Refuse(account, pinned))
    client.get_host_keys().add(account.host if account.port == 22 else f"[{account.host}]:{account.port}", pinned.get_name(), pinned)
    try:
        _connect(client, account, pinned)
        yield Dropbox(_sftp(client, account), account)
    finally:
        client.close()


class _Refuse(paramiko.MissingHostKeyPolicy):
    """For a server that has no key of the pinned kind."""

    def __init__(self, account: SftpAccount, pinned: paramiko.PKey) -> None:
        self._account = account
        self._pinned = pinned

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> NoReturn:
        raise _other_host_key(self._account, self._pinned, key)


def _other_host_key(account: SftpAccount, pinned: paramiko.PKey, shown: paramiko.PKey) -> ConfigurationError:
    return ConfigurationError(
        f"{account.host} shows another host key than the one pinned for {account.username}: nothing was sent. Pinned {pinned.fingerprint}, "
        f"shown {shown.fingerprint}. Ask the partner whether its key changed, then correct `host_key` in the settings."
    )


def _connect(client: paramiko.SSHClient, account: SftpAccount, pinned: paramiko.PKey) -> None:
    wait = account.timeout_seconds
    key = _private_key(account)
    try:
        client.connect(
            account.host,
            account.port,
            account.username,
            pkey=key,
            look_for_keys=False,
            allow_agent=False,
            compress=False,
            timeout=wait,
            banner_timeout=wait,
            auth_timeout=wait,
            channel_timeout=wait,
        )
    except paramiko.BadHostKeyException as error:
        raise _other_host_key(account, pinned, error.key) from None
    except TROUBLES as error:
        if _is_refused(error):
            raise ConfigurationError(f"{account.host} refuses the key of {account.username}: it expired or was not installed.") from None
        raise TransientError(f"The server {account.host}:{account.port} does not answer ({_kind(error)}).") from None
    transport = client.get_transport()
    if transport is not None:
        transport.set_keepalive(30)


def _is_refused(error: BaseException) -> bool:
    """Whether the server refused the key. paramiko raises the same error when it fell silent or hung up during the login."""
    text = str(error)
    return isinstance(error, paramiko.AuthenticationException) and "timeout" not in text and "EOF" not in text


def _sftp(client: paramiko.SSHClient, account: SftpAccount) -> paramiko.SFTPClient:
    """The file transfer of a session. paramiko would wait for it without end, so a timer hangs up on a silent server."""
    timer = threading.Timer(account.timeout_seconds, client.close)
    timer.daemon = True
    timer.start()
    try:
        sftp = client.open_sftp()
        channel = sftp.get_channel()
    except TROUBLES as error:
        raise TransientError(f"The server of {account.username} opens no SFTP channel ({_kind(error)}).") from None
    finally:
        timer.cancel()
    if channel is None:
        raise TransientError(f"The server of {account.username} opens no SFTP channel.")
    channel.settimeout(account.timeout_seconds)
    return sftp


def _private_key(account: SftpAccount) -> paramiko.PKey:
    try:
        return paramiko.Ed25519Key.from_private_key_file(str(account.private_key_file))
    except FileNotFoundError:
        raise ConfigurationError(f"The private key file {account.private_key_file} is missing.") from None
    except (OSError, ValueError, paramiko.SSHException) as error:
        raise ConfigurationError(
            f"The private key file {account.private_key_file} cannot be used ({_kind(error)}): an Ed25519 key without passphrase is needed."
        ) from None


def _public_key(text: str) -> paramiko.PKey:
    parts = text.split()
    try:
        return paramiko.PKey.from_type_string(parts[0], base64.b64decode(parts[1], validate=True))
    except (IndexError, ValueError, paramiko.SSHException):
        raise ConfigurationError("`host_key` must be a public key line such as `ssh-ed25519 AAAA…`.") from None


def _kind(error: BaseException) -> str:
    return type(error).__name__
