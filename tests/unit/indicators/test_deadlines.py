from datetime import date

import pytest

from passerelle.indicators.deadlines import half_year_end, kept_until, transmission_after


@pytest.mark.parametrize(
    ("transmission", "cutoff"),
    [(date(2027, 1, 31), date(2026, 12, 31)), (date(2026, 7, 31), date(2026, 6, 30))],
    ids=["G07", "G08"],
)
def test_a_transmission_reflects_what_was_recorded_by_the_end_of_the_month_before(transmission: date, cutoff: date) -> None:
    assert half_year_end(transmission) == half_year_end(transmission.replace(day=1)) == cutoff
    assert transmission_after(cutoff) == transmission


def test_the_next_transmission_is_today_at_the_earliest() -> None:
    days = (date(2026, 7, 31), date(2026, 8, 1), date(2027, 1, 15))
    assert [transmission_after(day) for day in days] == [date(2026, 7, 31), date(2027, 1, 31), date(2027, 1, 31)]


def test_documents_are_kept_five_years_from_the_end_of_the_year_of_the_last_payment() -> None:
    """Case H05."""
    assert kept_until(date(2028, 6, 15)) == date(2033, 12, 31)


def test_an_open_procedure_suspends_the_period() -> None:
    """Case H06."""
    assert kept_until(date(2028, 6, 15), has_procedure=True) is None
