"""Broken copies of JSON lines and spreadsheets: one mistake each, found as such, and the rest loads."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from passerelle.checks.inspector import inspect
from passerelle.contract.model import Contract
from passerelle.derive.mutate import Mutation, mutate, mutations
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.errors import ConfigurationError
from passerelle.findings import Effect, Verdict
from typed_contracts import JSONL, WORKBOOK

ROWS = 20
MIDDLE = ROWS // 2 + 1
REFUSE, ASIDE, WARN = Effect.REFUSE, Effect.SET_ASIDE, Effect.WARN
EXPECTED: dict[tuple[str, Mutation], tuple[str, int | None, Effect]] = {
    ("jsonlines", Mutation.EMPTY): ("empty", None, REFUSE),
    ("jsonlines", Mutation.TRUNCATED): ("truncated", 14, REFUSE),
    ("jsonlines", Mutation.NUL_BYTE): ("nul", 11, REFUSE),
    ("jsonlines", Mutation.WRONG_ENCODING): ("encoding", 1, REFUSE),
    ("jsonlines", Mutation.IMPOSSIBLE_DATE): ("date", MIDDLE, ASIDE),
    ("jsonlines", Mutation.UNKNOWN_CODE): ("code", MIDDLE, ASIDE),
    ("jsonlines", Mutation.DUPLICATE_KEY): ("unique", ROWS + 1, ASIDE),
    ("jsonlines", Mutation.UNKNOWN_COLUMN): ("unknown_key", 1, WARN),
    ("jsonlines", Mutation.MISSING_COLUMN): ("required", MIDDLE, ASIDE),
    ("jsonlines", Mutation.DUPLICATE_JSON_KEY): ("json_repeated_key", MIDDLE, ASIDE),
    ("jsonlines", Mutation.NOT_AN_OBJECT): ("json_object", MIDDLE, ASIDE),
    ("jsonlines", Mutation.NOT_A_NUMBER): ("json_number", MIDDLE, ASIDE),
    ("xlsx", Mutation.EMPTY): ("empty", None, REFUSE),
    ("xlsx", Mutation.TRUNCATED): ("truncated", None, REFUSE),
    ("xlsx", Mutation.IMPOSSIBLE_DATE): ("date", MIDDLE, ASIDE),
    ("xlsx", Mutation.UNKNOWN_CODE): ("code", MIDDLE, ASIDE),
    ("xlsx", Mutation.DUPLICATE_KEY): ("unique", ROWS + 2, ASIDE),
    ("xlsx", Mutation.UNKNOWN_COLUMN): ("unknown_column", 1, WARN),
    ("xlsx", Mutation.MISSING_COLUMN): ("header", 1, REFUSE),
    ("xlsx", Mutation.EXCEL_LOST_ZERO): ("excel_zero", MIDDLE, ASIDE),
    ("xlsx", Mutation.EXCEL_NIR_NUMBER): ("excel_exact", MIDDLE, WARN),
    ("xlsx", Mutation.EXCEL_SERIAL_DATE): ("excel_date", MIDDLE, ASIDE),
    ("xlsx", Mutation.EXCEL_ERROR): ("excel_error", MIDDLE, ASIDE),
    ("xlsx", Mutation.EXCEL_FORMULA): ("excel_formula", MIDDLE, ASIDE),
}
CASES = [(contract, kind) for contract in (JSONL, WORKBOOK) for name, kind in EXPECTED if name == contract.layout.format]
"""What is particular to these formats, and the commonest; the battery over every contract has them all."""


def good(contract: Contract, folder: Path) -> Path:
    return write_sample(contract, folder / "good", request=SampleRequest(rows=ROWS, seed=1, as_of=date(2026, 3, 2))).path


@pytest.mark.parametrize(("contract", "kind"), CASES, ids=lambda one: one.layout.format if isinstance(one, Contract) else one)
def test_a_mistake_is_told_with_its_line_and_nothing_else_is(contract: Contract, kind: Mutation, tmp_path: Path) -> None:
    data = mutate(contract, good(contract, tmp_path), kind, tmp_path / "bad").read_bytes()
    seen = inspect(contract, io.BytesIO(data))
    assert seen.counts.add_up
    found = {(rule.kind, finding.line, finding.effect) for rule, finding, _ in seen.findings()}
    assert found == {EXPECTED[contract.layout.format, kind]}
    ((_, _, effect),) = found
    if effect is REFUSE:
        assert (seen.verdict, seen.counts.accepted) == (Verdict.REFUSED, 0)
    else:
        received = ROWS + (kind is Mutation.DUPLICATE_KEY)
        assert (seen.counts.received, seen.counts.set_aside) == (received, 1 if effect is ASIDE else 0)


@pytest.mark.parametrize("contract", [JSONL, WORKBOOK], ids=["jsonl", "xlsx"])
def test_a_broken_copy_is_the_same_every_time(contract: Contract, tmp_path: Path) -> None:
    path = good(contract, tmp_path)
    for kind in mutations(contract):
        first, second = (mutate(contract, path, kind, tmp_path / name / kind).read_bytes() for name in "ab")
        assert first == second != path.read_bytes()


def test_a_contract_without_such_a_column_has_no_such_mistake() -> None:
    table = WORKBOOK.record_table
    plain = tuple(one for one in table.columns if one.name in ("file_number", "birth_name", "born_on", "comment"))
    bare = WORKBOOK.model_copy(update={"tables": (table.model_copy(update={"columns": plain}),)})
    assert {Mutation.EXCEL_LOST_ZERO, Mutation.EXCEL_NIR_NUMBER} <= set(mutations(WORKBOOK))
    assert not {Mutation.EXCEL_LOST_ZERO, Mutation.EXCEL_NIR_NUMBER} & set(mutations(bare))


@pytest.mark.parametrize("contract", [JSONL, WORKBOOK], ids=["jsonl", "xlsx"])
def test_a_file_without_lines_cannot_be_spoilt(contract: Contract, tmp_path: Path) -> None:
    path = write_sample(contract, tmp_path / "none", request=SampleRequest(rows=0, seed=1, as_of=date(2026, 3, 2))).path
    with pytest.raises(ConfigurationError, match="no line"):
        mutate(contract, path, "duplicate_key", tmp_path / "bad")
