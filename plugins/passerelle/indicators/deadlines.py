"""The calendar of transmissions and of keeping, as pure dates.

Regulation (EU) 2021/1060, Articles 42 (31 January and 31 July, data recorded by the end of the month before) and 82 (documents are kept
five years from 31 December of the year of the last payment, longer while a procedure is open).
"""

from __future__ import annotations

from datetime import date

TRANSMISSIONS = ((1, 31), (7, 31))
"""Month and day by which indicators are transmitted, each year."""
KEPT_YEARS = 5


def half_year_end(today: date) -> date:
    """The last cut-off before this day.

    >>> half_year_end(date(2027, 1, 1)), half_year_end(date(2026, 7, 1)), half_year_end(date(2026, 6, 30))
    (datetime.date(2026, 12, 31), datetime.date(2026, 6, 30), datetime.date(2025, 12, 31))
    """
    return date(today.year, 6, 30) if today.month > 6 else date(today.year - 1, 12, 31)


def transmission_after(day: date) -> date:
    """The next day of transmission, this one included."""
    days = [date(year, *when) for year in (day.year, day.year + 1) for when in TRANSMISSIONS]
    return min(one for one in days if one >= day)


def kept_until(last_payment: date, *, has_procedure: bool = False) -> date | None:
    """The last day on which the supporting documents of an operation are kept; None while a procedure suspends the period.

    >>> kept_until(date(2028, 6, 15))
    datetime.date(2033, 12, 31)
    """
    return None if has_procedure else date(last_payment.year + KEPT_YEARS, 12, 31)
