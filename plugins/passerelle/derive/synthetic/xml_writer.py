"""Dossiers as XML text: elements in the order of the contract, blocks opened and closed as its paths say.

The order of a table's elements is that of its columns. Child elements stand where a lifted column names them; else before the first
block that a later table of the contract stands in; else last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

from passerelle.contract.model import Column, Contract, IdentityRole, Table
from passerelle.derive.synthetic.tree import LIFT, Node, relative_path


@dataclass(slots=True)
class _Element:
    """A place in the text of one row: a field, a block of fields, or the rows of a child table."""

    tag: str
    column: str = ""
    table: str = ""
    pad: int = 0
    children: list[_Element] = field(default_factory=list)
    is_optional: bool = False
    is_kept: bool = False
    """An empty text is written as an empty element, as the CAF does (formats 2.3)."""
    opening: str = ""
    closing: str = ""

    def find(self, tag: str) -> _Element | None:
        """The child of this tag."""
        return next((child for child in self.children if child.tag == tag), None)


class XmlWriter:
    """Writes the dossiers of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._layout = contract.layout
        self._roots = {table.name: self._compile(contract, table) for table in contract.tables}

    def opening(self) -> str:
        """The declaration and the root's start tag."""
        declared = "windows-1252" if self._layout.encoding.lower() in ("cp1252", "windows-1252") else self._layout.encoding.upper()
        return f'<?xml version="1.0" encoding="{declared}"?>\n<{self._layout.root}>\n'

    def closing(self) -> str:
        """The root's end tag."""
        return f"</{self._layout.root}>\n"

    def text(self, node: Node) -> str:
        """One dossier, header or footer."""
        root = self._roots[node.table.name]
        out = [root.opening]
        for child in root.children:
            self._write(node, child, out)
        out.append(root.closing)
        return "".join(out)

    def _write(self, node: Node, element: _Element, out: list[str]) -> bool:
        """Adds the element; says whether there is anything in it."""
        if element.column:
            value = node.values[element.column]
            if value:
                if "&" in value or "<" in value or ">" in value:
                    value = escape(value, quote=False)
                out.append(f"{element.opening}{value.ljust(element.pad)}{element.closing}")
                return True
            if element.is_kept:
                out.append(f"{element.opening}{element.closing}")
            return False
        if element.table:
            return self._write_rows(node, element, out)
        start = len(out)
        out.append(element.opening)
        is_filled = False
        for child in element.children:
            is_filled = self._write(node, child, out) or is_filled
        if element.is_optional and not is_filled:
            del out[start:]
        else:
            out.append(element.closing)
        return is_filled

    def _write_rows(self, node: Node, element: _Element, out: list[str]) -> bool:
        rows = node.children.get(element.table, ())
        for row in rows:
            out.append(element.opening)
            for child in self._roots[element.table].children:
                self._write(row, child, out)
            out.append(element.closing)
        return bool(rows)

    def _compile(self, contract: Contract, table: Table) -> _Element:
        tag = contract.layout.record if table.path == "." else table.path.rsplit("/", 1)[-1]
        root = _Element(tag)
        below = {
            child.name: relative_path(child, table) for child in contract.tables if child.role == "child" and child.parent == table.name
        }
        for column in table.columns:
            lift = LIFT.match(column.source)
            if lift is None:
                self._place_field(root, column)
            else:
                _place_lifted(root, lift["path"], below)
        _place_children(root, below)
        _finish(root, table, "", _depth(contract, table))
        return root

    def _place_field(self, root: _Element, column: Column) -> None:
        *blocks, tag = column.source.split("/")
        place = root
        for block in blocks:
            found = place.find(block)
            if found is None:
                found = _Element(block)
                place.children.append(found)
            place = found
        is_padded = self._layout.trim_right and column.codes is not None and (column.max_length or 99) <= 4
        is_text = column.type == "string" and column.codes is None and column.identity in (None, IdentityRole.USAGE_NAME)
        is_kept = is_text and not column.required
        pad = (column.max_length or 0) if is_padded else 0
        place.children.append(_Element(tag, column=column.name, pad=pad, is_kept=is_kept))


def _place_lifted(root: _Element, path: str, below: dict[str, str]) -> None:
    """Places a child table where the parent's columns first speak of it."""
    for name, child_path in below.items():
        if child_path == path:
            _insert(root, path, name, before=())


def _place_children(root: _Element, below: dict[str, str]) -> None:
    paths = list(below.values())
    for position, (name, path) in enumerate(below.items()):
        _insert(root, path, name, before=paths[position + 1 :])


def _insert(root: _Element, path: str, table: str, before: Iterable[str]) -> None:
    """Puts the place of a child table at its path, once, ahead of the blocks that the paths in ``before`` go through."""
    place, walked = root, ""
    *blocks, tag = path.split("/")
    for block in blocks:
        found = place.find(block)
        if found is None:
            found = _Element(block, is_optional=True)
            place.children.insert(_position(place, walked, before), found)
        place, walked = found, f"{walked}{block}/"
    if not any(child.table == table for child in place.children):
        place.children.insert(_position(place, walked, before), _Element(tag, table=table))


def _position(place: _Element, walked: str, before: Iterable[str]) -> int:
    followers = {path.removeprefix(walked).split("/")[0] for path in before if path.startswith(walked)}
    for position, child in enumerate(place.children):
        if child.tag in followers and not child.column:
            return position
    return len(place.children)


def _depth(contract: Contract, table: Table) -> int:
    """How deep the table's element stands below the root element."""
    if table.role in ("header", "footer"):
        return 1
    return 1 if table.path == "." else 1 + len(table.path.split("/"))


def _finish(element: _Element, table: Table, path: str, depth: int) -> None:
    """Writes the tags once and for all, and marks the blocks that may be absent."""
    indent = " " * depth
    if element.column:
        element.opening, element.closing = f"{indent}<{element.tag}>", f"</{element.tag}>\n"
    else:
        element.opening, element.closing = f"{indent}<{element.tag}>\n", f"{indent}</{element.tag}>\n"
    for child in element.children:
        inner = f"{path}{child.tag}"
        child.is_optional = child.is_optional or inner in table.optional_blocks
        _finish(child, table, f"{inner}/", depth + 1)
