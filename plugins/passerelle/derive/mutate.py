"""Broken copies of a good file, one mistake each: what partners' exports and transfers do to files.

For tests and the demonstration. A copy keeps the file's name and goes into another folder. Files are read whole: use small ones.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from passerelle.contract.model import Contract, Format
from passerelle.derive.synthetic import broken_delimited, broken_xml
from passerelle.errors import ConfigurationError


class Mutation(StrEnum):
    """The ways to break a file."""

    EMPTY = "empty"
    """Zero bytes."""
    TRUNCATED = "truncated"
    """Half-written: cut in the middle of a record."""
    NUL_BYTE = "nul_byte"
    WRONG_ENCODING = "wrong_encoding"
    """Bytes that the announced encoding does not have."""
    IMPOSSIBLE_DATE = "impossible_date"
    """31 February 1980, as a birth date."""
    UNKNOWN_CODE = "unknown_code"
    DUPLICATE_KEY = "duplicate_key"
    """The first line or dossier comes a second time; the footer counts it."""
    MISSING_FOOTER = "missing_footer"
    """XML only."""
    UNKNOWN_ELEMENT = "unknown_element"
    """XML only."""
    UNKNOWN_COLUMN = "unknown_column"
    """Delimited only, as the two below."""
    MISSING_COLUMN = "missing_column"
    UNCLOSED_QUOTE = "unclosed_quote"


def mutations(contract: Contract) -> tuple[Mutation, ...]:
    """The ways in which a file of this contract can be broken."""
    return tuple(_kinds(contract))


def mutate(contract: Contract, path: Path, kind: str, out_dir: Path) -> Path:
    """A copy of the file in ``out_dir`` with this mistake.

    Raises ConfigurationError when the kind does not exist for the contract's format, when the contract has no column to spoil in that
    way, or when ``out_dir`` is the folder of the file.
    """
    breaks = _kinds(contract)
    if kind not in breaks:
        raise ConfigurationError(f"A file of {contract.id} cannot be broken by {kind!r}; known: {', '.join(sorted(breaks))}.")
    if out_dir.resolve() == path.parent.resolve():
        raise ConfigurationError(f"The broken copy would replace {path}: give another folder.")
    out_dir.mkdir(parents=True, exist_ok=True)
    copy = out_dir / path.name
    copy.write_bytes(breaks[Mutation(kind)](contract, path.read_bytes()))
    return copy


_Break = Callable[[Contract, bytes], bytes]


def _kinds(contract: Contract) -> dict[Mutation, _Break]:
    return _BYTES | {Mutation(name): breaks for name, breaks in _PER_FORMAT[contract.layout.format].items()}


def _truncated(contract: Contract, data: bytes) -> bytes:
    """Cut at two thirds, inside a line; a delimited one is cut after its first value, so that it lacks columns."""
    cut = len(data) * 2 // 3
    if contract.layout.format == "delimited":
        start = data.rfind(b"\n", 0, cut) + 1
        return data[: max(data.find(contract.layout.delimiter.encode(), start), start + 1)]
    while cut > 1 and data[cut - 1 : cut] in (b"\n", b"\r", b">"):
        cut -= 1
    return data[:cut]


def _nul_byte(contract: Contract, data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + b"\0" + data[middle:]


_BYTES: dict[Mutation, _Break] = {
    Mutation.EMPTY: lambda contract, data: b"",
    Mutation.TRUNCATED: _truncated,
    Mutation.NUL_BYTE: _nul_byte,
}
_PER_FORMAT: dict[Format, dict[str, _Break]] = {"delimited": broken_delimited.BREAKS, "xml": broken_xml.BREAKS}
"""What can happen to a file of each format, by the value of its Mutation."""
