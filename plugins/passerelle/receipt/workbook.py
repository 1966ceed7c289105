"""One receipt as a workbook, for the agent who corrects: every finding in a row, key, message and what to do first.

The same receipt and findings always give the same bytes: the only date in the file is the one of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import xlsxwriter

from passerelle.errors import ConfigurationError
from passerelle.receipt import sheets
from passerelle.receipt.details import DetailRow
from passerelle.receipt.kinds import Kind
from passerelle.receipt.model import Receipt
from passerelle.receipt.sheet import Sheet, Styles

__all__ = ["DetailRow", "render_workbook"]

_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def render_workbook(receipt: Receipt, details: Iterable[DetailRow], target: Path | BinaryIO) -> None:
    """Writes the workbook of the document. ``details`` are all findings of a CC, in the order they are to be read; only the first
    50,000 are taken from it. Other documents have none.

    Raises ConfigurationError when ``target`` is a path that cannot be written.
    """
    if not isinstance(target, Path):
        _write(receipt, details, target)
        return
    try:
        file = target.open("wb")
    except OSError as error:
        raise ConfigurationError(f"Le classeur {target} ne peut pas être écrit ({type(error).__name__}).") from error
    with file:
        _write(receipt, details, file)


def _write(receipt: Receipt, details: Iterable[DetailRow], file: BinaryIO) -> None:
    book = xlsxwriter.Workbook(file, _OPTIONS)
    book.set_properties(
        {
            "title": f"{receipt.kind.french} {receipt.number}",
            "subject": receipt.headline,
            "author": receipt.delivery.territory or "Passerelle",
            "created": receipt.made_at.replace(tzinfo=None),
        }
    )
    styles = Styles(book)
    made = [_filled(Sheet(book, styles, "Résumé", sheets.SUMMARY_WIDTHS), sheets.summary, receipt)]
    if receipt.kind is Kind.CC:
        anomalies = Sheet(book, styles, "Anomalies", sheets.FINDING_WIDTHS)
        sheets.findings(anomalies, receipt, details)
        made += [anomalies, _filled(Sheet(book, styles, "Règles", sheets.RULE_WIDTHS), sheets.rules, receipt)]
    if receipt.open is not None and receipt.open.files:
        made.append(_filled(Sheet(book, styles, "Reste à corriger", sheets.OPEN_WIDTHS), sheets.still_open, receipt))
    if receipt.expected_names:
        made.append(_filled(Sheet(book, styles, "Noms attendus", sheets.NAME_WIDTHS), sheets.names, receipt))
    for sheet in made:
        sheet.close(f"{receipt.kind.french} {receipt.number}")
    book.close()


def _filled(sheet: Sheet, fill: Callable[[Sheet, Receipt], None], receipt: Receipt) -> Sheet:
    fill(sheet, receipt)
    return sheet
