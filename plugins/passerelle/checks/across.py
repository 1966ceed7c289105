"""Rules over the whole file: keys that occur once, values that must occur in another table, totals.

The first reading keeps only numbers (:mod:`passerelle.checks.fingerprints`); when a rule is broken a second reading tells where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import wording
from passerelle.checks.columns import prepared
from passerelle.checks.fingerprints import NO_VALUE, Fingerprints, among, fingerprints
from passerelle.checks.repeats import Repeats
from passerelle.checks.totals import totals
from passerelle.checks.violations import Violation, at_rows
from passerelle.contract.model import Contract, RowRule, Table
from passerelle.readers.rows import Chunk, Rows

_BETWEEN = "\x1f"
_MERGED_ABOVE = 1_000_000


def joined(contract: Contract, table: Table, names: Sequence[str], values: pa.RecordBatch) -> pa.Array:
    """The values of several columns as one text; null where one of them is."""
    columns = [prepared(contract, table.column(name), values.column(name)) for name in names]
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, _BETWEEN)


class Across:
    """All rules of one contract that need the whole file."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._keys = {table.name: Repeats() for table in contract.tables if table.key}
        rules = [(table, rule) for table in contract.tables for rule in table.rules]
        self._presences = [_Presence(contract, table, rule) for table, rule in rules if rule.kind == "present_in"]
        self._totals = totals(contract)

    def take(self, chunk: Chunk) -> None:
        """First reading."""
        for name, keys in self._keys.items():
            if name in chunk.tables:
                keys.take(self._key_of(name, chunk.tables[name]))
        for presence in self._presences:
            presence.take(chunk)
        for total in self._totals:
            total.take(chunk)

    def close(self, outer: Mapping[str, Rows]) -> list[Violation]:
        """Ends the first reading: the totals that do not fit. What else is wrong needs another look at the file."""
        self._keys = {name: keys for name, keys in self._keys.items() if keys.close()}
        self._presences = [presence for presence in self._presences if presence.close()]
        return [violation for total in self._totals for violation in total.violations(outer)]

    @property
    def wants_another_look(self) -> bool:
        """Whether some rule is broken at places that are not known yet."""
        return bool(self._keys or self._presences)

    def look(self, chunk: Chunk) -> Iterator[Violation]:
        """Second reading, in the same order: what is wrong in this chunk."""
        for name, keys in self._keys.items():
            if name in chunk.tables:
                rows, table = chunk.tables[name], self._contract.table(name)
                yield from _found(at_rows(wording.key_rule(table), pa.array(keys.again(self._key_of(name, rows))), rows))
        for presence in self._presences:
            yield from presence.look(chunk)

    def _key_of(self, name: str, rows: Rows) -> pa.Array:
        table = self._contract.table(name)
        return joined(self._contract, table, table.key, rows.values)


class _Presence:
    """One rule of kind ``present_in``."""

    def __init__(self, contract: Contract, table: Table, rule: RowRule) -> None:
        self._contract = contract
        self._table = table
        self._rule = rule
        self._other = contract.table(rule.other[0].partition(".")[0])
        self._other_columns = [reference.rpartition(".")[2] for reference in rule.other]
        self._wanted = _Distinct()
        self._there = _Distinct()
        self._missing: Fingerprints = np.empty(0, dtype=np.int64)

    def take(self, chunk: Chunk) -> None:
        """First reading."""
        self._wanted.take(self._codes(chunk, self._table, self._rule.columns))
        self._there.take(self._codes(chunk, self._other, self._other_columns))

    def close(self) -> bool:
        """Whether some values do not occur where they should."""
        missing = np.setdiff1d(self._wanted.close(), self._there.close(), assume_unique=True)
        self._missing = missing[missing != NO_VALUE]
        return bool(len(self._missing))

    def look(self, chunk: Chunk) -> Iterator[Violation]:
        """Second reading: the rows of the chunk whose values do not occur there. A row without value is not judged."""
        rows = chunk.tables.get(self._table.name)
        if rows is not None:
            mask = among(self._codes(chunk, self._table, self._rule.columns), self._missing)
            columns = tuple(self._table.column(name) for name in self._rule.columns)
            yield from _found(at_rows(wording.row_rule(self._table, self._rule), pa.array(mask), rows, columns))

    def _codes(self, chunk: Chunk, table: Table, names: Sequence[str]) -> Fingerprints:
        rows = chunk.tables.get(table.name)
        return np.empty(0, dtype=np.int64) if rows is None else fingerprints(joined(self._contract, table, names, rows.values))


class _Distinct:
    """The different numbers among many, merged now and then so that repetitions take no room."""

    def __init__(self) -> None:
        self._parts: list[Fingerprints] = []
        self._since = 0

    def take(self, codes: Fingerprints) -> None:
        """Adds these."""
        self._parts.append(np.unique(codes))
        self._since += len(self._parts[-1])
        if self._since > _MERGED_ABOVE + len(self._parts[0]):
            self._parts, self._since = [self.close()], 0

    def close(self) -> Fingerprints:
        """The different numbers, sorted."""
        return np.unique(np.concatenate(self._parts)) if self._parts else np.empty(0, dtype=np.int64)


def _found(violation: Violation | None) -> Iterator[Violation]:
    if violation is not None:
        yield violation
