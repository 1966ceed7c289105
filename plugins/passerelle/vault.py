"""Files kept byte for byte under the SHA-256 of their content, encrypted at rest, never clear on disk.

A vault file is a 32-byte header (magic, file nonce, chunk size) followed by AES-256-GCM chunks of 1 MiB of content, each with its
own 16-byte tag. The chunk's number and whether it is the last one are authenticated, so chunks can neither be swapped nor cut off.
Chunks can be read in any order: the file is seekable. The name is the hash of the clear content, so storing the same file twice is
a no-op and every read can be proved.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from passerelle.errors import ConfigurationError, InvariantError, TransientError

_MAGIC = b"PSVAULT1"
_CHUNK = 1 << 20
_TAG = 16
_HEADER = 32


class Vault:
    """The folder of kept files and the key that opens them."""

    def __init__(self, folder: Path, key: bytes) -> None:
        if len(key) != 32:
            raise ConfigurationError("The vault key must be 32 bytes (64 hexadecimal characters in vault.key).")
        self._folder = folder
        self._cipher = AESGCM(key)

    def path(self, sha256: str) -> Path:
        """Where the file of this content hash is, or would be."""
        return self._folder / sha256[:2] / f"{sha256}.vault"

    def holds(self, sha256: str) -> bool:
        """Whether the file is kept here."""
        return self.path(sha256).exists()

    @contextmanager
    def writer(self, owner: str = "") -> Iterator[VaultWriter]:
        """A new file; it enters the vault when :meth:`VaultWriter.keep` is called, otherwise nothing is left of it.

        What a killed run of the same ``owner`` left half-written is removed first: one owner has one run at a time. Raises TransientError
        when the disk refuses (full, gone).
        """
        incoming = self._folder / "incoming"
        prefix = hashlib.sha256(owner.encode()).hexdigest()[:16]
        try:
            incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            for orphan in incoming.glob(f"{prefix}-*.part") if owner else ():
                orphan.unlink(missing_ok=True)
            writer = VaultWriter(self, incoming / f"{prefix}-{secrets.token_hex(8)}.part", self._cipher)
            try:
                yield writer
            finally:
                writer.discard()
        except OSError as error:
            raise TransientError(f"The vault cannot be written ({errno.errorcode.get(error.errno or 0, type(error).__name__)}).") from None

    def open(self, sha256: str) -> VaultReader:
        """The clear content as a seekable binary file; InvariantError when it is not there or was altered."""
        path = self.path(sha256)
        if not path.exists():
            raise InvariantError(f"The vault holds no file {sha256[:12]}….")
        return VaultReader(path, self._cipher)


@dataclass
class VaultWriter:
    """Encrypts what it is given and hashes it on the way."""

    vault: Vault
    part: Path
    cipher: AESGCM
    _buffer: bytearray = field(default_factory=bytearray)
    _index: int = 0
    size: int = 0

    def __post_init__(self) -> None:
        """Opens the part file with a fresh nonce."""
        self._nonce = secrets.token_bytes(8)
        self._hash = hashlib.sha256()
        descriptor = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._file.write(_header(self._nonce))

    def write(self, data: bytes) -> None:
        """Adds clear bytes."""
        self._hash.update(data)
        self.size += len(data)
        self._buffer += data
        while len(self._buffer) > _CHUNK:
            self._seal(bytes(self._buffer[:_CHUNK]), last=False)
            del self._buffer[:_CHUNK]

    def keep(self) -> str:
        """Makes the file part of the vault, durably, and returns its SHA-256."""
        self._seal(bytes(self._buffer), last=True)
        self._buffer.clear()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        sha256 = self._hash.hexdigest()
        target = self.vault.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.part.replace(target)
        for folder in (target.parent, target.parent.parent):
            _sync_folder(folder)
        return sha256

    def discard(self) -> None:
        """Closes and removes the part file if it was not kept."""
        self.part.unlink(missing_ok=True)
        self._file.close()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self.cipher.encrypt(_chunk_nonce(self._nonce, self._index), chunk, _associated(self._index, last)))
        self._index += 1


class VaultReader(io.RawIOBase):
    """Clear content of a vault file, decrypted and authenticated chunk by chunk."""

    def __init__(self, path: Path, cipher: AESGCM) -> None:
        super().__init__()
        self._file = path.open("rb")
        header = self._file.read(_HEADER)
        if len(header) != _HEADER or header[:8] != _MAGIC or int.from_bytes(header[16:20], "big") != _CHUNK:
            self._file.close()
            raise InvariantError("A vault file has no valid header: it was altered or is not a vault file.")
        self._nonce = header[8:16]
        self._cipher = cipher
        body = path.stat().st_size - _HEADER
        self._chunks = max(1, -(-body // (_CHUNK + _TAG)))
        self._size = body - self._chunks * _TAG
        self._position = 0
        self._loaded = (-1, b"")
        # The last chunk knows that it is the last: a file that was cut off is noticed before anything of it is read.
        self._chunk(self._chunks - 1)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a clear offset."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """The clear offset."""
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fills the buffer with clear bytes; 0 at the end."""
        view = memoryview(buffer)
        if self._position >= self._size or not len(view):
            return 0
        index, offset = divmod(self._position, _CHUNK)
        chunk = self._chunk(index)
        count = min(len(view), len(chunk) - offset)
        view[:count] = chunk[offset : offset + count]
        self._position += count
        return count

    def close(self) -> None:
        """Closes the encrypted file."""
        if not self.closed:
            self._file.close()
        super().close()

    def _chunk(self, index: int) -> bytes:
        if self._loaded[0] != index:
            self._file.seek(_HEADER + index * (_CHUNK + _TAG))
            sealed = self._file.read(_CHUNK + _TAG)
            try:
                clear = self._cipher.decrypt(_chunk_nonce(self._nonce, index), sealed, _associated(index, index == self._chunks - 1))
            except InvalidTag:
                raise InvariantError("A vault file was altered or the vault key is not the one it was written with.") from None
            self._loaded = (index, clear)
        return self._loaded[1]


def _header(nonce: bytes) -> bytes:
    return (_MAGIC + nonce + _CHUNK.to_bytes(4, "big")).ljust(_HEADER, b"\0")


def _chunk_nonce(nonce: bytes, index: int) -> bytes:
    return nonce + index.to_bytes(4, "big")


def _associated(index: int, last: bool) -> bytes:
    return index.to_bytes(8, "big") + (b"\1" if last else b"\0")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
