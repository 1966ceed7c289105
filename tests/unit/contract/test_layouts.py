"""Keys of the layout that mean something for a format are taken, the others are refused."""

from __future__ import annotations

from invented_contracts import CSV
from passerelle.contract.layouts import layout_key_problems
from passerelle.contract.model import Contract
from typed_contracts import WORKBOOK


def told(contract: Contract, **layout: object) -> list[str]:
    changed = contract.model_copy(update={"layout": contract.layout.model_copy(update=layout)})
    return [problem.path[-1] for problem in layout_key_problems(changed, ("layout",)) if isinstance(problem.path[-1], str)]


def test_a_workbook_has_an_inflated_size_even_without_an_envelope() -> None:
    assert told(WORKBOOK, max_inflated_bytes=1_000) == []
    assert told(CSV, max_inflated_bytes=1_000) == ["maxInflatedBytes"]
    assert told(CSV, max_inflated_bytes=1_000, envelope=("gzip",)) == []


def test_a_sheet_is_for_workbooks() -> None:
    assert told(WORKBOOK, sheet="Suivi", header=False, dossier="file_number") == []
    assert told(CSV, sheet="Suivi") == ["sheet"]
