"""How a sender names its records: the key columns of the contract's record table.

Two forms. The *shown* key is for the sender's own eyes, in its own outbox: what the file says, without any column classified secret and
never anything that may be a NIR. The *hash* is of the whole key as it is staged, keyed, so that the same record is found again in a later
file; nothing can be learnt from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import nir
from passerelle.checks.columns import prepared
from passerelle.checks.typed_rows import Protection, typed_rows
from passerelle.contract.model import Column, Contract
from passerelle.readers.reading import read
from passerelle.readers.rows import Rows
from passerelle.readers.survey import survey

_BETWEEN_SHOWN = " / "
_BETWEEN = "\x1f"
_LONGEST = 120


class RecordKey(NamedTuple):
    """The key of one record of a file."""

    record: int
    shown: str | None
    hash: str | None


def key_columns(contract: Contract) -> tuple[Column, ...]:
    """The columns that together name a record; none when the contract gives it no key."""
    table = contract.record_table
    return tuple(table.column(name) for name in table.key)


def staged_names(contract: Contract) -> tuple[str, ...]:
    """Where the key stands in the staging table: for a secret column its hash."""
    return tuple(f"{column.name}_hash" if column.protected else column.name for column in key_columns(contract))


def keys_of(contract: Contract, file: BinaryIO, records: Collection[int]) -> dict[int, str]:
    """Record → the key its sender knows it by, for those of these records that have one. The file is unwrapped."""
    found = read_keys(contract, file, records, lambda _: "")
    return {key.record: key.shown for key in found if key.shown is not None}


def read_keys(contract: Contract, file: BinaryIO, records: Collection[int], hash_: Callable[[str], str]) -> Iterator[RecordKey]:
    """The keys of these records, in the order of the file, for those that can be read at all. The file is unwrapped."""
    columns = key_columns(contract)
    if not columns or not len(records):
        return
    wanted = np.unique(np.fromiter(records, dtype=np.int64, count=len(records)))
    file.seek(0)
    found = survey(contract.layout, file)
    file.seek(0)
    first = 0
    for chunk in read(contract, file, found):
        rows = chunk.tables.get(contract.record_table.name)
        if rows is not None:
            kept = _only(rows, wanted, [column.name for column in columns])
            if len(kept):
                yield from _keys(contract, columns, kept, hash_)
        first += chunk.records
        if first > wanted[-1]:
            return


def hash_key(contract: Contract, values: Collection[Any], hash_: Callable[[str], str]) -> str | None:
    """The hash of a key from its staged values; None when one is missing.

    Table and columns are hashed too: feeds of one series may name other things by the same values (a registration, its end).
    """
    if any(value is None for value in values):
        return None
    table = contract.record_table
    return hash_(_BETWEEN.join([table.name, *table.key, *(str(value) for value in values)]))


def _only(rows: Rows, wanted: np.ndarray[tuple[int], np.dtype[np.int64]], names: list[str]) -> Rows:
    mask = pa.array(np.isin(np.asarray(rows.record), wanted))
    return Rows(rows.values.select(names).filter(mask), rows.row.filter(mask), rows.line.filter(mask), rows.record.filter(mask))


def _keys(contract: Contract, columns: tuple[Column, ...], rows: Rows, hash_: Callable[[str], str]) -> Iterator[RecordKey]:
    table = contract.record_table.model_copy(update={"columns": columns})
    typed = typed_rows(contract, table, rows, Protection(hash_, lambda _: b""))
    parts = [typed.column(name).to_pylist() for name in staged_names(contract)]
    texts = [_harmless(prepared(contract, column, rows.values.column(column.name))) for column in columns if not column.protected]
    for place, record in enumerate(rows.record.to_pylist()):
        shown = [text[place] or "" for text in texts]
        name = _BETWEEN_SHOWN.join(shown)[:_LONGEST] if shown and all(shown) else None
        yield RecordKey(record, name, hash_key(contract, [part[place] for part in parts], hash_))


def _harmless(texts: pa.Array) -> list[str | None]:
    """The texts but for those that may be a NIR."""
    is_nir = pc.fill_null(nir.has_form(nir.compact(texts)), False)
    found: list[str | None] = pc.if_else(is_nir, None, texts).to_pylist()
    return found
