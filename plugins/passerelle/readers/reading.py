"""A file of any format, read by its contract: unwrapped, surveyed, and cut into chunks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from passerelle.contract.model import Contract
from passerelle.errors import ConfigurationError
from passerelle.readers import delimited, fixed, jsonlines, tagged, xlsx
from passerelle.readers.rows import Chunk
from passerelle.readers.survey import Survey
from passerelle.readers.wide import as_utf8


def read(contract: Contract, file: BinaryIO, found: Survey) -> Iterator[Chunk]:
    """The chunks of the file. Raises DeliveryError, for the partner, when it cannot be read as what the contract says."""
    contract, file = as_utf8(contract, file)
    match contract.layout.format:
        case "xml":
            return tagged.read(contract, file)
        case "delimited":
            return delimited.read(contract, file, found)
        case "fixed":
            return fixed.read(contract, file, found)
        case "jsonlines":
            return jsonlines.read(contract, file, found)
        case "xlsx":
            return xlsx.read(contract, file)
        case other:
            raise ConfigurationError(f"{contract.id}: files of format {other} cannot be read.")
