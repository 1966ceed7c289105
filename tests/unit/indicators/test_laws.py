"""Laws that hold for any files: nothing received is lost, figures agree, order is nothing, and what is recorded later changes nothing."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import participations
from passerelle.errors import InvariantError
from passerelle.indicators import compute as computing
from passerelle.indicators.identities import check
from passerelle.indicators.intake import Files, read_files
from passerelle.indicators.layouts import EVENTS, OBSERVED
from passerelle.indicators.settle import Reason

Tables = dict[str, list[dict[str, str]]]
DATES = ["", "2021-05-04", "2024-02-29", "2024-03-20", "2025-12-31", "2026-01-01", "2024-02-30", "04/05/2021"]
KEYS = {"operation_id": st.sampled_from(["", "OP1", "OP2", "OP3"]), "participant_id": st.sampled_from(["A", "B", "C", "D", ""])}
RECORDED = ["2024-01-01", "2024-03-25", "2025-12-31", "2026-01-01", "", "hier"]
ANSWERS = st.sampled_from(["yes", "no", "refused", "not_collected", ""])
ROW = st.fixed_dictionaries(
    {
        "participation_id": st.sampled_from(["", *(f"P{number}" for number in range(1, 9))]),
        **KEYS,
        "status": st.sampled_from(["submitted", "submitted", "corrected", "draft", "withdrawn", "SUBMITTED", ""]),
        "sex": st.sampled_from(["F", "M", "N", "", "X"]),
        "birth_date": st.sampled_from(["1960-01-31", "2000-02-29", "2010-07-01", "1900-01-01", "", "0"]),
        "entry_date": st.sampled_from(DATES),
        "exit_date": st.sampled_from(DATES),
        "labour_at_entry": st.sampled_from(["unemployed", "inactive", "employed", "", "jobless"]),
        "unemployment_months": st.sampled_from(["", "0", "12", "13", "1e2"]),
        "isced_level": st.sampled_from(["", "0", "3", "4", "8", "9"]),
        "disability": ANSWERS,
        "housing_exclusion": ANSWERS,
        "direct_support_days": st.sampled_from(["", "1", "2", "90"]),
        "recorded_on": st.sampled_from(RECORDED),
    }
)
EVENT = st.fixed_dictionaries(
    {
        "event_id": st.sampled_from(["", *(f"E{number}" for number in range(1, 7))]),
        **KEYS,
        "event_date": st.sampled_from(DATES),
        "event": st.sampled_from([*EVENTS, "", "job"]),
        "withdrawn": st.sampled_from(["yes", "no", ""]),
        "recorded_on": st.sampled_from(RECORDED),
    }
)
OBSERVATION = st.fixed_dictionaries(
    {
        "observation_id": st.sampled_from(["", *(f"O{number}" for number in range(1, 5))]),
        **KEYS,
        "observed_on": st.sampled_from(DATES),
        "situation": st.sampled_from([*OBSERVED, ""]),
        "improvement": st.sampled_from(["", "hours", "stability+hours", "salary"]),
        "sampled": st.sampled_from(["yes", "no", ""]),
        "withdrawn": st.sampled_from(["yes", "no", ""]),
        "recorded_on": st.sampled_from(RECORDED),
    }
)
TABLES = st.fixed_dictionaries(
    {
        "participations": st.lists(ROW, max_size=14),
        "events": st.lists(EVENT, max_size=8),
        "six_months": st.lists(OBSERVATION, max_size=5),
        "operations": st.lists(
            st.fixed_dictionaries(
                {
                    "operation_id": st.sampled_from(["OP1", "OP2"]),
                    "specific_objective": st.sampled_from(["h", "l"]),
                    "priority": st.just("1"),
                    "region_category": st.sampled_from(["transition", ""]),
                    "annex": st.sampled_from(["I", "I", "II"]),
                    "target_indicators": st.sampled_from(["", "EECO02", "EECO12+EECO09"]),
                }
            ),
            max_size=3,
        ),
    }
)
EXAMPLES = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("esf")


def document(folder: Path, tables: Tables, cutoff: date = participations.CUTOFF) -> dict[str, Any]:
    paths = {name: participations.write_table(folder / f"{name}.csv", rows, participations.HEADINGS[name]) for name, rows in tables.items()}
    return computing.compute(read_files(Files(**paths)), cutoff, participations.OWN).as_json()


@given(tables=TABLES)
@EXAMPLES
def test_received_is_counted_plus_excluded_by_reason(folder: Path, tables: Tables) -> None:
    found = document(folder, tables)

    rows = tables["participations"]
    keys = {row["participation_id"] for row in rows}
    came = len(keys - {""}) + sum(row["participation_id"] == "" for row in rows)
    assert found["received"]["participations"] == came == found["received"]["counted"] + found["received"]["excluded"]
    assert found["received"]["excluded"] == sum(sum(reasons.values()) for reasons in found["excluded"].values())
    counted = sum(found["operations"][name]["EECO01"].get("T", 0) for name in found["operations"])
    counted += sum(cells["II.1"]["T"] for cells in found["annex_2"].values())
    assert found["received"]["counted"] == counted
    for name in ("events", "six_months"):
        ledger = found["received"][name]
        assert ledger["received"] == sum(number for key, number in ledger.items() if key != "received")


@given(tables=TABLES)
@EXAMPLES
def test_identities_hold_for_every_operation_group_and_sex_and_halves_add_up(folder: Path, tables: Tables) -> None:
    found = document(folder, tables)

    scopes = [(cells, found["combined"][name], found["half_years"][name]) for name, cells in found["operations"].items()]
    scopes += [(group["indicators"], group["combined"], group["half_years"]) for group in found["groups"]]
    for cells, combined, halves in scopes:
        numbers = {code: {sex: cell[sex] for sex in "FMNT" if sex in cell} for code, cell in {**cells, **combined}.items() if "T" in cell}
        assert [one for one in check(numbers, participations.OWN) if not one.holds] == []
        for code, cell in cells.items():
            if "F" in cell and cell.get("status") in (None, "partial"):
                assert {sex: sum(half[code][sex] for half in halves.values()) for sex in "FMNT"} == {sex: cell[sex] for sex in "FMNT"}


@given(tables=TABLES)
@EXAMPLES
def test_every_operation_is_in_exactly_one_group_and_groups_are_their_sum(folder: Path, tables: Tables) -> None:
    found = document(folder, tables)

    assert sorted(name for group in found["groups"] for name in group["operations"]) == sorted(found["operations"])
    for group in found["groups"]:
        parts = [found["operations"][name]["EECO01"] for name in group["operations"]]
        if "T" in group["indicators"]["EECO01"]:
            assert group["indicators"]["EECO01"]["T"] == sum(cell.get("T", 0) for cell in parts)


@given(tables=TABLES, data=st.data())
@EXAMPLES
def test_the_order_of_the_lines_changes_nothing_but_their_numbers(folder: Path, tables: Tables, data: st.DataObject) -> None:
    shuffled = {name: data.draw(st.permutations(rows)) if name != "operations" else rows for name, rows in tables.items()}

    left, right = without_lines(document(folder, tables)), without_lines(document(folder, shuffled))

    assert left == right


def without_lines(found: dict[str, Any]) -> dict[str, Any]:
    said = sorted([{**finding, "line": None} for finding in found["findings"]], key=str)
    return {**found, "findings": said}


LATER = {"participations": ROW, "events": EVENT, "six_months": OBSERVATION}


@given(tables=TABLES, data=st.data())
@EXAMPLES
def test_what_is_recorded_after_the_cutoff_changes_nothing(folder: Path, tables: Tables, data: st.DataObject) -> None:
    """Corrections of what is known, new people, events and withdrawals: only the number of what is not known yet may grow."""
    added = {name: data.draw(st.lists(one.map(recorded_later), max_size=5)) for name, one in LATER.items()}
    named = {row["operation_id"] for rows in tables.values() for row in rows}
    more = {name: [*rows, *(row for row in added.get(name, []) if row["operation_id"] in named)] for name, rows in tables.items()}

    left, right = (known(document(folder, one)) for one in (tables, more))

    assert left == right


def recorded_later(row: dict[str, str]) -> dict[str, str]:
    return {**row, "recorded_on": "2026-02-01"}


def known(found: dict[str, Any]) -> dict[str, Any]:
    """The document without what is only a number of unknown things."""
    excluded = {name: {reason: n for reason, n in counts.items() if reason != "after_cutoff"} for name, counts in found["excluded"].items()}
    kept = {name: counts for name, counts in excluded.items() if name or any(counts.values())}
    ledgers = {
        name: {key: n for key, n in found["received"][name].items() if key not in ("received", "after_cutoff")}
        for name in ("events", "six_months")
    }
    received = {"counted": found["received"]["counted"], **ledgers}
    findings = [one for one in found["findings"] if one["rule"] != "esf.file.empty"]
    return {**found, "excluded": kept, "received": received, "findings": findings}


@given(tables=TABLES)
@settings(max_examples=30, deadline=None)
def test_nobody_counts_twice_in_an_operation(folder: Path, tables: Tables) -> None:
    path = participations.write_table(folder / "p.csv", tables["participations"], participations.PARTICIPATIONS)
    report = computing.compute(participations.intake(path), participations.CUTOFF, participations.OWN)

    for operation in report.operations:
        persons = report.computed.view.persons
        people = persons.participant[persons.operation == operation.number].tolist()
        assert len(people) == len(set(people)) == operation.counted_number
        assert len(operation.excluded) == sum(operation.excluded_by_reason.values())


def test_a_participation_that_gets_lost_stops_the_computation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = participations.intake(participations.write(folder / "p.csv", [{}, {"status": "draft"}]))
    settle = computing.settle

    def losing(*given: Any) -> Any:
        settlement = settle(*given)
        settlement.excluded = [group for group in settlement.excluded if group.reason is not Reason.DRAFT]
        return settlement

    monkeypatch.setattr(computing, "settle", losing)

    with pytest.raises(InvariantError, match="2 participations received, but 1 counted and 0 excluded"):
        computing.compute(intake, participations.CUTOFF, participations.OWN)


def test_a_broken_identity_stops_the_computation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = participations.intake(participations.write(folder / "p.csv", [{}]))
    tally = computing.tally

    def wrong(*given: Any) -> Any:
        table = tally(*given)
        table.counts["EECO02"][:] = 0
        return table

    monkeypatch.setattr(computing, "tally", wrong)

    with pytest.raises(InvariantError, match="ID2"):
        computing.compute(intake, participations.CUTOFF, participations.OWN)


def test_an_event_that_gets_lost_stops_the_computation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = {"rows": [{"exit_date": "2024-03-10"}], "events": [{"participant_id": "K1", "event": "employed", "event_date": "2024-03-11"}]}
    exits_of = computing.exits_of

    def losing(*given: Any) -> Any:
        exits = exits_of(*given)
        exits.ledger["used"] = 0
        return exits

    monkeypatch.setattr(computing, "exits_of", losing)

    with pytest.raises(InvariantError, match="events: 1 received"):
        participations.report_of(folder, case)
