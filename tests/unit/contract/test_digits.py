"""Which texts a column takes, and which numbers in their place may have lost zeros."""

from __future__ import annotations

import pytest

from invented_contracts import codes, column
from passerelle.contract.digits import fits, is_free, lacks_zeros, looks_like_number
from passerelle.contract.model import Column, IdentityRole

POSTCODE = column("cp", pattern="^[0-9]{5}$")
INSEE = column("insee", pattern="^(2[AB]|[0-9]{2})[0-9]{3}$")
MOBILE = column("tel", pattern=r"^(\+33|0)[1-9]([ .]?[0-9]{2}){4}$")
LENGTH = column("matricule", min_length=7, max_length=7)
CODED = column("role", codes=codes("ROLE", "01", "02", "10", "1A"))
TWICE = column("role", codes=codes("ROLE", "1", "01"))
NIR = column("nir", nir=True, max_length=15)
UP_TO = column("numero", pattern="^[0-9]{1,15}$")
FREE = column("texte", max_length=50)
PHONE = column("tel", identity=IdentityRole.PHONE)
COMMUNE = column("commune", identity=IdentityRole.COMMUNE_CODE)
NAMED = column("nom", identity=IdentityRole.BIRTH_NAME)


@pytest.mark.parametrize(
    ("one", "digits", "expected"),
    [
        (POSTCODE, "1000", True),
        (POSTCODE, "100", True),
        (POSTCODE, "99010", False),
        (POSTCODE, "999010", False),
        (INSEE, "1004", True),
        (MOBILE, "782605941", True),
        (MOBILE, "33782605941", False),
        (MOBILE, "82605941", False),
        (LENGTH, "205599", True),
        (LENGTH, "2", True),
        (LENGTH, "2055990", False),
        (CODED, "1", True),
        (CODED, "10", False),
        (CODED, "3", False),
        (TWICE, "1", True),
        (NIR, "28003780060843", False),
        (UP_TO, "12", True),
        (FREE, "12", False),
        (PHONE, "782605941", True),
        (PHONE, "82605941", False),
        (COMMUNE, "1004", True),
        (NAMED, "12", False),
        (POSTCODE, "-1000", False),
        (POSTCODE, "10.5", False),
        (POSTCODE, "١٠٠٠", False),
    ],
)
def test_a_number_lacks_zeros_when_zeros_make_it_a_value(one: Column, digits: str, expected: bool) -> None:
    assert lacks_zeros(one, digits) is expected


def test_what_fits_is_what_the_rules_of_the_column_take() -> None:
    assert fits(POSTCODE, "01000")
    assert not fits(POSTCODE, "1000")
    assert fits(NIR, "2800378006084")
    assert fits(NIR, "2 80 03 2A 006 084 54")
    assert not fits(NIR, "280037800608")
    assert fits(CODED, "1A")
    assert not fits(CODED, "1")
    assert fits(FREE, "x" * 50)
    assert not fits(FREE, "x" * 51)
    assert fits(PHONE, "0782605941")
    assert not fits(PHONE, "782605941")


def test_a_column_without_pattern_codes_or_shortest_length_is_free() -> None:
    assert [is_free(one) for one in (FREE, NAMED, POSTCODE, CODED, NIR, LENGTH, PHONE)] == [True, True, *[False] * 5]


@pytest.mark.parametrize("text", ["1803331476872.0", "1,85E+14", "1.85037800608436E+14", "1E14", "12,00", "-1e5"])
def test_numbers_as_spreadsheets_write_them_are_known(text: str) -> None:
    assert looks_like_number(text)


@pytest.mark.parametrize("text", ["01000", "1234", "2A004", "12,50", "1E", "E14", "0782605941", "18.5E+1234", ""])
def test_other_texts_are_not_taken_for_them(text: str) -> None:
    assert not looks_like_number(text)
