"""Values that occur more than once in a whole file: is a key a key?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_Places = npt.NDArray[np.int64]
_MOST_DIGITS = 18


def are_distinct(keys: pa.ChunkedArray) -> bool:
    """Whether no value occurs twice; nulls do not count.

    Numbers written with the same number of digits are compared as numbers: sorting a million takes a fifth of hashing them as texts.
    """
    present = keys.drop_null()
    lengths = pc.min_max(pc.binary_length(present)).as_py()
    if (
        lengths["min"] == lengths["max"]
        and (lengths["max"] or _MOST_DIGITS + 1) <= _MOST_DIGITS
        and pc.all(pc.ascii_is_decimal(present)).as_py()
    ):
        numbers = np.sort(pc.cast(present, pa.int64()).to_numpy())
        return not bool((numbers[1:] == numbers[:-1]).any())
    return bool(pc.count_distinct(present).as_py() == len(present))


def repeated(keys: pa.ChunkedArray) -> _Places:
    """Positions of every occurrence of a key but its first."""
    codes = np.concatenate([np.asarray(part.indices.fill_null(-1)) for part in keys.dictionary_encode().chunks])
    _, first = np.unique(codes, return_index=True)
    again = np.ones(len(codes), dtype=bool)
    again[first] = False
    again[codes < 0] = False
    return np.flatnonzero(again)
