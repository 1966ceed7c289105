"""The file of only what was set aside, byte for byte as the partner wrote it: corrected, it is sent back and read like the first one.

CSV, fixed width, JSON lines: the header, the exact physical lines (those a quote had swallowed too), the trailer. XML: what stands before
the first dossier, the exact bytes of the dossiers, what stands after the last one. A number of rows or dossiers that the file announces
is written anew, nothing else. XLSX: a workbook of the rows, each value as it was.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import BinaryIO, Protocol

from passerelle.checks.dossier_bytes import copy_dossiers
from passerelle.checks.line_bytes import copy_lines
from passerelle.checks.sheet_rows import copy_rows
from passerelle.contract.model import Contract
from passerelle.errors import InvariantError
from passerelle.readers.reading import read
from passerelle.readers.survey import survey

_NAME = re.compile(r"CORRECTION_(?P<number>[0-9]{6,18})_(?P<name>.+)", re.DOTALL)


class Output(Protocol):
    """Where the bytes go."""

    def write(self, data: bytes, /) -> object:
        """Takes the next bytes."""


def correction_name(delivery_id: int, file_name: str) -> str:
    """The name of the correction file: that of the delivery's file, or of the file it corrects, after the delivery's number.

    >>> correction_name(12, "RSA.xml"), correction_name(13, "CORRECTION_000012_RSA.xml")
    ('CORRECTION_000012_RSA.xml', 'CORRECTION_000013_RSA.xml')
    """
    return f"CORRECTION_{delivery_id:06d}_{corrected(file_name)[1]}"


def corrected(file_name: str) -> tuple[int | None, str]:
    """Of which delivery the file of this name is a correction (None: of none), and the name without saying so."""
    found = _NAME.fullmatch(file_name)
    return (int(found["number"]), found["name"]) if found else (None, file_name)


def can_write(contract: Contract) -> bool:
    """Whether a file of what was set aside can be made: not of an encrypted one, which only its recipient may open."""
    return "openpgp" not in contract.layout.envelope


def write_aside(contract: Contract, file: BinaryIO, records: Collection[int], out: Output, *, received: int | None = None) -> None:
    """Writes the file of these records; ``file`` is seekable and unwrapped.

    ``received`` is the number of dossiers the check counted (XML); without it they are counted anew. Raises InvariantError when the file
    does not hold what was counted: then nothing that was written may be used.
    """
    wanted = frozenset(records)
    if not wanted:
        raise InvariantError("There is nothing to write: no record was set aside.")
    if contract.layout.format == "xml":
        expected = _counted(contract, file) if received is None else received
        seen = copy_dossiers(contract, file, wanted, out.write)
        if seen != expected:
            raise InvariantError(f"The reader counted {expected} dossiers, {seen} were found to copy.")
    elif contract.layout.format == "xlsx":
        copy_rows(contract, file, wanted, out.write)
    else:
        copy_lines(contract, file, wanted, out.write)


def _counted(contract: Contract, file: BinaryIO) -> int:
    file.seek(0)
    found = survey(contract.layout, file)
    file.seek(0)
    return sum(chunk.records for chunk in read(contract, file, found))
