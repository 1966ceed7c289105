"""``contract-profile.md``: which keys a contract may have, from the profile's JSON schema and the models the loader fills."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from passerelle import contract
from passerelle.cli.reference.source import field_words
from passerelle.contract import model
from passerelle.derive.markdown import Row, code, grid

_SCHEMA = Path(contract.__file__).parent / "profile.schema.json"

_PLACES: tuple[tuple[str, str, str, type[BaseModel] | None], ...] = (
    ("document", "The contract: keys of the standard", "top level of the file", model.Contract),
    ("contract", "The contract: our properties", "`customProperties` of the top level", model.Contract),
    ("layout", "How the file is written", "property `layout` of the server's `customProperties`", model.Layout),
    ("table", "A table: our properties", "`customProperties` of an entry of `schema`", model.Table),
    ("property", "A column: keys of the standard", "an entry of `properties`", model.Column),
    ("column", "A column: our properties", "`customProperties` of a column", model.Column),
    ("quality", "A rule between columns: keys of the standard", "an entry of `quality` of a table", None),
    ("rule", "A rule between columns", "`implementation` of that entry", model.RowRule),
    ("code", "A code listed in the contract", "`customProperties` of an entry of `enum`", model.Code),
)
_INNER: dict[str, type[BaseModel]] = {
    "publish": model.Publication,
    "ignored": model.Ignored,
    "count": model.CountCheck,
    "sample": model.Sample,
}
_FREE = "as in the standard"
_BELOW = "keys below"
_OPENED = (*_INNER, "rows", "digits", "logicalTypeOptions", "enum")
"""Keys whose own keys are shown as well."""
_NAMES = {
    "physicalName": "source",
    "businessName": "label",
    "logicalType": "type",
    "businessLabel": "label",
    "min": "min_rows",
    "max": "max_rows",
}


def page() -> str:
    """The page."""
    definitions = json.loads(_SCHEMA.read_text(encoding="utf-8"))["$defs"]
    lines = [
        "# The profile of contracts",
        "",
        "A contract is an Open Data Contract Standard 3.2 file that also fits this profile. Our own properties are written",
        "`{ vendor: passerelle, property: NAME, value: VALUE }` in a list `customProperties`. A key that would have no effect is refused.",
        "[add-a-feed.md](../add-a-feed.md) says how to begin, [contracts/README.md](../../contracts/README.md) explains the keys in",
        "French, `passerelle contracts lint` says file, line and the nearest valid word.",
        "",
    ]
    for name, title, place, kind in _PLACES:
        lines += [f"## {title}", "", f"Where: {place}.", ""]
        lines += [*_section(definitions, definitions[name], kind), ""]
    return "\n".join(lines).rstrip() + "\n"


def _section(definitions: dict[str, Any], shape: dict[str, Any], kind: type[BaseModel] | None) -> Iterator[str]:
    rows = list(_keys(definitions, shape, kind))
    free = [key for key, required, value, _ in rows if value == _FREE and not required]
    yield from grid(("Key", "Required", "Value", "What it does"), [row for row in rows if row[0] not in free])
    if free:
        yield from ("", f"Also allowed, as in the standard: {', '.join(free)}.")


def _keys(definitions: dict[str, Any], shape: dict[str, Any], kind: type[BaseModel] | None, above: str = "") -> Iterator[Row]:
    words = field_words(kind) if kind else {}
    required = shape.get("required", ())
    for name in dict.fromkeys([*required, *shape.get("properties", {})]):
        entry = _resolved(definitions, shape.get("properties", {}).get(name, True))
        said = words.get(_NAMES.get(name, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()), "")
        yield code(f"{above}{name}"), "yes" if name in required else "", _value(definitions, entry), said
        inner = _resolved(definitions, entry.get("items", entry))
        if name in _OPENED:
            yield from _keys(definitions, inner, _INNER.get(name, kind), f"{above}{name}{'[]' if 'items' in entry else ''}.")


def _resolved(definitions: dict[str, Any], entry: Any) -> dict[str, Any]:
    """The entry with its reference followed; ``true`` (whatever the standard allows) is an empty one."""
    if not isinstance(entry, dict):
        return {}
    if "$ref" not in entry:
        return entry
    named: dict[str, Any] = definitions[entry["$ref"].rsplit("/", 1)[-1]]
    return named | {key: value for key, value in entry.items() if key != "$ref"}


def _value(definitions: dict[str, Any], entry: dict[str, Any]) -> str:
    if "const" in entry:
        return code(str(entry["const"]))
    if "enum" in entry:
        return ", ".join(code(str(word)) for word in entry["enum"])
    kind = entry.get("type")
    if kind == "array" or (kind is None and "items" in entry):
        inside = _value(definitions, _resolved(definitions, entry.get("items", {})))
        return f"list of {inside}" if inside not in (_FREE, _BELOW) else "list"
    if kind == "object":
        values = entry.get("additionalProperties")
        return _BELOW if not isinstance(values, dict) else f"name → {_value(definitions, _resolved(definitions, values))}"
    return _simple(entry) if kind else _FREE


def _simple(entry: dict[str, Any]) -> str:
    words = [{"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}[entry["type"]]]
    for key, said in (("minimum", "at least"), ("exclusiveMinimum", "above"), ("maximum", "at most")):
        if key in entry:
            words.append(f"{said} {entry[key]}")
    if "pattern" in entry:
        words.append(f"of the form `{entry['pattern']}`")
    return ", ".join(words)
