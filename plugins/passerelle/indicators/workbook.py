"""The workbook a funding officer opens, written from a report: figures, participants, exclusions, checks.

The same report always gives the same bytes: its dates are those of the cut-off, not of the moment it was made.
"""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from passerelle.errors import ConfigurationError
from passerelle.indicators import sheets
from passerelle.indicators.page import Page, Styles
from passerelle.indicators.report import Report

_SHEETS = (
    ("Synthèse", sheets.SUMMARY_WIDTHS, sheets.summary),
    ("Participants", sheets.PARTICIPANT_WIDTHS, sheets.participants),
    ("Exclus", sheets.EXCLUDED_WIDTHS, sheets.excluded),
    ("Contrôles", sheets.CHECK_WIDTHS, sheets.controls),
)
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(report: Report, path: Path) -> None:
    """Writes the workbook, replacing what is there. Raises ConfigurationError when the file cannot be written."""
    book = xlsxwriter.Workbook(str(path), _OPTIONS)
    created = datetime.combine(report.cutoff, time())
    book.set_properties({"title": "Indicateurs communs FSE+", "subject": f"Arrêté au {report.cutoff:%d/%m/%Y}", "created": created})
    styles = Styles(book)
    for name, widths, fill in _SHEETS:
        page = Page(book, styles, name, widths)
        fill(page, report)
        page.footer(f"Indicateurs FSE+ arrêtés au {report.cutoff:%d/%m/%Y}")
    try:
        book.close()
    except XlsxWriterException as error:
        raise ConfigurationError(f"Le classeur {path} ne peut pas être écrit ({type(error).__name__}).") from error
