"""An empty file of a feed, to be filled in: what a partner starts from."""

from __future__ import annotations

import csv
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
from passerelle.derive.synthetic.records import SampleRequest

_LONGEST_LIST = 255
"""Characters of a drop-down list in a spreadsheet."""
_ROWS = 2_000
"""Rows of the spreadsheet that are prepared."""


def blank(contract: Contract, path: Path, as_of: date) -> bool:
    """Writes the empty file; False when the format has none that helps (lines without any header)."""
    writer = _WRITERS.get(contract.layout.format)
    if writer is None or (contract.layout.format == "delimited" and not contract.layout.header):
        return False
    path.write_bytes(writer(contract, as_of))
    return True


def _delimited(contract: Contract, as_of: date) -> bytes:
    layout = contract.layout
    text = io.StringIO()
    writer = csv.writer(text, delimiter=layout.delimiter, quotechar=layout.quote, lineterminator="\r\n")
    writer.writerow([column.source for column in contract.record_table.columns])
    return text.getvalue().encode(layout.encoding)


def _one_record(contract: Contract, as_of: date) -> str:
    bare = contract.model_copy(update={"layout": contract.layout.model_copy(update={"envelope": ()})})
    with TemporaryDirectory() as folder:
        made = write_sample(bare, Path(folder), request=SampleRequest(rows=1, seed=1, as_of=as_of))
        return made.path.read_text(encoding=contract.layout.encoding)


def _xml(contract: Contract, as_of: date) -> bytes:
    """One dossier whose elements are all empty."""
    return re.sub(r">[^<>\n]+</", "></", _one_record(contract, as_of)).encode(contract.layout.encoding)


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
