"""The contract's tree of tags as tables of numbers: what an element is follows from what its parent is and from its name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from passerelle.readers.dossier import Node, Plan
from passerelle.readers.markup import Words, name_number

UNKNOWN = 0
"""An element the contract does not know."""
SILENT = 1
"""What stands inside an unknown element, or an element left out on purpose."""
IGNORED = 2
RECORD = 3
"""The dossier itself: the first of the paths of the contract."""


@dataclass(frozen=True)
class FieldPath:
    """A path whose elements are values of one column."""

    path: int
    table: int
    column: int


class PathTable:
    """All paths of a contract, numbered; the dossier is RECORD."""

    def __init__(self, plan: Plan, record: str) -> None:
        self.tables: dict[int, int] = {}
        """Path of a row → its table."""
        self.fields: list[FieldPath] = []
        self._steps: list[dict[str, int]] = [{}, {}, {}, {}]
        self._plan(plan.record_node, RECORD, plan.record_node.table)
        names = sorted({name for steps in self._steps for name in steps} | {record})
        numbers = {name: name_number(name) for name in names}
        order = sorted(names, key=numbers.__getitem__)
        self._known = np.array([numbers[name] for name in order], dtype=np.uint64)
        self.record_name = order.index(record)
        self._next = np.full((len(self._steps), len(order) + 1), UNKNOWN, dtype=np.int16)
        for path, steps in enumerate(self._steps):
            if path in (UNKNOWN, SILENT, IGNORED) or any(field.path == path for field in self.fields):
                self._next[path, :] = SILENT
            for name, target in steps.items():
                self._next[path, order.index(name)] = target

    def _plan(self, node: Node, path: int, table: int) -> None:
        if node.table >= 0:
            table = node.table
            self.tables[path] = table
        for tag, child in node.children.items():
            if child.ignored and child.table < 0:
                self._steps[path][tag] = IGNORED
            elif tag not in node.columns:
                self._plan(child, self._new(path, tag), table)
        for tag, column in node.columns.items():
            self.fields.append(FieldPath(self._new(path, tag), table, column))

    def _new(self, path: int, tag: str) -> int:
        self._steps.append({})
        self._steps[path][tag] = len(self._steps) - 1
        return len(self._steps) - 1

    def names(self, numbers: Words) -> npt.NDArray[np.int64]:
        """The place of each name among the names the contract knows; one beyond the last where it knows it not."""
        places = np.searchsorted(self._known, numbers)
        places[places == len(self._known)] = 0
        return np.where(self._known[places] == numbers, places, len(self._known))

    def below(self, parents: npt.NDArray[np.int16], names: npt.NDArray[np.int64]) -> npt.NDArray[np.int16]:
        """The paths of elements from their parents' paths and their names."""
        return self._next[parents, names]
