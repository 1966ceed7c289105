"""Random arrays that are the same for the same seed on every machine and with every version of numpy.

Only doubles are taken from the generator (PCG64, whose stream is fixed); whole numbers, choices and orders are computed from them here,
because the methods of numpy's generator may change between versions.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class Draws:
    """A stream of random arrays that depends only on a seed and on the words that say what it is for."""

    def __init__(self, seed: int, *purpose: str) -> None:
        text = "|".join((str(seed), *purpose))
        self._rng = np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest())))

    def uniform(self, size: int) -> Floats:
        """Numbers from 0 to 1, 1 excluded."""
        return self._rng.random(size)

    def chance(self, size: int, probability: float | Floats) -> Bools:
        """True with this probability (one for all, or one for each)."""
        return np.less(self.uniform(size), probability)

    def whole(self, size: int, low: int, high: int) -> Ints:
        """Whole numbers from ``low`` to ``high``, both included."""
        return low + (self.uniform(size) * (high - low + 1)).astype(np.int64)

    def bell(self, size: int, low: float, high: float) -> Floats:
        """Numbers between the bounds, those in the middle more often."""
        return low + (self.uniform(size) + self.uniform(size) + self.uniform(size)) / 3 * (high - low)

    def weighted(self, size: int, cumulative: Ints) -> Ints:
        """Positions drawn by weight, given the running sum of the weights."""
        found: Ints = np.searchsorted(cumulative, (self.uniform(size) * cumulative[-1]).astype(np.int64), side="right").astype(np.int64)
        return found

    def shares(self, size: int, *weights: float) -> Ints:
        """Positions drawn by the given weights, whatever their sum."""
        running = np.cumsum(np.asarray(weights, dtype=np.float64))
        found: Ints = np.searchsorted(running, self.uniform(size) * running[-1], side="right").astype(np.int64)
        return found

    def order(self, size: int) -> Ints:
        """The numbers from 0 to ``size`` - 1, shuffled."""
        return np.argsort(self.uniform(size), kind="stable").astype(np.int64)

    def some(self, among: Ints, count: int) -> Ints:
        """So many of the given values, each one at most once, shuffled; all of them when there are fewer."""
        return among[self.order(len(among))[:count]]
