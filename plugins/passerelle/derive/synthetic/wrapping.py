"""Files in their envelope (gzip, zip, OpenPGP), as a partner sends them; gzip and zip always give the same bytes for the same file."""

from __future__ import annotations

import gzip
import io
import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pysequoia import Cert, Tsk, decrypt, encrypt, encrypt_file, sign

from passerelle.contract.model import Contract, Wrapping
from passerelle.errors import ConfigurationError

_BLOCK = 1 << 20
_LARGE = 1 << 31
_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest a zip archive can say."""
_SECRET_KEY = 5
"""Kind of an OpenPGP packet (RFC 9580)."""


def check(contract: Contract, certificate: bytes | None) -> None:
    """Raises ConfigurationError when files of the contract are encrypted and there is no certificate to encrypt one to."""
    if "openpgp" in contract.layout.envelope and certificate is None:
        raise ConfigurationError(f"Files of {contract.id} are encrypted: a synthetic one needs a public OpenPGP key to encrypt it to.")


def wrap(contract: Contract, path: Path, name: str, certificate: bytes | None = None) -> None:
    """Puts the file's bytes into the contract's envelope, in place; ``name`` is the wrapped file's.

    Raises ConfigurationError when the envelope needs a certificate (a public OpenPGP key) and none, or a wrong one, was given.
    """
    check(contract, certificate)
    for wrapping, inside in zip(reversed(contract.layout.envelope), reversed(_inner_names(contract, name)), strict=True):
        outer = path.with_name(f"{path.name}.{wrapping}")
        _WRAP[wrapping](path, outer, inside, certificate or b"")
        outer.replace(path)


def without_envelope(contract: Contract) -> Contract:
    """The contract of what is inside."""
    return contract.model_copy(update={"layout": contract.layout.model_copy(update={"envelope": ()})})


def inner_name(contract: Contract, name: str) -> str:
    """What the file is called before it is wrapped: ``name`` without an ending for each wrapping."""
    return (name, *_inner_names(contract, name))[-1]


def _inner_names(contract: Contract, name: str) -> list[str]:
    inner = Path(name)
    return [(inner := inner.with_suffix("")).name for _ in contract.layout.envelope]


def unwrapped(contract: Contract, data: bytes, key: bytes | None = None) -> bytes:
    """What is inside a file of the contract; for files we made ourselves, for nothing here bounds their size.

    Raises ConfigurationError when the private key is missing or wrong, or when the file is not wrapped as the contract says.
    """
    for wrapping in contract.layout.envelope:
        try:
            data = _UNWRAP[wrapping](data, key)
        except (OSError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            words = f"The file of {contract.id} cannot be taken out of its envelope ({wrapping}): {type(error).__name__}."
            raise ConfigurationError(words) from None
    return data


class PublicKey(NamedTuple):
    """What files may be encrypted to; nothing of it is secret."""

    fingerprint: str
    armoured: bytes


def public_key(data: bytes) -> PublicKey:
    """The public OpenPGP key in these bytes (binary or armoured).

    Raises ConfigurationError when they are none, and when they hold a private key, which is for nobody's eyes.
    """
    try:
        found = Cert.from_bytes(data)
    except RuntimeError:
        raise ConfigurationError("This is no public OpenPGP key.") from None
    if _is_private(data):
        raise ConfigurationError("This is a private OpenPGP key: give its public part only.")
    return PublicKey(found.fingerprint.upper(), str(found).encode())


def _is_private(data: bytes) -> bool:
    """Whether a key that can be read is a private one: its first packet is a secret key, or its armour says so."""
    kind = data[0] & 0x3F if data[0] & 0x40 else (data[0] >> 2) & 0x0F
    return kind == _SECRET_KEY or b"PRIVATE KEY BLOCK" in data


def new_key() -> bytes:
    """A private OpenPGP key, for tests and the demonstration."""
    return bytes(Tsk.generate("Passerelle"))


def certificate_of(key: bytes) -> bytes:
    """The public part of a private OpenPGP key. Raises ConfigurationError when it is none."""
    try:
        return bytes(Tsk.from_bytes(key).extract_certificate())
    except RuntimeError:
        raise ConfigurationError("The private OpenPGP key given cannot be used.") from None


def encrypted(data: bytes, certificate: bytes, signer: bytes | None = None) -> bytes:
    """The data encrypted to a certificate, and signed with a private key if one is given."""
    return encrypt(data, [Cert.from_bytes(certificate)], Tsk.from_bytes(signer).signer() if signer else None, armor=False)


def signed(data: bytes, signer: bytes) -> bytes:
    """The data signed with a private key, and not encrypted."""
    return sign(Tsk.from_bytes(signer).signer(), data, armor=False)


def _gzip(source: Path, target: Path, name: str, certificate: bytes) -> None:
    with source.open("rb") as inside, target.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as outside:
        shutil.copyfileobj(inside, outside, _BLOCK)


def _zip(source: Path, target: Path, name: str, certificate: bytes) -> None:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3
    is_large = source.stat().st_size >= _LARGE
    with zipfile.ZipFile(target, "w") as archive, archive.open(member, "w", force_zip64=is_large) as outside, source.open("rb") as inside:
        shutil.copyfileobj(inside, outside, _BLOCK)


def _openpgp(source: Path, target: Path, name: str, certificate: bytes) -> None:
    try:
        encrypt_file(source, target, [Cert.from_bytes(certificate)], armor=False)
    except RuntimeError:
        raise ConfigurationError("The public OpenPGP key given cannot be used to encrypt.") from None


def _unzip(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(archive.infolist()[0])


def _decrypt(data: bytes, key: bytes | None) -> bytes:
    if key is None:
        raise ConfigurationError("The file is encrypted: the private OpenPGP key is needed to break it.")
    return decrypt(data, decryptor=Tsk.from_bytes(key).decryptor()).bytes or b""


_WRAP: dict[Wrapping, Callable[[Path, Path, str, bytes], None]] = {"gzip": _gzip, "zip": _zip, "openpgp": _openpgp}
_UNWRAP: dict[Wrapping, Callable[[bytes, bytes | None], bytes]] = {
    "gzip": lambda data, key: gzip.decompress(data),
    "zip": lambda data, key: _unzip(data),
    "openpgp": _decrypt,
}
