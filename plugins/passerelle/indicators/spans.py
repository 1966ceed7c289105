"""Arithmetic of dates on whole columns: ages in completed years, months later, half-years. A missing date gives ``EMPTY``.

Of many rows each day of the calendar between the first and the last is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints

_LONGEST = 200_000
"""Days; a longer calendar is not made."""


def ages(birth: Ints, day: Ints) -> Ints:
    """Age in completed years; somebody born on 29 February gets older on 1 March in common years."""
    return np.where((birth == EMPTY) | (day == EMPTY), EMPTY, (_by_day(_digits, day) - _by_day(_digits, birth)) // 10_000)


def months_later(day: Ints, months: int) -> Ints:
    """The same day so many months later, or the last of that month when it has no such day (31 August + 6 = 28 February)."""

    def later(days: Ints) -> Ints:
        dates = days.astype("datetime64[D]")
        month = dates.astype("datetime64[M]")
        first = month + np.timedelta64(months, "M")
        start = first.astype("datetime64[D]").astype(np.int64)
        length = (first + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - start
        moved: Ints = start + np.minimum((dates - month.astype("datetime64[D]")).astype(np.int64) + 1, length) - 1
        return moved

    return np.where(day == EMPTY, EMPTY, _by_day(later, day))


def half_years(day: Ints) -> Ints:
    """The number of the half-year since 1970: 0 for January to June 1970."""
    return np.where(
        day == EMPTY, EMPTY, _by_day(lambda days: days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) // 6, day)
    )


def half_year_name(number: int) -> str:
    """How a half-year is written.

    >>> half_year_name(109)
    '2024-S2'
    """
    return f"{1970 + number // 2}-S{1 + number % 2}"


def _by_day(told: Callable[[Ints], Ints], day: Ints) -> Ints:
    """What is told of each of these days; anything for a missing one."""
    days = np.where(day == EMPTY, 0, day)
    low, high = int(days.min(initial=0)), int(days.max(initial=0))
    return told(np.arange(low, high + 1))[days - low] if high - low < min(len(days), _LONGEST) else told(days)


def _digits(days: Ints) -> Ints:
    """The days as numbers: 20251231."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    index = months.astype(np.int64)
    digits: Ints = (1970 + index // 12) * 10_000 + (index % 12 + 1) * 100 + (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    return digits
