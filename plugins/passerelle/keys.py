"""The gateway's secret keys, and what they are for: the vault, the matching hash of a NIR, its ciphertext.

Each key is a file of 64 hexadecimal characters in the keys folder, outside vault and database. A bare hash of a NIR can be undone
by trying all of them within seconds; a keyed one (HMAC-SHA-256) cannot without the key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
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
        return hmac.new(self.nir_hash, value.encode(), hashlib.sha256).hexdigest()

    def encrypt(self, value: str) -> bytes:
        """Ciphertext of a protected value. Deterministic (AES-SIV), so a replay writes the same bytes."""
        return AESSIV(self.nir_cipher).encrypt(value.encode(), None)

    def decrypt(self, cipher: bytes) -> str:
        """The protected value in clear; only for the people whose right to it was checked before."""
        return AESSIV(self.nir_cipher).decrypt(cipher, None).decode()


def load(folder: Path) -> Keys:
    """The keys in the folder; ConfigurationError names the file that is missing or malformed."""
    found = {}
    for name, size in _NAMES.items():
        path = folder / f"{name}.key"
        try:
            value = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The key file {path} cannot be read ({type(error).__name__}); `passerelle keys new` makes one."
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
