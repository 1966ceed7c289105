"""Mistakes in whole delimited files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from passerelle.contract.model import Column, Contract, Layout
from passerelle.derive.synthetic.delimited_file import trailer_values
from passerelle.derive.synthetic.spoilable import UNKNOWN_NAME, UNKNOWN_VALUE
from passerelle.errors import ConfigurationError


@dataclass(frozen=True)
class _Rows:
    """A file's lines by what they are."""

    head: list[list[str]]
    """The header, if it has one."""
    body: list[list[str]]
    foot: list[list[str]]
    """The trailer, if it has one."""

    @property
    def spot(self) -> int:
        """The row to spoil: one in the middle."""
        return max(0, (len(self.head) + len(self.body)) // 2 - len(self.head))


def _rows(contract: Contract, data: bytes) -> _Rows:
    layout = contract.layout
    text = io.StringIO(data.decode(layout.encoding), newline="")
    rows = list(csv.reader(text, delimiter=layout.delimiter, quotechar=layout.quote))
    first, last = int(layout.header), len(rows) - int(layout.trailer is not None)
    if last <= first:
        raise ConfigurationError("The file has no line to spoil.")
    return _Rows(rows[:first], rows[first:last], rows[last:])


def _joined(contract: Contract, rows: _Rows) -> bytes:
    layout = contract.layout
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=layout.delimiter, quotechar=layout.quote, lineterminator="\r\n")
    writer.writerows([*rows.head, *rows.body, *rows.foot])
    return out.getvalue().encode(layout.encoding)


def _place(contract: Contract, rows: _Rows, column: Column) -> int:
    names = rows.head[0] if rows.head else [one.source for one in contract.record_table.columns]
    return names.index(column.source)


def with_value(contract: Contract, data: bytes, column: Column, value: str) -> bytes:
    """The value in a line in the middle."""
    rows = _rows(contract, data)
    rows.body[rows.spot][_place(contract, rows, column)] = value
    return _joined(contract, rows)


def wrong_encoding(contract: Contract, data: bytes) -> bytes:
    """An accented letter in another encoding: cp1252 in a UTF-8 file, UTF-8 in any other."""
    text = data.decode(contract.layout.encoding)
    at = text.index("\n") + 1 if contract.layout.header else 0
    head, tail = text[:at], text[at:]
    return "".join((head, _accented(tail, contract.layout.delimiter))).encode(other_encoding(contract.layout), "replace")


def other_encoding(layout: Layout) -> str:
    """An encoding that is not the file's."""
    return "cp1252" if layout.encoding.lower().startswith("utf") else "utf-8"


def _accented(text: str, delimiter: str) -> str:
    """The text with one accented letter more: at the end of the first line's first value that ends in a letter."""
    return re.sub(rf"([A-Za-z]){re.escape(delimiter)}", rf"\1Áé{delimiter}", text, count=1)


def duplicate_key(contract: Contract, data: bytes) -> bytes:
    """The first line again, after the last; the trailer counts it."""
    rows = _rows(contract, data)
    longer = [*rows.body, rows.body[0]]
    trailer = contract.layout.trailer
    foot = [trailer_values(trailer, len(longer))] if trailer is not None else []
    return _joined(contract, replace(rows, body=longer, foot=foot))


def unknown_column(contract: Contract, data: bytes) -> bytes:
    """One column more, at the end."""
    rows = _rows(contract, data)
    head = [[*row, UNKNOWN_NAME] for row in rows.head]
    return _joined(contract, replace(rows, head=head, body=[[*row, UNKNOWN_VALUE] for row in rows.body]))


def missing_column(contract: Contract, data: bytes) -> bytes:
    """The first required column is gone."""
    rows = _rows(contract, data)
    gone = _place(contract, rows, next(column for column in contract.record_table.columns if column.required))
    head, body = ([row[:gone] + row[gone + 1 :] for row in part] for part in (rows.head, rows.body))
    return _joined(contract, replace(rows, head=head, body=body))


def reordered_columns(contract: Contract, data: bytes) -> bytes:
    """The first column comes last."""
    rows = _rows(contract, data)
    head, body = ([[*row[1:], row[0]] for row in part] for part in (rows.head, rows.body))
    return _joined(contract, replace(rows, head=head, body=body))


def wrong_delimiter(contract: Contract, data: bytes) -> bytes:
    """A tabulation between the values, or a semicolon where it is the tabulation that was agreed."""
    other = ";" if contract.layout.delimiter == "\t" else "\t"
    layout = contract.layout.model_copy(update={"delimiter": other})
    return _joined(contract.model_copy(update={"layout": layout}), _rows(contract, data))


def header_only(contract: Contract, data: bytes) -> bytes:
    """No line but the first, and a trailer that counts none."""
    trailer = contract.layout.trailer
    foot = [trailer_values(trailer, 0)] if trailer is not None else []
    return _joined(contract, replace(_rows(contract, data), body=[], foot=foot))


def unclosed_quote(contract: Contract, data: bytes) -> bytes:
    """A quote before the first value of a line in the middle, and none after it."""
    layout = contract.layout
    lines = re.split(r"(?<=\n)", data.decode(layout.encoding))
    spot = _rows(contract, data).spot + int(layout.header)
    lines[spot] = layout.quote + lines[spot]
    return "".join(lines).encode(layout.encoding)


def missing_trailer(contract: Contract, data: bytes) -> bytes:
    """The last line, which says that the file is whole, is gone."""
    return _joined(contract, replace(_rows(contract, data), foot=[]))


def wrong_count(contract: Contract, data: bytes) -> bytes:
    """The trailer counts one line more than there are."""
    rows = _rows(contract, data)
    trailer = contract.layout.trailer
    return _joined(contract, replace(rows, foot=[trailer_values(trailer, len(rows.body) + 1)] if trailer is not None else []))


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {
    "header_only": header_only,
    "wrong_encoding": wrong_encoding,
    "duplicate_key": duplicate_key,
    "unknown_column": unknown_column,
    "missing_column": missing_column,
    "reordered_columns": reordered_columns,
    "wrong_delimiter": wrong_delimiter,
    "unclosed_quote": unclosed_quote,
    "missing_trailer": missing_trailer,
    "wrong_count": wrong_count,
}
"""Each mistake by its name (see passerelle.derive.mutate)."""
