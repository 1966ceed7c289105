"""The key of the NIR."""

from __future__ import annotations

from datetime import date

import pytest

from passerelle.population.nir import build_nir, nir_key


@pytest.mark.parametrize(
    ("nir13", "key"),
    [
        pytest.param("2690549588157", "80", id="published example"),
        pytest.param("1850305000001", f"{97 - 1850305000001 % 97:02d}", id="département with a leading zero"),
        pytest.param("185032A004001", f"{97 - 1850319004001 % 97:02d}", id="Corse-du-Sud counts as 19"),
        pytest.param("185032B033001", f"{97 - 1850318033001 % 97:02d}", id="Haute-Corse counts as 18"),
    ],
)
def test_the_key_completes_the_number(nir13: str, key: str) -> None:
    assert nir_key(nir13) == key


def test_a_number_that_97_divides_has_the_key_97() -> None:
    divisible = 1850354000000 + (97 - 1850354000000 % 97)
    assert nir_key(str(divisible)) == "97"


def test_a_small_key_has_two_digits() -> None:
    keys = {nir_key(str(1850354000000 + n)) for n in range(97)}
    assert "05" in keys
    assert all(len(key) == 2 for key in keys)


@pytest.mark.parametrize("wrong", ["", "185035400000", "185035400000188", "18503540000XY"])
def test_what_is_no_nir_has_no_key(wrong: str) -> None:
    with pytest.raises(ValueError):
        nir_key(wrong)


@pytest.mark.parametrize(("year", "place"), [(1960, "20904"), (1990, "2A904")])
def test_corsica_was_one_departement_before_1976(year: int, place: str) -> None:
    assert build_nir("F", date(year, 2, 3), "2A904", 12) == f"2{year % 100}02{place}012"
