"""What the tests of every contract share: its synthetic file, its judgement, and the partner's documents about it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from typer.testing import CliRunner

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.checks.typed_rows import without
from passerelle.cli import check as check_command
from passerelle.contract.load import feed_ids, find
from passerelle.contract.model import Contract
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.findings import Effect, Finding
from passerelle.receipt import build
from passerelle.receipt.model import DeliveryFacts, IgnoredLines, Receipt
from passerelle.receipt.page import render

ROOT = Path(__file__).resolve().parents[1] / "contracts"
FEEDS = feed_ids(ROOT)
AS_OF = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ROWS = 40
LINE_END = re.compile(rb"\r\n|\r|\n")

contract_of = cache(partial(find, ROOT))
DELIMITED = tuple(feed for feed in FEEDS if contract_of(feed).layout.format == "delimited")
XML = tuple(feed for feed in FEEDS if contract_of(feed).layout.format == "xml")


@cache
def sample(contract_id: str, rows: int = ROWS, root: Path = ROOT) -> tuple[str, bytes]:
    """Name and bytes of the feed's synthetic file."""
    with TemporaryDirectory() as folder:
        made = write_sample(find(root, contract_id), Path(folder), request=SampleRequest(rows=rows, seed=3, as_of=AS_OF))
        return made.path.name, made.path.read_bytes()


def judged(contract: Contract, data: bytes) -> Inspection:
    """The judgement of these bytes, whose counts always add up."""
    seen = inspect(contract, io.BytesIO(data))
    assert seen.counts.add_up, seen.counts
    return seen


def told(seen: Inspection) -> list[Finding]:
    """Its findings, in the order of the file."""
    return [finding for _, finding, _ in seen.findings()]


@dataclass(frozen=True)
class Said:
    """The part of a finding that tests of all contracts can know."""

    kind: str
    line: int | None
    effect: Effect


def said(seen: Inspection) -> set[Said]:
    """Kind of rule, true line and effect of every finding."""
    return {Said(rule.kind, finding.line, finding.effect) for rule, finding, _ in seen.findings()}


def loaded_lines(contract: Contract, data: bytes) -> list[int]:
    """The physical lines of the records that would be staged."""
    seen = judged(contract, data)
    found: list[int] = []
    for chunk in chunks(contract, io.BytesIO(data)):
        if contract.record_table.name in chunk.tables:
            found += without(chunk.tables[contract.record_table.name], seen.set_aside).line.to_pylist()
    assert len(found) == seen.counts.accepted
    return found


def physical_lines(data: bytes) -> list[bytes]:
    """The lines of a file, as an editor shows them: ended by LF, CR LF or CR."""
    lines = LINE_END.split(data)
    return lines[:-1] if lines[-1] == b"" else lines


def first_difference(good: bytes, bad: bytes) -> int:
    """The first physical line on which the two files differ."""
    before, after = physical_lines(good), physical_lines(bad)
    return next(
        (number for number, (one, two) in enumerate(zip(before, after, strict=False), start=1) if one != two),
        min(len(before), len(after)) + 1,
    )


def receipt_of(contract: Contract, name: str, seen: Inspection, size: int) -> Receipt:
    """The CC the gateway would write."""
    totals: dict[str, int] = {}
    for rule, _, _ in seen.findings():
        totals[rule.id] = totals.get(rule.id, 0) + 1
    facts = DeliveryFacts(
        delivery_id=12,
        feed=contract.id,
        feed_name=contract.name,
        contract_version=contract.version,
        unit="dossier" if contract.is_grouped else "ligne",
        file_name=name,
        sha256=seen.survey.sha256 if seen.survey else "0" * 64,
        bytes=size,
        received_at=NOW,
    )
    checked = build.Checked(
        verdict=seen.verdict,
        counts=seen.counts,
        findings=told(seen),
        totals=totals,
        labels=build.column_labels(contract),
        ignored=(IgnoredLines(reason="ligne vide", count=seen.counts.ignored),) if seen.counts.ignored else (),
        reason=seen.reason,
    )
    return build.conformity(facts, NOW, checked)


def personal_values(contract: Contract, data: bytes) -> set[str]:
    """The received values that must never be shown; codes and values of less than four characters say nothing by themselves."""
    columns = [(table.name, column) for table in contract.tables for column in table.columns]
    hidden = [(table, column) for table, column in columns if not column.classification.may_be_shown and column.codes is None]
    open_names = {(table, column.name) for table, column in columns if column.classification.may_be_shown}
    found: set[str] = set()
    shown: set[str] = set()
    for chunk in chunks(contract, io.BytesIO(data)):
        for table, rows in chunk.tables.items():
            for name in rows.values.schema.names:
                values = {text.strip() for text in rows.values.column(name).to_pylist() if text and len(text.strip()) >= 4}
                if any(table == other and name == column.name for other, column in hidden):
                    found |= values
                elif (table, name) in open_names:
                    shown |= values
    return {value for value in found if not any(value in text for text in shown)}


def everything_told(contract: Contract, name: str, data: bytes, folder: Path, root: Path = ROOT) -> str:
    """All a partner could be shown about this file: receipt as JSON and page, findings, and both answers of ``passerelle check``."""
    seen = judged(contract, data)
    receipt = receipt_of(contract, name, seen, len(data))
    texts = [receipt.to_json(), render(receipt), seen.reason, *(finding.model_dump_json() for finding in told(seen))]
    path = folder / name
    path.write_bytes(data)
    with patch.object(check_command, "find", lambda root, feed: contract):  # loading it twice more would cost most of the time
        for options in (["--json"], []):
            answer = CliRunner().invoke(check_command.app, [str(path), "--feed", contract.id, "--contracts", str(root), *options])
            assert answer.exit_code in (0, 1), answer.output
            texts.append(answer.output)
    sha256 = seen.survey.sha256 if seen.survey else json.loads(texts[-2])["delivery"]["sha256"]
    return "\n".join(texts).replace(sha256, "")


def leaks(values: Iterable[str], text: str) -> Sequence[str]:
    """The values that stand in the text."""
    return sorted(value for value in values if value in text)
