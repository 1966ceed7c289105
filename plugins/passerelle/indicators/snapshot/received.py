"""What is known of the warehouse handed to the engine as columns: the rows of the canonical files without writing and reading them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.indicators.bulk import Text
from passerelle.indicators.columns import Column
from passerelle.indicators.intake import Files, Intake, read_files, received
from passerelle.indicators.snapshot.canonical import Tables


def intake_of(tables: Tables) -> Intake:
    """What :func:`.read_files` gives of the files of these tables, each row on the line it has there."""

    def text_of(name: str, columns: tuple[Column, ...]) -> Text | None:
        rows = tables.large.get(f"{name}.csv")
        return None if rows is None else _text(rows)

    # In a file what breaks its line is no record.
    whole = any(map(_breaks_lines, tables.large.values()))
    with TemporaryDirectory(prefix="passerelle-esf-") as name:
        content = tables.files() if whole else tables.small_files()
        paths = {file.removesuffix(".csv"): Path(name) / file for file in content if file != "sources.csv"}
        for kind, path in paths.items():
            path.write_bytes(content[f"{kind}.csv"])
        files = Files(**{"participations": Path(name)} | paths)
        return read_files(files) if whole else received(text_of, files, [])


def _breaks_lines(rows: pa.Table) -> bool:
    """Whether the one text that is a partner's own holds an end of line."""
    return "operation_id" in rows.column_names and bool(pc.any(pc.match_substring_regex(rows["operation_id"], r"[\r\n]")).as_py())


def _text(rows: pa.Table) -> Text:
    texts = [name for name in rows.column_names if pa.types.is_string(rows.schema.field(name).type)]
    columns = {name: rows.column(name) for name in rows.column_names} | {name: rows.column(name).fill_null("") for name in texts}
    return Text(columns, np.arange(2, len(rows) + 2, dtype=np.int64), np.zeros(0, dtype=np.int64))
