"""The canonical files of a snapshot: exactly those that ``passerelle esf indicators`` reads (UTF-8, ``;``, ISO dates, empty = missing)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from passerelle.indicators import layouts, table
from passerelle.indicators.layouts import headings

PARTICIPATIONS, EVENTS = headings(layouts.PARTICIPATIONS), headings(layouts.EVENT_COLUMNS)
SIX_MONTHS, OPERATIONS, ESTIMATES = headings(layouts.OBSERVATION_COLUMNS), table.OPERATIONS, table.ESTIMATES
SOURCES = (
    "subject", "id", "feed", "sender", "delivery_id", "file_name", "file_sha256", "line", "receipts", "first_recorded_on", "recorded_on",
    "note",
)  # fmt: skip
"""Where each row comes from; not read by the engine, but frozen with it."""
COUNTED = ("operation_id", "participation_id", "participant_id", "sex", "exit_date", "indicators")
"""The exit is that of the last participation of the person in the operation; empty while one is open."""
EXCLUDED = ("operation_id", "participation_id", "participant_id", "reason", "detail")
CHANGES = ("participation_id", "participant_id", "change", "detail", "indicators_before", "indicators_now")

Row = Mapping[str, Any]


def write(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The rows as the bytes of a file with these headings; the same rows always give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[cell(row.get(column)) for column in columns] for row in rows])
    return text.getvalue().encode("utf-8")


def read(content: bytes) -> list[dict[str, str]]:
    """The rows of a file written by :func:`write`."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8")), delimiter=";"))


def cell(value: object) -> str:
    """How a value is written: nothing for None, ``yes`` and ``no``, ISO dates."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
