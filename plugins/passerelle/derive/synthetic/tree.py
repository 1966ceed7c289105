"""The rows of one dossier: a row of the record table, and below it rows of its child tables.

A *lifted* column repeats on the parent's row the value of the child row where some field has a given value
(``Prestations[NATPREST='RSA']/ROLEPERS``). Such child rows are made first, one for each value named, and their values lifted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from passerelle.contract.model import Column, Contract, Sample, Table
from passerelle.derive.synthetic.row import RowPlan
from passerelle.derive.synthetic.scene import Scene, Style
from passerelle.derive.synthetic.values import meets
from passerelle.errors import ConfigurationError
from passerelle.population.dice import between, pick
from passerelle.population.people import Person

LIFT = re.compile(r"^(?P<path>[^\[]+)\[(?P<field>[^=\]]+)='(?P<value>[^']*)'\]/(?P<source>.+)$")
"""The source of a lifted column."""


@dataclass(slots=True)
class Node:
    """A row and the rows that hang on it, by table name."""

    table: Table
    values: dict[str, str]
    children: dict[str, list[Node]] = field(default_factory=dict)

    def walk(self) -> Iterator[Node]:
        """This row and all below it."""
        yield self
        for rows in self.children.values():
            for row in rows:
                yield from row.walk()


def relative_path(child: Table, parent: Table) -> str:
    """The path of a child's element from its parent's element."""
    return child.path.removeprefix(f"{parent.path}/")


@dataclass(frozen=True, slots=True)
class _Choice:
    """The child row that lifted columns name: the one with this value in this field."""

    plan: RowPlan
    lifts: tuple[tuple[str, str], ...]
    """Column of the parent, column of the child row."""


class TreePlan:
    """How a table's rows, and those below them, are made."""

    def __init__(self, contract: Contract, table: Table, style: Style, *, is_below_person: bool = False) -> None:
        self.table = table
        self._row = RowPlan(table, style, contract.tables)
        self._is_below_person = is_below_person
        below_person = is_below_person or table.about_people
        self._children = [
            TreePlan(contract, child, style, is_below_person=below_person)
            for child in contract.tables
            if child.role == "child" and child.parent == table.name
        ]
        self._choices = {child.table.name: _choices(child.table, table, style, contract) for child in self._children}
        self._spare: dict[str, tuple[str, ...]] = _spare_codes(contract, table)

    def make(self, scene: Scene, plan: RowPlan | None = None) -> Node:
        """The row of this scene with all rows below it; ``plan`` stands in for the table's own."""
        made: dict[str, list[Node]] = {}
        for column in self.table.columns:
            if column.is_lifted:
                scene.row[column.name] = ""
        for child in self._children:
            made[child.table.name] = self._chosen(child, scene)
        node = Node(self.table, (plan or self._row).fill(scene))
        for child in self._children:
            rows = made[child.table.name]
            path = relative_path(child.table, self.table)
            is_open = not any(path.startswith(f"{block}/") for block in scene.absent) and meets(scene.row, child.table.sample_only_if)
            if rows or is_open:
                rows += child._further(scene, len(rows))
            if rows:
                node.children[child.table.name] = rows
        return node

    def _chosen(self, child: TreePlan, scene: Scene) -> list[Node]:
        """The child rows whose values are lifted; puts these values on the parent's row."""
        choices = self._choices[child.table.name]
        rows = []
        for choice in choices[: _count(child.table, scene)] if choices else ():
            node = child.make(scene.below(), choice.plan)
            scene.row.update({target: node.values[source] for target, source in choice.lifts})
            rows.append(node)
        return rows

    def _further(self, parent: Scene, present: int) -> list[Node]:
        """The rows of this table below a parent's row that has ``present`` of them already."""
        if self.table.about_people:
            return [self.make(parent.below(person)) for person in self._people(parent)]
        rows = []
        for sibling in range(present, _count(self.table, parent)):
            scene = parent.below(commune=pick(parent.rng, parent.communes) if sibling and parent.communes else None)
            for name, codes in self._spare.items():
                if sibling - present < len(codes):
                    scene.row[name] = codes[sibling - present]
            rows.append(self.make(scene))
        return rows

    def _people(self, parent: Scene) -> list[Person]:
        """The members of the household, the first ones where the contract's sample wants fewer; below a person, some of the others."""
        members = parent.household.members
        if not self._is_below_person:
            return list(members[: min(self.table.sample_rows[1], self.table.max_rows or len(members))])
        return [person for person in members if person is not parent.person][: _count(self.table, parent)]


def _count(table: Table, scene: Scene) -> int:
    wanted = max(table.min_rows, between(scene.rng, *table.sample_rows))
    return wanted if table.max_rows is None else min(wanted, table.max_rows)


def _choices(child: Table, parent: Table, style: Style, contract: Contract) -> list[_Choice]:
    """One for each value that lifted columns of the parent name in this child, in the order in which they are named."""
    by_source = {column.source: column for column in child.columns}
    named: dict[tuple[str, str], list[tuple[Column, str]]] = {}
    for column in parent.columns:
        lift = LIFT.match(column.source)
        if lift is None or lift["path"] != relative_path(child, parent):
            continue
        if lift["field"] not in by_source or lift["source"] not in by_source:
            raise ConfigurationError(
                f"{contract.id}: column {column.name!r} is lifted from a field that table {child.name!r} does not have."
            )
        named.setdefault((by_source[lift["field"]].name, lift["value"]), []).append((column, by_source[lift["source"]].name))
    choices = []
    for (name, value), lifted in named.items():
        table = _with_parents_hints(child, lifted)
        lifts = tuple((column.name, source) for column, source in lifted)
        choices.append(_Choice(RowPlan(table, style, contract.tables, {name: value}), lifts))
    return choices


def _with_parents_hints(child: Table, lifted: list[tuple[Column, str]]) -> Table:
    """The child table, where lifted columns that know more about the value (who it names, how to invent it) say so."""
    better: dict[str, Column] = {}
    for column, name in lifted:
        own = child.column(name)
        update: dict[str, object] = {"required": own.required or column.required}
        if column.identity is not None:
            update["identity"] = column.identity
        if column.sample != Sample() and not _looks_aside(column.sample):
            update["sample"] = column.sample
        if own.codes is None and column.codes is not None:
            update["codes"] = column.codes
        better[name] = own.model_copy(update=update)
    return child.model_copy(update={"columns": tuple(better.get(column.name, column) for column in child.columns)})


def _looks_aside(sample: Sample) -> bool:
    """Whether the hints speak of other columns of the row, which a row of another table does not have."""
    return sample.same_as is not None or sample.after is not None or sample.only_if is not None


def _spare_codes(contract: Contract, table: Table) -> dict[str, tuple[str, ...]]:
    """For fields by which lifted columns choose rows of this table: the codes no lifted column names, for the rows that follow."""
    if table.parent is None:
        return {}
    parent = contract.table(table.parent)
    named: dict[str, set[str]] = {}
    for column in parent.columns:
        lift = LIFT.match(column.source)
        if lift is not None and lift["path"] == relative_path(table, parent):
            named.setdefault(lift["field"], set()).add(lift["value"])
    by_source = {column.source: column for column in table.columns}
    spare: dict[str, tuple[str, ...]] = {}
    for source, values in named.items():
        column = by_source[source]
        spare[column.name] = tuple(code for code in (column.codes.codes if column.codes else ()) if code not in values)
    return spare
