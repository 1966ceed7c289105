"""What was received, written back as the files of the interface: an auditor recomputes the figures from these alone.

Every row is written, also the unusable ones: their keys and day of recording stay, the rest of what could not be read is left empty, so
that they are rejected again for the same participation. People are there under their pseudonymous keys only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from passerelle.errors import ConfigurationError
from passerelle.indicators.columns import EMPTY, Column, Ints, as_date
from passerelle.indicators.intake import Files, Intake
from passerelle.indicators.layouts import EVENT_COLUMNS, OBSERVATION_COLUMNS, PARTICIPATIONS
from passerelle.indicators.operations import Estimate, Operation
from passerelle.indicators.rows import Rows
from passerelle.indicators.table import ESTIMATES, OPERATIONS

_SAYS = {"participations": "status", "events": "event", "six_months": "situation"}
"""The column whose absence rejects an unusable row again."""


def write_microdata(intake: Intake, folder: Path) -> Files:
    """Writes the files of an intake into a folder; their paths. Raises ConfigurationError when they cannot be written."""
    layouts = {"participations": PARTICIPATIONS, "events": EVENT_COLUMNS, "six_months": OBSERVATION_COLUMNS}
    tables = {"participations": intake.participations, "events": intake.events, "six_months": intake.six_months}
    given: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            if rows is not None:
                given[name] = folder / f"{name}.csv"
                _write(given[name], _table(rows, layouts[name], intake, _SAYS[name]))
        if intake.operations:
            given["operations"] = folder / "operations.csv"
            _write(given["operations"], _operations(list(intake.operations.values())))
        if intake.estimates:
            given["estimates"] = folder / "estimates.csv"
            _write(given["estimates"], _estimates(intake.estimates))
    except OSError as error:
        raise ConfigurationError(f"Les microdonnées ne peuvent pas être écrites dans {folder} ({type(error).__name__}).") from error
    return Files(**given)


def _write(path: Path, table: pa.Table) -> None:
    header = ";".join(table.column_names) + "\n"
    with path.open("wb") as stream:
        stream.write(header.encode())
        pacsv.write_csv(table, stream, pacsv.WriteOptions(include_header=False, delimiter=";", quoting_style="needed"))


def _table(rows: Rows, columns: Sequence[Column], intake: Intake, says: str) -> pa.Table:
    names = {"operation_id": intake.operation_names.texts, "participant_id": intake.participant_names.texts, columns[0].name: rows.ids}
    found = {}
    for column in columns:
        values = rows[column.name]
        if column.name == says:
            values = np.where(rows.broken, EMPTY, values)
        found[column.name] = _named(values, names[column.name]) if column.is_text else _worded(column, values)
    return pa.table(found)


def _named(codes: Ints, texts: pa.Array) -> pa.Array:
    return pa.concat_arrays([texts, pa.array([""], pa.string())]).take(pa.array(np.where(codes < 0, len(texts), codes)))


def _worded(column: Column, values: Ints) -> pa.Array:
    """The texts of a column of numbers; each distinct value is put into words once."""
    distinct, places = np.unique(values, return_inverse=True)
    return pa.array([_word(column, int(value)) for value in distinct], pa.string()).take(pa.array(places))


def _word(column: Column, value: int) -> str:
    if value == EMPTY:
        return ""
    if column.is_day:
        return str(as_date(value))
    if column.joined:
        return "+".join(code for place, code in enumerate(column.codes) if value >> place & 1)
    return str(value) if column.limits is not None else str(column.codes[value])


def _operations(operations: Sequence[Operation]) -> pa.Table:
    def word(value: object) -> str:
        return "" if value is None else "+".join(value) if isinstance(value, tuple) else str(value)

    return pa.table({name: pa.array([word(getattr(one, name)) for one in operations], pa.string()) for name in OPERATIONS})


def _estimates(estimates: Sequence[Estimate]) -> pa.Table:
    return pa.table({name: pa.array([str(getattr(one, name)) for one in estimates], pa.string()) for name in ESTIMATES})
