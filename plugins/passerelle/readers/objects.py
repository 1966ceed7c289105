"""One line of text → one JSON object, read strictly: what two programs would read differently is refused, with a word for it.

JSON lets a key come twice, and Python's reader lets ``NaN`` pass, makes ``1e999`` infinite and numbers floats. Here a number keeps its
text. The standard library is used: orjson, four times as fast, says nothing of a repeated key and turns numbers into floats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isinf

_DEEPEST = 16
"""Objects and lists inside one another."""
_LONGEST_NUMBER = 40
_LONGEST_NAME = 40
_CUT_END = re.compile(r'(?:t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?|-|\.|[eE][+-]?|"?\\?u?[0-9A-Fa-f]{0,4})\s*')
"""What may be left of a word, a number or an escape sequence where a line breaks off."""
_LONG_DIGITS = re.compile(r"[0-9]{4,}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_STRANGE = re.compile(r"[^\w .:@-]")

Value = str | bool | None | dict[str, "Value"] | list["Value"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a line cannot be read."""

    kind: str
    what: str = ""
    is_cut: bool = False
    """It stops in the middle."""


class ObjectReader:
    """Reads lines; numbers become their text with ``decimal`` before the decimals, ``true`` and ``false`` those words."""

    def __init__(self, decimal: str) -> None:
        self._decimal = decimal
        self._odd: Refused | None = None
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=self._number, parse_float=self._number, parse_constant=self._constant
        )

    def read(self, text: str) -> dict[str, Value] | Refused:
        """The object of a line, or why there is none."""
        self._odd = None
        try:
            value = self._decoder.decode(text)
        except json.JSONDecodeError as error:
            return Refused("json_syntax", f"au caractère {error.pos + 1}", is_cut=_is_cut(error))
        except RecursionError:
            return Refused("json_depth", str(_DEEPEST))
        if self._odd is not None:
            return self._odd
        if not isinstance(value, dict):
            return Refused("json_object")
        if text.count("{") + text.count("[") > _DEEPEST and _is_deep(value, _DEEPEST):
            return Refused("json_depth", str(_DEEPEST))
        if "\\u" in text and any(_is_unstorable(one) for one in _texts(value)):
            return Refused("json_text")
        return value

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            again = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            self._odd = Refused("json_repeated_key", shown(again))
        return made

    def _number(self, text: str) -> str:
        if len(text) > _LONGEST_NUMBER or isinf(float(text)):
            self._odd = Refused("json_number")
        return text.replace(".", self._decimal)

    def _constant(self, text: str) -> str:
        self._odd = Refused("json_number")
        return text


def shown(name: str) -> str:
    """A stranger's key as it may be repeated: short, without long numbers, which may be somebody's.

    >>> shown("dossier 1850378006084 <b>")
    'dossier … ?b?'
    """
    safe = _LONG_DIGITS.sub("…", _STRANGE.sub("?", name[: 4 * _LONGEST_NAME]))
    return safe if len(safe) <= _LONGEST_NAME else f"{safe[:_LONGEST_NAME]}…"


def _is_cut(error: json.JSONDecodeError) -> bool:
    if error.msg.startswith("Unterminated string"):
        return True
    return not error.msg.startswith("Extra data") and _CUT_END.fullmatch(error.doc, error.pos) is not None


def _is_deep(value: object, left: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is not None and (left == 0 or any(_is_deep(one, left - 1) for one in inner))


def _is_unstorable(text: str) -> bool:
    """A null character or half of a pair: no database takes them."""
    return _UNSTORABLE.search(text) is not None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
