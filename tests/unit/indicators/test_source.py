from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from passerelle.indicators.intake import Rejected
from passerelle.indicators.participation import Participation
from passerelle.indicators.source import participation_of

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
    read = participation_of(ROW)

    assert isinstance(read, Participation)
    assert read.participant_id == str(UUID(int=7))
    assert (read.origin.delivery_id, read.origin.line, read.origin.sender) == (42, 17, "ccas-essai")


def test_the_day_of_recording_is_the_one_in_france() -> None:
    before, after = (participation_of({**ROW, "recorded_at": datetime(2025, 12, 31, hour, 30, tzinfo=UTC)}) for hour in (22, 23))

    assert (before.recorded_on, after.recorded_on) == (date(2025, 12, 31), date(2026, 1, 1))


def test_a_code_outside_its_list_rejects_the_row_and_names_the_column_only() -> None:
    read = participation_of({**ROW, "labour_at_entry": "Martin"})

    assert isinstance(read, Rejected)
    assert read.reason == "Valeur hors de la liste attendue : labour_at_entry."


def test_a_row_without_operation_is_rejected() -> None:
    assert isinstance(participation_of({**ROW, "operation_id": None}), Rejected)


def test_two_rows_of_one_delivery_are_two_participations() -> None:
    left, right = participation_of(ROW), participation_of({**ROW, "line": 18})

    assert left.participation_id != right.participation_id
