"""YAML read strictly and fast, and the line of any place in it, worked out only when something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from passerelle.contract import problems
from passerelle.errors import ContractError


class _StrictLoader(yaml.CSafeLoader):
    """Refuses a key written twice in one mapping: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' is written twice", key.start_mark)
            seen.add(getattr(key, "value", "") if isinstance(key, yaml.ScalarNode) else "")
        return super().construct_mapping(node, deep)


def read(path: Path) -> tuple[str, dict[Any, Any]]:
    """The text of the file and the mapping it holds; ContractError when it cannot be read or is not a YAML mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(path, f"The file cannot be read ({type(error).__name__}); it must be UTF-8 text.") from error
    try:
        document = yaml.load(text, _StrictLoader)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ContractError(path, f"Not valid YAML: {error.problem}.", mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:
        raise ContractError(path, f"Not valid YAML: {type(error).__name__}.") from error
    if not isinstance(document, dict):
        raise ContractError(path, "Expected a YAML mapping at the top of the file.", 1)
    return text, document


def line_of(text: str, path: problems.Path) -> int:
    """Line (from 1) of the key or entry at ``path``; of the deepest existing part when the path goes further."""
    return lines_of(text, [path])[0]


def lines_of(text: str, paths: Iterable[problems.Path]) -> list[int]:
    """The line of each path, with one reading of the text."""
    root = yaml.compose(text, yaml.CSafeLoader)
    return [_line(root, path) for path in paths]


def _line(node: yaml.Node | None, path: problems.Path) -> int:
    line = 1
    for step in path:
        found = _step(node, step)
        if found is None:
            break
        line, node = found
    return line


def _step(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return _entry(node, str(step))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    if isinstance(node, yaml.SequenceNode):
        return _custom_property(node, str(step))
    return None


def _entry(node: yaml.Node, key: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for found, value in node.value:
            if found.value == key:
                return found.start_mark.line + 1, value
    return None


def _custom_property(node: yaml.SequenceNode, name: str) -> tuple[int, yaml.Node] | None:
    """The custom property of this name: where its entry begins, and its value."""
    for entry in node.value:
        called = _entry(entry, "property")
        if called is not None and called[1].value == name:
            return entry.start_mark.line + 1, (_entry(entry, "value") or called)[1]
    return None
