"""Arithmetic of dates on whole columns: ages in completed years, months later, half-years. A missing date gives ``EMPTY``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from passerelle.indicators.columns import EMPTY, Ints


def ages(birth: Ints, day: Ints) -> Ints:
    """Age in completed years; somebody born on 29 February gets older on 1 March in common years."""
    born_year, born_month, born_day = _parts(birth)
    year, month, day_of_month = _parts(day)
    before = (month * 100 + day_of_month) < (born_month * 100 + born_day)
    return np.where((birth == EMPTY) | (day == EMPTY), EMPTY, year - born_year - before)


def months_later(day: Ints, months: int) -> Ints:
    """The same day so many months later, or the last of that month when it has no such day (31 August + 6 = 28 February)."""
    _, _, day_of_month = _parts(day)
    first = _dates(day).astype("datetime64[M]") + np.timedelta64(months, "M")
    start = first.astype("datetime64[D]").astype(np.int64)
    length = (first + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - start
    return np.where(day == EMPTY, EMPTY, start + np.minimum(day_of_month, length) - 1)


def half_years(day: Ints) -> Ints:
    """The number of the half-year since 1970: 0 for January to June 1970."""
    return np.where(day == EMPTY, EMPTY, _dates(day).astype("datetime64[M]").astype(np.int64) // 6)


def half_year_name(number: int) -> str:
    """How a half-year is written.

    >>> half_year_name(109)
    '2024-S2'
    """
    return f"{1970 + number // 2}-S{1 + number % 2}"


def _dates(day: Ints) -> npt.NDArray[Any]:
    held: npt.NDArray[Any] = np.where(day == EMPTY, 0, day).astype("datetime64[D]")
    return held


def _parts(day: Ints) -> tuple[Ints, Ints, Ints]:
    dates = _dates(day)
    months = dates.astype("datetime64[M]")
    index = months.astype(np.int64)
    return 1970 + index // 12, index % 12 + 1, (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
