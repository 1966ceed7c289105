"""An empty file of a feed, to be filled in: what a partner starts from."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter

from passerelle.contract.model import Column, Contract, Format
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic import wrapping
from passerelle.derive.synthetic.records import SampleRequest

_LONGEST_LIST = 255
"""Characters of a drop-down list in a spreadsheet."""
_ROWS = 2_000
"""Rows of the spreadsheet that are prepared."""


def has_blank(contract: Contract) -> bool:
    """Whether the format has an empty file that helps: lines without any header have none."""
    return contract.layout.format in _WRITERS and contract.layout.header


def blank(contract: Contract, as_of: date) -> bytes:
    """The empty file, outside any envelope. KeyError when the format has none (see :func:`has_blank`)."""
    return _WRITERS[contract.layout.format](contract, as_of)


def _delimited(contract: Contract, as_of: date) -> bytes:
    """The header, and the last line that announces no row where the contract provides for one."""
    return _sample(contract, as_of, 0)


def _sample(contract: Contract, as_of: date, rows: int) -> bytes:
    with TemporaryDirectory() as folder:
        return write_sample(
            wrapping.without_envelope(contract), Path(folder), request=SampleRequest(rows=rows, seed=1, as_of=as_of)
        ).path.read_bytes()


def _xml(contract: Contract, as_of: date) -> bytes:
    """One dossier whose elements are all empty."""
    one = _sample(contract, as_of, 1).decode(contract.layout.encoding)
    return re.sub(r">[^<>\n]+</", "></", one).encode(contract.layout.encoding)


def _json_lines(contract: Contract, as_of: date) -> bytes:
    """One object with every key and no value."""
    nested: dict[str, Any] = {}
    for column in contract.record_table.columns:
        *outer, key = column.source.split("/")
        place = nested
        for name in outer:
            place = place.setdefault(name, {})
        place[key] = None
    return (json.dumps(nested, ensure_ascii=False) + "\n").encode(contract.layout.encoding)


def _workbook(contract: Contract, as_of: date) -> bytes:
    """The header, cells that keep numbers and codes as text, lists to choose codes from, and the help as comments."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet(contract.layout.sheet or "Données")
    head = book.add_format({"bold": True, "bg_color": "#E8EDF5", "border": 1, "text_wrap": True, "valign": "top"})
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "dd/mm/yyyy"})
    for place, column in enumerate(contract.record_table.columns):
        sheet.write_string(0, place, column.source, head)
        note = " ".join(part for part in (column.label + ".", column.description, column.help, _example(column)) if part)
        sheet.write_comment(0, place, note, {"x_scale": 2, "y_scale": 1.5})
        sheet.set_column(place, place, max(12, min(32, len(column.source) + 4)), day if column.type == "date" else text)
        _choices(sheet, place, column)
    sheet.freeze_panes(1, 0)
    book.close()
    return file.getvalue()


def _example(column: Column) -> str:
    return f"Exemple : {column.example}." if column.example else ""


def _choices(sheet: Any, place: int, column: Column) -> None:
    codes = list(column.codes.codes) if column.codes is not None else []
    if codes and len(",".join(codes)) <= _LONGEST_LIST:
        sheet.data_validation(1, place, _ROWS, place, {"validate": "list", "source": codes, "error_title": column.label[:32]})


_WRITERS: dict[Format, Callable[[Contract, date], bytes]] = {
    "delimited": _delimited,
    "xml": _xml,
    "jsonlines": _json_lines,
    "xlsx": _workbook,
}
