"""A delimited file: a bare read, and the gateway's check."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
from contract import LARGE

from passerelle.checks.inspector import inspect


def read_csv(path: Path) -> None:
    """A bare Arrow read of the file, all text, in blocks."""
    types = {column.source: pa.string() for column in LARGE.record_table.columns}
    reader = pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, block_size=8 << 20),
        parse_options=pacsv.ParseOptions(delimiter=";"),
        convert_options=pacsv.ConvertOptions(column_types=types),
    )
    for _ in reader:
        pass


def check_csv(path: Path) -> None:
    """The check of the gateway."""
    with path.open("rb") as file:
        inspect(LARGE, file)
