"""The workbook of one operation, or of all, as the warehouse stood at a cut-off."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from passerelle.errors import ConfigurationError, DeliveryError
from passerelle.indicators.compute import compute
from passerelle.indicators.parameters import Rules, default_rules
from passerelle.indicators.report import Report
from passerelle.indicators.source import read_warehouse
from passerelle.indicators.workbook import write_workbook


def extract(engine: Engine, operation_id: str | None, cutoff: date, out: Path) -> Path:
    """The path of the workbook, written with the product's own rules; see :func:`report_of` and :func:`write` for the steps."""
    return write(report_of(engine, operation_id, cutoff, default_rules()), operation_id, out)


def report_of(engine: Engine, operation_id: str | None, cutoff: date, rules: Rules) -> Report:
    """The report of one operation or of all.

    Raises DeliveryError when nothing at all is known of it: an empty workbook would be read as a zero.
    """
    report = compute(read_warehouse(engine, operation_id), cutoff, rules)
    if not report.computed.settlement.received:
        scope = f"pour l’opération « {operation_id} »" if operation_id else "dans l’entrepôt"
        raise DeliveryError("esf.extract.empty", f"Aucune participation {scope} : aucun classeur n’est produit.")
    return report


def write(report: Report, operation_id: str | None, out: Path) -> Path:
    """Writes the workbook to ``out``: a file when it ends in ``.xlsx``, otherwise a folder where it gets a name of its own.

    A workbook that is already there is replaced in one move. Raises ConfigurationError when it cannot be written.
    """
    named = re.sub(r"[^A-Za-z0-9_-]+", "_", operation_id) if operation_id else "toutes"
    path = out if out.suffix.lower() == ".xlsx" else out / f"fse_indicateurs_{named}_{report.cutoff:%Y-%m-%d}.xlsx"
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(report, part)
        part.replace(path)
    except OSError as error:
        raise ConfigurationError(f"Le classeur ne peut pas être écrit dans {path.parent} ({type(error).__name__}).") from error
    return path
