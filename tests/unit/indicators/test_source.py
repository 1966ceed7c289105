from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from passerelle.indicators.columns import as_date
from passerelle.indicators.intake import reason_of
from passerelle.indicators.source import intake_of

ROW: dict[str, Any] = {
    "participation_key": "k",
    "operation_id": "OP1",
    "person_id": UUID(int=7),
    "sex": "F",
    "birth_date": date(1980, 6, 15),
    "entry_date": date(2024, 3, 1),
    "labour_at_entry": "inactive",
    "unemployment_months": None,
    "in_education_at_entry": None,
    "isced_level": 3,
    "recorded_at": datetime(2025, 12, 31, 22, 30, tzinfo=UTC),
    "stamp": datetime(2025, 12, 30, tzinfo=UTC),
    "feed": "ccas/participations",
    "sender": "ccas-essai",
    "delivery_id": 42,
    "line": 17,
}


def test_a_person_of_the_warehouse_is_the_participant_and_the_row_keeps_its_origin() -> None:
    intake = intake_of([ROW])

    assert not intake.participations.broken.any()
    assert intake.participant_names.of(0) == str(UUID(int=7))
    origin = intake.participations.origin(0)
    assert (origin.delivery_id, origin.line, origin.sender) == (42, 17, "ccas-essai")


def test_the_day_of_recording_is_the_one_in_france() -> None:
    rows = intake_of([{**ROW, "recorded_at": datetime(2025, 12, 31, hour, 30, tzinfo=UTC)} for hour in (22, 23)]).participations

    assert [as_date(day) for day in rows["recorded_on"]] == [date(2025, 12, 31), date(2026, 1, 1)]


def test_a_code_outside_its_list_rejects_the_row_and_names_the_column_only() -> None:
    rows = intake_of([{**ROW, "labour_at_entry": "Martin"}]).participations

    assert rows.broken.tolist() == [True]
    assert reason_of(rows, 0) == "labour_at_entry : code attendu : unemployed, inactive, employed."


def test_a_row_without_operation_is_rejected() -> None:
    assert intake_of([{**ROW, "operation_id": None}]).participations.broken.tolist() == [True]


def test_two_rows_of_one_delivery_are_two_participations() -> None:
    assert len(intake_of([ROW, {**ROW, "line": 18}]).participations.ids) == 2


def test_words_of_the_warehouse_are_those_of_the_file() -> None:
    rows = intake_of([{**ROW, "in_education_at_entry": True, "unemployment_months": 0, "labour_at_entry": "unemployed"}]).participations

    assert (rows["in_education_at_entry"][0], rows["unemployment_months"][0], as_date(rows["birth_date"][0])) == (1, 0, date(1980, 6, 15))
