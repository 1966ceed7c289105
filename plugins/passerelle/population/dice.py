"""Randomness that gives the same result for the same seed, on every machine.

The only place where a generator is made: invented people must be reproducible, they need no cryptography.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def dice(*salt: object) -> random.Random:
    """A generator that depends only on the given values (their text)."""
    return random.Random("|".join(map(str, salt)))


def pick(rng: random.Random, values: Sequence[T]) -> T:
    """One of the values, all equally likely."""
    return values[int(rng.random() * len(values))]


def pick_common(rng: random.Random, values: Sequence[T]) -> T:
    """One of the values, the first ones more often than the last: lists of names begin with the most common ones."""
    return values[int(rng.random() ** 1.5 * len(values))]


def between(rng: random.Random, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + int(rng.random() * (high - low + 1))
