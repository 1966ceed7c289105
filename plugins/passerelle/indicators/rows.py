"""The rows of one received table as numbers, and the names of operations and participants that several tables share.

Every physical record is one row, also the ones that cannot be used: those are ``broken`` and carry their faults.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.indicators.bulk import Text
from passerelle.indicators.columns import EMPTY, Column, Fault, Ints, Mask, absent, encoded, looks_like_nir, numbers

_NOT_PRIVATE = "clé pseudonyme attendue, celle-ci a la forme d’un numéro de sécurité sociale"
LONGEST_KEY = 200
"""Characters of an identifier; a longer one is a text in the wrong column."""
_AT_A_TIME = 2
"""Columns read at the same time."""
_NOTHING = pa.array([], pa.string())
_SHAPE = "La ligne n’a pas le même nombre de valeurs que l’en-tête, ou un guillemet n’est pas fermé."


class Names:
    """A growing list of distinct names; the same name always has the same number."""

    def __init__(self) -> None:
        self._texts: pa.Array = pa.array([], pa.string())

    def add(self, texts: pa.Array) -> Ints:
        """The number of each of these distinct texts."""
        found = self._found(texts)
        is_new = found < 0
        new = texts.filter(pa.array(is_new))
        found[is_new] = np.arange(len(self._texts), len(self._texts) + len(new))
        if len(new):
            self._texts = pa.concat_arrays([self._texts, new]) if len(self._texts) else new
        return found

    def _found(self, texts: pa.Array) -> Ints:
        """The number of each of these distinct texts, -1 where it is new."""
        if len(texts) > len(self._texts):
            return np.asarray(pc.index_in(texts, value_set=self._texts).fill_null(-1)).astype(np.int64)
        # To remember the fewer and go through the many takes half the time.
        places = np.asarray(pc.index_in(self._texts, value_set=texts).fill_null(-1))
        found = np.full(len(texts), -1, dtype=np.int64)
        known = np.flatnonzero(places >= 0)
        found[places[known]] = known
        return found

    def __len__(self) -> int:
        return len(self._texts)

    def of(self, number: int) -> str | None:
        """The name with this number; None for a missing one."""
        return None if number < 0 else str(self._texts[int(number)].as_py())

    @property
    def texts(self) -> pa.Array:
        """All names, at the place of their number."""
        return self._texts


@dataclass(frozen=True)
class Rows:
    """One table; a missing number is ``EMPTY``, a missing key -1."""

    values: dict[str, Ints]
    lines: Ints
    broken: Mask
    faults: tuple[Fault, ...] = ()
    ids: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    """The texts of the first column, at the place of their number."""

    def __getitem__(self, name: str) -> Ints:
        return self.values[name]

    def __len__(self) -> int:
        return len(self.lines)

    def recorded_by(self, cutoff: int) -> Mask:
        """Which rows were recorded by the end of this day; a row that does not say it is taken for known."""
        return self["recorded_on"] <= cutoff


def rows_of_text(text: Text, columns: Sequence[Column], operations: Names, participants: Names) -> Rows:
    """The rows of a table of text; the shapeless lines come last."""
    size, more = len(text.lines), len(text.shapeless)
    shared = {"operation_id": operations, "participant_id": participants}
    values: dict[str, Ints] = {}
    faults: list[Fault] = []
    ids = pa.array([], pa.string())
    present = [column for column in columns if column.name in text.columns]
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        read = zip(present, pool.map(lambda column: _read(column, text.columns[column.name]), present), strict=True)
        for column, (codes, texts, found) in read:
            names = shared.get(column.name)
            values[column.name] = codes if names is None else np.append(names.add(texts), -1)[codes]
            ids = texts if column is columns[0] else ids
            faults += found
    values |= {column.name: np.full(size, EMPTY, dtype=np.int64) for column in columns if column not in present}
    broken = np.zeros(size + more, dtype=np.bool_)
    for fault in faults:
        broken[fault.rows] = True
    if more:
        keys = {column.name for column in columns if column.is_text}
        values = {name: np.append(held, np.full(more, -1 if name in keys else EMPTY)) for name, held in values.items()}
        broken[size:] = True
        faults.append(Fault("", _SHAPE, np.arange(size, size + more)))
    return Rows(values, np.append(text.lines, text.shapeless), broken, tuple(faults), ids)


def _read(column: Column, held: pa.ChunkedArray) -> tuple[Ints, pa.Array, list[Fault]]:
    if column.is_text:
        return _keys(column, held)
    values, faults = numbers(column, held)
    return values, _NOTHING, faults


def _keys(column: Column, held: pa.ChunkedArray) -> tuple[Ints, pa.Array, list[Fault]]:
    codes, texts = encoded(held)
    faults = absent(column, codes) if column.needed else []
    if column.private and (wrong := looks_like_nir(texts)).any():
        rows = np.flatnonzero(np.append(wrong, False)[codes])
        faults.append(Fault(column.name, f"{column.name} : {_NOT_PRIVATE}.", rows))
        # The key itself is personal: it must not be printed, not even with the finding.
        codes = np.where(np.append(wrong, False)[codes], -1, codes)
    long = np.asarray(pc.greater(pc.utf8_length(texts), LONGEST_KEY).to_numpy(zero_copy_only=False), dtype=np.bool_)
    if long.any():
        faults.append(
            Fault(column.name, f"{column.name} : {LONGEST_KEY} caractères au plus.", np.flatnonzero(np.append(long, False)[codes]))
        )
    return codes, texts, faults
