"""The engine against a second computation that shares nothing with it (tests/esf_by_hand.py), on 200 random operations."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

import esf_by_hand
import participations
from passerelle.indicators.compute import compute
from passerelle.indicators.intake import Files, read_files
from passerelle.indicators.layouts import EVENTS as KINDS
from passerelle.indicators.layouts import OBSERVED

OPERATIONS = 200
BIRTHS = (date(2004, 2, 29), date(1915, 1, 1), "")
CUTOFFS = (date(2024, 6, 30), date(2025, 12, 31))


def some_day(chance: random.Random, low: date, high: date) -> date:
    return low + timedelta(days=chance.randrange((high - low).days + 1))


def version(chance: random.Random, operation: str, person: str, key: str, recorded: date) -> dict[str, Any]:
    stays = [chance.randrange(-5, 300), chance.randrange(300)]
    entered = some_day(chance, date(2023, 1, 1), date(2025, 6, 30)) if chance.random() < 0.97 else date(2019, 5, 1)
    labour = chance.choice(["unemployed", "unemployed", "inactive", "employed", ""])
    answer = ["yes", "no", "no", "refused", "not_collected", ""]
    return {
        "participation_id": key,
        "operation_id": operation,
        "participant_id": person,
        "status": chance.choices(["submitted", "corrected", "draft", "withdrawn"], [80, 10, 5, 5])[0],
        "sex": chance.choices(["F", "M", "N", "", "X"], [45, 45, 5, 3, 2])[0],
        "birth_date": chance.choice([some_day(chance, date(1950, 1, 1), date(2012, 1, 1)), *BIRTHS]),
        "entry_date": entered if chance.random() < 0.97 else "",
        "exit_date": chance.choice(["", *(entered + timedelta(days=stay) for stay in stays)]),
        "labour_at_entry": labour,
        "unemployment_months": chance.choice([0, 6, 12, 13, 40, ""]) if labour == "unemployed" else "",
        "in_education_at_entry": chance.choice(["yes", "no", "no", ""]),
        "isced_level": chance.choice([*range(9), ""]),
        "disability": chance.choice(answer),
        "nationality_group": chance.choice(["french", "eu", "third_country", "stateless", "not_collected", ""]),
        "foreign_background": chance.choice(answer),
        "minority": chance.choices(["not_collected", "yes"], [20, 1])[0],
        "housing_exclusion": chance.choice(answer),
        "rural": chance.choice(["yes", "no", "unknown", ""]),
        "direct_support_days": chance.choice([1, 2, 90, ""]),
        "recorded_on": recorded,
    }


def programme(chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {"participations": [], "events": [], "six_months": []}
    for number in range(OPERATIONS):
        for person in range(chance.randrange(14)):
            for again in range(chance.choice([1, 1, 1, 2, 3])):
                recorded = some_day(chance, date(2023, 2, 1), date(2026, 3, 1))
                for change in range(chance.choice([1, 1, 2])):
                    keys = (f"OP{number}", f"K{person}", f"P{number}-{person}-{again}")
                    tables["participations"].append(version(chance, *keys, recorded + timedelta(days=20 * change)))
            exits = [row["exit_date"] for row in tables["participations"] if row["participant_id"] == f"K{person}" and row["exit_date"]]
            for _ in range(chance.randrange(4) if exits else 0):
                happened(chance, tables, (f"OP{number}", f"K{person}"), exits[-1])
    for rows in tables.values():
        chance.shuffle(rows)
    return tables


def happened(chance: random.Random, tables: dict[str, list[dict[str, Any]]], who: tuple[str, str], leaving: date) -> None:
    on, seen = leaving + timedelta(days=chance.randrange(-3, 33)), leaving + timedelta(days=chance.randrange(-10, 220))
    for name, prefix, day, said in (
        ("events", "E", on, {"event_date": on, "event": chance.choice(KINDS)}),
        ("six_months", "O", seen, {"observed_on": seen, "situation": chance.choice(OBSERVED), "improvement": chance.choice(["", "hours"])}),
    ):
        own = {f"{'event' if prefix == 'E' else 'observation'}_id": f"{prefix}{len(tables[name])}"}
        keys = {"operation_id": who[0], "participant_id": who[1], "recorded_on": day + timedelta(days=chance.randrange(40))}
        tables[name].append({**own, **keys, **said, "sampled": "no", "withdrawn": chance.choice(["no", "no", "no", "yes"])})


def unique_observations(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One observation per person and day: of two, neither computation says which is right."""
    return list({(row["operation_id"], row["participant_id"], row["observed_on"]): row for row in rows}.values())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder, tables = tmp_path_factory.mktemp("programme"), programme(random.Random(20_260_101))
    tables["six_months"] = unique_observations(tables["six_months"])
    paths = {name: participations.write_table(folder / f"{name}.csv", rows, participations.HEADINGS[name]) for name, rows in tables.items()}
    return Files(**paths)


@pytest.mark.parametrize("cutoff", CUTOFFS, ids=str)
def test_the_engine_and_the_computation_by_hand_agree_on_every_operation(files: Files, cutoff: date) -> None:
    assert files.events
    assert files.six_months
    expected = esf_by_hand.operations(files.participations, files.events, files.six_months, cutoff)
    document = compute(read_files(files), cutoff, participations.OWN).as_json()

    found = {name: of_people(cells) for name, cells in document["operations"].items()}
    assert len(expected) > OPERATIONS * 0.85
    assert set(found) == set(expected)
    for name, by_hand in expected.items():
        assert {code: plain(cell) for code, cell in found[name].items()} == by_hand["cells"], name
        assert {reason: number for reason, number in document["excluded"][name].items() if number} == by_hand["excluded"], name
        assert {key: document["quality"][name][key] for key in ("exit_without_status", "window_open")} == {
            key: by_hand[key] for key in ("exit_without_status", "window_open")
        }, name


def of_people(cells: dict[str, Any]) -> dict[str, Any]:
    return {code: cell for code, cell in cells.items() if code not in ("EECO18", "EECO19")}


def plain(cell: dict[str, Any]) -> dict[str, int] | None:
    return {sex: cell[sex] for sex in "FMN"} if "F" in cell else None


def test_the_random_operations_are_not_trivial(files: Files) -> None:
    document = compute(read_files(files), CUTOFFS[-1], participations.OWN).as_json()

    codes = next(iter(document["operations"].values()))
    totals = {code: sum(cells[code].get("T", 0) for cells in document["operations"].values()) for code in codes}
    assert [code for code, total in totals.items() if not total] == ["EECO18", "EECO19"]
    reasons = {reason for counts in document["excluded"].values() for reason, number in counts.items() if number}
    assert len(reasons) == 7
