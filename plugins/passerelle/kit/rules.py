"""Every rule a file of a contract may break, with its stable code: the list a partner's software house asks for."""

from __future__ import annotations

from collections.abc import Iterator

from passerelle.checks import mojibake, wording
from passerelle.checks.oddities import ODDITIES
from passerelle.checks.spreadsheet import KINDS, damage_rule
from passerelle.contract.model import Column, Contract, Format, Table
from passerelle.findings import Effect, Rule
from passerelle.kit.file_rules import FILE_RULES

_TEXT: tuple[Format, ...] = ("delimited", "fixed", "jsonlines")
_ODDITIES: dict[str, tuple[Format, ...]] = {
    "columns": ("delimited",),
    "width": ("fixed",),
    "swallowed": ("delimited",),
    "unknown_element": ("xml",),
    "repeated_element": ("xml",),
    "attribute": ("xml",),
    "stray_text": ("xml",),
    "unknown_column": ("delimited", "xlsx"),
    "unknown_key": ("jsonlines",),
    "other_sheets": ("xlsx",),
    "hidden_rows": ("xlsx",),
}
"""Formats in which each structural rule can be broken; those that begin with ``json_`` are for JSON lines."""


def rules_of(contract: Contract) -> tuple[Rule, ...]:
    """The rules of the file as a whole, of its structure, and of each table, in the order of the contract."""
    return (*_file_rules(contract), *_structure(contract), *(rule for table in contract.tables for rule in _table(contract, table)))


def _file_rules(contract: Contract) -> Iterator[Rule]:
    layout = contract.layout
    for known in FILE_RULES:
        if known.applies(contract):
            message = known.message
            yield Rule(id=known.id, kind=known.id.partition(".")[2], effect=Effect.REFUSE, message=message, expected="", fix=known.fix)
    if layout.dossier is not None:
        yield wording.dossier_rule(contract.record_table, contract.record_table.column(layout.dossier))


def _structure(contract: Contract) -> Iterator[Rule]:
    for kind in ODDITIES:
        formats = ("jsonlines",) if kind.startswith("json_") else _ODDITIES[kind]
        if contract.layout.format in formats:
            yield wording.oddity_rule(kind)


def _table(contract: Contract, table: Table) -> Iterator[Rule]:
    for column in table.columns:
        if not column.is_lifted:
            yield from _column(contract, table, column)
    yield from (wording.row_rule(table, rule) for rule in table.rules)
    if table.key:
        yield wording.key_rule(table)
    if table.min_rows or table.max_rows is not None:
        yield wording.rows_rule(table)


def _column(contract: Contract, table: Table, column: Column) -> Iterator[Rule]:
    for kind in column_kinds(column):
        yield wording.rule(contract, table, column, kind)
    if column.refers_to is not None:
        yield wording.reference_rule(table, column, column.refers_to.rpartition(".")[0])
    if mojibake.is_watched(column):
        yield mojibake.rule(table, column)
    if contract.layout.format == "xlsx":
        yield from (damage_rule(table, column, damage) for damage in KINDS)


def column_kinds(column: Column) -> tuple[str, ...]:
    """The kinds of rules that values of the column can break."""
    found = ["required"] if column.required else []
    if column.codes is not None:
        return (*found, "code")
    if column.nir:
        return (*found, "nir", "nir_temporary", "nir_spreadsheet", "nir_example", "nir_key")
    if column.type != "string":
        has_range = column.minimum is not None or column.maximum is not None
        has_form = column.type in ("date", "timestamp")
        return (*found, *([f"{column.type}_form"] if has_form else []), column.type, *(["range"] if has_range else []))
    found += ["pattern"] if column.pattern else []
    found += ["length"] if column.min_length or column.max_length else []
    return (*found, *(["checksum"] if column.checksum else []))
