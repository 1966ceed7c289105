"""A synthetic file of JSON lines: objects inside objects, numbers as numbers, yes and no as ``true`` and ``false``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from passerelle.contract.model import Column, Contract
from passerelle.derive.synthetic.defects import Defect
from passerelle.derive.synthetic.records import SampleRequest, Spoiler, rows_for

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_TRUTH = {"1": "true", "0": "false"}
_Tree = dict[str, "str | _Tree"]


def write(contract: Contract, request: SampleRequest, path: Path) -> tuple[int, list[Defect]]:
    """Writes the file; how many lines it has, and the mistakes given to them."""
    spoiler = Spoiler(contract, request)
    count = 0
    with path.open("w", encoding=contract.layout.encoding, newline="") as file:
        for count, node in enumerate(rows_for(contract, request), start=1):
            spoiler.take(node, count, count)
            file.write(line(contract, node.values) + "\n")
    return count, spoiler.found


def line(contract: Contract, values: Mapping[str, str]) -> str:
    """The row as an object; a value that is absent is ``null``."""
    tree: _Tree = {}
    for column in contract.record_table.columns:
        *outer, name = column.source.split("/")
        place = tree
        for step in outer:
            inner = place.setdefault(step, {})
            if isinstance(inner, dict):
                place = inner
        place[name] = literal(column, values[column.name], contract.layout.decimal)
    return _text(tree)


def literal(column: Column, value: str, decimal: str) -> str:
    """The value as JSON writes it; a number or a truth that is none (a mistake) stays a text."""
    if not value:
        return "null"
    if column.type in ("integer", "number"):
        number = value.replace(decimal, ".")
        if _NUMBER.fullmatch(number):
            return number
    if column.type == "boolean":
        truth = _TRUTH.get(value, value) if column.codes is None else value
        if truth in _TRUTH.values():
            return truth
    return json.dumps(value, ensure_ascii=False)


def _text(tree: _Tree) -> str:
    parts = (f"{json.dumps(name, ensure_ascii=False)}: {inner if isinstance(inner, str) else _text(inner)}" for name, inner in tree.items())
    return "{" + ", ".join(parts) + "}"
