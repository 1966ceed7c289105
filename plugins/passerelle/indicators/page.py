"""One sheet of the workbook and its look: styles, cells that cannot become formulas, paper.

Cells hold the text they were given and nothing else: no formula, link or number is ever made out of a received text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any

import xlsxwriter

Value = str | int | float | date | None
Cell = tuple[Value, str]
"""A value and the name of its style."""

_FONT = {"font_name": "Calibri", "font_size": 10, "valign": "vcenter"}
_CELL = {**_FONT, "border": 1, "border_color": "#C9D3DE"}
_DARK, _PALE = "#14375E", "#DCE6F1"
_STYLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "title": {**_FONT, "font_size": 16, "bold": True, "font_color": _DARK},
        "label": {**_FONT, "bold": True, "font_color": _DARK},
        "plain": _FONT,
        "fact": {**_FONT, "text_wrap": True},
        "header": {**_CELL, "bold": True, "bg_color": _DARK, "font_color": "#FFFFFF", "text_wrap": True, "align": "center"},
        "band": {**_CELL, "indent": 1, "bold": True, "bg_color": _PALE, "font_color": _DARK},
        "grid": {"border": 1, "border_color": "#C9D3DE"},
        "text": {**_CELL, "indent": 1},
        "right": {**_CELL, "align": "right", "indent": 1},
        "wrap": {**_CELL, "text_wrap": True, "indent": 1},
        "center": {**_CELL, "align": "center"},
        "number": {**_CELL, "num_format": "#,##0", "align": "right", "indent": 1},
        "decimal": {**_CELL, "num_format": "#,##0.0###", "align": "right", "indent": 1},
        "total": {**_CELL, "num_format": "#,##0", "align": "right", "indent": 1, "bold": True, "bg_color": "#F2F5F9"},
        "muted": {**_CELL, "italic": True, "font_color": "#7A8794", "align": "center"},
        "remark": {**_CELL, "italic": True, "font_color": "#55606B", "text_wrap": True, "indent": 1},
        "ratio": {**_CELL, "num_format": "0.0\u00a0%", "align": "right", "indent": 1},
        "hidden": {**_CELL, "italic": True, "font_color": "#7A8794", "bg_color": "#EFEFEF", "align": "right", "indent": 1},
        "heading": {**_FONT, "font_size": 16, "bold": True, "font_color": _DARK, "text_wrap": True},
        "note": {**_FONT, "text_wrap": True, "valign": "top"},
        "frozen": {**_FONT, "bold": True, "font_color": "#1B6B3A", "bg_color": "#E6F4EA", "indent": 1},
        "provisional": {**_FONT, "bold": True, "font_color": "#9B1C1C", "bg_color": "#FDEAEA", "indent": 1},
        "date": {**_CELL, "num_format": "dd/mm/yyyy", "align": "center"},
        "good": {**_CELL, "align": "center", "font_color": "#1B6B3A", "bg_color": "#E6F4EA"},
        "warning": {**_CELL, "align": "center", "font_color": "#8A4B00", "bg_color": "#FFF4E0"},
        "error": {**_CELL, "align": "center", "font_color": "#9B1C1C", "bg_color": "#FDEAEA"},
    }
)
_FOOT = 100
"""A spreadsheet takes no more than 255 characters at the foot of a page, and what is longer runs into the page number."""
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet may take for a formula when the sheet is later saved as CSV."""


class Styles:
    """The formats of one workbook, by name."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._formats = {name: book.add_format(dict(look)) for name, look in _STYLES.items()}
        self._quoted = {name: book.add_format({**look, "quote_prefix": True}) for name, look in _STYLES.items()}

    def of(self, value: Value, name: str) -> Any:
        """The format for a value: text that looks like a formula is marked as text for good."""
        return (self._quoted if isinstance(value, str) and value.startswith(RISKY) else self._formats)[name]


class Page:
    """One sheet, filled from top to bottom."""

    def __init__(self, book: xlsxwriter.Workbook, styles: Styles, name: str, widths: Sequence[float]) -> None:
        self.sheet = book.add_worksheet(name)
        self.row = 0
        """The next free row."""
        self._styles = styles
        self._columns = len(widths)
        for index, width in enumerate(widths):
            self.sheet.set_column(index, index, width, styles.of(None, "plain"))
        self.sheet.hide_gridlines(2)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.fit_to_pages(1, 0)

    def write(self, cells: Sequence[Cell], height: float | None = None) -> None:
        """One row of cells from the first column on."""
        if height is not None:
            self.sheet.set_row(self.row, height)
        for index, (value, style) in enumerate(cells):
            self._cell(index, value, style)
        self.row += 1

    def title(self, text: str) -> None:
        """A large heading."""
        self.write([(text, "title")], 26)

    def line(self, text: str, style: str = "plain") -> None:
        """A text that stands alone on its row."""
        self.write([(text, style)])

    def header(self, names: Sequence[str], *, frozen: bool = False, repeated: bool = False, height: float = 30) -> None:
        """The heading of a table; repeated, it stands on every printed page; frozen, it also stays in sight on the screen."""
        self.write([(name, "header") for name in names], height)
        if frozen:
            self.sheet.freeze_panes(self.row, 0)
        if frozen or repeated:
            self.sheet.repeat_rows(self.row - 1)

    def grid(self, first: int) -> None:
        """Lines around every cell from row ``first`` to the last one written, empty ones too: said once, not cell by cell."""
        last = (max(self.row - 1, first), self._columns - 1)
        self.sheet.conditional_format(first, 0, *last, {"type": "formula", "criteria": "TRUE", "format": self._styles.of(None, "grid")})

    def filter(self, first: int, columns: int) -> None:
        """Filter buttons on the heading in row ``first``, down to the last row written."""
        self.sheet.autofilter(first, 0, max(self.row - 1, first), columns - 1)

    def visible_sum(self, column: int, first: int, count: int, value: int) -> None:
        """On the row last written, the sum of the rows that a filter leaves in sight; ``value`` is shown until it is recomputed."""
        letter = xlsxwriter.utility.xl_col_to_name(column)
        formula = f"=SUBTOTAL(109,{letter}{first + 1}:{letter}{first + max(count, 1)})"
        self.sheet.write_formula(self.row - 1, column, formula, self._styles.of(None, "total"), value)

    def paragraph(self, text: str, columns: int, height: float, style: str = "note") -> None:
        """A text over several columns, wrapped, in a row of this height."""
        self.sheet.set_row(self.row, height)
        self.sheet.merge_range(self.row, 0, self.row, columns - 1, text, self._styles.of(text, style))
        self.row += 1

    def finish(self, about: str, state: str) -> None:
        """Sets what is printed: the columns of the sheet, and at the foot of every page what it is, its name and number."""
        short = about if len(about) <= _FOOT else f"{about[: _FOOT - 1]}…"
        foot = f"{short} – {state}".replace("&", "&&")
        self.sheet.set_footer(f"&L&8{foot}&R&8&A – &P / &N")
        self.sheet.print_area(0, 0, max(self.row - 1, 0), self._columns - 1)

    def _cell(self, column: int, value: Value, style: str) -> None:
        look = self._styles.of(value, style)
        if value is None and style == "grid":
            return
        if value is None or value == "":
            self.sheet.write_blank(self.row, column, None, look)
        elif isinstance(value, str):
            self.sheet.write_string(self.row, column, value, look)
        elif isinstance(value, int | float):
            self.sheet.write_number(self.row, column, value, look)
        else:
            self.sheet.write_datetime(self.row, column, datetime.combine(value, time()), look)
