"""A second computation of the ESF+ indicators, on purpose naive: plain Python, one row at a time, nothing of the engine.

It reads the same files with the csv module and follows the regulation step by step with the product's default choices; slow and short
enough to be checked by reading.
"""

from __future__ import annotations

import calendar
import csv
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, str]
Cells = dict[str, Any]

ALLOWED = {
    "status": {"draft", "submitted", "corrected", "withdrawn"},
    "sex": {"", "F", "M", "N"},
    "labour_at_entry": {"", "unemployed", "inactive", "employed"},
    "in_education_at_entry": {"", "yes", "no"},
    "isced_level": {"", *"012345678"},
    "nationality_group": {"", "french", "eu", "third_country", "stateless", "not_collected"},
    "rural": {"", "yes", "no", "unknown"},
    **{
        name: {"", "yes", "no", "refused", "not_collected"}
        for name in ("disability", "foreign_background", "minority", "housing_exclusion")
    },
}
DATES = ("birth_date", "entry_date", "exit_date", "recorded_on")
WORKS = ("employed", "self_employed")
ASKED = {"EECO12": "disability", "EECO14": "foreign_background", "EECO15": "minority", "EECO16": "housing_exclusion"}


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def day(text: str) -> date:
    return date(int(text[:4]), int(text[5:7]), int(text[8:10]))


def is_day(text: str) -> bool:
    try:
        return bool(day(text)) and len(text) == 10
    except ValueError:
        return False


def is_usable(row: Row) -> bool:
    if not all(row[name] for name in ("participation_id", "operation_id", "participant_id", "recorded_on")):
        return False
    if any(row[name] not in allowed for name, allowed in ALLOWED.items()):
        return False
    whole = all(not row[name] or row[name].isdigit() for name in ("unemployment_months", "direct_support_days"))
    return whole and all(not row[name] or is_day(row[name]) for name in DATES)


def latest(rows: list[Row], key: str, cutoff: date) -> dict[str, Row]:
    """Record → its last version known at the cut-off."""
    found: dict[str, Row] = {}
    for row in rows:
        if day(row["recorded_on"]) <= cutoff:
            former = found.get(row[key])
            if former is None or day(row["recorded_on"]) >= day(former["recorded_on"]):
                found[row[key]] = row
    return found


def age(row: Row) -> int:
    born, entered = day(row["birth_date"]), day(row["entry_date"])
    had_birthday = (entered.month, entered.day) >= (born.month, born.day)
    return entered.year - born.year - (0 if had_birthday else 1)


def obstacle(row: Row, cutoff: date) -> str | None:
    if row["status"] == "draft":
        return "draft"
    if row["status"] == "withdrawn":
        return "withdrawn"
    if row["entry_date"]:
        entered = day(row["entry_date"])
        if entered > cutoff:
            return "after_cutoff"
        if row["birth_date"] and (day(row["birth_date"]) > entered or age(row) > 100):
            return "rejected"
        if row["exit_date"] and day(row["exit_date"]) < entered:
            return "rejected"
        if not date(2021, 1, 1) <= entered <= date(2029, 12, 31):
            return "rejected"
    if row["direct_support_days"] and int(row["direct_support_days"]) <= 1:
        return "not_participant"
    return None


def is_complete(row: Row) -> bool:
    if not all(row[name] for name in ("sex", "birth_date", "entry_date", "labour_at_entry", "isced_level")):
        return False
    return row["labour_at_entry"] != "unemployed" or bool(row["unemployment_months"])


def six_months_after(leaving: date) -> date:
    year, month = (leaving.year, leaving.month + 6) if leaving.month <= 6 else (leaving.year + 1, leaving.month - 6)
    return date(year, month, min(leaving.day, calendar.monthrange(year, month)[1]))


def operations(participations: Path, events: Path, six_months: Path, cutoff: date) -> dict[str, Any]:
    """Operation → ``cells``, ``excluded``, ``exit_without_status`` and ``window_open``."""
    excluded: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    admitted: dict[tuple[str, str], list[Row]] = defaultdict(list)
    speaking: dict[str, Row] = {}
    rows = read(participations)
    for row in rows:
        if not is_usable(row) and not row["participation_id"]:
            excluded[row["operation_id"]]["rejected"] += 1
    known = latest([row for row in rows if row["participation_id"]], "participation_id", cutoff)
    for key in sorted({row["participation_id"] for row in rows} - {""}):
        if key not in known:
            operation = next(row for row in rows if row["participation_id"] == key)["operation_id"]
            excluded[operation]["after_cutoff"] += 1
        elif not is_usable(known[key]):
            excluded[known[key]["operation_id"]]["rejected"] += 1
        else:
            speaking[key] = known[key]
    for key in sorted(speaking):
        row = speaking[key]
        reason = obstacle(row, cutoff)
        if reason:
            excluded[row["operation_id"]][reason] += 1
        else:
            admitted[row["operation_id"], row["participant_id"]].append(row)
    people = _people(admitted, excluded)
    given_events = list(latest(read(events), "event_id", cutoff).values())
    given_later = list(latest(read(six_months), "observation_id", cutoff).values())
    named = {row["operation_id"] for row in rows} - {""}
    return {name: _operation(name, people[name], (given_events, given_later), excluded[name], cutoff) for name in named}


def _first(row: Row) -> tuple[str, str, str]:
    return row["entry_date"], row["recorded_on"], row["participation_id"]


def _people(admitted: dict[tuple[str, str], list[Row]], excluded: Any) -> dict[str, list[dict[str, Any]]]:
    people: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (operation, person), held in admitted.items():
        dated = sorted((row for row in held if row["entry_date"]), key=_first)
        excluded[operation]["incomplete"] += sum(not row["entry_date"] for row in held)
        if dated:
            excluded[operation]["merged_reentry"] += len(dated) - 1
            if is_complete(dated[0]):
                people[operation].append({"first": dated[0], "all": dated, "key": person})
            else:
                excluded[operation]["incomplete"] += 1
    return people


def _operation(name: str, people: list[Any], given: tuple[list[Row], list[Row]], excluded: Any, cutoff: date) -> dict[str, Any]:
    events, later = ([row for row in rows if row["operation_id"] == name and row["withdrawn"] != "yes"] for rows in given)
    cells: Cells = {f"EECO{n:02}": dict.fromkeys("FMN", 0) for n in range(1, 18)} | {
        f"EECR{n:02}": dict.fromkeys("FMN", 0) for n in range(1, 7)
    }
    missing = {"exit_without_status": 0, "window_open": 0}
    any_event = any_closed = any_due = any_seen = False
    for person in people:
        first, sex = person["first"], person["first"]["sex"]
        leaving = _exit(person["all"], cutoff)
        mine = [row for row in events if row["participant_id"] == person["key"] and day(row["event_date"]) <= cutoff]
        seen = [row for row in later if row["participant_id"] == person["key"] and day(row["observed_on"]) <= cutoff]
        codes = _entry(first)
        any_event |= bool(mine)
        if leaving:
            codes |= _exit_results(first, leaving, mine)
            closed = leaving + timedelta(days=28) <= cutoff
            any_closed |= closed
            if _last(mine, leaving) is None:
                missing["exit_without_status" if closed else "window_open"] += 1
            seen = [row for row in seen if day(row["observed_on"]) >= leaving]
            any_seen |= bool(seen)
            if six_months_after(leaving) <= cutoff:
                any_due = True
                codes |= _later_results(first, leaving, seen)
        for code in codes:
            cells[code][sex] += 1
    for code, column in {**ASKED, "EECO13": "nationality_group", "EECO17": "rural"}.items():
        silent = {"", "not_collected", "unknown"} | ({"refused"} if column == "housing_exclusion" else set())
        if people and all(person["first"][column] in silent for person in people):
            cells[code] = None
    for code in list(cells):
        if code.startswith("EECR") and people:
            collected = (any_event or not any_closed) if code <= "EECR04" else (any_seen or not any_due)
            cells[code] = cells[code] if collected else None
    return {"cells": cells, "excluded": {reason: number for reason, number in excluded.items() if number}, **missing}


def _exit(held: list[Row], cutoff: date) -> date | None:
    exits = [day(row["exit_date"]) if row["exit_date"] else None for row in held]
    if any(leaving is None or leaving > cutoff for leaving in exits):
        return None
    return max(leaving for leaving in exits if leaving)


def _entry(row: Row) -> set[str]:
    labour, years, level = row["labour_at_entry"], age(row), int(row["isced_level"])
    codes = {"EECO01", {"unemployed": "EECO02", "inactive": "EECO04", "employed": "EECO05"}[labour]}
    codes.add("EECO09" if level <= 2 else "EECO10" if level <= 4 else "EECO11")
    if labour == "unemployed" and int(row["unemployment_months"]) > 12:
        codes.add("EECO03")
    if years < 18:
        codes.add("EECO06")
    elif years < 30:
        codes.add("EECO07")
    elif years > 54:
        codes.add("EECO08")
    codes |= {code for code, column in ASKED.items() if row[column] == "yes"}
    if row["nationality_group"] in ("third_country", "stateless"):
        codes.add("EECO13")
    if row["rural"] == "yes":
        codes.add("EECO17")
    return codes


def _in_window(rows: list[Row], leaving: date) -> list[Row]:
    return [row for row in rows if leaving <= day(row["event_date"]) <= leaving + timedelta(days=28)]


def _last(rows: list[Row], leaving: date) -> str | None:
    favour = ("employed", "self_employed", "job_searching", "inactive")
    labour = [row for row in _in_window(rows, leaving) if row["event"] in favour]
    if not labour:
        return None
    return max(labour, key=lambda row: (row["event_date"], row["recorded_on"], favour.index(row["event"])))["event"]


def _exit_results(first: Row, leaving: date, rows: list[Row]) -> set[str]:
    codes: set[str] = set()
    last, kinds = _last(rows, leaving), {row["event"] for row in _in_window(rows, leaving)}
    if last == "job_searching" and first["labour_at_entry"] == "inactive":
        codes.add("EECR01")
    if last in WORKS and first["labour_at_entry"] != "employed":
        codes.add("EECR04")
    if "in_education" in kinds and first["in_education_at_entry"] == "no":
        codes.add("EECR02")
    if "qualification" in kinds:
        codes.add("EECR03")
    return codes


def _later_results(first: Row, leaving: date, seen: list[Row]) -> set[str]:
    due = six_months_after(leaving)
    reached = [row for row in seen if row["situation"] != "unreachable"]
    if not reached:
        return set()
    chosen = min(reached, key=lambda row: (abs((day(row["observed_on"]) - due).days), -day(row["observed_on"]).toordinal()))
    if chosen["situation"] not in WORKS:
        return set()
    if first["labour_at_entry"] != "employed":
        return {"EECR05"}
    return {"EECR06"} if chosen["improvement"] else set()
