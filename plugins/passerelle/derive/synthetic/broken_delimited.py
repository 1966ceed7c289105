"""Mistakes in whole delimited files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from passerelle.contract.model import Column, Contract
from passerelle.derive.synthetic.scene import DateText
from passerelle.derive.synthetic.spoilable import UNKNOWN_NAME, code_column, date_column, unknown_code
from passerelle.errors import ConfigurationError


def _rows(contract: Contract, data: bytes) -> list[list[str]]:
    layout = contract.layout
    text = io.StringIO(data.decode(layout.encoding), newline="")
    return list(csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote))


def _joined(contract: Contract, rows: list[list[str]]) -> bytes:
    layout = contract.layout
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=layout.delimiter, quotechar=layout.quote, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(layout.encoding)


def _with_value(contract: Contract, data: bytes, column: Column, value: str) -> bytes:
    rows = _rows(contract, data)
    rows[_spot(len(rows))][rows[0].index(column.source)] = value
    return _joined(contract, rows)


def _spot(count: int) -> int:
    """The line to spoil: one in the middle, never the header."""
    if count < 2:
        raise ConfigurationError("The file has no line to spoil.")
    return max(1, count // 2)


def impossible_date(contract: Contract, data: bytes) -> bytes:
    """31 February 1980 in a date of a line in the middle."""
    column = date_column(contract)
    return _with_value(contract, data, column, DateText(column.format).impossible())


def unknown_code_in(contract: Contract, data: bytes) -> bytes:
    """A code that is not in the list, in a line in the middle."""
    column = code_column(contract)
    return _with_value(contract, data, column, unknown_code(column))


def wrong_encoding(contract: Contract, data: bytes) -> bytes:
    """An accented letter in another encoding: cp1252 in a UTF-8 file, UTF-8 in any other."""
    text = data.decode(contract.layout.encoding)
    at = text.index("\n") + 1
    head, tail = text[:at], text[at:]
    wrong = "cp1252" if contract.layout.encoding.lower().startswith("utf") else "utf-8"
    return "".join((head, _accented(tail, contract.layout.delimiter))).encode(wrong, "replace")


def _accented(text: str, delimiter: str) -> str:
    """The text with one accented letter more: at the end of the first line's first value that ends in a letter."""
    return re.sub(rf"([A-Za-z]){re.escape(delimiter)}", rf"\1Áé{delimiter}", text, count=1)


def duplicate_key(contract: Contract, data: bytes) -> bytes:
    """The first line again, at the end."""
    rows = _rows(contract, data)
    _spot(len(rows))
    return _joined(contract, [*rows, rows[1]])


def unknown_column(contract: Contract, data: bytes) -> bytes:
    """One column more, at the end."""
    rows = _rows(contract, data)
    return _joined(contract, [[*rows[0], UNKNOWN_NAME], *([*row, "x"] for row in rows[1:])])


def missing_column(contract: Contract, data: bytes) -> bytes:
    """The first required column is gone."""
    rows = _rows(contract, data)
    gone = rows[0].index(next(column for column in contract.record_table.columns if column.required).source)
    return _joined(contract, [row[:gone] + row[gone + 1 :] for row in rows])


def unclosed_quote(contract: Contract, data: bytes) -> bytes:
    """A quote before the first value of a line in the middle, and none after it."""
    lines = data.splitlines(keepends=True)
    spot = _spot(len(lines))
    lines[spot] = contract.layout.quote.encode() + lines[spot]
    return b"".join(lines)


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {
    "wrong_encoding": wrong_encoding,
    "impossible_date": impossible_date,
    "unknown_code": unknown_code_in,
    "duplicate_key": duplicate_key,
    "unknown_column": unknown_column,
    "missing_column": missing_column,
    "unclosed_quote": unclosed_quote,
}
"""Each mistake by its name (see passerelle.derive.mutate)."""
