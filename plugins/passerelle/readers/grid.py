"""The rows of one sheet, one after the other: the cells that hold something, by their place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from passerelle.readers import workbook_words as words
from passerelle.readers.cells import Cell, Kind
from passerelle.readers.workbook import Sheet, Workbook, text_of, unescaped

_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384
_MOST_CELLS = 50_000_000
_REFERENCE = re.compile(r"[A-Z]{1,3}[0-9]{1,7}")
_OTHERS: dict[str, Kind] = {"b": "truth", "d": "moment", "e": "error"}


def rows_of(book: Workbook, sheet: Sheet) -> Iterator[tuple[int, dict[int, Cell], bool]]:
    """The rows that hold a value: number, cells by their place, and whether the row is hidden."""
    cells = _Cells(book)
    last = 0
    for row in book.package.elements(sheet.part, "row"):
        text = row.get("r")
        number = last + 1 if text is None else int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if not last < number <= _LAST_ROW:
            raise words.damaged()
        last = number
        found = cells.of(row)
        if found:
            yield number, found, row.get("hidden") in ("1", "true")


class _Cells:
    """Reads the cells of rows. Of a million cells each step counts: names are compared whole, styles and letters looked up."""

    def __init__(self, book: Workbook) -> None:
        self._texts = book.texts
        self._dated = {str(style): is_dated for style, is_dated in enumerate(book.dated)}
        self._places: dict[str, int] = {}
        self._value = self._inline = self._formula = ""
        """Names of the elements inside a cell, in the namespace of the sheet."""
        self._count = 0

    def of(self, row: etree._Element) -> dict[int, Cell]:
        """The cells that are not empty, by place from 0."""
        if not self._value:
            space = str(row.tag).removesuffix("row")
            self._value, self._inline, self._formula = f"{space}v", f"{space}is", f"{space}f"
        found: dict[int, Cell] = {}
        place = -1
        self._count += len(row)
        if self._count > _MOST_CELLS:
            raise words.too_large()
        for element in row:
            reference = element.get("r")
            place = place + 1 if reference is None else self._place(reference)
            if place in found or place >= _LAST_COLUMN:
                raise words.damaged()
            cell = self._cell(element)
            if cell is not None:
                found[place] = cell
        return found

    def _place(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        place = self._places.get(letters)
        if place is None:
            if _REFERENCE.fullmatch(reference) is None:
                raise words.damaged()
            place = 0
            for letter in letters:
                place = place * 26 + ord(letter) - 64
            place -= 1
            self._places[letters] = place
        return place

    def _cell(self, element: etree._Element) -> Cell | None:
        raw, has_formula = None, False
        for child in element:
            tag = child.tag
            if tag == self._value:
                raw = child.text or ""
            elif tag == self._inline:
                raw = text_of(child)
            elif tag == self._formula:
                has_formula = True
        kind = element.get("t", "n")
        if raw is None or (raw == "" and kind == "n"):
            return Cell("formula", "") if has_formula else None
        if kind == "n":
            return Cell("dated" if self._dated.get(element.get("s", ""), False) else "number", raw)
        if kind == "s":
            raw = self._texts[raw]
        elif kind == "str":
            raw = unescaped(raw)
        elif kind != "inlineStr":
            return Cell(_OTHERS.get(kind, "error"), raw)
        return Cell("text", raw) if raw else None
