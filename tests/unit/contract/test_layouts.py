"""Keys of the layout that mean something for a format are taken, the others are refused."""

from __future__ import annotations

from typing import Any

from invented_contracts import CSV, XML
from passerelle.contract.inherit import inherited
from passerelle.contract.layouts import layout_key_problems
from passerelle.contract.model import Contract, Ignored
from text_contracts import FIXED, TAB
from typed_contracts import JSONL, WORKBOOK


def told(contract: Contract, **layout: object) -> list[str]:
    changed = contract.model_copy(update={"layout": contract.layout.model_copy(update=layout)})
    return [problem.path[-1] for problem in layout_key_problems(changed, ("layout",)) if isinstance(problem.path[-1], str)]


def test_a_workbook_has_an_inflated_size_even_without_an_envelope() -> None:
    assert told(WORKBOOK, max_inflated_bytes=1_000) == []
    assert told(CSV, max_inflated_bytes=1_000) == ["maxInflatedBytes"]
    assert told(CSV, max_inflated_bytes=1_000, envelope=("gzip",)) == []


def test_a_sheet_is_for_workbooks() -> None:
    assert told(WORKBOOK, sheet="Suivi", header=False, ignored=(), dossier="file_number") == []
    assert told(CSV, sheet="Suivi") == ["sheet"]


def test_a_workbook_has_an_encoding_of_its_own() -> None:
    assert told(WORKBOOK, encoding="cp1252") == ["encoding"]
    assert told(WORKBOOK, encoding="utf-8") == told(CSV, encoding="cp1252") == []


def test_every_value_of_fixed_width_is_padded_anyway() -> None:
    assert told(FIXED, trim_right=True) == ["trimRight"]
    assert [told(contract, trim_right=True) for contract in (CSV, XML, JSONL, WORKBOOK)] == [[], [], [], []]


def test_what_has_no_name_cannot_be_left_out_by_name() -> None:
    ignored = (Ignored(path="note", reason="Inutile."),)
    for contract in (FIXED, TAB, WORKBOOK.model_copy(update={"layout": WORKBOOK.layout.model_copy(update={"header": False})})):
        assert told(contract, ignored=ignored) == ["ignored"]
    assert [told(contract, ignored=ignored) for contract in (CSV, XML, JSONL, WORKBOOK)] == [[], [], [], []]


def test_what_another_contract_leaves_out_is_shared_where_it_acts_only() -> None:
    def document(format_: str, **layout: object) -> dict[str, Any]:
        properties = [{"vendor": "passerelle", "property": "layout", "value": layout}]
        return {"servers": [{"format": format_, "customProperties": properties}], "schema": [{"name": "suivi"}]}

    base = document("csv", ignored=[{"path": "note", "reason": "Inutile."}])
    for own, is_shared in ((document("xlsx"), True), (document("csv", header=False), False), (document("fixed"), False)):
        whole = inherited({**own, "schema": []}, base, "").document
        assert ("ignored" in whole["servers"][0]["customProperties"][0]["value"]) is is_shared
