"""Values that occur more than once in a whole file: is a key a key?

The first reading keeps eight bytes a key and only says whether any occurs twice; then a second reading tells where.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from passerelle.checks.fingerprints import NO_VALUE, Fingerprints, among, fingerprints, hashes

_NONE = np.empty(0, dtype=np.int64)


class Repeats:
    """The keys of one table."""

    def __init__(self) -> None:
        self._codes: list[Fingerprints] = []
        self._twice: Fingerprints = _NONE
        """Sorted: the codes that occur more than once."""
        self._met = np.empty(0, dtype=bool)
        """Second reading: whether the first occurrence was passed."""
        self._witness: Fingerprints = _NONE
        """Second reading: another hash of the first occurrence, so that two texts of one code are not taken for the same."""

    def take(self, keys: pa.Array) -> None:
        """First reading: the next keys; nulls do not count."""
        self._codes.append(fingerprints(keys))

    def close(self) -> bool:
        """Ends the first reading; whether some key occurs twice."""
        codes = np.concatenate(self._codes) if self._codes else _NONE
        self._codes = []
        codes.sort()
        self._twice = np.unique(codes[1:][codes[1:] == codes[:-1]])
        self._twice = self._twice[self._twice != NO_VALUE]
        self._met = np.zeros(len(self._twice), dtype=bool)
        self._witness = np.zeros(len(self._twice), dtype=np.int64)
        return bool(len(self._twice))

    def again(self, keys: pa.Array) -> npt.NDArray[np.bool_]:
        """Second reading, in the same order: mask of the keys that occurred before."""
        codes = fingerprints(keys)
        at = np.flatnonzero(among(codes, self._twice))
        mask = np.zeros(len(keys), dtype=bool)
        if not len(at):
            return mask
        slots = np.searchsorted(self._twice, codes[at])
        witness = hashes(keys.take(pa.array(at)), seed=1)
        _, first = np.unique(slots, return_index=True)
        new = first[~self._met[slots[first]]]
        self._witness[slots[new]] = witness[new]
        self._met[slots[new]] = True
        repeated = self._witness[slots] == witness
        repeated[new] = False
        mask[at] = repeated
        return mask
