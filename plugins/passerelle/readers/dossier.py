"""A dossier of an XML file → rows of the contract's tables.

The contract's paths are compiled once into a tree of tags; each dossier is walked once along it. An element the contract neither
declares nor ignores is reported, never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from lxml import etree

from passerelle.contract.model import Contract, Table
from passerelle.errors import ConfigurationError
from passerelle.readers.rows import Chunk, Oddity, Rows

_LIFT = re.compile(r"^(?P<table>[\w/]+)\[(?P<field>[\w/]+)='(?P<value>[^']*)'\]/(?P<source>[\w/]+)$")
_LAST_EXACT_LINE = 65_535
"""libxml2 keeps the lines of elements on 16 bits and takes a neighbour's beyond."""

Row = list[str | None]


@dataclass(slots=True)
class Node:
    """What to do with one element: a block to descend, a row of a child table, or nothing; and what its children are."""

    columns: dict[str, int] = field(default_factory=dict)
    """Children that are fields: tag → column of the row."""
    children: dict[str, Node] = field(default_factory=dict)
    """All other children the contract knows."""
    table: int = -1
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Lift:
    """A child row's value repeated on its parent's row, where the child's field has a certain value."""

    field: int
    value: str
    source: int
    target: int


@dataclass(slots=True)
class Sheet:
    """The rows of one table collected for the next chunk.

    Values of all rows stand in one flat list: a list object per row would keep the garbage collector busy (13 % of the time).
    """

    table: Table
    width: int
    values: list[str | None] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    """The line of each value, 0 where there is none."""
    lines: list[int] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    parents: list[int | None] = field(default_factory=list)
    first_row: int = 0
    lifts: list[Lift] = field(default_factory=list)


class Plan:
    """The contract's tree of tags and its tables."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.sheets = [Sheet(table, len(table.columns)) for table in contract.tables]
        self.by_name = {sheet.table.name: i for i, sheet in enumerate(self.sheets)}
        self.record_node = Node()
        self.outer: dict[str, tuple[int, Node]] = {}
        for index, sheet in enumerate(self.sheets):
            self._add_table(index, sheet)
        for ignored in contract.layout.ignored:
            self._descend(self.record_node, ignored.path).ignored = True

    def _add_table(self, index: int, sheet: Sheet) -> None:
        table = sheet.table
        if table.role in ("header", "footer"):
            node = Node()
            self.outer[table.path.rsplit("/", 1)[-1]] = (index, node)
        else:
            node = self.record_node if table.path == "." else self._descend(self.record_node, table.path)
            node.table = index
        for position, column in enumerate(table.columns):
            lift = _LIFT.match(column.source)
            if lift:
                self._add_lift(sheet, lift, position)
            else:
                *blocks, tag = column.source.split("/")
                (self._descend(node, "/".join(blocks)) if blocks else node).columns[tag] = position

    def _add_lift(self, parent: Sheet, lift: re.Match[str], target: int) -> None:
        path = lift["table"] if parent.table.path == "." else f"{parent.table.path}/{lift['table']}"
        for child in self.sheets:
            if child.table.path == path:
                places = {column.source: i for i, column in enumerate(child.table.columns)}
                child.lifts.append(Lift(places[lift["field"]], lift["value"], places[lift["source"]], target))
                return
        raise ConfigurationError(f"{self.contract.id}: no child table stands at {path}, from which a column is lifted.")

    @staticmethod
    def _descend(node: Node, path: str) -> Node:
        for tag in path.split("/"):
            node = node.children.setdefault(tag, Node())
        return node


class Walker:
    """Walks dossiers and fills the sheets."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.record = 0
        self.lines_before = 0
        """Lines of the file before the part that is being read."""
        self.oddities: list[Oddity] = []

    def dossier(self, element: etree._Element) -> None:
        """Adds one dossier's rows."""
        self._row(element, self.plan.record_node, self.plan.record_node.table, (None, None))
        self.record += 1

    def outer(self, element: etree._Element) -> None:
        """Adds the row of a header or footer."""
        index, node = self.plan.outer[str(element.tag)]
        self.record, kept = -1, self.record
        self._row(element, node, index, (None, None))
        self.record = kept

    def line_of(self, element: etree._Element) -> int:
        """The physical line on which the element begins."""
        return self.lines_before + line_of(element)

    def odd(self, kind: str, element: etree._Element) -> None:
        """Reports an element that has no place, or not this one."""
        self.oddities.append(Oddity(kind, self.line_of(element), self.record, str(element.tag)))

    def _row(self, element: etree._Element, node: Node, index: int, above: tuple[Row | None, int | None]) -> None:
        sheet = self.plan.sheets[index]
        parent, parent_ordinal = above
        sheet.lines.append(self.line_of(element))
        sheet.records.append(self.record)
        sheet.parents.append(parent_ordinal)
        row: Row = [None] * sheet.width
        places = [0] * sheet.width
        self._fields(element, node, row, places, sheet.first_row + len(sheet.lines) - 1)
        sheet.values += row
        sheet.places += places
        if parent is not None:
            for lift in sheet.lifts:
                value = row[lift.field]
                if value is not None and value.rstrip() == lift.value:
                    parent[lift.target] = row[lift.source]

    def _fields(self, element: etree._Element, node: Node, row: Row, places: list[int], ordinal: int) -> None:
        columns = node.columns
        if element.attrib:
            self.odd("attribute", element)
        if element.text and not element.text.isspace():
            self.odd("stray_text", element)
        for child in element:
            column = columns.get(child.tag)
            if child.tail and not child.tail.isspace():
                self.odd("stray_text", child)
            if column is None:
                self._inner(child, node, row, places, ordinal)
                continue
            if row[column] is not None or len(child):
                self.odd("repeated_element", child)
            if child.attrib:
                self.odd("attribute", child)
            text = row[column] = child.text or ""
            # A text on one line has the right line however far it is.
            places[column] = self.lines_before + child.sourceline if text else self.line_of(child)

    def _inner(self, child: etree._Element, node: Node, row: Row, places: list[int], ordinal: int) -> None:
        known = node.children.get(child.tag)
        if known is None:
            self.odd("unknown_element", child)
        elif known.table >= 0:
            self._row(child, known, known.table, (row, ordinal))
        elif not known.ignored:
            self._fields(child, known, row, places, ordinal)

    def chunk(self, records: int) -> Chunk:
        """What was collected since the last chunk."""
        tables = {sheet.table.name: _rows(sheet) for sheet in self.plan.sheets if sheet.lines}
        for sheet in self.plan.sheets:
            sheet.first_row += len(sheet.lines)
            sheet.values, sheet.places, sheet.lines, sheet.records, sheet.parents = [], [], [], [], []
        oddities, self.oddities = tuple(self.oddities), []
        return Chunk(tables, records, oddities=oddities)


def _rows(sheet: Sheet) -> Rows:
    width, first = sheet.width, sheet.first_row
    return Rows(
        values=pa.RecordBatch.from_arrays(
            [pa.array(sheet.values[place::width], pa.string()) for place in range(width)],
            names=[column.name for column in sheet.table.columns],
        ),
        row=pa.array(range(first, first + len(sheet.lines)), pa.int64()),
        line=pa.array(sheet.lines, pa.int64()),
        record=pa.array(sheet.records, pa.int64()),
        parent=pa.array(sheet.parents, pa.int64()),
        places=_Places(width, sheet.places),
    )


@dataclass(frozen=True)
class _Places:
    """The line of each value, row by row, 0 where there is none."""

    width: int
    flat: list[int]

    def lines(self, column: int, rows: Sequence[int]) -> list[int]:
        """Those of one column in these rows."""
        return [self.flat[row * self.width + column] for row in rows]


def line_of(element: etree._Element) -> int:
    """The line on which the element begins.

    Beyond 65,535 libxml2 gives that of the first text inside, else of what follows; a text's line is the one on which it ends.
    """
    line = int(element.sourceline or 0)
    if line < _LAST_EXACT_LINE:
        return line
    if element.text:
        return line - int(element.text.count("\n"))
    if len(element):
        return line_of(element[0])
    if element.tail:
        return line - int(element.tail.count("\n"))
    following = element.getnext()
    return line if following is None else line_of(following)
