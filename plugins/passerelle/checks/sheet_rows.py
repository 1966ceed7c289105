"""A workbook of only some rows of a sheet: its header and those rows, each value as it was.

A text stays a text, a number a number, a day a day; how cells looked is not kept, and formulas are their saved results. The same rows
always give the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from passerelle.contract.model import Contract
from passerelle.errors import InvariantError
from passerelle.readers.cells import Cell
from passerelle.readers.grid import rows_of
from passerelle.readers.package import Package
from passerelle.readers.workbook import Workbook

_MADE = datetime(1980, 1, 1)  # noqa: DTZ001 -- a workbook knows no zone; always the same, so that the bytes are
_DAY, _MOMENT, _TEXT = "dd/mm/yyyy", "dd/mm/yyyy hh:mm:ss", "@"


def copy_rows(contract: Contract, file: BinaryIO, records: Collection[int], write: Callable[[bytes], object]) -> None:
    """Writes the workbook of these records. Raises InvariantError when the sheet has no record of such an ordinal."""
    source = Workbook(Package(file, contract.layout.max_inflated_bytes))
    sheet = source.chosen(contract.layout.sheet)
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "date_1904": source.is_1904, "default_date_format": _DAY})
    book.set_properties({"created": _MADE})
    target = _Target(book, book.add_worksheet(sheet.name))
    copied = 0
    for ordinal, cells in _numbered(contract, ((number, cells) for number, cells, _ in rows_of(source, sheet))):
        if ordinal is None or ordinal in records:
            target.add(cells)
            copied += ordinal is not None
    book.close()
    if copied != len(records):
        raise InvariantError(f"Of {len(records)} rows to copy, {copied} were found.")
    write(made.getvalue())


def _numbered(contract: Contract, rows: Iterator[tuple[int, dict[int, Cell]]]) -> Iterator[tuple[int | None, dict[int, Cell]]]:
    """The rows with their ordinals as the reader gives them, from the first row that holds something; the header has none."""
    first: int | None = None
    for number, cells in rows:
        if first is None:
            first = number + 1 if contract.layout.header else 1
        yield (number - first if number >= first else None), cells


class _Target:
    """The sheet that is made."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._formats = {code: book.add_format({"num_format": code}) for code in (_DAY, _MOMENT, _TEXT)}
        self._row = 0

    def add(self, cells: dict[int, Cell]) -> None:
        """One row more."""
        for place, cell in cells.items():
            self._put(place, cell)
        self._row += 1

    def _put(self, place: int, cell: Cell) -> None:
        at, raw = (self._row, place), cell.raw
        match cell.kind:
            case "number" | "dated" if (number := _number(raw)) is not None:
                shown = None if cell.kind == "number" else self._formats[_DAY if number.is_integer() else _MOMENT]
                self._sheet.write_number(*at, number, shown)
            case "moment":
                moment = datetime.fromisoformat(raw.removesuffix("Z"))
                self._sheet.write_datetime(*at, moment, self._formats[_DAY if moment.time() == _MADE.time() else _MOMENT])
            case "truth":
                self._sheet.write_boolean(*at, raw in ("1", "true"))
            case "formula":
                self._sheet.write_blank(*at, None)
            case _:
                self._sheet.write_string(*at, raw, self._formats[_TEXT])


def _number(raw: str) -> float | None:
    try:
        number = float(raw)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
