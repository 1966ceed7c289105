"""The totals a file announces about itself (rules of kind ``total``), added up while its records are made.

Several rules may name the same total, from tables of one file: their amounts are added together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from passerelle.contract.model import Column, Contract, RowRule
from passerelle.derive.synthetic.tree import Node
from passerelle.derive.synthetic.values import meets


class Sums:
    """The totals of one file."""

    def __init__(self, contract: Contract) -> None:
        self._decimal = contract.layout.decimal
        self._rules = {table.name: [rule for rule in table.rules if rule.kind == "total"] for table in contract.tables}
        self._columns = {
            f"{table.name}.{column.name}": column for table in contract.tables if table.role != "child" for column in table.columns
        }
        self._sums: dict[str, Decimal] = defaultdict(Decimal)
        for rules in self._rules.values():
            for rule in rules:
                self._sums[rule.other[0]] += 0

    def stand_in(self, tables: Iterable[str]) -> bool:
        """Whether one of these tables holds a total."""
        names = set(tables)
        return any(reference.rpartition(".")[0] in names for reference in self._sums)

    def take(self, node: Node) -> None:
        """Adds the amounts of one record and all rows below it."""
        if not self._sums:
            return
        for row in node.walk():
            for rule in self._rules[row.table.name]:
                self._sums[rule.other[0]] += self._amount(rule, row.values)

    def row_of(self, table: str) -> dict[str, str]:
        """The totals of this table as the file writes them, by column name."""
        texts: dict[str, str] = {}
        for reference, total in self._sums.items():
            holder, _, name = reference.rpartition(".")
            if holder == table:
                texts[name] = _written(total, self._columns[reference], self._decimal)
        return texts

    def _amount(self, rule: RowRule, values: dict[str, str]) -> Decimal:
        text = values.get(rule.columns[0], "")
        if not text or not meets(values, rule.when):
            return Decimal(0)
        amount = Decimal(text.replace(self._decimal, "."))
        return -amount if rule.minus and meets(values, rule.minus) else amount


def _written(total: Decimal, column: Column, decimal: str) -> str:
    return f"{total:.{column.scale}f}".replace(".", decimal)
