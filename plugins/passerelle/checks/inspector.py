"""A whole file judged by its contract: counts that add up, every broken rule with its places, and the verdict.

Nothing here touches a database or a server: the same code answers ``passerelle check`` on a partner's desk and the gateway's DAG.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import relations, wording
from passerelle.checks.columns import ColumnCheck, prepared
from passerelle.checks.inspection import Inspection, Violation, places
from passerelle.checks.repeats import are_distinct, repeated
from passerelle.checks.stamp import header_stamp
from passerelle.contract.model import Column, Contract, Table
from passerelle.errors import DeliveryError
from passerelle.findings import Effect, LineCounts, Rule, Verdict
from passerelle.readers import header
from passerelle.readers.reading import read
from passerelle.readers.rows import Chunk, Rows
from passerelle.readers.survey import Survey, survey

_LONGEST_COUNT = 18
"""Digits of an announced count."""


def inspect(contract: Contract, file: BinaryIO) -> Inspection:
    """The judgement of the file. A file that cannot be read as the contract says is refused, with the reason as its finding."""
    found: Survey | None = None
    inspector = _Inspector(contract)
    try:
        found = survey(contract.layout, file)
        for chunk in read(contract, file, found):
            inspector.take(chunk)
        if contract.layout.format == "delimited":
            inspector.unknown_columns(header.unknown_columns(contract, file, found))
        return inspector.finish(found)
    except DeliveryError as error:
        return inspector.refused(found, error)


def chunks(contract: Contract, file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of a file that was accepted: what the check saw, read once more."""
    found = survey(contract.layout, file)
    yield from read(contract, file, found)


class _Inspector:
    """Collects what the chunks of one file hold."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.violations: list[Violation] = []
        self.records = 0
        self.blank = 0
        self.swallowed = 0
        self._last_short = 0
        self.is_read = False
        """Whether the reader came to the end of the file."""
        self._checks = {table.name: [ColumnCheck(contract, table, column) for column in table.columns] for table in contract.tables}
        self._keys: dict[str, list[tuple[pa.Array, pa.Array, pa.Array]]] = {table.name: [] for table in contract.tables if table.key}
        self._outer: dict[str, Rows] = {}

    def take(self, chunk: Chunk) -> None:
        """Judges one chunk."""
        self.records += chunk.records
        self.blank += len(chunk.blank)
        self.swallowed += chunk.swallowed
        for oddity in chunk.oddities:
            rule = wording.oddity_rule(oddity.kind, oddity.what)
            self.violations.append(Violation(rule, places([oddity.line]), places([oddity.record])))
            self._last_short = oddity.line if oddity.is_short else self._last_short
        for name, rows in chunk.tables.items():
            table = self.contract.table(name)
            if table.role in ("header", "footer"):
                self._outer[name] = rows
            self._columns(table, rows)
            for row_rule in table.rules:
                broken = relations.broken(self.contract, table, row_rule, rows.values)
                self._add(wording.row_rule(table, row_rule), broken, rows, table.column(row_rule.columns[0]))
            if table.key:
                self._keys[name].append((_key(self.contract, table, rows.values), rows.line, rows.record))
        self._child_counts(chunk)

    def _columns(self, table: Table, rows: Rows) -> None:
        blocks = {path: _presence(table, path, rows.values) for path in table.optional_blocks}
        for check in self._checks[table.name]:
            raw = rows.values.column(check.column.name)
            present = blocks[check.block] if check.block else None
            for rule, mask in check.violations(raw, present):
                self._add(rule, mask, rows, check.column)

    def _child_counts(self, chunk: Chunk) -> None:
        for table in self.contract.tables:
            if table.role == "child" and (table.min_rows or table.max_rows is not None):
                parents = chunk.tables.get(table.parent or "")
                if parents is None:
                    continue
                wrong = relations.parents_with_wrong_count(table, chunk.tables.get(table.name), parents)
                if wrong is not None:
                    self._add(wording.rows_rule(table), wrong, parents)

    def _add(self, rule: Rule, mask: pa.Array, rows: Rows, column: Column | None = None) -> None:
        hit = np.flatnonzero(np.asarray(pc.fill_null(mask, False)))
        if not len(hit):
            return
        lines, values = np.asarray(rows.line)[hit], None
        if column is not None:
            lines = places(rows.lines_of(column.name, hit.tolist()))
            if column.classification.may_be_shown:
                values = tuple(rows.values.column(column.name).take(pa.array(hit)).to_pylist())
        self.violations.append(Violation(rule, lines, np.asarray(rows.record)[hit], values))

    def unknown_columns(self, names: tuple[str, ...]) -> None:
        """Reports columns of the file that are not read."""
        for name in names:
            self.violations.append(Violation(wording.oddity_rule("unknown_column", name), places([1]), places([-1])))

    def finish(self, found: Survey) -> Inspection:
        """The judgement once every chunk was taken."""
        self._broken_off(found)
        self.is_read = True
        self._duplicates()
        self._announced_count()
        for violation in self.violations:
            fatal = violation.rule.effect is Effect.REFUSE
            if fatal or (violation.rule.effect is Effect.SET_ASIDE and (violation.records < 0).any()):
                return self._refusal(found, violation.rule.message.replace("{value}", ""))
        aside = [violation.records for violation in self.violations if violation.rule.effect is Effect.SET_ASIDE]
        set_aside = np.unique(np.concatenate(aside)) if aside else places([])
        counts = LineCounts(
            received=self.records + self.swallowed,
            accepted=self.records - self.blank - len(set_aside),
            set_aside=len(set_aside) + self.swallowed,
            ignored=self.blank,
        )
        verdict, reason = self._verdict(counts)
        return Inspection(
            self.contract, found, counts, verdict, reason, self.violations, set_aside, header_stamp(self.contract, self._outer)
        )

    def refused(self, found: Survey | None, error: DeliveryError) -> Inspection:
        """The judgement of a file that cannot be read: one finding says why."""
        rule = Rule(
            id=error.rule,
            kind=error.rule.split(".", 1)[-1],
            effect=Effect.REFUSE,
            message=error.message,
            expected=error.expected,
            fix=error.fix,
        )
        # Of a file that breaks off, what was found up to some block would only distract from the reason.
        kept = self.violations if self.is_read else []
        self.violations = [*kept, Violation(rule, places([error.line or 0]), places([-1]))]
        return self._refusal(found, error.message)

    def _refusal(self, found: Survey | None, reason: str) -> Inspection:
        received = self.records + self.swallowed if self.is_read else 0
        if self.contract.layout.is_lines and found is not None:
            received = max(0, found.lines - self.contract.layout.outer_lines)
        counts = LineCounts(received=received, set_aside=received)
        return Inspection(
            self.contract, found, counts, Verdict.REFUSED, reason, self.violations, stamp=header_stamp(self.contract, self._outer)
        )

    def _verdict(self, counts: LineCounts) -> tuple[Verdict, str]:
        if counts.received == counts.ignored:
            return Verdict.HELD, "Le fichier ne contient aucune ligne : une personne du Département vérifie avant de poursuivre."
        if counts.set_aside / counts.received > self.contract.hold_above:
            share = f"{counts.set_aside / counts.received:.0%}".replace("%", " %")
            return Verdict.HELD, (
                f"{share} du fichier est à corriger, plus que le seuil convenu ({self.contract.hold_above:.0%}) : "
                "rien n'est chargé avant qu'une personne du Département ait décidé."
            ).replace("%)", " %)")
        return (Verdict.ACCEPTED_WITH_FINDINGS if self.violations else Verdict.ACCEPTED), ""

    def _duplicates(self) -> None:
        for name, parts in self._keys.items():
            if not parts:
                continue
            keys = pa.chunked_array([part[0] for part in parts])
            if are_distinct(keys):
                continue
            again = repeated(keys)
            lines = np.concatenate([np.asarray(part[1]) for part in parts])[again]
            records = np.concatenate([np.asarray(part[2]) for part in parts])[again]
            self.violations.append(Violation(wording.key_rule(self.contract.table(name)), lines, records))

    def _broken_off(self, found: Survey) -> None:
        """A last line that has too few fields and no line end was cut while the file was written or sent: so were those after it."""
        if not self.contract.layout.is_lines or found.ends_with_line_end:
            return
        if found.lines == self._last_short:
            raise DeliveryError(
                "file.truncated",
                "Le fichier s'arrête au milieu de sa dernière ligne : il est incomplet.",
                line=found.lines,
                expected="Un fichier entier, dont la dernière ligne est complète.",
                fix="L'export ou l'envoi a sans doute été interrompu : produisez de nouveau le fichier et redéposez-le.",
            )

    def _announced_count(self) -> None:
        check = self.contract.layout.count
        if check is None or check.table not in self._outer:
            return
        values = self._outer[check.table].values
        announced = _number(values, check.column) - (_number(values, check.minus) if check.minus else 0)
        if announced != self.records:
            raise DeliveryError(
                "file.count",
                f"Le fichier annonce {announced} dossiers et en contient {self.records}.",
                expected="Autant de dossiers que le nombre annoncé en fin de fichier.",
                fix="Le fichier est sans doute incomplet : produisez-le et déposez-le de nouveau.",
            )


def _key(contract: Contract, table: Table, values: pa.RecordBatch) -> pa.Array:
    columns = [prepared(contract, table.column(name), values.column(name)) for name in table.key]
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, "\x1f")


def _presence(table: Table, path: str, values: pa.RecordBatch) -> pa.Array:
    inside = [column.name for column in table.columns if not column.is_lifted and column.source.startswith(f"{path}/")]
    mask = pa.array(np.zeros(values.num_rows, dtype=bool))
    for name in inside:
        mask = pc.or_(mask, pc.is_valid(values.column(name)))
    return mask


def _number(values: pa.RecordBatch, column: str) -> int:
    text = values.column(column)[0].as_py() or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT else 0
