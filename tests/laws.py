"""What holds of every judgement, whatever bytes were judged."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.contract.model import Contract
from passerelle.findings import Verdict
from passerelle.readers.openpgp import Unlock
from passerelle.readers.rows import Chunk

LINE_END = re.compile(rb"\r\n|\r|\n")


class BrokenLawError(AssertionError):
    """A judgement that contradicts itself or the file."""


def kept(contract: Contract, data: bytes, unlock: Unlock | None = None) -> Inspection:
    """The judgement of these bytes. Raises BrokenLawError when it does not keep the laws."""
    seen = inspect(contract, io.BytesIO(data), unlock)
    counts = seen.counts
    _law(counts.add_up, f"the counts do not add up: {counts}")
    _law(min(counts.received, counts.accepted, counts.set_aside, counts.ignored) >= 0, f"a count is negative: {counts}")
    _law(bool(seen.reason) == (seen.verdict in (Verdict.REFUSED, Verdict.HELD)), "what stops a file has its reason, and nothing else has")
    _law((seen.verdict is Verdict.ACCEPTED) == (seen.total == 0 and not seen.reason), "a clean file has no finding, and only that")
    _findings(seen, data)
    if seen.verdict is Verdict.REFUSED:
        _law(counts.accepted == 0, "nothing of a refused file is accepted")
    else:
        _law(seen.survey is not None, "only a file that cannot be surveyed has no survey")
        _conservation(seen, list(chunks(contract, io.BytesIO(data), unlock)))
    return seen


def answer(seen: Inspection) -> tuple[object, ...]:
    """All that is said of a file, to be compared."""
    findings = [finding.model_dump_json() for _, finding, _ in seen.findings()]
    return seen.verdict, seen.reason, seen.counts, findings, seen.set_aside.tolist(), seen.totals()


def _findings(seen: Inspection, data: bytes) -> None:
    told = list(seen.findings())
    _law(len(told) == seen.total == sum(seen.totals().values()), "the totals are the numbers of the findings")
    is_plain = seen.contract.layout.format != "xlsx" and not seen.contract.layout.envelope
    last = len(LINE_END.findall(data)) + 1 if is_plain else None
    for rule, finding, record in told:
        _law(rule.id == finding.rule, "a finding names its rule")
        _law(bool(finding.message) and "{value}" not in finding.message, "a finding says something")
        _law(finding.line is None or 1 <= finding.line <= (last or finding.line), f"line {finding.line} of {last}")
        _law(record < max(seen.counts.received, 1), f"record {record} of {seen.counts.received}")
    firsts = [finding.line or 0 for _, finding, _ in told]
    _law(firsts == sorted(firsts), "findings come in the order of the file")


def _conservation(seen: Inspection, read: list[Chunk]) -> None:
    """Every record, and every physical line of a text file, is received; what is accepted is there to be loaded."""
    contract, counts, survey = seen.contract, seen.counts, seen.survey
    _law(sum(chunk.records + chunk.swallowed for chunk in read) == counts.received, "every record read is received")
    _law(sum(len(chunk.blank) for chunk in read) == counts.ignored, "every blank line is ignored, and no other")
    if contract.layout.is_lines and survey is not None:
        _law(survey.lines - contract.layout.outer_lines == counts.received, f"{survey.lines} lines, {counts}")
    aside = set(seen.set_aside.tolist())
    rows = [chunk.tables[contract.record_table.name] for chunk in read if contract.record_table.name in chunk.tables]
    loaded = [record for found in rows for record in found.record.to_pylist() if record not in aside]
    _law(len(loaded) == len(set(loaded)) == counts.accepted, f"{len(loaded)} rows for {counts.accepted} accepted records")
    lines = [line for found in rows for line in found.line.to_pylist()]
    _law(lines == sorted(lines), "rows come in the order of the file")
    _families(contract, read)


def _families(contract: Contract, read: Iterable[Chunk]) -> None:
    """Every child row hangs on a row of its own chunk."""
    for chunk in read:
        for table in contract.tables:
            if table.role == "child" and table.name in chunk.tables:
                parents = chunk.tables.get(table.parent or "")
                known = set(parents.row.to_pylist()) if parents is not None else set()
                _law(set(chunk.tables[table.name].parent.to_pylist()) <= known, f"a row of {table.name} hangs on nothing")


def _law(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BrokenLawError(otherwise)
