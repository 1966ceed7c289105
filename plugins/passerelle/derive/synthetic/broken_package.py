"""Mistakes in how a workbook is put together: what else it holds, and what it says of itself."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

from passerelle.contract.model import Contract
from passerelle.derive.synthetic.spoilable import UNKNOWN_VALUE

SHEET = "xl/worksheets/sheet1.xml"
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_DATE = (1980, 1, 1, 0, 0, 0)


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    """A workbook of these parts; always the same bytes for the same parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def macro(contract: Contract, data: bytes) -> bytes:
    """A program inside."""
    return packed(parts_of(data) | {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})


def external_link(contract: Contract, data: bytes) -> bytes:
    """Values that come from another file."""
    return packed(parts_of(data) | {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})


def hidden_sheet(contract: Contract, data: bytes) -> bytes:
    """A second sheet that is filled, and hidden."""
    parts = parts_of(data)
    book = re.sub(rb"(?=</sheets>)", b'<sheet name="Cache" sheetId="99" state="hidden" r:id="rId99"/>', parts[_BOOK], count=1)
    relation = (
        b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
        b' Target="worksheets/sheet99.xml"/>'
    )
    relations = parts[_RELATIONS].replace(b"</Relationships>", relation + b"</Relationships>")
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{UNKNOWN_VALUE}</t></is></c></row>'.encode()
    start, end = parts[SHEET].index(b"<row "), parts[SHEET].rindex(b"</row>") + len(b"</row>")
    sheet = parts[SHEET][:start] + row + parts[SHEET][end:]
    return packed(parts | {_BOOK: book, _RELATIONS: relations, "xl/worksheets/sheet99.xml": sheet})


def false_dimension(contract: Contract, data: bytes) -> bytes:
    """The sheet says that it has a million rows of 16,384 columns."""
    parts = parts_of(data)
    lie = re.sub(rb'<dimension ref="[^"]*"/>', b"", parts[SHEET]).replace(b"<sheetData", b'<dimension ref="A1:XFD1048576"/><sheetData', 1)
    return packed(parts | {SHEET: lie})


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {
    "excel_macro": macro,
    "excel_link": external_link,
    "excel_hidden_sheet": hidden_sheet,
    "excel_false_dimension": false_dimension,
}
"""Each mistake by its name (see passerelle.derive.mutate)."""
