"""The indicator table as CSV (UTF-8, ``;``): one line per indicator, the columns of Tables 6 and 10."""

from __future__ import annotations

import csv
import io

from passerelle.indicators.extracts.content import NOT_SET, Extract
from passerelle.indicators.extracts.lines import Line
from passerelle.indicators.extracts.sheet_tables import PLACE, place_of
from passerelle.indicators.page import RISKY
from passerelle.indicators.wording import COLUMNS

COLUMNS_TOLD = (
    "Opération", "Arrêté au", "Arrêté n°", "État", "Empreinte SHA-256", "Règles", *PLACE, "Code", "Indicateur", "Unité", "Base",
    "Valeur de référence", "Valeur intermédiaire 2024", "Valeur cible 2029", "Unité de la cible", *COLUMNS.values(), "Ratio",
    "Taux sur la base", "Remarque",
)  # fmt: skip


def table_csv(extract: Extract) -> bytes:
    """The table; zero is 0, a figure that nobody collected says so."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS_TOLD)
    lines = extract.lines
    for line in (*lines.outputs, *lines.results, *lines.combined):
        writer.writerow([harmless(value) for value in _row(extract, line)])
    # A byte order mark: without it, a French spreadsheet reads accents wrong when the file is opened by a double click.
    return stream.getvalue().encode("utf-8-sig")


def harmless(value: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe in front.

    >>> harmless("=1+1")
    "'=1+1"
    """
    return f"'{value}" if value.startswith(RISKY) else value


def _row(extract: Extract, line: Line) -> list[str]:
    subject, target = extract.subject, line.target
    number = str(subject.snapshot.snapshot_id) if subject.snapshot else ""
    state = "figé" if subject.is_frozen else "provisoire"
    given = [_number(target.baseline) if target else NOT_SET]
    given += [_number(value) for value in ((target.milestone, target.target) if target else (None, None))]
    unit = {"number": "nombre", "percent": "pour cent"}.get(target.unit, "") if target else ""
    return [
        *(subject.operation_id, f"{subject.cut_off:%Y-%m-%d}", number, state),
        *(subject.snapshot.sha256 if subject.snapshot else "", str(subject.document["rules"]["version"])),
        *place_of(extract),
        *(line.code, line.name, line.unit, line.reference, *given, unit),
        *_figures(line),
        *(_share(line.ratio), _share(line.rate), line.remark),
    ]


def _figures(line: Line) -> list[str]:
    missing = "" if line.unit == "organismes" and line.figures else line.status
    return [str(line.figures[column]) if column in line.figures else missing for column in "FMNT"]


def _number(value: float | None) -> str:
    return NOT_SET if value is None else f"{value:g}".replace(".", ",")


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}".replace(".", ",") + " %"
