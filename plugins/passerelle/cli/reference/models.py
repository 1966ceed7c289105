"""``settings.md``, ``settings.schema.json`` and ``receipt.schema.json``: from the models the program reads and writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from passerelle.cli.reference.source import plain, schema
from passerelle.derive.markdown import code, grid
from passerelle.receipt.model import Receipt
from passerelle.settings import VARIABLE, Sender, Settings, SftpAccount

_SHAPES: tuple[tuple[str, type[BaseModel]], ...] = (("", Settings), ("senders", Sender), ("senders[].sftp", SftpAccount))
_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
_BOUNDS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


def settings_page() -> str:
    """Every key of the settings file."""
    lines = [
        "# Settings",
        "",
        f"One YAML file, named by the environment variable `{VARIABLE}`. A key that is not on this page is refused, never ignored.",
        "Relative paths are relative to the file. It holds no secret: it names the files that do. [install.md](../install.md) has a whole",
        "example; [settings.schema.json](settings.schema.json) is the same as a JSON schema, for editors.",
        "",
    ]
    for place, model in _SHAPES:
        lines += [f"## {code(place) or 'Top level'}", "", plain(model.__doc__ or ""), ""]
        lines += [*grid(("Key", "Value", "Default", "What it is"), _keys(schema(model))), ""]
    return "\n".join(lines).rstrip() + "\n"


def settings_schema() -> str:
    """The settings file as a JSON schema."""
    made = Settings.model_json_schema()
    described = schema(Settings)
    for name, definition in [("", made), *made["$defs"].items()]:
        words = described["$defs"][name] if name else described
        definition["description"] = words["description"]
        for field, entry in definition["properties"].items():
            entry |= {key: value for key, value in words["properties"][field].items() if key == "description"}
    return _text(made)


def receipt_schema() -> str:
    """The JSON form of a receipt as a JSON schema, for partners' programs."""
    return _text(schema(Receipt))


def _keys(described: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, entry in described["properties"].items():
        yield code(name), _value(entry), _default(entry), entry.get("description", "")


def _default(entry: dict[str, Any]) -> str:
    if "default" not in entry:
        return "**required**"
    if entry["default"] is None:
        return "none"
    return code(str(entry["default"])) if entry["default"] != "" else "empty"


def _value(entry: dict[str, Any]) -> str:
    if "anyOf" in entry:  # a value or nothing at all
        return " or ".join(_value(one) for one in entry["anyOf"] if one.get("type") != "null")
    if entry.get("type") == "array":
        return f"list of {_value(entry['items'])}"
    if "$ref" in entry:
        return f"`{entry['$ref'].rsplit('/', 1)[-1]}`, see below"
    words = ["path" if entry.get("format") == "path" else _TYPES[entry["type"]]]
    words += [f"{said} {entry[key]:g}" for key, said in _BOUNDS.items() if key in entry]
    if "pattern" in entry:
        words.append(f"of the form `{entry['pattern']}`")
    return ", ".join(words)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
