"""A workbook: which sheet to read, which others hold data, its shared texts, and which cell styles show a date."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from passerelle.readers import workbook_words as words
from passerelle.readers.package import Package

_MOST_SHEETS = 256
_MOST_TEXT = 500_000_000
"""Bytes of the shared texts, which are kept in memory."""
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
"""Numbers of the built-in formats that show a date or a time."""
_NO_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
"""Parts of a format that are texts, colours or conditions; ``[h]`` is a duration."""
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Sheet:
    """One sheet of the workbook."""

    name: str
    part: str
    is_hidden: bool
    number: int
    """Place among the sheets, from 1."""


class Workbook:
    """What is read of a workbook before its rows."""

    def __init__(self, package: Package) -> None:
        self.package = package
        name = next((target for _, kind, target in package.related("") if kind == "officeDocument"), "")
        if name not in package:
            raise words.no_workbook()
        parts = {key: (kind, target) for key, kind, target in package.related(name)}
        self.is_1904 = False
        self.sheets: list[Sheet] = []
        for element in package.elements(name, "workbookPr", "sheet"):
            if element.tag.endswith("}workbookPr"):
                self.is_1904 = element.get("date1904") in ("1", "true")
            else:
                self._add_sheet(element, parts)
        kinds = dict(parts.values())
        self.texts = Texts(package, kinds.get("sharedStrings"))
        styles = kinds.get("styles", "")
        self.dated = _dated_styles(package, styles) if styles in package else ()
        """For each cell style, whether it shows a date or a time."""

    def chosen(self, name: str) -> Sheet:
        """The sheet of this name; the first that is shown when there is none. Raises DeliveryError when it is not there."""
        for sheet in self.sheets:
            if sheet.name.strip() == name.strip() if name else not sheet.is_hidden:
                return sheet
        raise words.no_sheet(name)

    def others_with_data(self, chosen: Sheet) -> list[Sheet]:
        """The other sheets that hold a value."""
        return [sheet for sheet in self.sheets if sheet is not chosen and self._has_data(sheet)]

    def _has_data(self, sheet: Sheet) -> bool:
        return any("".join(row.itertext()).strip() for row in self.package.elements(sheet.part, "row"))

    def _add_sheet(self, element: etree._Element, parts: dict[str, tuple[str, str]]) -> None:
        key = next((value for attribute, value in element.attrib.items() if str(attribute).endswith("}id")), "")
        kind, target = parts.get(str(key), ("", ""))
        is_hidden = element.get("state", "visible") != "visible"
        if kind == "worksheet":
            self.sheets.append(Sheet(element.get("name") or "", target, is_hidden, len(self.sheets) + 1))
        if len(self.sheets) > _MOST_SHEETS:
            raise words.too_large()


class Texts:
    """The texts that cells share: kept as bytes, for a million Python strings take five times as much."""

    def __init__(self, package: Package, part: str | None) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])
        if part is None or part not in package:
            return
        for element in package.elements(part, "si"):
            self._bytes += text_of(element).encode()
            self._ends.append(len(self._bytes))
            if len(self._bytes) > _MOST_TEXT:
                raise words.too_large()

    def __getitem__(self, place: str) -> str:
        """The text of this number. Raises DeliveryError when there is none."""
        if not (place.isascii() and place.isdigit()) or len(place) > 9 or int(place) + 1 >= len(self._ends):
            raise words.damaged()
        return self._bytes[self._ends[int(place)] : self._ends[int(place) + 1]].decode()


def text_of(element: etree._Element) -> str:
    """The text of a cell or a shared text, from its runs; phonetic readings are left out."""
    if len(element) == 1 and element[0].tag.endswith("}t"):
        return unescaped(element[0].text or "")
    return unescaped("".join(_runs(element)))


def unescaped(text: str) -> str:
    """``_x000D_`` → the character it stands for, where it stands for one that a text may hold."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code == 0 or 0xD800 <= code <= 0xDFFF else chr(code)


def _runs(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag.endswith("}t"):
            yield child.text or ""
        elif child.tag.endswith("}r"):
            yield from _runs(child)


def _dated_styles(package: Package, part: str) -> tuple[bool, ...]:
    formats: dict[str, bool] = {}
    dated = []
    for element in package.elements(part, "numFmt", "xf"):
        number = element.get("numFmtId") or "0"
        if element.tag.endswith("}numFmt"):
            formats[number] = shows_date(element.get("formatCode") or "")
        elif element.getparent().tag.endswith("}cellXfs"):
            dated.append(formats[number] if number in formats else number.isdigit() and int(number) in _DATE_FORMATS)
    return tuple(dated)


def shows_date(code: str) -> bool:
    """Whether a number format shows a date or a time.

    >>> shows_date("dd/mm/yyyy"), shows_date('0.00" jours"'), shows_date("[Red]General")
    (True, False, False)
    """
    letters = _NO_LETTERS.sub("", code.split(";")[0]).lower()
    return "general" not in letters and "standard" not in letters and any(letter in letters for letter in "dmyhs")
