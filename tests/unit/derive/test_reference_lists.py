"""The synthetic file of a list about nobody: any number of lines, each with a key of its own, and lines that hold together."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from invented_contracts import CSV, column
from passerelle.contract.load import find
from passerelle.contract.model import Contract, Sample, Table
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.derive.synthetic.text import counted, with_luhn_digit
from passerelle.population.places import TERRITORY

ROOT = Path(__file__).parents[3] / "contracts"
AS_OF = date(2026, 3, 2)
INSEE = r"^(2[AB]|[0-9]{2})[0-9]{3}$"
SIRET = {"min_length": 14, "max_length": 14, "pattern": "^[0-9]{14}$", "checksum": "luhn", "example": "26540123400017"}


def lines(contract: Contract, folder: Path, rows: int, seed: int = 1) -> list[dict[str, str]]:
    made = write_sample(contract, folder, request=SampleRequest(rows=rows, seed=seed, as_of=AS_OF))
    with made.path.open(encoding=contract.layout.encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=contract.layout.delimiter))


def passes_luhn(number: str) -> bool:
    """As the standard tells it, from the right: every second digit doubled, its digits added up."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        total += int(digit) if place % 2 == 0 else (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)]
    return total % 10 == 0


@pytest.mark.parametrize(
    ("digits", "whole"), [("73282932", "732829320"), ("7328293200007", "73282932000074"), ("7992739871", "79927398713")]
)
def test_the_check_digit_is_that_of_published_numbers(digits: str, whole: str) -> None:
    assert with_luhn_digit(digits) == whole


def test_numbers_with_a_check_digit_are_counted_on_from_the_example() -> None:
    make = counted(column("siret", **SIRET))
    made = [make(number) for number in range(1, 5_001)]
    assert made[0] == SIRET["example"]
    assert len(set(made)) == 5_000
    assert all(len(number) == 14 and passes_luhn(number) for number in made)


def test_codes_of_fixed_length_are_all_used_before_one_comes_twice() -> None:
    make = counted(column("code", pattern=INSEE, max_length=5, example="99001"))
    made = [make(number) for number in range(1, 100_001)]
    assert made[:2] == ["99001", "99002"]
    assert made[998:1000] == ["99999", "00000"]
    assert len(set(made)) == 100_000
    assert all(re.fullmatch(INSEE, code) for code in made)


def test_a_reference_grows_where_there_is_room() -> None:
    make = counted(column("number", example="D-2026-9998-b"))
    assert [make(number) for number in (1, 2, 3)] == ["D-2026-9998-b", "D-2026-9999-b", "D-2026-10000-b"]


def test_without_an_example_the_lines_are_numbered() -> None:
    assert [counted(column("number"))(number) for number in (1, 9, 10)] == ["1", "9", "10"]
    assert counted(column("number", min_length=4))(12) == "0012"


@pytest.mark.parametrize("feed", ["referentiels/structures", "referentiels/referents", "referentiels/communes"])
def test_a_list_has_as_many_different_lines_as_are_asked_for(feed: str, tmp_path: Path) -> None:
    contract = find(ROOT, feed)
    made = lines(contract, tmp_path, 2_000)
    (key,) = contract.record_table.key
    assert len({line[contract.record_table.column(key).source] for line in made}) == 2_000


def test_the_communes_listed_are_those_where_people_live(tmp_path: Path) -> None:
    made = lines(find(ROOT, "referentiels/communes"), tmp_path, 60)
    listed = {line["code"]: (line["nom"], line["code_postal"]) for line in made}
    assert {commune.code: (commune.name, commune.postcode) for commune in TERRITORY.communes}.items() <= listed.items()


def test_what_other_feeds_point_to_is_in_the_lists(tmp_path: Path) -> None:
    structures = {line["siret"] for line in lines(find(ROOT, "referentiels/structures"), tmp_path, 12)}
    communes = {line["code"] for line in lines(find(ROOT, "referentiels/communes"), tmp_path, 40)}
    for feed in (
        "referentiels/referents",
        "ccas/accompagnement",
        "ccas/domiciliation",
        "fse/participants_entrees",
        "referentiels/structures",
    ):
        contract = find(ROOT, feed)
        made = lines(contract, tmp_path / feed, 80)
        for one in contract.record_table.columns:
            if one.refers_to is not None:
                known = structures if one.refers_to == "referentiels/structures.siret" else communes
                assert {line[one.source] for line in made} - {""} <= known, (feed, one.name)


def test_picks_come_in_turn_only_in_lists_about_nobody(tmp_path: Path) -> None:
    pick = Sample(pick=("un", "deux", "trois"))
    table = Table(name="liste", key=("number",), columns=(column("number", example="1"), column("word", sample=pick)))
    made = lines(CSV.model_copy(update={"tables": (table,)}), tmp_path / "list", 5)
    assert [line["word"] for line in made] == ["un", "deux", "trois", "un", "deux"]
    person = CSV.record_table
    with_word = person.model_copy(update={"columns": (*person.columns, column("word", sample=pick))})
    words = [line["word"] for line in lines(CSV.model_copy(update={"tables": (with_word,)}), tmp_path / "people", 60)]
    assert words != [pick.pick[number % 3] for number in range(60)]
    assert set(words) == set(pick.pick)
