"""All ESF+ indicators with every breakdown, from files of so many participations."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from passerelle.indicators import layouts
from passerelle.indicators.compute import compute
from passerelle.indicators.document_text import document_text
from passerelle.indicators.intake import Files, read_files
from passerelle.indicators.parameters import default_rules
from passerelle.indicators.table import OPERATIONS

CUTOFF = date(2025, 12, 31)
_OPERATIONS = 200
_BLOCK = 500_000
_FIRST = date(2021, 7, 1)
Words = npt.NDArray[np.str_]


def write_participations(folder: Path, participations: int) -> Path:
    """Writes the four files of a synthetic programme into the folder; the folder.

    One participation in twenty is a return, one row in fifty a later version, one record in twenty-five incomplete; six people in ten
    have left, nine leavers in ten have an event, one in three is observed six months after.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20_251_231)
    days = np.array([(_FIRST + timedelta(days=n)).isoformat() for n in range(2_400)])
    with (folder / "p.csv").open("wb") as p, (folder / "e.csv").open("wb") as e, (folder / "s.csv").open("wb") as s:
        for stream, columns in ((p, layouts.PARTICIPATIONS), (e, layouts.EVENT_COLUMNS), (s, layouts.OBSERVATION_COLUMNS)):
            stream.write((";".join(layouts.headings(columns)) + "\n").encode())
        for first in range(0, participations, _BLOCK):
            count = min(_BLOCK, participations - first)
            people = _people(rng, days, first, count)
            again = {name: values[: count // 50] for name, values in people.items()}
            again |= {"status": np.full(count // 50, "corrected"), "recorded_on": np.full(count // 50, "2025-11-02")}
            for table in (people, again):
                _write(p, table)
            _write(e, _events(rng, people, days))
            _write(s, _observations(rng, people, days))
    _operations(folder / "o.csv")
    return folder


def read_bare(folder: Path) -> None:
    """The same files read as text, nothing looked at."""
    for name in ("p", "e", "s", "o"):
        pacsv.read_csv(folder / f"{name}.csv", parse_options=pacsv.ParseOptions(delimiter=";"))


def indicators(folder: Path) -> None:
    """From the files to the document an auditor reads."""
    files = Files(participations=folder / "p.csv", events=folder / "e.csv", six_months=folder / "s.csv", operations=folder / "o.csv")
    report = compute(read_files(files), CUTOFF, default_rules())
    with (folder / "document.json").open("w", encoding="utf-8") as stream:
        stream.writelines(document_text(report.document()))


def _write(stream: object, columns: dict[str, Words]) -> None:
    table = pa.table({name: pa.array(values.tolist(), pa.string()) for name, values in columns.items()})
    pacsv.write_csv(table, stream, pacsv.WriteOptions(include_header=False, delimiter=";", quoting_style="none"))


def _people(rng: np.random.Generator, days: Words, first: int, count: int) -> dict[str, Words]:
    def words(choices: list[str], weights: list[float]) -> Words:
        return np.array(choices)[rng.choice(len(choices), count, p=weights)]

    number = np.arange(first, first + count)
    person = np.where(number % 20 == 19, number - 1, number)
    entered = np.where(number % 20 == 19, 1_000, rng.integers(0, 900, count))
    left = rng.random(count) < 0.6
    labour = words(["unemployed", "inactive", "employed", ""], [0.6, 0.25, 0.12, 0.03])
    birth = np.array([(date(1955, 1, 1) + timedelta(days=n)).isoformat() for n in range(18_250)])
    answer = ["yes", "no", "refused", "not_collected"]
    return {
        "participation_id": np.char.add("P", number.astype(str)),
        "operation_id": np.char.add("FSE-", (person // 2 % _OPERATIONS).astype(str)),
        "participant_id": np.char.add("K", person.astype(str)),
        "status": words(["submitted", "corrected", "draft", "withdrawn"], [0.92, 0.05, 0.02, 0.01]),
        "sex": words(["F", "M", "N", "X"], [0.549, 0.449, 0.001, 0.001]),
        "birth_date": birth[rng.integers(0, 18_250, count)],
        "entry_date": days[entered],
        "exit_date": np.where(left, days[entered + rng.integers(30, 400, count)], ""),
        "labour_at_entry": labour,
        "unemployment_months": np.where(labour == "unemployed", rng.integers(0, 60, count).astype(str), ""),
        "in_education_at_entry": words(["yes", "no", ""], [0.02, 0.9, 0.08]),
        "isced_level": words([*"012345678", ""], [0.001, 0.1, 0.2, 0.3, 0.1, 0.129, 0.1, 0.05, 0.01, 0.01]),
        "disability": words(answer, [0.1, 0.86, 0.02, 0.02]),
        "nationality_group": words(["french", "eu", "third_country", "stateless", "not_collected"], [0.8, 0.05, 0.13, 0.01, 0.01]),
        "foreign_background": words(answer, [0.2, 0.76, 0.02, 0.02]),
        "minority": np.full(count, "not_collected"),
        "housing_exclusion": words(answer, [0.1, 0.88, 0.0, 0.02]),
        "rural": words(["yes", "no", "unknown"], [0.25, 0.7, 0.05]),
        "direct_support_days": rng.integers(1, 200, count).astype(str),
        "attempt_on": np.where(rng.random(count) < 0.9, days[entered], ""),
        "recorded_on": days[entered + rng.integers(1, 30, count)],
    }


def _events(rng: np.random.Generator, people: dict[str, Words], days: Words) -> dict[str, Words]:
    which = np.flatnonzero((people["exit_date"] != "") & (rng.random(len(people["exit_date"])) < 0.9))
    left = np.searchsorted(days, people["exit_date"][which])
    after = left + rng.integers(0, 35, len(which))
    return {
        "event_id": np.char.add("E", people["participation_id"][which]),
        "operation_id": people["operation_id"][which],
        "participant_id": people["participant_id"][which],
        "event_date": days[after],
        "event": np.array(layouts.EVENTS)[rng.integers(0, len(layouts.EVENTS), len(which))],
        "withdrawn": np.full(len(which), "no"),
        "recorded_on": days[after + rng.integers(0, 30, len(which))],
    }


def _observations(rng: np.random.Generator, people: dict[str, Words], days: Words) -> dict[str, Words]:
    which = np.flatnonzero((people["exit_date"] != "") & (rng.random(len(people["exit_date"])) < 0.33))
    seen = np.searchsorted(days, people["exit_date"][which]) + rng.integers(170, 200, len(which))
    situation = np.array(layouts.OBSERVED)[rng.integers(0, len(layouts.OBSERVED), len(which))]
    improved = (people["labour_at_entry"][which] == "employed") & (situation == "employed") & (rng.random(len(which)) < 0.5)
    return {
        "observation_id": np.char.add("O", people["participation_id"][which]),
        "operation_id": people["operation_id"][which],
        "participant_id": people["participant_id"][which],
        "observed_on": days[seen],
        "situation": situation,
        "improvement": np.where(improved, "stability", ""),
        "sampled": np.full(len(which), "yes"),
        "withdrawn": np.full(len(which), "no"),
        "recorded_on": days[seen + 3],
    }


def _operations(path: Path) -> None:
    lines = [";".join(OPERATIONS)]
    for number in range(_OPERATIONS):
        region = ("transition", "less_developed", "more_developed")[number % 3]
        lines.append(f"FSE-{number};{'hkf'[number % 5 % 3]};{1 + number % 4};{region};2021-01-01;2029-12-31;I;;;")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_participations(Path(sys.argv[1]), int(sys.argv[2]))
