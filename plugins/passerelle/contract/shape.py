"""Whether a contract file has the shape of the Open Data Contract Standard 3.2 and of the profile passerelle.

The standard's own models drop unknown keys silently; its bundled JSON schema does not, so the schema is what decides. The profile
narrows the standard to what the program acts on: a key that would have no effect is refused rather than ignored.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft201909Validator

from passerelle.contract.explain import problems_of
from passerelle.contract.problems import Path, Problem

VENDOR = "passerelle"

_PLACES: dict[tuple[str, ...], str] = {
    ("customProperties",): "contract",
    ("servers", "customProperties"): "server",
    ("schema", "customProperties"): "table",
    ("schema", "properties", "customProperties"): "column",
    ("schema", "properties", "enum", "customProperties"): "code",
}


def shape_problems(document: dict[str, Any]) -> list[Problem]:
    """Everything that has not the expected shape; the profile is looked at only when the standard is respected."""
    standard = _standard()
    found = problems_of(Draft201909Validator(standard).iter_errors(document), standard)
    if found:
        return found
    profile = _profile()
    found = problems_of(_validator("document").iter_errors(document), profile)
    for path, entries in _custom_lists(document, ()):
        found += _custom_problems(path, entries)
    return found


def custom(element: dict[str, Any]) -> dict[str, Any]:
    """The custom properties of this element that are ours, by name."""
    return {entry["property"]: entry["value"] for entry in element.get("customProperties", ()) if entry.get("vendor") == VENDOR}


def _custom_lists(node: Any, path: Path) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _custom_lists(item, (*path, index))
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "customProperties":
                yield (*path, key), value
            else:
                yield from _custom_lists(value, (*path, key))


def _custom_problems(path: Path, entries: list[dict[str, Any]]) -> list[Problem]:
    found: list[Problem] = []
    index_of: dict[str, int] = {}
    for index, entry in enumerate(entries):
        vendor = entry.get("vendor")
        if vendor == VENDOR:
            if entry["property"] in index_of:
                found.append(Problem((*path, index), f"The custom property '{entry['property']}' is written twice."))
            index_of[entry["property"]] = index
        elif vendor is None or difflib.SequenceMatcher(None, str(vendor).lower(), VENDOR).ratio() > 0.7:
            message = f"Say which program the custom property '{entry['property']}' is for: did you mean 'vendor: {VENDOR}'?"
            found.append(Problem((*path, index), message))
    place = _PLACES.get(tuple(step for step in path if isinstance(step, str)), "elsewhere")
    bag = {name: entries[index]["value"] for name, index in index_of.items()}
    for problem in problems_of(_validator(place).iter_errors(bag), _profile()):
        found.append(_moved(problem, path, index_of))
    return found


def _moved(problem: Problem, path: Path, index_of: dict[str, int]) -> Problem:
    """The problem at its place in the file, where a custom property is an entry of a list."""
    if not problem.path:
        return Problem(path, problem.message)
    name, *rest = problem.path
    index = index_of[str(name)]
    inner: Path = ("value", *rest) if rest else ("property",) if problem.message.startswith("Unknown key") else ("value",)
    return Problem((*path, index, *inner), problem.message)


@cache
def _standard() -> dict[str, Any]:
    return _json("open_data_contract_standard", "schema.json")


@cache
def _profile() -> dict[str, Any]:
    return _json("passerelle.contract", "profile.schema.json")


@cache
def _validator(definition: str) -> Draft201909Validator:
    return Draft201909Validator({"$ref": f"#/$defs/{definition}", "$defs": _profile()["$defs"]})


def _json(package: str, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files(package).joinpath(name).read_text(encoding="utf-8"))
    return content
