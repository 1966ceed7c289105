"""The installation's settings: one frozen model, read from one YAML file when asked, never at import.

``PASSERELLE_SETTINGS`` names the file. Secrets are never in it: it names the files that hold them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from passerelle.errors import ConfigurationError

VARIABLE = "PASSERELLE_SETTINGS"


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SftpAccount(_Frozen):
    """The account by which the gateway reaches one sender's folders. Password logins and unknown host keys are not supported."""

    host: str
    """Name or address of the sender's SFTP server, or of ours."""
    port: int = 22
    username: str
    """The gateway's own account there, not the sender's."""
    private_key_file: Path
    """The gateway's private key (Ed25519, no passphrase)."""
    host_key: str
    """The server's public key, ``ssh-ed25519 AAAA…``: pinned, any other is refused."""
    inbox: str = "depot"
    """Where the sender drops its files."""
    done: str = "traites"
    """Where the gateway moves what it has taken."""
    outbox: str = "retours"
    """Where the gateway leaves receipts."""
    timeout_seconds: float = Field(default=30, gt=0)
    """A server that stays silent for so long is given up (the run tries again later)."""


class Sender(_Frozen):
    """An organisation that sends one or more feeds."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Its short name in ledger, logs and commands; never changes once a file was received."""
    name: str
    """Its name, as receipts print it."""
    feeds: tuple[str, ...]
    """What it sends: ids of contracts, ``<partner>/<feed>``. A file of unknown name is taken by the first one's run."""
    sftp: SftpAccount
    """How the gateway reaches its folders."""
    contact: str = ""
    """Whom the Département calls there."""


class Settings(_Frozen):
    """Everything that differs between two installations."""

    territory: str
    """The Département, as receipts print it."""
    contracts: Path
    """Folder of the contracts."""
    expectations: Path
    """Folder of the Great Expectations suites."""
    vault: Path
    """Folder of the received files, each encrypted under its hash."""
    keys: Path
    """Folder of the key files (``vault.key``, ``nir_hash.key``, ``nir_cipher.key``), outside vault and database."""
    warehouse_url_file: Path
    """File that holds the SQLAlchemy address of the warehouse (``postgresql+psycopg://…``)."""
    work: Path
    """Folder for extracts and other output of the gateway."""
    openpgp_key_file: Path | None = None
    """Our private OpenPGP key (no passphrase), for the feeds whose files are encrypted to it."""
    openpgp_signers_file: Path | None = None
    """Certificates of those who sign encrypted files, one after the other; with it, a file that none of them signed is refused."""
    poll_seconds: int = Field(default=600, ge=5)
    """How often the feeds' DAGs look for files."""
    contact: str = ""
    """Whom a partner calls, printed on receipts."""
    identity_layer: Literal["certain", "ranked"] = "certain"
    """What makes links between people: the certain rules only, or also ranked candidates that a positive rule accepts. ``ranked`` is
    refused until a blind audit by stratum of risk was recorded (``passerelle identity audit``)."""
    funding_officers: str | None = None
    """Id of the sender whose outbox gets the extracts of frozen ESF+ snapshots: the funding officers' folder."""
    esf_targets: Path | None = None
    """Milestones and targets of the ESF+ operations (CSV, dated), printed in the extracts; without it they are « non fixé »."""
    senders: tuple[Sender, ...]
    """The organisations that send files."""

    def senders_of(self, feed: str) -> tuple[Sender, ...]:
        """The senders of one feed, in the order of the settings."""
        return tuple(sender for sender in self.senders if feed in sender.feeds)

    def sender(self, sender_id: str) -> Sender:
        """The sender of this id; ConfigurationError when the settings have none."""
        for sender in self.senders:
            if sender.id == sender_id:
                return sender
        raise ConfigurationError(f"Sender {sender_id!r} is not in the settings; known: {', '.join(s.id for s in self.senders)}.")

    def openpgp_key(self) -> bytes | None:
        """Our private OpenPGP key; None when the settings name none."""
        return None if self.openpgp_key_file is None else _read_bytes(self.openpgp_key_file)

    def openpgp_signers(self) -> bytes:
        """The certificates of those who sign; empty when the settings name none."""
        return b"" if self.openpgp_signers_file is None else _read_bytes(self.openpgp_signers_file)

    def warehouse_url(self) -> str:
        """The address of the warehouse, read from its secret file."""
        return _read_secret(self.warehouse_url_file)


def load(path: Path | None = None) -> Settings:
    """The settings in ``path``, or in the file named by ``PASSERELLE_SETTINGS``.

    Relative paths in the file are relative to it. Raises ConfigurationError, naming the wrong keys.
    """
    if path is None:
        named = os.environ.get(VARIABLE)
        if not named:
            raise ConfigurationError(f"{VARIABLE} is not set: give it the path of the settings file (see docs/install.md).")
        path = Path(named)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"The settings file {path} cannot be read: {type(error).__name__}.") from error
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        raise ConfigurationError(f"The settings file {path} is not valid: {wrong}") from None
    return _absolute(settings, path.parent.resolve())


def _absolute(settings: Settings, base: Path) -> Settings:
    names: tuple[str, ...] = ("contracts", "expectations", "vault", "keys", "warehouse_url_file", "work")
    senders = tuple(
        sender.model_copy(update={"sftp": sender.sftp.model_copy(update={"private_key_file": base / sender.sftp.private_key_file})})
        for sender in settings.senders
    )
    names += tuple(name for name in ("openpgp_key_file", "openpgp_signers_file", "esf_targets") if getattr(settings, name) is not None)
    return settings.model_copy(update={name: base / getattr(settings, name) for name in names} | {"senders": senders})


def _read_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The secret file {path} cannot be read: {type(error).__name__}.") from error


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"The key file {path} cannot be read: {type(error).__name__}.") from error
