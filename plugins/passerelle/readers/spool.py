"""Where the inside of a wrapped file is kept while it is read: an unnamed temporary file, encrypted with a key that is only in memory.

Nothing of it is ever clear on disk, it needs no memory whatever its size, and it is gone with the process. Folder: ``TMPDIR``.
"""

from __future__ import annotations

import errno
import io
import secrets
import tempfile

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from passerelle.errors import TransientError

_UNIT = 16


class Spool(io.RawIOBase):
    """A seekable file: written once from its beginning to its end, then read in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._key = AES256(secrets.token_bytes(32))
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 -- closed with this object
        self._position = 0
        self._cipher = self._cipher_at(0)
        self.size = 0

    def append(self, data: bytes) -> None:
        """Adds clear bytes at the end. Raises TransientError when the disk refuses (full, gone)."""
        try:
            sealed = memoryview(self._cipher.update(data))
            while sealed:
                sealed = sealed[self._file.write(sealed) :]
        except OSError as error:
            raise TransientError(f"A temporary file cannot be written ({errno.errorcode.get(error.errno or 0, 'OSError')}).") from None
        self.size += len(data)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The clear offset."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a clear offset."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        self._file.seek(self._position)
        self._cipher = self._cipher_at(self._position)
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fills the buffer with clear bytes; 0 at the end."""
        sealed = self._file.read(len(buffer)) or b""
        buffer[: len(sealed)] = self._cipher.update(sealed)
        self._position += len(sealed)
        return len(sealed)

    def close(self) -> None:
        """Gives the space on disk back."""
        self._file.close()
        super().close()

    def _cipher_at(self, offset: int) -> CipherContext:
        """The key stream from this place on; the key is of this file alone, so the counter may start at 0."""
        unit, inside = divmod(offset, _UNIT)
        context = Cipher(self._key, CTR(unit.to_bytes(_UNIT, "big"))).encryptor()
        context.update(b"\0" * inside)
        return context
