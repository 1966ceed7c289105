"""Delimited text (CSV) → rows of text, by Arrow's streaming reader.

Two traps are closed here: a row with too few or too many fields is reported with its true line instead of being padded or aborting the
file, and a quote that was never closed is seen because its field holds line breaks.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from passerelle.contract.model import Contract, Table
from passerelle.errors import DeliveryError
from passerelle.readers.rows import Chunk, Oddity, Rows
from passerelle.readers.survey import Survey

_BLOCK = 8 << 20
_Ordinals = npt.NDArray[np.int64]


def read(contract: Contract, file: BinaryIO, survey: Survey) -> Iterator[Chunk]:
    """The chunks of the file. Raises DeliveryError when the header is not the contract's or the quoting cannot be read at all."""
    header = _header(contract, file, survey)
    table = contract.record_table
    _check_header(contract, table, header)
    yield from _Reader(contract, table, header, survey).chunks(file)


class _Reader:
    """Keeps the ordinals right over the blocks of one file."""

    def __init__(self, contract: Contract, table: Table, header: list[str], survey: Survey) -> None:
        self._contract = contract
        self._table = table
        self._header = header
        self._survey = survey
        self._names = {column.source: column.name for column in table.columns}
        self._odd: list[pacsv.InvalidRow] = []
        self._next = 0
        self._extra_lines = 0

    def chunks(self, file: BinaryIO) -> Iterator[Chunk]:
        file.seek(0)
        layout = self._contract.layout
        try:
            reader = pacsv.open_csv(
                file,
                # Row numbers are only told to the handler when threads are off.
                read_options=pacsv.ReadOptions(
                    use_threads=False, block_size=_BLOCK, encoding=layout.encoding, column_names=self._header, skip_rows=1
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=layout.delimiter,
                    quote_char=layout.quote,
                    # Arrow searches quoted line breaks only on demand, and that costs; without any quote there are none.
                    newlines_in_values=self._survey.has_quotes,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._keep_odd,
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types={name: pa.string() for name in self._header},
                    include_columns=[column.source for column in self._table.columns],
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
            for batch in reader:
                yield self._chunk(batch)
        except pa.ArrowInvalid:
            raise _unreadable() from None
        if self._odd:
            yield self._chunk(None)

    def _keep_odd(self, row: pacsv.InvalidRow) -> str:
        self._odd.append(row)
        return "skip"

    def _chunk(self, batch: pa.RecordBatch | None) -> Chunk:
        count = batch.num_rows if batch is not None else 0
        odd = self._odd_among(count) if batch is not None else self._odd
        self._odd = self._odd[len(odd) :]
        ordinals = _ordinals(self._next, count, [_ordinal(row) for row in odd])
        self._next += count + len(odd)
        already = self._extra_lines
        if batch is None:
            _, oddities = self._lines(ordinals, odd, None)
            return Chunk({}, len(odd), oddities=tuple(oddities), swallowed=self._extra_lines - already)
        values = pa.RecordBatch.from_arrays(list(batch.columns), names=[self._names[name] for name in batch.schema.names])
        breaks = _line_breaks(values) if self._survey.has_quotes else None
        lines, oddities = self._lines(ordinals, odd, breaks)
        blank = _blank(values)
        keep = pc.invert(blank) if blank is not None else None
        rows = Rows(values=values, row=pa.array(ordinals), line=pa.array(lines), record=pa.array(ordinals))
        if keep is not None:
            rows = Rows(*(part.filter(keep) for part in (rows.values, rows.row, rows.line, rows.record)))
        blanks = tuple(ordinals[np.asarray(blank)].tolist()) if blank is not None else ()
        return Chunk(
            {self._table.name: rows}, count + len(odd), blank=blanks, oddities=tuple(oddities), swallowed=self._extra_lines - already
        )

    def _odd_among(self, count: int) -> list[pacsv.InvalidRow]:
        """The odd rows that stand among the next ``count`` good ones; Arrow reads ahead and has told of later ones already."""
        return [row for i, row in enumerate(self._odd) if _ordinal(row) - self._next - i < count]

    def _lines(self, ordinals: _Ordinals, odd: list[pacsv.InvalidRow], breaks: _Ordinals | None) -> tuple[_Ordinals, list[Oddity]]:
        """Physical lines of the good rows, and what is odd: the line of a row moves down by every line break inside earlier rows."""
        extra_of_odd = {_ordinal(row): (row.text or "").count("\n") for row in odd}
        if breaks is None or (not breaks.any() and not any(extra_of_odd.values())):
            return ordinals + 2 + self._extra_lines, [self._oddity(row, _ordinal(row) + 2 + self._extra_lines) for row in odd]
        breaks = np.zeros(len(ordinals), dtype=np.int64) if breaks is None else breaks
        everything = np.concatenate([ordinals, np.array(list(extra_of_odd), dtype=np.int64)])
        extra = np.concatenate([breaks, np.array(list(extra_of_odd.values()), dtype=np.int64)])
        order = np.argsort(everything, kind="stable")
        before = np.empty(len(order), dtype=np.int64)
        before[order] = np.cumsum(extra[order]) - extra[order]
        lines = everything + 2 + self._extra_lines + before
        self._extra_lines += int(extra.sum())
        count = len(ordinals)
        oddities = [
            self._oddity(row, int(line)) if not more else Oddity("swallowed", int(line), _ordinal(row), f"{more + 1} lignes")
            for row, line, more in zip(odd, lines[count:], extra_of_odd.values(), strict=True)
        ]
        oddities += [
            Oddity("swallowed", int(lines[i]), int(ordinals[i]), f"{int(breaks[i]) + 1} lignes") for i in np.flatnonzero(breaks).tolist()
        ]
        return lines[:count], oddities

    def _oddity(self, row: pacsv.InvalidRow, line: int) -> Oddity:
        return Oddity("columns", line, _ordinal(row), f"{row.actual_columns} au lieu de {row.expected_columns}")


def _ordinal(row: pacsv.InvalidRow) -> int:
    """Arrow numbers rows from 1, the header included."""
    return int(row.number) - 2


def _ordinals(first: int, count: int, odd: list[int]) -> _Ordinals:
    """The ordinals of ``count`` good rows from ``first`` on, the odd ones left out."""
    everything = np.arange(first, first + count + len(odd), dtype=np.int64)
    return everything if not odd else np.setdiff1d(everything, np.array(odd, dtype=np.int64), assume_unique=True)


def _line_breaks(values: pa.RecordBatch) -> _Ordinals:
    total = np.zeros(values.num_rows, dtype=np.int64)
    for column in values.columns:
        found = pc.fill_null(pc.count_substring(column, "\n"), 0)
        total += np.asarray(found)
    return total


def _blank(values: pa.RecordBatch) -> pa.Array | None:
    """Mask of rows without any value, or None when there are none."""
    if any(column.null_count == 0 for column in values.columns):
        return None
    mask = pc.is_null(values.column(0))
    for column in values.columns[1:]:
        mask = pc.and_(mask, pc.is_null(column))
    return mask if pc.any(mask).as_py() else None


def _header(contract: Contract, file: BinaryIO, survey: Survey) -> list[str]:
    file.seek(3 if survey.has_bom else 0)
    first = file.readline(contract.layout.max_line_bytes)
    text = first.decode(contract.layout.encoding).rstrip("\r\n")
    names = next(csv.reader([text], delimiter=contract.layout.delimiter, quotechar=contract.layout.quote), [])
    return [name.strip() for name in names]


def _check_header(contract: Contract, table: Table, header: list[str]) -> None:
    wanted = [column.source for column in table.columns]
    missing = [name for name in wanted if name not in header]
    repeated = sorted({name for name in header if header.count(name) > 1})
    known = {*wanted, *(ignored.path for ignored in contract.layout.ignored)}
    unknown = [name for name in header if name not in known]
    if len(header) == 1 and len(wanted) > 1:
        raise DeliveryError(
            "file.delimiter",
            "La première ligne ne contient qu'une colonne : le séparateur n'est pas celui convenu.",
            line=1,
            expected=f"Des colonnes séparées par « {contract.layout.delimiter} ».",
            fix=f"Exportez le fichier avec le séparateur « {contract.layout.delimiter} », puis redéposez-le.",
        )
    if missing or repeated:
        said = [f"il manque {_listed(missing)}"] if missing else []
        said += [f"{_listed(repeated)} figure deux fois"] if repeated else []
        said += [f"{_listed(unknown)} n'est pas attendu"] if unknown else []
        raise DeliveryError(
            "file.header",
            f"Les colonnes du fichier ne sont pas celles convenues : {' ; '.join(said)}.",
            line=1,
            expected=f"Ces colonnes : {', '.join(wanted)}.",
            fix=_header_fix(missing, unknown),
        )


def unknown_columns(contract: Contract, file: BinaryIO, survey: Survey) -> tuple[str, ...]:
    """Columns of the file that the contract neither declares nor ignores: they are not read, and the partner is told."""
    known = {column.source for column in contract.record_table.columns} | {ignored.path for ignored in contract.layout.ignored}
    return tuple(name for name in _header(contract, file, survey) if name not in known)


def _header_fix(missing: list[str], unknown: list[str]) -> str:
    for name in missing:
        near = difflib.get_close_matches(name, unknown, n=1)
        if near:
            return f"Renommez la colonne « {near[0]} » en « {name} », puis redéposez le fichier."
    return "Reprenez le modèle de fichier fourni par le Département, sans changer sa première ligne, puis redéposez le fichier."


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"« {name} »" for name in names[:5])
    return shown if len(names) <= 5 else f"{shown} et {len(names) - 5} autres"


def _unreadable() -> DeliveryError:
    return DeliveryError(
        "file.quoting",
        "Le fichier ne peut pas être découpé en lignes : un guillemet ouvert n'est sans doute jamais refermé.",
        expected="Chaque guillemet ouvert est refermé dans la même cellule.",
        fix="Cherchez les guillemets dans les colonnes de texte libre, retirez-les, puis redéposez le fichier.",
    )
