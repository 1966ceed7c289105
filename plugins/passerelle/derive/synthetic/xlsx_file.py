"""A synthetic workbook: texts in cells of text, dates and numbers in cells of their own kind, as careful people type them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from passerelle.contract.model import Column, Contract
from passerelle.derive.synthetic.defects import Defect
from passerelle.derive.synthetic.records import SampleRequest, Spoiler, rows_for
from passerelle.derive.synthetic.scene import DateText

DATE_FORMAT = "dd/mm/yyyy"
_FIRST_DAY = date(1900, 3, 1)
"""Days before have no serial number, or a wrong one."""
_MOST_DIGITS = 15
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 -- a fixed moment, so that the same request gives the same bytes


def write(contract: Contract, request: SampleRequest, path: Path) -> tuple[int, list[Defect]]:
    """Writes the file; how many rows it has, and the mistakes given to them."""
    layout, columns = contract.layout, contract.record_table.columns
    spoiler = Spoiler(contract, request)
    top = int(layout.header)
    count = 0
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet(layout.sheet or "Feuil1")
        writer = _Writer(sheet, book.add_format({"num_format": DATE_FORMAT}), layout.decimal)
        for place, column in enumerate(columns if top else ()):
            sheet.write_string(0, place, column.source)
        for count, node in enumerate(rows_for(contract, request), start=1):
            spoiler.take(node, count, count + top)
            writer.row(count + top - 1, columns, node.values)
    return count, spoiler.found


class _Writer:
    """Writes rows of cells; a value that is not of its column's type (a mistake) is a text."""

    def __init__(self, sheet: Worksheet, dated: Format, decimal: str) -> None:
        self._sheet = sheet
        self._dated = dated
        self._decimal = decimal
        self._texts: dict[str, DateText] = {}

    def row(self, number: int, columns: tuple[Column, ...], values: Mapping[str, str]) -> None:
        """Writes one row."""
        for place, column in enumerate(columns):
            value = values[column.name]
            if value and not self._is_written(number, place, column, value):
                self._sheet.write_string(number, place, value)

    def _is_written(self, number: int, place: int, column: Column, value: str) -> bool:
        """Writes a cell that is no text, if the value allows it."""
        if column.type == "date":
            text = self._texts.setdefault(column.name, DateText(column.format))
            day = text.read(value)
            if day is None or day < _FIRST_DAY:
                return False
            self._sheet.write_datetime(number, place, day, self._dated)
        elif column.type in ("integer", "number"):
            amount = _amount(value.replace(self._decimal, "."))
            if amount is None:
                return False
            self._sheet.write_number(number, place, float(amount))
        elif column.type == "boolean" and column.codes is None and value in ("0", "1"):
            self._sheet.write_boolean(number, place, value == "1")
        else:
            return False
        return True


def _amount(text: str) -> Decimal | None:
    """The number a cell can hold without losing a digit."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and len(number.as_tuple().digits) <= _MOST_DIGITS else None
