"""What tests of the check share: a contract around one column or table, and what is found in rows of it."""

from __future__ import annotations

import io
from typing import Any

from invented_contracts import codes, column
from passerelle.checks.columns import ColumnCheck
from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import inspect
from passerelle.checks.references import References
from passerelle.contract.model import Calendar, Contract, Layout, Table
from passerelle.findings import Finding


def contract_of(table: Table, **layout: Any) -> Contract:
    """A contract of a delimited file with this table; nothing is held for a person."""
    given = {"format": "delimited", "encoding": "utf-8", "name_pattern": "x", "name_template": "x", **layout}
    return Contract(
        id="a/b",
        version="1.0.0",
        name="Essai",
        source="a",
        layout=Layout(**given),
        tables=(table,),
        calendar=Calendar(frequency="daily"),
        retention_months=1,
        hold_above=1.0,
    )


def column_check(decimal: str = ".", **of_column: Any) -> ColumnCheck:
    """The rules of one column named ``value``."""
    of = column("value", **of_column)
    contract = contract_of(Table(name="t", columns=(of,)), decimal=decimal)
    return ColumnCheck(contract, contract.record_table, of)


def inspected(contract: Contract, *lines: str, references: References | None = None) -> Inspection:
    """The judgement of a file of these lines, after a header."""
    header = contract.layout.delimiter.join(column.source for column in contract.record_table.columns)
    seen = inspect(contract, io.BytesIO("\n".join((header, *lines, "")).encode(contract.layout.encoding)), references=references)
    assert seen.counts.add_up
    return seen


def told(seen: Inspection) -> list[Finding]:
    """All findings, in the order of the file."""
    return [finding for _, finding, _ in seen.findings()]


def xml_contract(**of_table: dict[str, Any]) -> Contract:
    """A contract of dossiers with people, and what people receive; what is given by table name changes that table."""
    yes_no = codes("ROLE", "DEM", "CJT")
    tables = (
        Table(name="header", role="header", path="/R/E", columns=(column("made_on", "DATE", type="date", format="yyyy-MM-dd"),)),
        Table(name="dossier", path=".", columns=(column("number", "NUM"), column("former", "ANCIEN"))),
        Table(
            name="person",
            role="child",
            parent="dossier",
            path="P",
            columns=(column("name", "NOM"), column("role", "B[KIND='RSA']/ROLE", codes=yes_no)),
        ),
        Table(
            name="benefit",
            role="child",
            parent="person",
            path="P/B",
            columns=(
                column("kind", "KIND"),
                column("role", "ROLE"),
                column("amount", "MT", type="number", precision=9, scale=2),
            ),
        ),
        Table(
            name="footer",
            role="footer",
            path="/R/F",
            columns=(column("total", "TOTAL", type="number", precision=9, scale=2),),
        ),
    )
    changed = tuple(table.model_copy(update=of_table.get(table.name, {})) for table in tables)
    layout = {"format": "xml", "root": "R", "record": "D", "delimiter": ";"}
    return contract_of(changed[0], **layout).model_copy(update={"tables": changed})


def xml_inspected(contract: Contract, *dossiers: str, footer: str = "") -> Inspection:
    """The judgement of a file whose n-th dossier stands on line n + 2."""
    seen = inspect(contract, io.BytesIO(xml(*dossiers, footer=footer)))
    assert seen.counts.add_up
    return seen


def xml(*dossiers: str, footer: str = "") -> bytes:
    """A file of these dossiers, each on a line of its own."""
    lines = ["<R>", "<E><DATE>2026-11-20</DATE></E>", *(f"<D>{dossier}</D>" for dossier in dossiers), f"<F>{footer}</F>", "</R>"]
    return "\n".join(lines).encode()
