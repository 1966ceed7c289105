"""What the tests of every contract share: its synthetic file, its judgement, and the partner's documents about it.

They are about the inside of its files: envelopes are the same for all contracts, and tried with invented ones. ``PASSERELLE_CONTRACTS``
names another folder of contracts to try.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.checks.typed_rows import Protection, typed_rows, without
from passerelle.cli import check as check_command
from passerelle.contract.load import feed_ids, find
from passerelle.contract.model import Column, Contract
from passerelle.derive.mutate import mutate
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.derive.synthetic.wrapping import without_envelope
from passerelle.findings import Effect, Finding
from passerelle.receipt import build
from passerelle.receipt.model import DeliveryFacts, IgnoredLines, Receipt, Threshold
from passerelle.receipt.page import render
from passerelle.receipt.workbook import DetailRow, render_workbook

ROOT = Path(os.environ.get("PASSERELLE_CONTRACTS") or Path(__file__).resolve().parents[1] / "contracts")
FEEDS = feed_ids(ROOT)
AS_OF = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ROWS = 40
LINE_END = re.compile(rb"\r\n|\r|\n")
SHOWN_PER_RULE = 50


@cache
def contract_of(contract_id: str) -> Contract:
    """The feed's contract, of files outside their envelope."""
    return without_envelope(find(ROOT, contract_id))


def of_format(*formats: str) -> tuple[str, ...]:
    """The feeds whose files have one of these formats."""
    return tuple(feed for feed in FEEDS if contract_of(feed).layout.format in formats)


XML, JSON, XLSX = (of_format(name) for name in ("xml", "jsonlines", "xlsx"))
DELIMITED = tuple(feed for feed in of_format("delimited") if contract_of(feed).layout.header and contract_of(feed).layout.trailer is None)
"""Tables with their names on top and nothing below."""


@cache
def sample(contract_id: str, rows: int = ROWS, root: Path = ROOT) -> tuple[str, bytes]:
    """Name and bytes of the feed's synthetic file."""
    contract = contract_of(contract_id) if root == ROOT else without_envelope(find(root, contract_id))
    with TemporaryDirectory() as folder:
        made = write_sample(contract, Path(folder), request=SampleRequest(rows=rows, seed=3, as_of=AS_OF))
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


def loaded_lines(contract: Contract, data: bytes, seen: Inspection | None = None) -> list[int]:
    """The physical lines of the records that would be staged."""
    seen = seen or judged(contract, data)
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


def lines_of(contract: Contract, data: bytes) -> list[bytes]:
    """What a partner sees as numbered lines: of a workbook, the rows of its sheet."""
    if contract.layout.format != "xlsx":
        is_wide = contract.layout.encoding.startswith(("utf-16", "utf-32"))
        return physical_lines(data.decode(contract.layout.encoding).encode() if is_wide else data)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return [b" ".join(_CELL.findall(row)) for row in _ROW.findall(package.read("xl/worksheets/sheet1.xml"))]


_ROW = re.compile(rb"<row [^>]*>(.*?)</row>", re.DOTALL)
_CELL = re.compile(rb"<c [^>/]*|<[vt](?: [^>]*)?>[^<]*")


def records_in(contract: Contract, data: bytes) -> int:
    """How many lines or dossiers are in the file, seen with other eyes than the reader's."""
    if contract.is_grouped:
        return len(re.findall(rb"<%b[ />]" % contract.layout.record.encode(), data))
    outer = contract.layout.outer_lines if contract.layout.is_lines else int(contract.layout.header)
    return max(0, len(lines_of(contract, data)) - outer)


def first_difference(contract: Contract, good: bytes, bad: bytes) -> int:
    """The first line on which the two files differ."""
    before, after = lines_of(contract, good), lines_of(contract, bad)
    return next(
        (number for number, (one, two) in enumerate(zip(before, after, strict=False), start=1) if one != two),
        min(len(before), len(after)) + 1,
    )


def receipt_of(contract: Contract, name: str, seen: Inspection, size: int) -> Receipt:
    """The CC the gateway would write."""
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
        findings=seen.first(SHOWN_PER_RULE),
        totals=seen.totals(),
        thresholds=tuple(Threshold(**limit._asdict()) for limit in seen.limits),
        labels=build.column_labels(contract),
        ignored=(IgnoredLines(reason="ligne vide", count=seen.counts.ignored),) if seen.counts.ignored else (),
        reason=seen.reason,
    )
    return build.conformity(facts, NOW, checked)


def workbook_of(receipt: Receipt, seen: Inspection) -> dict[str, str]:
    """The parts of the receipt's workbook."""
    file = io.BytesIO()
    render_workbook(receipt, (DetailRow.of(finding) for _, finding, _ in seen.findings()), file)
    with zipfile.ZipFile(file) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def hidden_columns(contract: Contract) -> int:
    """How many columns hold values that must never be shown and are of no code list: none, in a list about nobody."""
    columns = [column for table in contract.tables for column in table.columns]
    return sum(not column.classification.may_be_shown and column.codes is None for column in columns)


@cache
def secrets_of(contract_id: str, rows: int = ROWS) -> frozenset[str]:
    """The personal values of the feed's synthetic file."""
    return frozenset(personal_values(contract_of(contract_id), sample(contract_id, rows)[1]))


def personal_values(contract: Contract, data: bytes) -> set[str]:
    """The received values that must never be shown; codes and values of less than four characters say nothing by themselves."""
    columns = [(table.name, column) for table in contract.tables for column in table.columns]
    hidden = {(table, column.name) for table, column in columns if not column.classification.may_be_shown and column.codes is None}
    open_names = {(table, column.name) for table, column in columns if column.classification.may_be_shown}
    found: set[str] = set()
    shown: set[str] = set()
    for chunk in chunks(contract, io.BytesIO(data)):
        for table, rows in chunk.tables.items():
            for name in rows.values.schema.names:
                values = {text.strip() for text in rows.values.column(name).to_pylist() if text and len(text.strip()) >= 4}
                if (table, name) in hidden:
                    found |= values
                elif (table, name) in open_names:
                    shown |= values
    return {value for value in found if not any(value in text for text in shown)}


def everything_told(seen: Inspection, name: str, data: bytes, folder: Path) -> str:
    """All a partner could be shown about this file: the gateway's receipt, and the answers and files of ``passerelle check``."""
    contract = seen.contract
    receipt = receipt_of(contract, name, seen, len(data))
    texts = [receipt.to_json(), render(receipt), seen.reason, *(finding.model_dump_json() for finding in told(seen))]
    path = folder / name
    path.write_bytes(data)
    # Loading the contract and judging the file again would cost most of the time; a clock tells numbers that are nobody's.
    known: dict[str, Any] = {
        "_contract": lambda *_: contract,
        "_inspect": lambda *_: seen,
        "datetime": SimpleNamespace(now=lambda zone: NOW),
    }
    with patch.multiple(check_command, **known):
        options = ["--out", str(folder / "answer")]
        answer = CliRunner().invoke(check_command.app, [str(path), *options])
        assert answer.exit_code in (0, 1), answer.output
    as_json = check_command.answer(contract, path, seen)
    texts += [answer.output, json.dumps(as_json, ensure_ascii=False)]
    texts += [text for written in (folder / "answer").iterdir() for text in _texts(written)]
    whole = "\n".join(texts)
    for own in (as_json["delivery"]["sha256"], str(len(data)), str(folder)):
        whole = whole.replace(own, "")
    return whole


def _texts(path: Path) -> Iterable[str]:
    if path.suffix != ".xlsx":
        return [path.read_text(encoding="utf-8")]
    with zipfile.ZipFile(path) as package:
        return _cells([(name, package.read(name).decode()) for name in package.namelist()])


def _cells(parts: Iterable[tuple[str, str]]) -> list[str]:
    """What a workbook shows: without the numbers of its rows and styles."""
    shown = re.compile(r"<t(?: [^>]*)?>([^<]*)</t>|<(?:odd|even)Footer>([^<]*)<|<(?:dc|cp):[^>]*>([^<]*)<|<sheet name=\"([^\"]*)\"")
    return [" ".join(found) for _, text in parts for found in shown.findall(text)]


def leaks(values: Iterable[str], text: str) -> Sequence[str]:
    """The values that stand in the text."""
    return sorted(value for value in values if value in text)


@cache
def lenient(contract_id: str) -> Contract:
    """The contract under which any part of a file may be set aside without a person's decision."""
    return contract_of(contract_id).model_copy(update={"hold_above": 1.0})


CLEAR = Protection(hash=lambda text: f"hash of {text}", encrypt=str.encode)


def staged(contract: Contract, data: bytes) -> list[tuple[str, dict[str, object]]]:
    """Every row, good or not, with its table, as it would be staged."""
    return [
        (name, row)
        for chunk in chunks(contract, io.BytesIO(data))
        for name, rows in chunk.tables.items()
        for row in typed_rows(contract, contract.table(name), rows, CLEAR).to_pylist()
    ]


def values_in(contract: Contract, data: bytes, column: Column) -> list[object]:
    """What would be staged of one column, secrets deciphered."""
    table = next(table for table in contract.tables if column in table.columns)
    name = f"{column.name}_cipher" if column.protected else column.name
    found = [row[name] for holder, row in staged(contract, data) if holder == table.name]
    return [value.decode() if isinstance(value, bytes) else value for value in found]


def broken_copy(contract: Contract, kind: str, rows: int = ROWS, data: bytes | None = None) -> bytes:
    """The feed's synthetic file, or another one, with this mistake."""
    name, good = sample(contract.id, rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(good if data is None else data)
        return mutate(contract, path, kind, Path(folder) / "bad").read_bytes()
