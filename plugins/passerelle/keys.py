"""The gateway's secret keys, and what they are for: the vault, the matching hash of a NIR, its ciphertext.

Each key is a file of 64 hexadecimal characters (``nir_cipher``: 128) in the keys folder, outside vault and database. A bare hash of a
NIR can be undone by trying all of them within seconds; a keyed one (HMAC-SHA-256) cannot without the key.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from passerelle.errors import ConfigurationError

_NAMES = {"vault": 32, "nir_hash": 32, "nir_cipher": 64}
"""Key name → bytes. AES-SIV takes a double key."""


@dataclass(frozen=True)
class Keys:
    """The keys in memory; never logged: the representation hides them."""

    vault: bytes
    nir_hash: bytes
    nir_cipher: bytes

    def __repr__(self) -> str:
        return "Keys(…)"

    def hash(self, value: str) -> str:
        """Keyed hash of a protected value, hexadecimal: equal values give equal hashes, nothing else can be learnt from it."""
        return hmac.digest(self.nir_hash, value.encode(), "sha256").hex()

    def encrypt(self, value: str) -> bytes:
        """Ciphertext of a protected value. Deterministic (AES-SIV), so a replay writes the same bytes."""
        return self._siv.encrypt(value.encode(), None)

    def decrypt(self, cipher: bytes) -> str:
        """The protected value in clear; only for the people whose right to it was checked before."""
        return self._siv.decrypt(cipher, None).decode()

    @cached_property
    def _siv(self) -> AESSIV:
        # Making the cipher costs ten times what using it does.
        return AESSIV(self.nir_cipher)


def load(folder: Path) -> Keys:
    """The keys in the folder; ConfigurationError names the file that is missing or malformed."""
    found = {}
    for name, size in _NAMES.items():
        path = folder / f"{name}.key"
        try:
            value = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The key file {path} cannot be read ({type(error).__name__}); `passerelle install keys` makes those that are missing."
            ) from None
        if len(value) != size:
            raise ConfigurationError(f"The key file {path} must hold {size * 2} hexadecimal characters.")
        found[name] = value
    return Keys(**found)


def create(folder: Path) -> None:
    """Makes the keys that are missing, readable by the owner only; never replaces one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, size in _NAMES.items():
        path = folder / f"{name}.key"
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_hex(size) + "\n")
