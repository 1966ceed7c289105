"""Mistakes in how a file is wrapped, whatever is inside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from passerelle.contract.model import Contract
from passerelle.derive.synthetic import wrapping


def altered(contract: Contract, data: bytes) -> bytes:
    """One bit in the middle is another."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1 :]


def second_file(contract: Contract, data: bytes) -> bytes:
    """Zip: the archive holds another file as well."""
    archive = io.BytesIO(data)
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr(zipfile.ZipInfo("LISEZMOI.TXT"), "Bonjour")
    return archive.getvalue()


def other_key(contract: Contract, data: bytes) -> bytes:
    """OpenPGP: encrypted to a key that is not ours."""
    return wrapping.encrypted(data, wrapping.certificate_of(wrapping.new_key()))


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {"altered": altered, "second_file": second_file, "other_key": other_key}
"""Each mistake by its name (see passerelle.derive.mutate)."""
