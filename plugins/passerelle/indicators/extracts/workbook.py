"""The workbook a funding officer opens. The same extract always gives the same bytes: its dates are those of the cut-off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from io import BytesIO

import xlsxwriter

from passerelle.indicators.extracts import sheet_header, sheet_people, sheet_review, sheet_tables
from passerelle.indicators.extracts.content import Extract
from passerelle.indicators.extracts.subject import Circle
from passerelle.indicators.page import Page, Styles

_Sheet = tuple[str, Sequence[float], Callable[[Page, Extract], None]]
_EVERYBODY: tuple[_Sheet, ...] = (
    ("En-tête", sheet_header.WIDTHS, sheet_header.fill),
    ("Indicateurs", sheet_tables.TABLE_WIDTHS, sheet_tables.indicators),
    ("Lignes combinées", sheet_tables.COMBINED_WIDTHS, sheet_tables.combined),
    ("Exclusions", sheet_review.EXCLUDED_WIDTHS, sheet_review.exclusions),
    ("Qualité", sheet_review.QUALITY_WIDTHS, sheet_review.quality),
)
_OFFICERS: tuple[_Sheet, ...] = (
    ("Semestres", sheet_tables.HALF_WIDTHS, sheet_tables.half_years),
    ("Saisies tardives", sheet_review.LATE_WIDTHS, sheet_review.late),
    ("Changements", sheet_review.CHANGE_WIDTHS, sheet_review.changes),
    ("Contrôles", sheet_review.CHECK_WIDTHS, sheet_review.controls),
    ("Observations", sheet_review.OBSERVATION_WIDTHS, sheet_review.observations),
)
_RESTRICTED: tuple[_Sheet, ...] = (
    ("Composition", sheet_people.COMPOSITION_WIDTHS, sheet_people.composition),
    ("Trace", sheet_people.TRACE_WIDTHS, sheet_people.trace),
    ("Microdonnées", sheet_people.MICRODATA_WIDTHS, sheet_people.microdata),
)
SHEETS = {
    Circle.PUBLIC: _EVERYBODY,
    Circle.OFFICERS: (*_EVERYBODY, *_OFFICERS),
    Circle.RESTRICTED: (*_EVERYBODY, *_OFFICERS, *_RESTRICTED),
}
"""What each circle gets."""
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


Say = Callable[[str], None]
"""Is told what is being made: a large operation takes a minute."""


def in_silence(_: str) -> None:
    """Tells nobody."""


def workbook(extract: Extract, say: Say = in_silence) -> bytes:
    """The workbook (XLSX)."""
    content, subject = BytesIO(), extract.subject
    book = xlsxwriter.Workbook(content, _OPTIONS)
    told = f"{subject.operation_id}, arrêté au {subject.cut_off:%d/%m/%Y}"
    created = datetime.combine(subject.cut_off, time())
    book.set_properties({"title": "Indicateurs communs FSE+", "subject": told, "comments": subject.state, "created": created})
    styles = Styles(book)
    for name, widths, fill in SHEETS[extract.circle]:
        say(f"feuille « {name} »")
        page = Page(book, styles, name, widths)
        fill(page, extract)
        page.finish(told, subject.state)
    say("mise en forme du classeur")
    book.close()
    return content.getvalue()
