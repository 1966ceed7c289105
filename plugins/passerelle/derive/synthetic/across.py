"""Rules of kind ``present_in`` in a synthetic file: what a row names exists in the other table of the file.

A row names a row of its own record where there is one, else one of an earlier record; where the file has none yet, it names nothing.
Only one row is remembered for each rule, so files of any size are made in little memory.
"""

from __future__ import annotations

from passerelle.contract.model import Contract, RowRule
from passerelle.derive.synthetic.tree import Node


class Across:
    """Makes the rules hold, record after record."""

    def __init__(self, contract: Contract) -> None:
        rules = [(table.name, rule) for table in contract.tables for rule in table.rules if rule.kind == "present_in"]
        self._pointers = [_Pointer(table, rule) for table, rule in rules]

    def mend(self, record: Node) -> None:
        """Changes the record's rows until all they name is there."""
        if self._pointers:
            rows = list(record.walk())
            for pointer in self._pointers:
                pointer.mend(rows)
            for pointer in self._pointers:
                pointer.learn(rows)


class _Pointer:
    """One rule, and the last values that the other table had."""

    def __init__(self, table: str, rule: RowRule) -> None:
        self._table, self._columns = table, rule.columns
        self._holder = rule.other[0].rpartition(".")[0]
        self._sources = tuple(reference.rpartition(".")[2] for reference in rule.other)
        self._known: tuple[str, ...] = ("",) * len(rule.columns)

    def mend(self, rows: list[Node]) -> None:
        """Lets these rows name only what is there."""
        there = self._there(rows)
        for row in rows:
            if row.table.name == self._table and all(named := _values(row, self._columns)) and named not in there:
                row.values.update(zip(self._columns, there[0] if there else self._known, strict=True))

    def learn(self, rows: list[Node]) -> None:
        """Remembers what these rows offer."""
        there = self._there(rows)
        if there:
            self._known = there[-1]

    def _there(self, rows: list[Node]) -> list[tuple[str, ...]]:
        found = [_values(row, self._sources) for row in rows if row.table.name == self._holder]
        return [values for values in found if all(values)]


def _values(row: Node, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(row.values.get(name, "") for name in names)
