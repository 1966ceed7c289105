"""Mistakes in whole workbooks, and what spreadsheet programs do to values. For workbooks as :mod:`xlsx_file` writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar
from xml.sax.saxutils import escape

from passerelle.contract.digits import fits
from passerelle.contract.model import Column, Contract
from passerelle.derive.synthetic import broken_package
from passerelle.derive.synthetic.broken_package import SHEET, packed, parts_of
from passerelle.derive.synthetic.spoilable import UNKNOWN_NAME, UNKNOWN_VALUE, date_column
from passerelle.errors import ConfigurationError

_ROW = re.compile(r"<row [^>]*>(.*?)</row>", re.DOTALL)
_CELL = re.compile(r'<c r="([A-Z]+)[0-9]+"(.*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_LONGEST_CODE = 14

_T = TypeVar("_T")
_Cell = tuple[str, str]
"""Attributes, without the place, and content."""


class _Grid:
    """The cells of a workbook's sheet, row by row."""

    def __init__(self, contract: Contract, data: bytes) -> None:
        self._contract = contract
        self._parts = parts_of(data)
        self._text = self._parts[SHEET].decode()
        self.rows = [
            {_place(letters): (attributes, content or "") for letters, attributes, content in _CELL.findall(row)}
            for row in _ROW.findall(self._text)
        ]
        self.top = int(contract.layout.header)
        if len(self.rows) <= self.top:
            raise ConfigurationError("The file has no line to spoil.")

    def place(self, column: Column) -> int:
        """Where the column stands."""
        return self._contract.record_table.columns.index(column)

    def put(self, column: Column, cell: _Cell) -> bytes:
        """The workbook with this cell in a row in the middle."""
        self.rows[max(self.top, len(self.rows) // 2)][self.place(column)] = cell
        return self.saved()

    def saved(self) -> bytes:
        """The workbook, written again."""
        rows = "".join(
            f'<row r="{number}">{"".join(_written(number, *item) for item in sorted(row.items()))}</row>'
            for number, row in enumerate(self.rows, start=1)
        )
        first, last = self._text.index("<row "), self._text.rindex("</row>") + len("</row>")
        return packed(self._parts | {SHEET: (self._text[:first] + rows + self._text[last:]).encode()})


def _written(number: int, place: int, cell: _Cell) -> str:
    return f'<c r="{_letters(place)}{number}"{cell[0]}>{cell[1]}</c>'


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _letters(place: int) -> str:
    return _letters(place // 26 - 1) + chr(65 + place % 26) if place >= 26 else chr(65 + place)


def _text(value: str) -> _Cell:
    return ' t="inlineStr"', f"<is><t>{escape(value)}</t></is>"


def _number(value: str) -> _Cell:
    return "", f"<v>{value}</v>"


def with_value(contract: Contract, data: bytes, column: Column, value: str) -> bytes:
    """The value, as a text, in a row in the middle."""
    return _Grid(contract, data).put(column, _text(value))


def duplicate_key(contract: Contract, data: bytes) -> bytes:
    """The first row again, at the end."""
    grid = _Grid(contract, data)
    grid.rows.append(grid.rows[grid.top])
    return grid.saved()


def unknown_column(contract: Contract, data: bytes) -> bytes:
    """One column more, at the end."""
    grid = _Grid(contract, data)
    for number, row in enumerate(grid.rows):
        row[len(contract.record_table.columns)] = _text(UNKNOWN_VALUE if number else UNKNOWN_NAME)
    return grid.saved()


def missing_column(contract: Contract, data: bytes) -> bytes:
    """The first required column is gone."""
    grid = _Grid(contract, data)
    gone = grid.place(next(column for column in contract.record_table.columns if column.required))
    grid.rows = [{place - (place > gone): cell for place, cell in row.items() if place != gone} for row in grid.rows]
    return grid.saved()


def reordered_columns(contract: Contract, data: bytes) -> bytes:
    """The first column comes last."""
    grid = _Grid(contract, data)
    last = len(contract.record_table.columns) - 1
    grid.rows = [{place - 1 if place else last: cell for place, cell in row.items()} for row in grid.rows]
    return grid.saved()


def header_only(contract: Contract, data: bytes) -> bytes:
    """No row but the first."""
    grid = _Grid(contract, data)
    grid.rows = grid.rows[: grid.top]
    return grid.saved()


def excel_lost_zero(contract: Contract, data: bytes) -> bytes:
    """A code that begins with zero, typed as a number."""
    column, digits = _first(contract, "code beginning with zero", lost_zeros(contract))
    return _Grid(contract, data).put(column, _number(digits))


def excel_nir_number(contract: Contract, data: bytes) -> bytes:
    """A social security number typed as a number; it still has its digits."""
    grid = _Grid(contract, data)
    column = _first(contract, "NIR", _nirs(contract))
    place = grid.place(column)
    for row in grid.rows[max(grid.top, len(grid.rows) // 2) :]:
        digits = re.sub("<[^>]*>", "", row.get(place, ("", ""))[1])
        if digits.isdigit():
            row[place] = _number(digits)
            return grid.saved()
    raise ConfigurationError("The file has no NIR to spoil.")


def excel_serial_date(contract: Contract, data: bytes) -> bytes:
    """A day's serial number whose cell lost its date format."""
    return _Grid(contract, data).put(date_column(contract), _number("29282"))


def excel_error(contract: Contract, data: bytes) -> bytes:
    """``#N/A``: a formula found nothing."""
    return _Grid(contract, data).put(date_column(contract), (' t="e"', "<v>#N/A</v>"))


def excel_formula(contract: Contract, data: bytes) -> bytes:
    """A formula whose result was not saved."""
    return _Grid(contract, data).put(date_column(contract), ("", "<f>TODAY()</f>"))


def lost_zeros(contract: Contract) -> list[tuple[Column, str]]:
    """Columns with a value that begins with zero, each with what is left of it in a cell of numbers."""
    found = []
    for column in contract.record_table.columns:
        texts = list(column.codes.codes) if column.codes else ["0" + "1" * length for length in range(1, _LONGEST_CODE)]
        left = [text.lstrip("0") for text in texts if text.startswith("0") and fits(column, text)]
        left = [digits for digits in left if digits.isdigit() and not fits(column, digits)]
        if column.type == "string" and not column.nir and left:
            found.append((column, left[0]))
    return sorted(found, key=lambda one: one[0].name in contract.record_table.key)


def _nirs(contract: Contract) -> list[Column]:
    return [column for column in contract.record_table.columns if column.nir]


def _first(contract: Contract, what: str, found: list[_T]) -> _T:
    if not found:
        raise ConfigurationError(f"The contract {contract.id} has no {what} to spoil.")
    return found[0]


def is_possible(contract: Contract, name: str) -> bool:
    """Whether the contract has a column for this mistake."""
    return {"excel_lost_zero": bool(lost_zeros(contract)), "excel_nir_number": bool(_nirs(contract))}.get(name, True)


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {
    "header_only": header_only,
    "duplicate_key": duplicate_key,
    "unknown_column": unknown_column,
    "missing_column": missing_column,
    "reordered_columns": reordered_columns,
    "excel_lost_zero": excel_lost_zero,
    "excel_nir_number": excel_nir_number,
    "excel_serial_date": excel_serial_date,
    "excel_error": excel_error,
    "excel_formula": excel_formula,
    **broken_package.BREAKS,
}
"""Each mistake by its name (see passerelle.derive.mutate)."""
