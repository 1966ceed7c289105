"""Until when something must have been recorded to be known at a cut-off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from passerelle.errors import ConfigurationError
from passerelle.receipt.wording import PARIS


def known_at(cut_off: date, now: datetime) -> datetime:
    """The last moment that belongs to the cut-off: the end of its day in Paris, or now while that day lasts.

    Regulation (EU) 2021/1060, Article 42(4): data recorded at the end of the month before the transmission. Raises ConfigurationError for
    a day that has not begun: nothing is known of it.
    """
    if cut_off > now.astimezone(PARIS).date():
        raise ConfigurationError(f"Le {cut_off:%d/%m/%Y} est à venir : un arrêté porte sur ce qui est déjà enregistré.")
    end = datetime.combine(cut_off + timedelta(days=1), time(), PARIS).astimezone(UTC) - timedelta(microseconds=1)
    return min(end, now)


def day_of(moment: datetime) -> date:
    """The calendar day of a moment, in Paris."""
    return moment.astimezone(PARIS).date()
