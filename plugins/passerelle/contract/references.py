"""Whether the references to other feeds (``refersTo``) make sense: the column exists, and both sides are texts that can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from passerelle.contract.problems import Path, Problem, nearest
from passerelle.contract.shape import custom

Document = dict[str, Any]


def reference_problems(document: Document, known: Sequence[str], document_of: Callable[[str], Document]) -> Iterator[Problem]:
    """Everything wrong with the references of this contract; ``known``: all feeds, ``document_of``: the YAML tree of one of them."""
    for index, table in enumerate(document["schema"]):
        for number, column in enumerate(table["properties"]):
            reference = custom(column).get("refersTo")
            if reference is None:
                continue
            place: Path = ("schema", index, "properties", number, "customProperties", "refersTo")
            feed, _, name = reference.rpartition(".")
            if feed not in known:
                yield Problem(place, f"There is no contract '{feed}': {nearest(feed, known)}")
                continue
            wrong = _own_problem(document, column, feed) or _other_problem(document_of(feed), feed, name)
            if wrong:
                yield Problem(place, wrong)


def _own_problem(document: Document, column: dict[str, Any], feed: str) -> str:
    """Why values of this column cannot be looked up; empty when they can."""
    ours = custom(column)
    if feed == document["id"]:
        return "'refersTo' names a column of another feed; within one file it is a rule of kind 'present_in'."
    if column["logicalType"] != "string" or ours.get("nir") or "codes" in ours or "enum" in column:
        return f"'refersTo' is for texts without a code list; '{column['name']}' is none."
    if "[" in column["physicalName"]:
        return f"'{column['name']}' repeats a value of another table: 'refersTo' belongs there."
    return ""


def _other_problem(other: Document, feed: str, name: str) -> str:
    """Why the column it names cannot be what others refer to; empty when it can."""
    columns = [item for entry in other.get("schema", ()) for item in entry["properties"]]
    found = [item for item in columns if item["name"] == name]
    if not found:
        return f"'{feed}' has no column '{name}': {nearest(name, [item['name'] for item in columns])}"
    if len(found) > 1:
        return f"'{feed}' has {len(found)} columns '{name}': name one that stands in one table only."
    if found[0]["logicalType"] != "string" or found[0]["classification"] == "secret":
        return f"'{feed}.{name}' holds no texts that others can refer to: expected a 'string' that is not 'secret'."
    return ""
