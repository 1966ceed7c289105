"""The canonical files of a snapshot: exactly those that ``passerelle esf indicators`` reads (UTF-8, ``;``, ISO dates, empty = missing)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

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
_AT_ONCE = 100_000
_ODD = r'[";\n\r]'
"""What a value cannot hold unless it stands in quotes."""


@dataclass(frozen=True)
class Tables:
    """What is known, as the columns of the canonical files."""

    large: Mapping[str, pa.Table]
    """By the name of the file; days and whole numbers are not yet words."""
    operations: tuple[Row, ...]
    estimates: tuple[Row, ...]

    def files(self) -> dict[str, bytes]:
        """The canonical files; estimates only where there are some."""
        return {name: write_columns(rows) for name, rows in self.large.items()} | self.small_files()

    def small_files(self) -> dict[str, bytes]:
        """Those of them that are about operations."""
        estimates = {"estimates.csv": write(ESTIMATES, self.estimates)} if self.estimates else {}
        return estimates | {"operations.csv": write(OPERATIONS, self.operations)}


def write(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The rows as the bytes of a file with these headings; the same rows always give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[cell(row.get(column)) for column in columns] for row in rows])
    return text.getvalue().encode("utf-8")


def write_columns(rows: pa.Table) -> bytes:
    """The same for columns: nothing for None, an empty text in quotes."""
    made = [";".join(rows.column_names)]
    for first in range(0, len(rows), _AT_ONCE):
        columns = [_quoted(column.combine_chunks()) for column in words(rows.slice(first, _AT_ONCE)).columns]
        lines = pc.binary_join_element_wise(*columns, ";")
        made.append(pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "\n")[0].as_py())
    return "\n".join([*made, ""]).encode("utf-8")


def words(rows: pa.Table) -> pa.Table:
    """The same rows with every value as it is written."""
    return rows.cast(pa.schema([(name, pa.string()) for name in rows.column_names]))


def _quoted(texts: pa.StringArray) -> pa.StringArray:
    odd = pc.or_(pc.match_substring_regex(texts, _ODD), pc.equal(texts, ""))
    if pc.any(odd).as_py():
        texts = pc.if_else(odd, pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', ""), texts)
    return texts.fill_null("")


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
