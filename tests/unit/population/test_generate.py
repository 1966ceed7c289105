"""The invented people: the same for the same seed, each with numbers that hold together."""

from __future__ import annotations

from datetime import date
from itertools import islice

import pytest

from passerelle.population.civil import Register, a_birth, without_accents
from passerelle.population.dice import dice
from passerelle.population.generate import generate, stream
from passerelle.population.nir import build_nir, nir_key
from passerelle.population.people import Population
from passerelle.population.places import TERRITORY

AS_OF = date(2026, 3, 1)


@pytest.fixture(scope="module")
def population() -> Population:
    return generate(7, 1500, AS_OF)


def test_the_same_seed_gives_the_same_people() -> None:
    assert generate(3, 40, AS_OF) == generate(3, 40, AS_OF)


def test_another_seed_gives_other_people() -> None:
    assert [p.nir13 for p in generate(3, 40, AS_OF).people()] != [p.nir13 for p in generate(4, 40, AS_OF).people()]


def test_the_stream_begins_with_the_households_of_a_smaller_population() -> None:
    assert tuple(islice(stream(3, AS_OF), 25)) == generate(3, 100, AS_OF).households[:25]


def test_every_nir_says_sex_birth_and_place(population: Population) -> None:
    for person in population.people():
        assert person.nir13 == build_nir(person.sex, person.birth_date, person.birth_commune_code, int(person.nir13[10:]))
        assert person.nir13[0] == ("1" if person.sex == "M" else "2")
        assert 1 <= int(nir_key(person.nir13)) <= 97


@pytest.mark.parametrize("number", ["nir13", "truth_id", "france_travail_number"])
def test_no_two_people_share_a_number(population: Population, number: str) -> None:
    numbers = [getattr(person, number) for person in population.people()]
    assert len(set(numbers)) == len(numbers)


def test_no_two_households_share_a_number(population: Population) -> None:
    for number in ("dossier_number", "allocataire_number", "household_id"):
        numbers = [getattr(household.applicant, number) for household in population.households]
        assert len(set(numbers)) == len(numbers)


def test_members_of_a_household_share_its_numbers(population: Population) -> None:
    for household in population.households:
        assert len({(p.dossier_number, p.allocataire_number, p.household_id) for p in household.members}) == 1


def test_each_household_has_one_applicant_first_and_one_partner_at_most(population: Population) -> None:
    for household in population.households:
        roles = [person.role for person in household.members]
        assert roles[0] == "DEM"
        assert roles.count("DEM") == 1
        assert roles.count("CJT") <= 1


def test_twins_share_birth_and_name_but_not_given_name_nor_nir(population: Population) -> None:
    pairs = 0
    for household in population.households:
        for elder, younger in zip(household.members, household.members[1:], strict=False):
            if younger.birth_rank == 2 and younger.role == "ENF":
                pairs += 1
                assert (elder.birth_date, elder.birth_name, elder.birth_commune_code) == (
                    younger.birth_date,
                    younger.birth_name,
                    younger.birth_commune_code,
                )
                assert elder.given_name != younger.given_name
                assert elder.nir13 != younger.nir13
    assert pairs > 5


def test_the_hard_cases_of_real_files_are_there(population: Population) -> None:
    people = list(population.people())
    names = [(p.birth_name, p.given_name) for p in people if p.is_adult]
    assert len(set(names)) < len(names), "no two adults have the same name"
    assert any(p.usage_name for p in people)
    assert any((p.birth_date.month, p.birth_date.day) == (1, 1) and p.birth_commune_code >= "99100" for p in people)
    assert any("-" in p.given_name for p in people)
    assert any(without_accents(p.birth_name) != p.birth_name for p in people)
    assert {h.organisation for h in population.households} == {"CAF", "MSA"}
    assert any("2A" in p.nir13 or "2B" in p.nir13 for p in people)


def test_ages_fit_roles(population: Population) -> None:
    for household in population.households:
        for person in household.members:
            age = (AS_OF - person.birth_date).days / 365.25
            assert 17 < age < 90 if person.is_adult else 0 <= age < 22


def test_places_of_the_territory_are_nobodys_real_birth_place() -> None:
    assert all(commune.code.startswith("990") and commune.postcode.startswith("99") for commune in TERRITORY.communes)


def test_people_live_in_the_territory_and_can_be_reached_at_numbers_nobody_has(population: Population) -> None:
    codes = {commune.code for commune in TERRITORY.communes}
    assert all(household.commune.code in codes for household in population.households)
    for person in population.adults():
        assert person.phone.startswith(("063998", "0700"))
        assert len(person.phone) == 10
        assert person.email.endswith("@courriel.example")


def test_the_register_gives_the_next_number_to_a_twin() -> None:
    rng, register = dice("test"), Register()
    birth = a_birth(rng, AS_OF, (30, 31), TERRITORY.communes[0])
    first, order = register.enrol(rng, "F", birth)
    second, _ = register.enrol(rng, "F", birth, near=order)
    assert int(second[10:]) == order % 999 + 1
    assert first[:10] == second[:10]
