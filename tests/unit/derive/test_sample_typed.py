"""Synthetic files of JSON lines and spreadsheets: values of their own types, the same bytes for the same request, and a clean check."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from invented_contracts import column
from passerelle.checks.inspector import chunks, inspect
from passerelle.contract.model import Contract, Sample
from passerelle.derive.sample import SampleFile, write_sample
from passerelle.derive.synthetic.defects import DefectKind
from passerelle.derive.synthetic.records import SampleRequest, rows_for
from passerelle.findings import Verdict
from typed_contracts import JSONL, WORKBOOK

AS_OF = date(2026, 3, 2)
REQUEST = SampleRequest(rows=120, seed=1, as_of=AS_OF)
BOTH = pytest.mark.parametrize("contract", [JSONL, WORKBOOK], ids=["jsonl", "xlsx"])


def made(contract: Contract, folder: Path, request: SampleRequest = REQUEST) -> SampleFile:
    return write_sample(contract, folder, request=request)


def as_made(contract: Contract, value: str | None, name: str) -> object:
    """A value as a number where it is one: « 12,50 » and « 12,5 » are the same amount."""
    if value and contract.record_table.column(name).type == "number":
        return float(value.replace(contract.layout.decimal, "."))
    return {"true": "1", "false": "0"}.get(value or "", value or None)


@BOTH
def test_it_checks_clean_and_says_what_was_made(contract: Contract, tmp_path: Path) -> None:
    data = made(contract, tmp_path).path.read_bytes()
    seen = inspect(contract, io.BytesIO(data))
    assert (seen.verdict, seen.total) == (Verdict.ACCEPTED, 0)
    assert (seen.counts.received, seen.counts.accepted) == (120, 120)
    read = [row for chunk in chunks(contract, io.BytesIO(data)) for rows in chunk.tables.values() for row in rows.values.to_pylist()]
    for row, node in zip(read, rows_for(contract, REQUEST), strict=True):
        for name, value in row.items():
            assert as_made(contract, value, name) == as_made(contract, node.values[name], name)


@BOTH
def test_the_same_request_gives_the_same_bytes_and_another_seed_others(contract: Contract, tmp_path: Path) -> None:
    first, second = (made(contract, tmp_path / name).path.read_bytes() for name in "ab")
    assert first == second
    other = SampleRequest(rows=120, seed=2, as_of=AS_OF)
    assert made(contract, tmp_path / "c", other).path.read_bytes() != first


@BOTH
def test_each_mistake_that_was_put_in_is_found_at_its_line(contract: Contract, tmp_path: Path) -> None:
    sample = made(contract, tmp_path, SampleRequest(rows=120, seed=3, as_of=AS_OF, defects=0.5))
    data = sample.path.read_bytes()
    found = {(finding.line, finding.column) for _, finding, _ in inspect(contract, io.BytesIO(data)).findings()}
    wanted = {(defect.line, defect.column) for defect in sample.defects if defect.kind is not DefectKind.SPACES}
    assert len(wanted) > 20
    assert wanted <= found


def test_values_of_json_have_their_types(tmp_path: Path) -> None:
    text = made(JSONL, tmp_path).path.read_text(encoding="utf-8")
    objects = [json.loads(line) for line in text.splitlines()]
    assert len(objects) == 120
    assert {type(one["hours"]) for one in objects} == {int, type(None)}
    assert {type(one["criteres"]["montant"]) for one in objects} == {float}
    assert {one["criteres"]["apte"] for one in objects} == {True, False}
    assert all(isinstance(one["structure"]["code_safir"], str) for one in objects)
    assert "é" in text


def test_cells_have_their_types(tmp_path: Path) -> None:
    with zipfile.ZipFile(made(WORKBOOK, tmp_path).path) as package:
        content = package.read("xl/worksheets/sheet1.xml").decode()
        assert b"2026-01-01" in package.read("docProps/core.xml")
    assert content.count("<row ") == 121
    assert content.count(' t="b"') > 50
    assert content.count(' s="1"') == 120
    assert '<c r="B2" t="inlineStr">' in content


def test_days_that_a_sheet_cannot_count_are_texts(tmp_path: Path) -> None:
    table = WORKBOOK.record_table
    old = column("old", type="date", format="dd/MM/yyyy", sample=Sample(days=(-46_200, -46_000)))
    contract = WORKBOOK.model_copy(update={"tables": (table.model_copy(update={"columns": (*table.columns, old)}),)})
    data = made(contract, tmp_path).path.read_bytes()
    seen = inspect(contract, io.BytesIO(data))
    assert (seen.verdict, seen.total) == (Verdict.ACCEPTED, 0)
    (chunk,) = (chunk for chunk in chunks(contract, io.BytesIO(data)) if chunk.tables)
    days = chunk.tables["suivi"].values.column("old").to_pylist()
    assert {day[-4:] for day in days} == {"1899", "1900"}
    assert days == [node.values["old"] for node in rows_for(contract, REQUEST)]


def test_a_sheet_has_the_name_of_the_contract_and_its_header_if_any(tmp_path: Path) -> None:
    layout = WORKBOOK.layout.model_copy(update={"sheet": "Suivi", "header": False})
    contract = WORKBOOK.model_copy(update={"layout": layout})
    data = made(contract, tmp_path).path.read_bytes()
    seen = inspect(contract, io.BytesIO(data))
    assert (seen.verdict, seen.counts.received) == (Verdict.ACCEPTED, 120)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert b'name="Suivi"' in package.read("xl/workbook.xml")
