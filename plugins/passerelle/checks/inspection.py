"""What was found in one file: the broken rules with their places, the counts, the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from passerelle.checks import wording
from passerelle.checks.book import Book, texts
from passerelle.checks.limits import Limit
from passerelle.checks.violations import Places, places
from passerelle.contract.model import Contract
from passerelle.findings import Finding, LineCounts, Rule, Verdict
from passerelle.readers.survey import Survey

_BATCH = 65_536
_COLUMNS = ("ordinal", "rule_no", "line", "record", "value", "proposal")


@dataclass
class Inspection:
    """What was found in one file."""

    contract: Contract
    survey: Survey | None
    counts: LineCounts
    verdict: Verdict
    reason: str
    """Why the file is refused or held, in French; empty otherwise."""
    book: Book = field(default_factory=Book)
    """The findings, compressed."""
    set_aside: Places = field(default_factory=lambda: places([]))
    """Ordinals of the lines or dossiers that are not loaded, sorted."""
    rows_aside: dict[str, Places] = field(default_factory=dict)
    """Table → ordinals of the rows that are not loaded although their dossier is (XML), what hangs on them included; sorted."""
    limits: tuple[Limit, ...] = ()
    """The contract's limits that were passed: why the delivery is held."""
    stamp: datetime | None = None
    unverified: tuple[str, ...] = ()
    """French names of the columns that refer to a list which is not here: whether their values are in it was not judged."""

    @property
    def total(self) -> int:
        """Number of findings."""
        return self.book.totals.total()

    def totals(self) -> dict[str, int]:
        """Rule id → number of its findings; nothing is unpacked for it."""
        return dict(self.book.totals)

    def rules(self) -> dict[str, Rule]:
        """The broken rules by id. The place of a rule in it is its ``rule_no`` in :meth:`columns`."""
        return dict(self.book.rules)

    def findings(self) -> Iterator[tuple[Rule, Finding, int]]:
        """Every finding with its rule and the ordinal of its record (-1: the file itself), in the order of the file."""
        rules = list(self.book.rules.values())
        for page in self.book.pages():
            yield from self._told(rules, page)

    def first(self, per_rule: int) -> list[Finding]:
        """The first findings of each rule, in the order of the file, without going through all."""
        rules = list(self.book.rules.values())
        return [finding for page in self.book.first(per_rule) for _, finding, _ in self._told(rules, page)]

    def columns(self) -> Iterator[pa.RecordBatch]:
        """Every finding in the order of the file, as columns: ordinal (from 0), rule_no, line (0: no line), record (-1: the file itself),
        value (null where it may not be shown), proposal (null where there is none). In batches of bounded size."""
        ordinal = 0
        for page in self.book.pages():
            for start in range(0, page.num_rows, _BATCH):
                part = page.slice(start, _BATCH)
                ordinals = pa.array(np.arange(ordinal, ordinal + part.num_rows))
                arrays = [ordinals, *(part.column(name) for name in _COLUMNS[1:-1]), texts(part)]
                yield pa.RecordBatch.from_arrays(arrays, names=list(_COLUMNS))
                ordinal += part.num_rows

    def _told(self, rules: list[Rule], page: pa.RecordBatch) -> Iterator[tuple[Rule, Finding, int]]:
        for start in range(0, page.num_rows, _BATCH):
            part = page.slice(start, _BATCH)
            rows = zip(*(part.column(name).to_pylist() for name in _COLUMNS[1:-1]), texts(part).to_pylist(), strict=True)
            for number, line, record, value, proposal in rows:
                rule = rules[number]
                yield rule, self._finding(rule, (line, record), value, proposal), record

    def _finding(self, rule: Rule, place: tuple[int, int], value: str | None, proposal: str | None) -> Finding:
        line, record = place
        noun = "dossier" if self.contract.is_grouped else "enregistrement"
        return Finding(
            rule=rule.id,
            severity=rule.effect.severity,
            effect=rule.effect,
            table=rule.table,
            column=wording.column_named(rule, value),
            line=line or None,
            record=f"{noun} n° {record + 1}" if record >= 0 else None,
            message=wording.told(rule.message, value),
            expected=rule.expected,
            fix=rule.fix,
            proposal=proposal or "",
        )
