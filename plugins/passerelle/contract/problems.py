"""What is wrong in a contract file, before it is known on which line: a place in the YAML tree and a sentence for its author."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
"""Place in a YAML tree: keys of mappings and indices of lists, from the top; in a list of custom properties, the name of one."""


class Problem(NamedTuple):
    """One thing to correct."""

    path: Path
    message: str


def nearest(word: object, valid: Iterable[str]) -> str:
    """The valid words an author may have meant, as the end of a sentence; the start of the list when none is near.

    >>> nearest("requred", ["name", "required"])
    "did you mean 'required'?"
    >>> nearest("x", ["name", "required"])
    'expected one of: name, required'
    """
    words = sorted(set(valid))
    if not words:
        return "there is none to name."
    close = difflib.get_close_matches(str(word), words, n=1, cutoff=0.6) or difflib.get_close_matches(
        str(word).lower(), [item.lower() for item in words], n=1, cutoff=0.6
    )
    if close:
        meant = next(item for item in words if item.lower() == close[0].lower())
        return f"did you mean '{meant}'?"
    shown = ", ".join(words[:12])
    return f"expected one of: {shown}" + (f" (and {len(words) - 12} more)" if len(words) > 12 else "")


def place(document: Any, path: Path) -> str:
    """The path as an author reads it: entries of lists are called by their name where they have one.

    >>> place({"schema": [{"name": "dossier"}]}, ("schema", 0, "name"))
    'schema[dossier].name'
    """
    text, node = "", document
    for step in path:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
        text += f"[{_called(node, step)}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".") or "the contract"


def _called(node: Any, step: int) -> str:
    if isinstance(node, dict):
        for key in ("name", "property", "id", "value", "path", "to"):
            if isinstance(node.get(key), str):
                return str(node[key])
    return str(step)
