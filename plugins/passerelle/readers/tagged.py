"""XML of several tables → rows of text, dossier by dossier, in bounded memory (lxml iterparse).

The contract's paths are compiled once into a tree of tags; each dossier is walked once along it. An element the contract neither
declares nor ignores is reported, never dropped in silence. External entities, DTDs and the network are off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import pyarrow as pa
from lxml import etree

from passerelle.contract.model import Contract, Table
from passerelle.errors import ConfigurationError, DeliveryError
from passerelle.readers.rows import Chunk, Oddity, Rows

_DOSSIERS_PER_CHUNK = 2_000
_LIFT = re.compile(r"^(?P<table>[\w/]+)\[(?P<field>[\w/]+)='(?P<value>[^']*)'\]/(?P<source>[\w/]+)$")
_MAX_ODDITIES = 10_000

Row = list[str | None]


@dataclass(slots=True)
class _Node:
    """What to do with one tag: a field of a row, a block to descend, a row of a child table, or nothing."""

    children: dict[str, _Node] = field(default_factory=dict)
    column: int = -1
    table: int = -1
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class _Lift:
    """A child row's value repeated on its parent's row, where the child's field has a certain value."""

    field: int
    value: str
    source: int
    target: int


@dataclass(slots=True)
class _Sheet:
    """The rows of one table collected for the next chunk.

    Values of all rows stand in one flat list: a list object per row would keep the garbage collector busy (13 % of the time).
    """

    table: Table
    width: int
    values: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    parents: list[int | None] = field(default_factory=list)
    first_row: int = 0
    lifts: list[_Lift] = field(default_factory=list)


class _Plan:
    """The contract's tree of tags and its tables."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.sheets = [_Sheet(table, len(table.columns)) for table in contract.tables]
        self.by_name = {sheet.table.name: i for i, sheet in enumerate(self.sheets)}
        self.record_node = _Node()
        self.outer: dict[str, tuple[int, _Node]] = {}
        for index, sheet in enumerate(self.sheets):
            self._add_table(index, sheet)
        for ignored in contract.layout.ignored:
            self._descend(self.record_node, ignored.path).ignored = True

    def _add_table(self, index: int, sheet: _Sheet) -> None:
        table = sheet.table
        if table.role in ("header", "footer"):
            node = _Node()
            self.outer[table.path.rsplit("/", 1)[-1]] = (index, node)
        else:
            node = self.record_node if table.path == "." else self._descend(self.record_node, table.path)
            node.table = index
        for position, column in enumerate(table.columns):
            lift = _LIFT.match(column.source)
            if lift:
                self._add_lift(sheet, lift, position)
            else:
                self._descend(node, column.source).column = position

    def _add_lift(self, parent: _Sheet, lift: re.Match[str], target: int) -> None:
        path = lift["table"] if parent.table.path == "." else f"{parent.table.path}/{lift['table']}"
        for child in self.sheets:
            if child.table.path == path:
                places = {column.source: i for i, column in enumerate(child.table.columns)}
                child.lifts.append(_Lift(places[lift["field"]], lift["value"], places[lift["source"]], target))
                return
        raise ConfigurationError(f"{self.contract.id}: no child table stands at {path}, from which a column is lifted.")

    @staticmethod
    def _descend(node: _Node, path: str) -> _Node:
        for tag in path.split("/"):
            node = node.children.setdefault(tag, _Node())
        return node


class _Walker:
    """Walks dossiers and fills the sheets."""

    def __init__(self, plan: _Plan) -> None:
        self.plan = plan
        self.record = 0
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

    def odd(self, kind: str, element: etree._Element, what: str) -> None:
        """Reports an element that has no place."""
        if len(self.oddities) < _MAX_ODDITIES:
            self.oddities.append(Oddity(kind, int(element.sourceline or 0), self.record, what))

    def _row(self, element: etree._Element, node: _Node, index: int, above: tuple[Row | None, int | None]) -> None:
        sheet = self.plan.sheets[index]
        parent, parent_ordinal = above
        sheet.lines.append(element.sourceline)
        sheet.records.append(self.record)
        sheet.parents.append(parent_ordinal)
        row: Row = [None] * sheet.width
        self._fields(element, node, row, sheet.first_row + len(sheet.lines) - 1)
        sheet.values += row
        if parent is not None:
            for lift in sheet.lifts:
                value = row[lift.field]
                if value is not None and value.rstrip() == lift.value:
                    parent[lift.target] = row[lift.source]

    def _fields(self, element: etree._Element, node: _Node, row: Row, ordinal: int) -> None:
        children = node.children
        for child in element:
            known = children.get(child.tag)
            if known is None:
                self.odd("unknown_element", child, str(child.tag))
            elif known.column >= 0:
                if row[known.column] is not None or len(child):
                    self.odd("repeated_element", child, str(child.tag))
                row[known.column] = child.text or ""
            elif known.table >= 0:
                self._row(child, known, known.table, (row, ordinal))
            elif not known.ignored:
                self._fields(child, known, row, ordinal)

    def chunk(self, records: int) -> Chunk:
        """What was collected since the last chunk."""
        tables = {sheet.table.name: _rows(sheet) for sheet in self.plan.sheets if sheet.lines}
        for sheet in self.plan.sheets:
            sheet.first_row += len(sheet.lines)
            sheet.values, sheet.lines, sheet.records, sheet.parents = [], [], [], []
        oddities, self.oddities = tuple(self.oddities), []
        return Chunk(tables, records, oddities=oddities)


def _rows(sheet: _Sheet) -> Rows:
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
    )


def read(contract: Contract, file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of the file; header and footer rows are in the chunks in which they end.

    Raises DeliveryError when the XML is broken or cut off, or when header or footer are missing, repeated or out of place.
    """
    file.seek(0)
    layout = contract.layout
    plan = _Plan(contract)
    walker = _Walker(plan)
    order = _Order(contract)
    pending = 0
    parser = etree.iterparse(
        file,
        events=("end",),
        tag=(layout.record, *plan.outer),
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for _, element in parser:
            if element.getparent() is None or element.getparent().getparent() is not None:
                continue
            _strangers(walker, element, order.known)
            if element.tag == layout.record:
                order.dossier(element)
                walker.dossier(element)
                pending += 1
            else:
                order.outer(element)
                walker.outer(element)
            _forget(element)
            if pending >= _DOSSIERS_PER_CHUNK:
                yield walker.chunk(pending)
                pending = 0
        _end(parser.root, walker, order)
    except etree.XMLSyntaxError as error:
        raise _broken(error) from None
    yield walker.chunk(pending)


def _forget(element: etree._Element) -> None:
    """Frees the element's content and everything before it, so that memory stays bounded."""
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


class _Order:
    """Header exactly once and first, footer exactly once and last, the root of the right name."""

    def __init__(self, contract: Contract) -> None:
        roles = {table.path.rsplit("/", 1)[-1]: table.role for table in contract.tables if table.role in ("header", "footer")}
        self.roles = roles
        self.root = contract.layout.root
        self.known = {*roles, contract.layout.record}
        self.seen: list[str] = []

    def dossier(self, element: etree._Element) -> None:
        headers = {tag for tag, role in self.roles.items() if role == "header"}
        if headers - set(self.seen):
            raise self._misplaced(sorted(headers - set(self.seen))[0], "doit venir avant le premier dossier", element)
        if any(self.roles[tag] == "footer" for tag in self.seen):
            raise self._misplaced(self.seen[-1], "doit venir après le dernier dossier", element)

    def outer(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in self.seen:
            raise self._misplaced(tag, "figure plus d'une fois", element)
        self.seen.append(tag)

    def end(self, root: etree._Element | None) -> None:
        """Every header and footer must have come."""
        if root is None or str(root.tag) != self.root:
            raise DeliveryError(
                "file.root",
                f"Le fichier XML ne commence pas par la balise <{self.root}>.",
                line=1,
                expected=f"Une balise racine <{self.root}>.",
                fix="Vérifiez que vous déposez le bon flux dans ce dossier.",
            )
        for tag, role in self.roles.items():
            if tag not in self.seen:
                name = "header" if role == "header" else "footer"
                raise DeliveryError(
                    f"file.{name}",
                    f"La balise <{tag}> est absente : le fichier est incomplet.",
                    expected=f"La balise <{tag}> exactement une fois.",
                    fix="Le fichier a sans doute été coupé pendant sa production ou son envoi : produisez-le et déposez-le de nouveau.",
                )

    def _misplaced(self, tag: str, what: str, element: etree._Element) -> DeliveryError:
        return DeliveryError(
            f"file.{self.roles[tag]}",
            f"La balise <{tag}> {what}.",
            line=element.sourceline,
            expected=f"La balise <{tag}> exactement une fois, à sa place.",
            fix="Produisez de nouveau le fichier et redéposez-le.",
        )


def _strangers(walker: _Walker, element: etree._Element, known: set[str]) -> None:
    """Elements beside the dossiers that no table provides for."""
    for sibling in list(element.itersiblings(preceding=True)):
        if str(sibling.tag) not in known:
            walker.odd("unknown_element", sibling, str(sibling.tag))
            sibling.getparent().remove(sibling)


def _end(root: etree._Element | None, walker: _Walker, order: _Order) -> None:
    if root is not None:
        for child in root:
            if str(child.tag) not in order.known:
                walker.odd("unknown_element", child, str(child.tag))
    order.end(root)


def _broken(error: etree.XMLSyntaxError) -> DeliveryError:
    return DeliveryError(
        "file.xml",
        "Le fichier XML est coupé ou mal formé à cet endroit : la suite ne peut pas être lue.",
        line=error.lineno,
        expected="Un fichier XML complet et bien formé.",
        fix="Le fichier a sans doute été coupé pendant sa production ou son envoi : produisez-le et déposez-le de nouveau.",
    )
