"""One sheet of a receipt's workbook: text cells only, columns as wide as what they hold, paper.

No formula, link or number is ever made out of a text, whatever it begins with. Rows are written as they come and forgotten: a sheet
takes the same memory whatever its length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Any

import xlsxwriter

_DARK, _PALE, _LINE = "#1F3A6D", "#F3F5F8", "#D5DAE2"
_FONT = {"font_name": "Calibri", "font_size": 11, "valign": "top", "text_wrap": True, "num_format": "@"}
_CELL = {**_FONT, "border": 1, "border_color": _LINE}
_STYLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "title": {**_FONT, "font_size": 16, "bold": True, "font_color": _DARK, "text_wrap": False},
        "section": {**_FONT, "font_size": 12, "bold": True, "font_color": _DARK, "text_wrap": False},
        "header": {**_CELL, "bold": True, "bg_color": _DARK, "font_color": "#FFFFFF", "valign": "vcenter"},
        "label": {**_CELL, "bg_color": _PALE},
        "text": _CELL,
        "strong": {**_CELL, "bold": True},
        "good": {**_CELL, "bold": True, "font_color": "#14693A", "bg_color": "#E6F5EC"},
        "notice": {**_CELL, "bold": True, "font_color": "#0B4FA3", "bg_color": "#E8F1FC"},
        "warning": {**_CELL, "bold": True, "font_color": "#8A4300", "bg_color": "#FFF1DE"},
        "bad": {**_CELL, "bold": True, "font_color": "#B3140B", "bg_color": "#FDECEB"},
    }
)
_RISKY = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet may take for a formula when the sheet is later saved as CSV."""
_OVERFLOWS = ("title", "section")
"""Styles of texts that run over the empty cells to their right."""
_NARROWEST = 8
_FILLED = 0.9
"""Part of a line that words fill before they wrap."""
_LINE_HEIGHT, _HIGHEST = 15, 405
"""Points; no spreadsheet shows a higher row."""
_WHOLE_SHEET = "A1:XFD1048576"
_A4 = 9

Cell = tuple[str, str]
"""A text and the name of its style."""


class Styles:
    """The formats of one workbook, by name."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._formats = {name: book.add_format(dict(look)) for name, look in _STYLES.items()}
        self._quoted = {name: book.add_format({**look, "quote_prefix": True}) for name, look in _STYLES.items()}

    def of(self, text: str, name: str) -> Any:
        """The format of a cell: text that looks like a formula is marked as text for good."""
        return (self._quoted if text.startswith(_RISKY) else self._formats)[name]


class Sheet:
    """One sheet, filled from top to bottom; :meth:`close` sets what depends on its content."""

    def __init__(self, book: xlsxwriter.Workbook, styles: Styles, name: str, widest: Sequence[int]) -> None:
        self.row = 0
        """The next free row."""
        self._sheet = book.add_worksheet(name)
        self._styles = styles
        self._widest = widest
        self._widths = [_NARROWEST for _ in widest]
        self._filtered: tuple[int, int] | None = None
        self._sheet.hide_gridlines(2)
        self._sheet.set_landscape()
        self._sheet.set_paper(_A4)
        self._sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.ignore_errors({"number_stored_as_text": _WHOLE_SHEET})

    def write(self, cells: Sequence[Cell]) -> None:
        """One row of cells from the first column on; an empty text is an empty cell."""
        self._make_room(cells)
        for place, (text, style) in enumerate(cells):
            self._cell(place, text, style)
            if style not in _OVERFLOWS:
                self._widths[place] = max(self._widths[place], len(text))
        self.row += 1

    def header(self, names: Sequence[str]) -> None:
        """The heading of a table: it stays in sight, has filter buttons, and is repeated on every printed page."""
        self.write([(name, "header") for name in names])
        self._sheet.freeze_panes(self.row, 0)
        self._sheet.repeat_rows(self.row - 1)
        self._filtered = (self.row - 1, len(names))

    def skip(self) -> None:
        """An empty row."""
        self.row += 1

    def close(self, footer: str) -> None:
        """Widths, filter and the foot of the printed pages, once all rows are written."""
        for place, (wanted, most) in enumerate(zip(self._widths, self._widest, strict=True)):
            self._sheet.set_column(place, place, min(wanted * 1.05 + 2, most))
        if self._filtered is not None:
            first, columns = self._filtered
            self._sheet.autofilter(first, 0, max(self.row - 1, first), columns - 1)
        self._sheet.set_footer(f"&L&9{footer.replace('&', '&&')}&R&9&P / &N")

    def _make_room(self, cells: Sequence[Cell]) -> None:
        """Some spreadsheets do not make a row as high as its wrapped text: the height is set before the row is written."""
        sizes = ((len(text), most) for (text, style), most in zip(cells, self._widest, strict=False) if style not in _OVERFLOWS)
        lines = max((ceil(length / (most * _FILLED)) for length, most in sizes if length > most), default=1)
        if lines > 1:
            self._sheet.set_row(self.row, min(lines * _LINE_HEIGHT, _HIGHEST))

    def _cell(self, column: int, text: str, style: str) -> None:
        look = self._styles.of(text, style)
        if text:
            self._sheet.write_string(self.row, column, text, look)
        else:
            self._sheet.write_blank(self.row, column, None, look)
