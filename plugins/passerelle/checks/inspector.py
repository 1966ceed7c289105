"""A whole file judged by its contract: counts that add up, every broken rule with its places, and the verdict.

Nothing here touches a database or a server: the same code answers ``passerelle check`` on a partner's desk and the gateway's DAG.
A file is read once more only when a rule over the whole file is broken, to say where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import BinaryIO

import pyarrow as pa

from passerelle.checks import wording
from passerelle.checks.across import Across
from passerelle.checks.aside import Aside
from passerelle.checks.book import Book
from passerelle.checks.inspection import Inspection
from passerelle.checks.judge import Judge
from passerelle.checks.limits import Shares, verdict
from passerelle.checks.references import References, unverified
from passerelle.checks.stamp import header_stamp
from passerelle.checks.violations import Violation, places
from passerelle.contract.model import Contract
from passerelle.errors import DeliveryError
from passerelle.findings import Effect, LineCounts, Rule, Verdict
from passerelle.readers import header
from passerelle.readers.envelope import opened
from passerelle.readers.openpgp import Unlock
from passerelle.readers.reading import read
from passerelle.readers.rows import Chunk, Rows
from passerelle.readers.survey import Survey, survey
from passerelle.readers.trailer import count_lines

_LONGEST_COUNT = 18
"""Digits of an announced count."""


def inspect(contract: Contract, file: BinaryIO, unlock: Unlock | None = None, references: References | None = None) -> Inspection:
    """The judgement of the file. A file that cannot be read as the contract says is refused, with the reason as its finding.

    ``references``: the lists that values refer to (``refersTo``); of a list that is not in it nothing is judged.

    Raises ConfigurationError when the file is encrypted and ``unlock`` does not hold our key.
    """
    found: Survey | None = None
    inspector = _Inspector(contract, references or {})
    try:
        with opened(contract, file, unlock) as inside:
            found = survey(contract.layout, inside)
            for chunk in read(contract, inside, found):
                inspector.take(chunk)
            if contract.layout.format == "delimited":
                inspector.unknown_columns(header.unknown_columns(contract, inside, found))
            inspector.close(found)
            if inspector.across.wants_another_look:
                inspector.look(read(contract, inside, found))
            if inspector.aside.wants_another_look:
                inspector.find_mates(read(contract, inside, found))
        return inspector.finish(found)
    except DeliveryError as error:
        return inspector.refused(found, error)


def chunks(contract: Contract, file: BinaryIO, unlock: Unlock | None = None) -> Iterator[Chunk]:
    """The chunks of a file that was accepted: what the check saw, read once more."""
    with opened(contract, file, unlock) as inside:
        found = survey(contract.layout, inside)
        yield from read(contract, inside, found)


class _Inspector:
    """Collects what the chunks of one file hold."""

    def __init__(self, contract: Contract, references: References) -> None:
        self.contract = contract
        self._unverified = unverified(contract, references)
        self.across = Across(contract)
        self.aside = Aside(contract)
        self._judge = Judge(contract, references)
        self._shares = Shares(contract)
        self._book = Book()
        self._outside: list[Violation] = []
        """What belongs to no chunk."""
        self._fatal = ""
        """The message of the first finding that refuses the file."""
        self._chunks = count()
        self._records = self._blank = self._swallowed = 0
        self._last_short = 0
        self._is_read = False
        """Whether the reader came to the end of the file."""
        self._outer: dict[str, Rows] = {}

    def take(self, chunk: Chunk) -> None:
        """First reading: judges one chunk."""
        self._records += chunk.records
        self._blank += len(chunk.blank)
        self._swallowed += chunk.swallowed
        self._last_short = max((oddity.line for oddity in chunk.oddities if oddity.is_short), default=self._last_short)
        for name, rows in chunk.tables.items():
            if self.contract.table(name).role in ("header", "footer"):
                self._outer[name] = rows
        self.across.take(chunk)
        self._note(next(self._chunks), chunk, list(self._judge.violations(chunk)))

    def unknown_columns(self, names: tuple[str, ...]) -> None:
        """Reports columns of the file that are not read."""
        if names:
            lines, records = places([1] * len(names)), places([-1] * len(names))
            self._outside.append(Violation(wording.oddity_rule("unknown_column"), lines, records, pa.array(names)))

    def close(self, found: Survey) -> None:
        """Ends the first reading. Raises DeliveryError when the file is not whole, or not as many dossiers as it says."""
        self._broken_off(found)
        self._is_read = True
        for violation in self.across.close(self._outer):
            self._outside.append(violation)
            self._shares.take([violation])
            self._refusing(violation)
        self._announced_count()

    def look(self, again: Iterable[Chunk]) -> None:
        """Second reading: where rules over the whole file are broken."""
        for number, chunk in enumerate(again):
            self._note(number, chunk, list(self.across.look(chunk)))

    def find_mates(self, again: Iterable[Chunk]) -> None:
        """One more reading, once all bad lines are known: the other lines of their dossiers."""
        for number, chunk in enumerate(again):
            self._note(number, chunk, list(self.aside.mates(chunk)))

    def finish(self, found: Survey) -> Inspection:
        """The judgement, once everything was looked at."""
        if self._fatal:
            return self._refusal(found, self._fatal)
        set_aside = self.aside.records()
        counts = LineCounts(
            received=self._records + self._swallowed,
            accepted=self._records - self._blank - len(set_aside),
            set_aside=len(set_aside) + self._swallowed,
            ignored=self._blank,
        )
        self._book.insert(self._outside)
        answer, reason, limits = verdict(self.contract, counts, self._shares, found=bool(self._book.rules))
        return Inspection(
            contract=self.contract,
            survey=found,
            counts=counts,
            verdict=answer,
            reason=reason,
            book=self._book,
            set_aside=set_aside,
            rows_aside=self.aside.rows(),
            limits=limits,
            unverified=self._unverified,
            stamp=header_stamp(self.contract, self._outer),
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
        if not self._is_read:
            # Of a file that breaks off, what was found up to some block would only distract from the reason.
            self._book, self._outside = Book(), []
        self._outside.append(Violation(rule, places([error.line or 0]), places([-1])))
        return self._refusal(found, error.message)

    def _note(self, number: int, chunk: Chunk, violations: list[Violation]) -> None:
        self._shares.take(violations)
        self.aside.take(chunk, violations)
        self._book.write(number, violations)
        for violation in violations:
            self._refusing(violation)

    def _refusing(self, violation: Violation) -> None:
        """Notes what refuses the file: a rule that says so, or anything but a warning in its header or footer."""
        effect = violation.rule.effect
        if not self._fatal and (effect is Effect.REFUSE or (effect is not Effect.WARN and (violation.records < 0).any())):
            value = None if violation.values is None else violation.values[0].as_py()
            self._fatal = wording.told(violation.rule.message, value)

    def _refusal(self, found: Survey | None, reason: str) -> Inspection:
        received = self._records + self._swallowed if self._is_read else 0
        if self.contract.layout.is_lines and found is not None:
            received = count_lines(self.contract.layout, found)
        self._book.insert(self._outside)
        return Inspection(
            contract=self.contract,
            survey=found,
            counts=LineCounts(received=received, set_aside=received),
            verdict=Verdict.REFUSED,
            reason=reason,
            book=self._book,
            unverified=self._unverified,
            stamp=header_stamp(self.contract, self._outer),
        )

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
        if announced != self._records:
            raise DeliveryError(
                "file.count",
                f"Le fichier annonce {announced} dossiers et en contient {self._records}.",
                expected="Autant de dossiers que le nombre annoncé en fin de fichier.",
                fix="Le fichier est sans doute incomplet : produisez-le et déposez-le de nouveau.",
            )


def _number(values: pa.RecordBatch, column: str) -> int:
    text = values.column(column)[0].as_py() or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT else 0
