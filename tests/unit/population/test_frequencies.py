"""The derived tables of names and communes: thousands of names, as often as in France in each period."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from passerelle.population.draws import Draws
from passerelle.population.frequencies import communes, given_names, period_of, pool_of, surnames


def most_given(sex: str, year: int, how_many: int) -> list[str]:
    table = given_names(sex)
    births = table.births[period_of(np.array([year]))[0]]
    return [table.written[int(at)].as_py() for at in np.argsort(-births, kind="stable")[:how_many]]


def test_there_are_thousands_of_names() -> None:
    assert len(surnames().written) > 30_000
    assert len(given_names("F").written) > 9_000
    assert len(given_names("M").written) > 7_000
    assert len(communes().code) > 8_000


@pytest.mark.parametrize(
    ("sex", "year", "names"),
    [
        pytest.param("F", 1965, {"Nathalie", "Sylvie", "Isabelle"}, id="girls of the sixties"),
        pytest.param("M", 1965, {"Philippe", "Eric", "Thierry"}, id="boys of the sixties"),
        pytest.param("F", 1985, {"Aurélie", "Elodie", "Emilie"}, id="girls of the eighties"),
        pytest.param("M", 2015, {"Gabriel", "Lucas"}, id="boys of today"),
    ],
)
def test_the_most_given_names_are_those_of_the_civil_register(sex: str, year: int, names: set[str]) -> None:
    assert set(most_given(sex, year, len(names))) == names


def test_known_counts_are_met() -> None:
    """INSEE: 383,092 girls were called Nathalie since 1900, nearly all of them after 1950; 250,013 people are called Martin."""
    girls = given_names("F")
    nathalie = girls.births[:, girls.positions({"NATHALIE"})].sum()
    assert 350_000 < nathalie < 400_000
    martin = surnames().births[:6, surnames().positions({"MARTIN"})].sum()
    assert 100_000 < martin < 250_013


def test_the_commonest_surname_is_martin() -> None:
    table = surnames()
    assert table.ascii_upper[int(np.argmax(table.births[2]))].as_py() == "MARTIN"


def test_a_pool_draws_by_weight_and_never_what_has_none() -> None:
    pool = pool_of(np.array([7, 8, 9]), np.array([30, 0, 10]))
    drawn = Counter(pool.draw(Draws(1, "test"), 20_000).tolist())
    assert set(drawn) == {7, 9}
    assert 2.7 < drawn[7] / drawn[9] < 3.3


def test_a_pool_without_any_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        pool_of(np.array([1, 2]), np.array([0, 0]))


@pytest.mark.parametrize(("year", "row"), [(1920, 0), (1950, 0), (1951, 1), (2000, 5), (2001, 6), (2026, 7)])
def test_each_year_of_birth_has_its_period(year: int, row: int) -> None:
    assert period_of(np.array([year])).tolist() == [row]


def test_birth_codes_belong_to_no_commune_where_people_live() -> None:
    table = communes()
    births = {code for code in table.birth_code.to_pylist() if code}
    assert len(births) > 6_000
    assert not births & set(table.code.to_pylist())


def test_draws_depend_on_the_seed_and_the_purpose_only() -> None:
    assert Draws(3, "a").uniform(5).tolist() == Draws(3, "a").uniform(5).tolist()
    assert Draws(3, "a").uniform(5).tolist() != Draws(3, "b").uniform(5).tolist()
    assert Draws(3, "a").uniform(5).tolist() != Draws(4, "a").uniform(5).tolist()


def test_draws_are_those_of_every_machine() -> None:
    """The first numbers of one stream, written down: another version of numpy must not change the populations of the benchmarks."""
    draws = Draws(2026, "written down")
    assert draws.whole(6, 0, 999).tolist() == [542, 713, 470, 376, 323, 10]
    assert sorted(draws.order(5).tolist()) == [0, 1, 2, 3, 4]
