"""A document of figures as text: one operation, group or finding per line, so that it can be read, searched and compared by line.

Indented JSON of half a million findings takes half a minute; this takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def document_text(document: Mapping[str, Any]) -> Iterator[str]:
    """The pieces of the JSON text, to be written one after the other."""
    yield "{"
    for number, (name, value) in enumerate(document.items()):
        yield f"{',' if number else ''}\n  {_ENCODER.encode(name)}: "
        yield from _lines("[]", _findings(value)) if name == "findings" and value else _value(value)
    yield "\n}\n"


def _value(value: Any) -> Iterator[str]:
    if value and isinstance(value, dict):
        yield from _lines("{}", (f"{_ENCODER.encode(name)}: {_ENCODER.encode(held)}" for name, held in value.items()))
    elif value and isinstance(value, list):
        yield from _lines("[]", map(_ENCODER.encode, value))
    else:
        yield _ENCODER.encode(value)


def _findings(findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One finding after the other; most share their words with others, which are encoded once."""
    word = lru_cache(maxsize=4096)(_ENCODER.encode)
    for one in findings:
        who = "null" if one["participant"] is None else encode_basestring(one["participant"])
        line = "null" if one["line"] is None else one["line"]
        yield (
            f'{{"rule": {word(one["rule"])}, "severity": {word(one["severity"])}, "operation": {word(one["operation"])}, '
            f'"participant": {who}, "line": {line}, "message": {word(one["message"])}}}'
        )


def _lines(brackets: str, pieces: Iterator[str]) -> Iterator[str]:
    yield brackets[0]
    for number, piece in enumerate(pieces):
        yield f"{',' if number else ''}\n    {piece}"
    yield f"\n  {brackets[1]}"
