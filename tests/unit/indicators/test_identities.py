"""The identities ID1 to ID10 that every computation asserts: all of them, for each sex, and each can fail."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import participations
from passerelle.indicators.definitions import INDICATORS, Kind
from passerelle.indicators.identities import check, laws

RESULTS = (
    "EECR01 ≤ EECO04",
    "EECR04 ≤ EECO02 + EECO04",
    "EECR05 ≤ EECO02 + EECO04",
    "EECR06 ≤ EECO05",
    "EECR02 ≤ EECO01",
    "EECR03 ≤ EECO01",
)
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "ID2": ("EECO01 = EECO02 + EECO04 + EECO05",),
    "ID3": ("EECO03 ≤ EECO02",),
    "ID4": ("EECO06 + EECO07 + EECO08 ≤ EECO01",),
    "ID5": ("EECO09 + EECO10 + EECO11 = EECO01",),
    "ID6": tuple(f"EECO{number} ≤ EECO01" for number in range(12, 18)),
    "ID7": RESULTS,
    "ID8": ("EECR01 + EECR04 ≤ EECO01", "EECR05 + EECR06 ≤ EECO01"),
    "ID9": (
        "EECO02+04 = EECO02 + EECO04",
        "EECO02+05 = EECO02 + EECO05",
        "EECO02+04+05 = EECO02 + EECO04 + EECO05",
        "EECO06+07 = EECO06 + EECO07",
        "EECO10+11 = EECO10 + EECO11",
    ),
    "ID10": RESULTS,
}
LAWS = [(identity, sentence) for identity, sentences in SENTENCES.items() for sentence in sentences]
CODES = [one.code for one in INDICATORS if one.kind is not Kind.ENTITIES] + [sentence.split(" = ")[0] for sentence in SENTENCES["ID9"]]


def test_every_identity_is_among_the_laws_and_no_other() -> None:
    assert sorted((law.identity, law.sentence) for law in laws(participations.OWN)) == sorted(LAWS)


@pytest.mark.parametrize("column", ["F", "M", "N", "T"])
@pytest.mark.parametrize(("identity", "sentence"), LAWS)
def test_each_is_broken_by_one_person_too_many_in_one_column(identity: str, sentence: str, column: str) -> None:
    numbers = {code: dict.fromkeys("FMNT", 0) for code in CODES}
    assert all(one.holds for one in check(numbers, participations.OWN))

    numbers[sentence.split(" ")[0]][column] = 1
    broken = {(one.identity, one.sentence, one.column) for one in check(numbers, participations.OWN) if not one.holds}
    assert (identity, sentence, column) in broken


def test_a_total_that_is_not_the_sum_of_the_sexes_breaks_id1() -> None:
    for column in "FMNT":
        numbers = {"EECO12": dict.fromkeys("FMNT", 0) | {column: 1}, "EECO01": dict.fromkeys("FMNT", 9)}
        assert [
            one.sentence
            for one in check(numbers, participations.OWN)
            if not one.holds and "EECO12" in one.sentence and one.identity == "ID1"
        ]
