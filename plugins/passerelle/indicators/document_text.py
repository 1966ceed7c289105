"""A document of figures as text: one operation, group or finding per line, so that it can be read, searched and compared by line.

Indented JSON of half a million findings takes half a minute; this takes a second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from passerelle.indicators.said import BETWEEN, Findings

_ENCODER = json.JSONEncoder(ensure_ascii=False)


def document_text(document: Mapping[str, Any]) -> Iterator[str]:
    """The pieces of the JSON text, to be written one after the other; findings may be given as they are kept."""
    yield "{"
    for number, (name, value) in enumerate(document.items()):
        yield f"{',' if number else ''}\n  {_ENCODER.encode(name)}: "
        yield from _value(value)
    yield "\n}\n"


def _value(value: Any) -> Iterator[str]:
    if isinstance(value, Findings):
        yield from _lines("[]", value.as_text()) if len(value) else "[]"
    elif value and isinstance(value, dict):
        yield from _lines("{}", (f"{_ENCODER.encode(name)}: {_ENCODER.encode(held)}" for name, held in value.items()))
    elif value and isinstance(value, list):
        yield from _lines("[]", map(_ENCODER.encode, value))
    else:
        yield _ENCODER.encode(value)


def _lines(brackets: str, pieces: Iterable[str]) -> Iterator[str]:
    yield brackets[0]
    for number, piece in enumerate(pieces):
        yield f"{BETWEEN if number else BETWEEN[1:]}"
        yield piece
    yield f"\n  {brackets[1]}"
