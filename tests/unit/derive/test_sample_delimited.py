"""The synthetic CSV file: what a partner without faults would send."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from invented_contracts import CSV
from passerelle.contract.model import Sample, Table
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest, rows_for
from passerelle.errors import ConfigurationError
from passerelle.population.generate import generate
from passerelle.population.nir import nir_key
from passerelle.population.places import TERRITORY

AS_OF = date(2026, 3, 2)
REQUEST = SampleRequest(rows=300, seed=1, as_of=AS_OF)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    path = write_sample(CSV, tmp_path_factory.mktemp("csv"), request=REQUEST).path
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007


def test_the_file_is_named_as_the_contract_says(tmp_path: Path) -> None:
    made = write_sample(CSV, tmp_path / "new", request=SampleRequest(rows=2, seed=1, as_of=AS_OF, sequence=12))
    assert made.path.name == "SUIVI_20260302_0000012.csv"
    assert re.fullmatch(CSV.layout.name_pattern, made.path.name)
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]


def test_the_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    request = SampleRequest(rows=50, seed=9, as_of=AS_OF, defects=0.3)
    first = write_sample(CSV, tmp_path / "a", request=request)
    second = write_sample(CSV, tmp_path / "b", request=request)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.defects == second.defects


def test_another_seed_gives_another_file(tmp_path: Path) -> None:
    first = write_sample(CSV, tmp_path / "a", request=REQUEST)
    second = write_sample(CSV, tmp_path / "b", request=SampleRequest(rows=300, seed=2, as_of=AS_OF))
    assert first.path.read_bytes() != second.path.read_bytes()


def test_it_has_the_columns_and_the_number_of_lines_that_were_asked_for(rows: list[dict[str, str]]) -> None:
    assert len(rows) == 300
    assert list(rows[0]) == [column.source for column in CSV.record_table.columns]


def test_required_values_are_there_and_keys_are_unique(rows: list[dict[str, str]]) -> None:
    required = [column.source for column in CSV.record_table.columns if column.required]
    assert all(row[name] for row in rows for name in required)
    assert len({row["file_number"] for row in rows}) == 300
    assert all(re.fullmatch(r"S-\d{4,}", row["file_number"]) for row in rows)


def test_each_line_is_about_a_consistent_person(rows: list[dict[str, str]]) -> None:
    communes = {commune.postcode: set() for commune in TERRITORY.communes}
    for commune in TERRITORY.communes:
        communes[commune.postcode].add(commune.name)
    for row in rows:
        nir = row["nir"]
        assert nir[13:] == nir_key(nir[:13])
        assert nir[1:5] == f"{_day(row['born_on']):%y%m}"
        assert nir[0] == {"H": "1", "F": "2"}[row["sex"]]
        assert row["town"] in communes[row["postcode"]], "the town is not that of the postcode"


def test_names_keep_accents_that_the_encoding_has_and_lose_the_others(rows: list[dict[str, str]]) -> None:
    letters = {letter for row in rows for letter in row["Nom de naissance"] + row["Prénom"]}
    assert letters & set("éèêïô")
    assert not letters & set("şıńễ")


def test_rules_between_columns_hold(rows: list[dict[str, str]]) -> None:
    assert any(row["ends_on"] for row in rows)
    for row in rows:
        assert row["nir"] == row["nir_again"]
        assert not row["ends_on"] or _day(row["starts_on"]) <= _day(row["ends_on"])
        assert _day(row["born_on"]) <= _day(row["starts_on"])
        assert row["hours"] or row["status"] != "open"


def test_hints_are_followed(rows: list[dict[str, str]]) -> None:
    assert {row["status"] for row in rows} == {"open", "closed"}
    for row in rows:
        assert (row["only_open"] in ("é", "à")) == (row["status"] == "open")
        assert not row["hours"] or 1 <= int(row["hours"]) <= 40
        assert re.fullmatch(r"\d{1,3},\d\d", row["amount"])
        assert re.fullmatch(r"R-\d{4}", row["reference"])
        assert abs((_day(row["starts_on"]) - AS_OF).days) <= 80


def test_facts_stay_the_same_in_a_later_file_that_counts_them_from_the_same_day(tmp_path: Path) -> None:
    later = SampleRequest(rows=300, seed=1, as_of=date(2026, 3, 9), facts_on=AS_OF, sequence=2)
    first = write_sample(CSV, tmp_path, request=REQUEST).path
    second = write_sample(CSV, tmp_path, request=later).path
    assert first.name != second.name
    assert first.read_bytes() == second.read_bytes()


def test_a_population_that_ends_gives_fewer_lines(tmp_path: Path) -> None:
    population = generate(1, 20, AS_OF)
    made = write_sample(CSV, tmp_path, request=SampleRequest(rows=1000, seed=1, as_of=AS_OF, population=population))
    assert made.rows == len(list(population.adults()))


def test_senders_that_share_a_territory_have_nobody_in_common() -> None:
    population = generate(1, 400, AS_OF)
    seen: list[set[str]] = []
    for part in range(3):
        request = SampleRequest(rows=10_000, seed=1, as_of=AS_OF, population=population, share=(part, 3))
        seen.append({node.values["nir"] for node in rows_for(CSV, request)})
    assert all(len(people) > 50 for people in seen)
    assert sum(map(len, seen)) == len(set.union(*seen)) == len(list(population.adults()))


def test_people_whose_required_nir_the_sender_does_not_know_are_left_out() -> None:
    known = generate(1, 50, AS_OF)
    first, *others = known.households
    blind = replace(first, members=tuple(replace(person, nir13="") for person in first.members))
    request = SampleRequest(rows=10_000, seed=1, as_of=AS_OF, population=replace(known, households=(blind, *others)))
    assert len(list(rows_for(CSV, request))) == len(list(known.adults())) - sum(person.is_adult for person in first.members)


def test_a_key_that_the_hints_cannot_make_unique_is_reported_as_our_mistake() -> None:
    key = CSV.record_table.column("status").model_copy(update={"required": True, "sample": Sample(pick=("open",)), "codes": None})
    contract = CSV.model_copy(update={"tables": (Table(name="suivi", key=("status",), columns=(key,)),)})
    with pytest.raises(ConfigurationError, match="status"):
        list(rows_for(contract, REQUEST))
