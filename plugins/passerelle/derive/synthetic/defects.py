"""Mistakes as partners make them, one in a line or dossier, and a log of where they are."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from passerelle.contract.model import Column
from passerelle.derive.synthetic.scene import DateText
from passerelle.derive.synthetic.tree import LIFT, Node
from passerelle.population.dice import pick
from passerelle.population.nir import nir_key


class DefectKind(StrEnum):
    """What was done to a value."""

    IMPOSSIBLE_DATE = "impossible_date"
    """31 February 1980."""
    UNKNOWN_CODE = "unknown_code"
    EMPTY_REQUIRED = "empty_required"
    """No value; in XML no element."""
    WRONG_NIR_KEY = "wrong_nir_key"
    TOO_LONG = "too_long"
    SPACES = "spaces"
    """Blanks before and after: careless, but nothing is lost."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake that was put in on purpose."""

    record: int
    """The line or dossier, counted from 1 (without the header)."""
    line: int
    """Physical line of the file, from 1, where the line or dossier begins."""
    table: str
    column: str
    """As the partner names it."""
    kind: DefectKind


@dataclass(frozen=True, slots=True)
class _Cell:
    node: Node
    column: Column

    @property
    def value(self) -> str:
        return self.node.values[self.column.name]

    @property
    def is_optional(self) -> bool:
        """Whether the column stands in a block that may be absent as a whole."""
        return any(self.column.source.startswith(f"{block}/") for block in self.node.table.optional_blocks)


def spoil(node: Node, rng: random.Random, record: int, line: int) -> Defect | None:
    """Puts one mistake into the dossier or line; None when it holds no value that could be spoilt."""
    cells = [_Cell(row, column) for row in node.walk() for column in row.table.columns if not column.is_lifted]
    choosing = _choosing_fields(node)
    cells = [cell for cell in cells if cell.value and (cell.node.table.name, cell.column.source) not in choosing]
    kinds = list(DefectKind)
    rng.shuffle(kinds)
    for kind in kinds:
        able = [cell for cell in cells if _CAN[kind](cell.column) and not (kind is DefectKind.EMPTY_REQUIRED and cell.is_optional)]
        if able:
            cell = pick(rng, able)
            cell.node.values[cell.column.name] = _SPOILT[kind](cell.column, cell.value)
            return Defect(record, line, cell.node.table.name, cell.column.source, kind)
    return None


def _choosing_fields(node: Node) -> set[tuple[str, str]]:
    """Fields by which lifted columns find their row: a mistake there would show in another place."""
    fields: set[tuple[str, str]] = set()
    for row in node.walk():
        for column in row.table.columns:
            lift = LIFT.match(column.source)
            if lift is not None:
                fields.update((child, lift["field"]) for child in row.children)
    return fields


def _is_free_text(column: Column) -> bool:
    return column.type == "string" and column.codes is None and column.pattern is None and not column.nir


def _is_nir(column: Column) -> bool:
    return column.nir and (column.max_length or 15) >= 15


def _unknown_code(column: Column, value: str) -> str:
    known = column.codes.codes if column.codes is not None else {}
    width = min(column.max_length or 3, 3)
    for letter in "ZXQWYKJ9876":
        if letter * width not in known:
            return letter * width
    return value


def _wrong_key(column: Column, value: str) -> str:
    key = int(nir_key(value[:13]))
    return f"{value[:13]}{key % 97 + 1:02d}"


def _too_long(column: Column, value: str) -> str:
    return value + "X" * ((column.max_length or len(value)) + 5 - len(value))


_CAN: dict[DefectKind, Callable[[Column], bool]] = {
    DefectKind.IMPOSSIBLE_DATE: lambda column: column.type == "date",
    DefectKind.UNKNOWN_CODE: lambda column: column.codes is not None,
    DefectKind.EMPTY_REQUIRED: lambda column: column.required,
    DefectKind.WRONG_NIR_KEY: _is_nir,
    DefectKind.TOO_LONG: lambda column: _is_free_text(column) and column.max_length is not None,
    DefectKind.SPACES: _is_free_text,
}
_SPOILT: dict[DefectKind, Callable[[Column, str], str]] = {
    DefectKind.IMPOSSIBLE_DATE: lambda column, value: DateText(column.format).impossible(),
    DefectKind.UNKNOWN_CODE: _unknown_code,
    DefectKind.EMPTY_REQUIRED: lambda column, value: "",
    DefectKind.WRONG_NIR_KEY: _wrong_key,
    DefectKind.TOO_LONG: _too_long,
    DefectKind.SPACES: lambda column, value: f" {value}  ",
}
