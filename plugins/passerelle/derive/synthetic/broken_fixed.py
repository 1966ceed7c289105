"""Mistakes in whole files of fixed width."""

from __future__ import annotations

import re
from collections.abc import Callable

from passerelle.contract.model import Column, Contract
from passerelle.derive.synthetic.broken_delimited import other_encoding
from passerelle.derive.synthetic.fixed_file import cell, line_width, trailer_line
from passerelle.derive.synthetic.spoilable import LONG
from passerelle.errors import ConfigurationError

_END = "\r\n"


def _lines(contract: Contract, data: bytes) -> list[str]:
    """The lines that are rows."""
    lines = data.decode(contract.layout.encoding).split(_END)[:-1]
    lines = lines[:-1] if contract.layout.trailer is not None else lines
    if not lines:
        raise ConfigurationError("The file has no line to spoil.")
    return lines


def _joined(contract: Contract, lines: list[str], more: int = 0) -> bytes:
    """The file; its trailer counts the lines, and ``more`` that are not there."""
    trailer = contract.layout.trailer
    if trailer is not None:
        lines = [*lines, trailer_line(trailer, len(lines) + more, line_width(contract.record_table.columns))]
    return "".join(line + _END for line in lines).encode(contract.layout.encoding)


def _spot(lines: list[str]) -> int:
    """The line to spoil: one in the middle."""
    return len(lines) // 2


def with_value(contract: Contract, data: bytes, column: Column, value: str) -> bytes:
    """The value in a line in the middle."""
    lines = _lines(contract, data)
    spot, start = _spot(lines), (column.start or 1) - 1
    lines[spot] = lines[spot][:start] + cell(column, value) + lines[spot][start + (column.width or 0) :]
    return _joined(contract, lines)


def wrong_encoding(contract: Contract, data: bytes) -> bytes:
    """An accented letter in another encoding: cp1252 in a UTF-8 file, UTF-8 in any other."""
    text = data.decode(contract.layout.encoding)
    return re.sub("[A-Za-z]", "Á", text, count=1).encode(other_encoding(contract.layout), "replace")


def duplicate_key(contract: Contract, data: bytes) -> bytes:
    """The first line again, after the last; the trailer counts it."""
    lines = _lines(contract, data)
    return _joined(contract, [*lines, lines[0]])


def short_line(contract: Contract, data: bytes) -> bytes:
    """The last character of a line in the middle is gone."""
    lines = _lines(contract, data)
    spot = _spot(lines)
    lines[spot] = lines[spot][:-1]
    return _joined(contract, lines)


def long_field(contract: Contract, data: bytes) -> bytes:
    """The last value of a line in the middle goes on and on."""
    lines = _lines(contract, data)
    lines[_spot(lines)] += "X" * LONG
    return _joined(contract, lines)


def missing_trailer(contract: Contract, data: bytes) -> bytes:
    """The last line, which says that the file is whole, is gone."""
    return "".join(line + _END for line in _lines(contract, data)).encode(contract.layout.encoding)


def wrong_count(contract: Contract, data: bytes) -> bytes:
    """The trailer counts one line more than there are."""
    return _joined(contract, _lines(contract, data), more=1)


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {
    "wrong_encoding": wrong_encoding,
    "duplicate_key": duplicate_key,
    "short_line": short_line,
    "long_field": long_field,
    "missing_trailer": missing_trailer,
    "wrong_count": wrong_count,
}
"""Each mistake by its name (see passerelle.derive.mutate)."""
