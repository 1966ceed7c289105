"""What the source says about itself: docstrings of modules, and the docstrings that follow the fields of a model."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel


def summary(docstring: str | None) -> str:
    """The first sentence of a docstring on one line; empty when there is none."""
    first = " ".join((docstring or "").strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.!?])\s", first)[0]


def plain(text: str) -> str:
    """The text of a docstring as Markdown on one line: literals and cross-references become code."""
    marked = re.sub(r":\w+:`[~!]?([^`]+)`", r"`\1`", text)
    return " ".join(marked.replace("``", "`").split())


def module_docstring(path: Path) -> str:
    """The docstring of a module, without importing it; empty when it has none."""
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def field_words(model: type[BaseModel]) -> dict[str, str]:
    """Field → the docstring below it, for the fields that have one."""
    tree = ast.parse(inspect.getsource(sys.modules[model.__module__]))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == model.__name__)
    found = {}
    for field, below in zip(body, body[1:], strict=False):
        words = _string(below)
        if words and isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            found[field.target.id] = plain(words)
    return found


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of what the model writes, with the docstring of each field as its description."""
    made = model.model_json_schema(mode="serialization")
    known = vars(sys.modules[model.__module__])
    for name, definition in [(model.__name__, made), *made.get("$defs", {}).items()]:
        definition["description"] = plain(definition.get("description", ""))
        if "properties" in definition:
            for field, words in field_words(known[name]).items():
                definition["properties"][field]["description"] = words
    return made


def _string(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""
