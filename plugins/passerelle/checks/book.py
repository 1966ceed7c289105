"""The findings of one file, kept small: page by page as the file is read, each sorted and compressed, and read back in file order.

A million lines with twenty findings each take some ten bytes a finding in memory; nothing ever holds them all as objects.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks.violations import Places, Violation
from passerelle.findings import Rule

_SCHEMA = pa.schema(
    [
        ("rule_no", pa.int32()),
        ("line", pa.int64()),
        ("record", pa.int64()),
        ("value", pa.string()),
        ("proposal", pa.dictionary(pa.int32(), pa.string())),
    ]
)
_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
_NOTHING = pa.DictionaryArray.from_arrays(pa.nulls(0, pa.int32()), pa.nulls(0, pa.string()))  # pa.array would load pandas
_LINES_FIRST = 32
"""Bits of the record's ordinal in a sort key of line, then record."""


class _Page(NamedTuple):
    first_line: int
    counts: dict[int, int]
    """Number of the rule → its findings on the page."""
    data: bytes


class Book:
    """The findings of one file. What is written under the same number stands together; numbers rise with the lines of the file."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        """Every broken rule by its id; its place is its number."""
        self.totals: Counter[str] = Counter()
        """Findings by rule id."""
        self._pages: dict[int, list[_Page]] = {}
        self._numbers: dict[str, int] = {}

    def write(self, number: int, violations: Iterable[Violation]) -> None:
        """Adds the violations to the page of this number."""
        found = sorted(violations, key=lambda violation: violation.rule.id)
        if not found:
            return
        sizes = [len(violation.lines) for violation in found]
        numbers = np.repeat([self._number(violation) for violation in found], sizes).astype(np.int32)
        lines, records = (np.concatenate([getattr(violation, name) for violation in found]) for name in ("lines", "records"))
        batch = pa.RecordBatch.from_arrays(
            [pa.array(numbers), pa.array(lines), pa.array(records), _values(found, sizes), _proposals(found, sizes)], schema=_SCHEMA
        ).take(pa.array(_order(lines, records)))
        counts = Counter[int]()
        for violation, size in zip(found, sizes, strict=True):
            self.totals[violation.rule.id] += size
            counts[self._numbers[violation.rule.id]] += size
        self._pages.setdefault(number, []).append(_Page(int(lines.min()), dict(counts), _packed(batch)))

    def insert(self, violations: Iterable[Violation]) -> None:
        """Adds violations that belong to no chunk where their lines stand; the file itself (line 0) comes first."""
        numbers = sorted(self._pages)
        firsts = [min(page.first_line for page in self._pages[number]) for number in numbers]
        for violation in violations:
            at = bisect_right(firsts, int(violation.lines[0])) - 1
            self.write(numbers[at] if at >= 0 else -1, [violation])

    def pages(self) -> Iterator[pa.RecordBatch]:
        """The findings in the order of the file, page by page: rule_no, line, record, value, proposal."""
        for number in sorted(self._pages):
            yield self._read(self._pages[number])

    def first(self, per_rule: int) -> Iterator[pa.RecordBatch]:
        """The first findings of every rule, in the order of the file; pages that have nothing to add are not unpacked."""
        wanted = {self._numbers[rule]: min(total, per_rule) for rule, total in self.totals.items()}
        for number in sorted(self._pages):
            present = {rule for page in self._pages[number] for rule in page.counts}
            missing = [rule for rule in present if wanted[rule]]
            if not missing:
                continue
            batch = self._read(self._pages[number])
            rules = np.asarray(batch.column("rule_no"))
            taken = [np.flatnonzero(rules == rule)[: wanted[rule]] for rule in missing]
            for rule, at in zip(missing, taken, strict=True):
                wanted[rule] -= len(at)
            yield batch.take(pa.array(np.sort(np.concatenate(taken))))

    def _number(self, violation: Violation) -> int:
        rule = violation.rule
        self.rules.setdefault(rule.id, rule)
        return self._numbers.setdefault(rule.id, len(self._numbers))

    def _read(self, pages: Sequence[_Page]) -> pa.RecordBatch:
        batches = [_unpacked(page.data) for page in pages]
        if len(batches) == 1:
            return batches[0]
        whole = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()[0]
        ranks = np.argsort(np.argsort(list(self._numbers)))[np.asarray(whole.column("rule_no"))]
        by_rule = np.argsort(ranks, kind="stable")
        lines, records = np.asarray(whole.column("line"))[by_rule], np.asarray(whole.column("record"))[by_rule]
        return whole.take(pa.array(by_rule[_order(lines, records)]))


def _order(lines: Places, records: Places) -> Places:
    """Positions by line, then record; the rest stays in its order."""
    return np.argsort((lines << _LINES_FIRST) + records, kind="stable")


def _values(found: Sequence[Violation], sizes: Sequence[int]) -> pa.Array:
    parts = [pa.nulls(size, pa.string()) if one.values is None else one.values for one, size in zip(found, sizes, strict=True)]
    return pa.concat_arrays(parts)


def _proposals(found: Sequence[Violation], sizes: Sequence[int]) -> pa.Array:
    parts = [
        pa.DictionaryArray.from_arrays(pa.nulls(size, pa.int32()), _NOTHING.dictionary) if one.proposals is None else one.proposals
        for one, size in zip(found, sizes, strict=True)
    ]
    return pa.chunked_array(parts).unify_dictionaries().combine_chunks()


def _packed(batch: pa.RecordBatch) -> bytes:
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, batch.schema, options=_OPTIONS) as writer:
        writer.write_batch(batch)
    # A copy of the right size: the stream's own buffer is up to half empty.
    return bytes(out.getvalue())


def _unpacked(data: bytes) -> pa.RecordBatch:
    return pa.ipc.open_stream(data).read_next_batch()


def texts(batch: pa.RecordBatch) -> pa.Array:
    """The proposals of a page as texts."""
    return pc.cast(batch.column("proposal"), pa.string())
