"""A total announced in a header or footer, against the sum of its lines: exact decimals, over the whole file.

The rules that name one total are judged together: its lines may stand in several columns, of several tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import wording
from passerelle.checks.columns import prepared
from passerelle.checks.values import typed
from passerelle.checks.violations import Violation, places
from passerelle.contract.model import Contract, RowRule, Table
from passerelle.readers.rows import Chunk, Rows

_EXACT = Context(prec=100)
_MOST_DIGITS = 38


def totals(contract: Contract) -> list[Total]:
    """The totals of the contract, in the order of the first rule that names each."""
    named: dict[str, list[tuple[Table, RowRule]]] = {}
    for table in contract.tables:
        for rule in table.rules:
            if rule.kind == "total":
                named.setdefault(rule.other[0], []).append((table, rule))
    return [Total(contract, parts) for parts in named.values()]


class Total:
    """One announced total: all the rules of kind ``total`` that name it.

    Not judged: a file with an amount (or a total) that cannot be read, which is a finding by itself.
    """

    def __init__(self, contract: Contract, parts: Sequence[tuple[Table, RowRule]]) -> None:
        self._contract = contract
        self._parts = parts
        self._sums = [_Sum(contract, table, rule) for table, rule in parts]

    def take(self, chunk: Chunk) -> None:
        """Adds the amounts of the chunk."""
        for part in self._sums:
            part.take(chunk)

    def violations(self, outer: Mapping[str, Rows]) -> Iterator[Violation]:
        """The mismatch, if there is one: a single place, that of the announced total."""
        holder, _, name = self._parts[0][1].other[0].partition(".")
        if holder not in outer or not all(part.is_readable for part in self._sums):
            return
        rows, column = outer[holder], self._contract.table(holder).column(name)
        announced = typed(column, prepared(self._contract, column, rows.values.column(name)), self._contract.layout.decimal)[0].as_py()
        whole = Decimal(0)
        for part in self._sums:
            whole = _EXACT.add(whole, part.amount)
        if announced is None or announced == whole:
            return
        amounts = (self._written(Decimal(announced)), self._written(whole))
        rule = wording.total_rule(self._contract, self._parts, amounts)
        yield Violation(rule, places(rows.lines_of(name, [0])), places([-1]))

    def _written(self, amount: Decimal) -> str:
        return format(amount, "f").replace(".", self._contract.layout.decimal)


class _Sum:
    """What one rule adds to a total."""

    def __init__(self, contract: Contract, table: Table, rule: RowRule) -> None:
        self._contract = contract
        self._table = table
        self._rule = rule
        self._column = table.column(rule.columns[0])
        self.amount = Decimal(0)
        self.is_readable = True

    def take(self, chunk: Chunk) -> None:
        """Adds the amounts of the chunk."""
        rows = chunk.tables.get(self._table.name)
        if rows is None:
            return
        texts = prepared(self._contract, self._column, rows.values.column(self._column.name))
        if self._rule.when:
            texts = pc.if_else(self._holds(rows, self._rule.when), texts, None)
        amounts = typed(self._column, texts, self._contract.layout.decimal)
        self.is_readable = self.is_readable and amounts.null_count == texts.null_count
        whole = self._added(amounts)
        if self._rule.minus:
            less = pc.if_else(self._holds(rows, self._rule.minus), amounts, None)
            whole = _EXACT.subtract(whole, _EXACT.multiply(Decimal(2), self._added(less)))
        self.amount = _EXACT.add(self.amount, whole)

    def _holds(self, rows: Rows, conditions: Mapping[str, tuple[str, ...]]) -> pa.Array:
        mask = pa.scalar(True)
        for name, wanted in conditions.items():
            values = prepared(self._contract, self._table.column(name), rows.values.column(name))
            mask = pc.and_(mask, pc.fill_null(pc.is_in(values, value_set=pa.array(wanted, pa.string())), False))
        return mask

    def _added(self, amounts: pa.Array) -> Decimal:
        wide = pc.cast(amounts, pa.decimal128(_MOST_DIGITS, self._column.scale))
        return pc.sum(wide).as_py() or Decimal(0)
