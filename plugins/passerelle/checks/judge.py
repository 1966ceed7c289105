"""One chunk of a file judged by its contract: every rule of a column, between columns of a row, and of the number of child rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import mojibake, relations, wording
from passerelle.checks.columns import ColumnCheck, prepared
from passerelle.checks.proposals import proposals
from passerelle.checks.references import References
from passerelle.checks.spreadsheet import damage_violations, is_lost
from passerelle.checks.violations import Violation, at_rows, places, shown
from passerelle.contract.model import Contract, Table
from passerelle.findings import Rule
from passerelle.readers.rows import Chunk, Oddity, Rows


class Judge:
    """The rules of one contract that look at one chunk only."""

    def __init__(self, contract: Contract, references: References | None = None) -> None:
        self._contract = contract
        known = references or {}
        self._checks = {
            table.name: [ColumnCheck(contract, table, column, known.get(column.refers_to or "")) for column in table.columns]
            for table in contract.tables
        }

    def violations(self, chunk: Chunk) -> Iterator[Violation]:
        """Every broken rule with its places."""
        yield from _odd(chunk.oddities)
        for name, rows in chunk.tables.items():
            table = self._contract.table(name)
            yield from self._columns(table, rows)
            yield from self._between(table, rows)
        yield from self._child_counts(chunk)

    def _columns(self, table: Table, rows: Rows) -> Iterator[Violation]:
        blocks = {path: _presence(table, path, rows.values) for path in table.optional_blocks}
        for check in self._checks[table.name]:
            column = check.column
            raw = rows.values.column(column.name)
            damage = rows.damage.get(column.name) if rows.damage else None
            for rule, mask in damage_violations(self._contract, table, column, damage, raw):
                yield from self._told(check, rule, mask, rows)
            lost = None if damage is None else is_lost(damage)
            for rule, mask in check.violations(raw, blocks[check.block] if check.block else None):
                yield from self._told(check, rule, mask if lost is None else pc.and_not(mask, lost), rows)
            for rule, mask in mojibake.violations(table, column, raw):
                yield from _some(at_rows(rule, mask, rows, (column,)))

    def _told(self, check: ColumnCheck, rule: Rule, mask: pa.Array, rows: Rows) -> Iterator[Violation]:
        """The violation, and what to write instead."""
        found = at_rows(rule, mask, rows, (check.column,))
        if found is not None:
            received = rows.values.column(check.column.name).take(pa.array(found.hits))
            yield replace(found, proposals=proposals(check, rule.kind, prepared(self._contract, check.column, received)))

    def _between(self, table: Table, rows: Rows) -> Iterator[Violation]:
        for rule in table.rules:
            if rule.kind not in relations.IN_A_ROW:
                continue
            mask = relations.broken(self._contract, table, rule, rows.values)
            for name in rule.columns:
                if rows.damage and name in rows.damage:
                    mask = pc.and_not(mask, is_lost(rows.damage[name]))
            yield from _some(at_rows(wording.row_rule(table, rule), mask, rows, tuple(map(table.column, rule.columns))))

    def _child_counts(self, chunk: Chunk) -> Iterator[Violation]:
        for table in self._contract.tables:
            if table.role == "child" and (table.min_rows or table.max_rows is not None):
                parents = chunk.tables.get(table.parent or "")
                wrong = None if parents is None else relations.parents_with_wrong_count(table, chunk.tables.get(table.name), parents)
                if parents is not None and wrong is not None:
                    yield from _some(at_rows(wording.rows_rule(table), wrong, parents))


def _odd(oddities: tuple[Oddity, ...]) -> Iterator[Violation]:
    """What the reader saw, by kind; the value is what it names."""
    for kind in dict.fromkeys(oddity.kind for oddity in oddities):
        some = [oddity for oddity in oddities if oddity.kind == kind]
        yield Violation(
            rule=wording.oddity_rule(kind),
            lines=places([oddity.line for oddity in some]),
            records=places([oddity.record for oddity in some]),
            values=shown(pa.array([oddity.what for oddity in some], pa.string())),
        )


def _some(violation: Violation | None) -> Iterator[Violation]:
    if violation is not None:
        yield violation


def _presence(table: Table, path: str, values: pa.RecordBatch) -> pa.Array:
    inside = [column.name for column in table.columns if not column.is_lifted and column.source.startswith(f"{path}/")]
    mask = pa.array(np.zeros(values.num_rows, dtype=bool))
    for name in inside:
        mask = pc.or_(mask, pc.is_valid(values.column(name)))
    return mask
