"""Mistakes in whole files of JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from passerelle.contract.model import Column, Contract
from passerelle.derive.synthetic.broken_delimited import other_encoding
from passerelle.derive.synthetic.spoilable import UNKNOWN_NAME, UNKNOWN_VALUE
from passerelle.errors import ConfigurationError

_Object = dict[str, Any]
_MANY_DIGITS, _DEPTH = 5_000, 500


def _lines(contract: Contract, data: bytes) -> list[str]:
    lines = data.decode(contract.layout.encoding).splitlines()
    if not lines:
        raise ConfigurationError("The file has no line to spoil.")
    return lines


def _joined(contract: Contract, lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode(contract.layout.encoding)


def _with_line(contract: Contract, data: bytes, change: Callable[[str], str]) -> bytes:
    """Changes one line in the middle."""
    lines = _lines(contract, data)
    lines[len(lines) // 2] = change(lines[len(lines) // 2])
    return _joined(contract, lines)


def _changed(line: str, path: str, change: Callable[[_Object, str], None]) -> str:
    """The line, changed where the path leads: the object that holds the last key."""
    tree: _Object = json.loads(line)
    *outer, name = path.split("/")
    place = tree
    for step in outer:
        place = place[step]
    change(place, name)
    return json.dumps(tree, ensure_ascii=False)


def with_value(contract: Contract, data: bytes, column: Column, value: str) -> bytes:
    """The value in a line in the middle."""

    def put(place: _Object, name: str) -> None:
        place[name] = value

    return _with_line(contract, data, lambda line: _changed(line, column.source, put))


def wrong_encoding(contract: Contract, data: bytes) -> bytes:
    """An accented letter in another encoding, in the first name of a key."""
    text = data.decode(contract.layout.encoding)
    return re.sub("[A-Za-z]", "Á", text, count=1).encode(other_encoding(contract.layout), "replace")


def duplicate_key(contract: Contract, data: bytes) -> bytes:
    """The first line again, at the end."""
    lines = _lines(contract, data)
    return _joined(contract, [*lines, lines[0]])


def unknown_column(contract: Contract, data: bytes) -> bytes:
    """One key more in every object."""
    return _joined(contract, [_more(line, json.dumps(UNKNOWN_VALUE, ensure_ascii=False)) for line in _lines(contract, data)])


def missing_column(contract: Contract, data: bytes) -> bytes:
    """The first required key is gone from a line in the middle."""
    source = next(column for column in contract.record_table.columns if column.required).source
    return _with_line(contract, data, lambda line: _changed(line, source, lambda place, name: place.pop(name)))


def duplicate_json_key(contract: Contract, data: bytes) -> bytes:
    """The first key comes twice in an object in the middle."""

    def again(line: str) -> str:
        name = line[: line.index('"', 2) + 1]
        return f"{name}: null, {line[1:]}"

    return _with_line(contract, data, again)


def not_an_object(contract: Contract, data: bytes) -> bytes:
    """A line in the middle is a list."""
    return _with_line(contract, data, lambda line: f"[{line}]")


def not_a_number(contract: Contract, data: bytes) -> bytes:
    """``NaN``, which Python writes and JSON does not know, in a line in the middle."""
    return _with_line(contract, data, lambda line: _more(line, "NaN"))


def infinite_number(contract: Contract, data: bytes) -> bytes:
    """``1e999``, of which most programs make infinity, in a line in the middle."""
    return _with_line(contract, data, lambda line: _more(line, "1e999"))


def endless_number(contract: Contract, data: bytes) -> bytes:
    """A whole number of five thousand digits, in a line in the middle."""
    return _with_line(contract, data, lambda line: _more(line, "9" * _MANY_DIGITS))


def deep_nesting(contract: Contract, data: bytes) -> bytes:
    """Lists inside one another without end, in a line in the middle."""
    return _with_line(contract, data, lambda line: _more(line, "[" * _DEPTH + "]" * _DEPTH))


def reordered_columns(contract: Contract, data: bytes) -> bytes:
    """The keys of every object in the other order."""

    def turned(value: object) -> object:
        return {name: turned(inner) for name, inner in reversed(value.items())} if isinstance(value, dict) else value

    return _joined(contract, [json.dumps(turned(json.loads(line)), ensure_ascii=False) for line in _lines(contract, data)])


def _more(line: str, value: str) -> str:
    """The object with one key more."""
    return f'{{"{UNKNOWN_NAME}": {value}, {line[1:]}'


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {
    "wrong_encoding": wrong_encoding,
    "duplicate_key": duplicate_key,
    "unknown_column": unknown_column,
    "missing_column": missing_column,
    "duplicate_json_key": duplicate_json_key,
    "not_an_object": not_an_object,
    "not_a_number": not_a_number,
    "infinite_number": infinite_number,
    "endless_number": endless_number,
    "deep_nesting": deep_nesting,
    "reordered_columns": reordered_columns,
}
"""Each mistake by its name (see passerelle.derive.mutate)."""
