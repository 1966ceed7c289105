"""What each information system knows of the same people."""

from __future__ import annotations

from datetime import date

import pytest

from passerelle.population.generate import generate
from passerelle.population.people import Person, Population
from passerelle.population.views import seen_by

AS_OF = date(2026, 3, 1)


@pytest.fixture(scope="module")
def population() -> Population:
    return generate(5, 1500, AS_OF)


@pytest.fixture(scope="module")
def truth(population: Population) -> dict[str, Person]:
    return {person.truth_id: person for person in population.people()}


def test_the_same_seed_gives_the_same_view(population: Population) -> None:
    assert seen_by(population, "ccas", 1) == seen_by(population, "ccas", 1)
    assert seen_by(population, "ccas", 1) != seen_by(population, "ccas", 2)


def test_the_paying_bodies_know_everyone(population: Population, truth: dict[str, Person]) -> None:
    assert {person.truth_id for person in seen_by(population, "caf_msa", 1).people()} == set(truth)


def test_france_travail_knows_some_six_adults_in_ten(population: Population) -> None:
    seen = list(seen_by(population, "france_travail", 1).people())
    assert all(person.is_adult for person in seen)
    assert 0.55 < len(seen) / len(list(population.adults())) < 0.65


def test_a_ccas_knows_few_adults_of_some_communes(population: Population) -> None:
    view = seen_by(population, "ccas", 1)
    communes = {household.commune.code for household in view.households}
    assert len(communes) <= len(population.territory.communes) / 2
    there = [p for h in population.households if h.commune.code in communes for p in h.members if p.is_adult]
    assert 0.10 < len(list(view.people())) / len(there) < 0.20


@pytest.mark.parametrize("source", ["caf_msa", "france_travail", "ccas", "another"])
def test_numbers_stay_those_of_the_person_in_every_view(population: Population, truth: dict[str, Person], source: str) -> None:
    for person in seen_by(population, source, 1).people():
        real = truth[person.truth_id]
        assert person.nir13 in ("", real.nir13)
        assert (person.dossier_number, person.france_travail_number, person.role, person.sex) == (
            real.dossier_number,
            real.france_travail_number,
            real.role,
            real.sex,
        )


def test_a_ccas_writes_some_people_differently(population: Population, truth: dict[str, Person]) -> None:
    seen = list(seen_by(population, "ccas", 1).people())
    assert any(not person.nir13 for person in seen)
    assert any(person.birth_name != truth[person.truth_id].birth_name for person in seen)
    assert any(person.birth_name == truth[person.truth_id].usage_name for person in seen)
    assert sum(person.birth_name == truth[person.truth_id].birth_name for person in seen) > len(seen) * 0.8
