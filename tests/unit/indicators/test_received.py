"""What the warehouse knows, handed over as columns, is what its files say."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from passerelle.indicators import layouts
from passerelle.indicators.document_text import document_text
from passerelle.indicators.snapshot import canonical, engine
from passerelle.indicators.snapshot.canonical import Tables
from passerelle.indicators.snapshot.received import intake_of

CUT_OFF = date(2025, 12, 31)
PERSON: dict[str, Any] = {
    "participation_id": "P-1", "operation_id": "OP1", "participant_id": "K1", "status": "submitted", "sex": "F",
    "birth_date": "1985-03-01", "entry_date": "2025-02-01", "exit_date": "2025-06-01", "labour_at_entry": "unemployed",
    "unemployment_months": "14", "in_education_at_entry": "no", "isced_level": "3", "rural": "unknown", "recorded_on": "2025-02-03",
}  # fmt: skip
EVENT = {
    "event_id": "E-1", "operation_id": "OP1", "participant_id": "K1", "event_date": "2025-06-03", "event": "employed", "withdrawn": "no",
    "recorded_on": "2025-06-04",
}  # fmt: skip


def tables(people: list[dict[str, Any]], events: list[dict[str, Any]] | None = None) -> Tables:
    large = {"participations.csv": columns(canonical.PARTICIPATIONS, people)}
    if events is not None:
        large["events.csv"] = columns(canonical.EVENTS, events)
    return Tables(large, ({"operation_id": "OP1", "specific_objective": "h", "annex": "I"},), ())


def columns(names: tuple[str, ...], rows: list[dict[str, Any]]) -> pa.Table:
    """As the warehouse gives them: days and whole numbers as such."""
    kinds = {
        column.name: pa.date32() if column.is_day else pa.int32() if column.limits else pa.string() for column in layouts.PARTICIPATIONS
    }
    kinds |= {"event_date": pa.date32()}
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()).cast(kinds.get(name, pa.string())) for name in names})


def text(found: Tables, *, by_files: bool) -> str:
    report = engine.report(found.files(), CUT_OFF) if by_files else engine.report({}, CUT_OFF, intake_of(found))
    return "".join(document_text(report.document()))


@pytest.mark.parametrize("name", ["OP1", 'O"P;1', " OP1 ", "O\nP", "O\r\nP", "O\rP", "", " ", None, "Opération", "x" * 300])
def test_columns_give_the_document_of_their_files(name: str | None) -> None:
    people = [
        PERSON,
        PERSON | {"participation_id": "P-2", "operation_id": name, "participant_id": "K2"},
        PERSON | {"participation_id": "P-2", "operation_id": name, "participant_id": "K2", "sex": None, "recorded_on": "2025-02-04"},
        PERSON | {"participation_id": "P-3", "participant_id": "K3", "isced_level": "17", "unemployment_months": None},
        PERSON | {"participation_id": None, "participant_id": "K4"},
    ]
    found = tables(people, [EVENT, EVENT | {"event_id": "E-2", "operation_id": name, "participant_id": "K2"}])

    assert text(found, by_files=False) == text(found, by_files=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"isced_level": "9"},
        {"unemployment_months": "-1"},
        {"direct_support_days": "100000"},
        {"birth_date": "0999-12-31"},
        {"entry_date": None},
        {"recorded_on": None},
        {"recorded_on": "2026-01-01"},
        {"sex": "X", "isced_level": None},
    ],
)
def test_a_day_or_a_number_that_is_wrong_is_wrong_as_a_word_too(wrong: dict[str, Any]) -> None:
    found = tables(
        [PERSON | {"participation_id": "P-0", "participant_id": "K0"}, PERSON | wrong], [EVENT, EVENT | {"event_id": "E-2"} | wrong]
    )

    assert text(found, by_files=False) == text(found, by_files=True)
    assert len(engine.report({}, CUT_OFF, intake_of(found)).computed.view.persons) == 1


def test_events_that_nobody_gives_are_not_collected_and_none_of_them_is_nought() -> None:
    ungiven, none = tables([PERSON]), tables([PERSON], [])

    assert text(ungiven, by_files=False) == text(ungiven, by_files=True)
    assert text(none, by_files=False) == text(none, by_files=True) != text(ungiven, by_files=False)


@pytest.mark.parametrize("value", ["a", "a;b", 'a"b', '"', "a\nb", "é;’", " a "])
@pytest.mark.parametrize("times", [1, 250_001])
def test_a_file_written_by_columns_is_the_one_written_by_rows(value: str, times: int) -> None:
    rows = [{"one": value, "other": None}] * times + [{"one": None, "other": "z"}]

    assert canonical.write_columns(columns(("one", "other"), rows)) == canonical.write(("one", "other"), rows)


def test_an_empty_text_is_not_a_missing_one_and_a_carriage_return_stays_in_its_value() -> None:
    rows = columns(("one", "other"), [{"one": "", "other": None}, {"one": "a\r", "other": "b"}])

    assert canonical.write_columns(rows) == b'one;other\n"";\n"a\r";b\n'
    assert canonical.write_columns(rows[:0]) == b"one;other\n"
