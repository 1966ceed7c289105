import doctest
import unicodedata
from datetime import UTC, datetime

import pytest

from passerelle.receipt import grouping, wording


def test_the_examples_in_the_documentation_hold() -> None:
    for module in (wording, grouping):
        result = doctest.testmod(module)
        assert result.attempted
        assert not result.failed


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 21, 13, 5, tzinfo=UTC), "21 novembre 2026 à 14 h 05"),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), "1er août 2026 à 0 h 00"),
    ],
)
def test_dates_are_those_of_paris_in_french(moment: datetime, text: str) -> None:
    assert wording.french_datetime(moment) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 octet"), (1, "1 octet"), (999, "999 octets"), (1000, "1 ko"), (1_240_331, "1,2 Mo"), (3_000_000_000, "3 Go")],
)
def test_sizes_are_in_human_units(size: int, text: str) -> None:
    assert wording.human_size(size) == text


@pytest.mark.parametrize(("minutes", "text"), [(1, "1 minute"), (45, "45 minutes"), (60, "1 heure"), (90, "1 h 30"), (120, "2 heures")])
def test_durations_are_in_hours_and_minutes(minutes: int, text: str) -> None:
    assert wording.human_duration(minutes) == text


@pytest.mark.parametrize(
    ("lines", "total", "text"),
    [
        ((), 3, ""),
        ((12,), 1, "ligne 12"),
        ((12, 45, 1078), 3, "lignes 12, 45 et 1\u202f078"),
        ((12, 45, 78), 133, "lignes 12, 45, 78 … et 130 autres"),
        ((12, 45), 3, "lignes 12, 45 … et 1 autre"),
        ((12,), 3, "ligne 12 et 2 autres"),
    ],
)
def test_lists_of_lines_are_capped_and_the_others_counted(lines: tuple[int, ...], total: int, text: str) -> None:
    assert wording.listed_lines(lines, total) == text


@pytest.mark.parametrize(
    ("number", "unit", "participle", "text"),
    [
        (0, "ligne", "chargé", "0 ligne chargée"),
        (1, "dossier", "chargé", "1 dossier chargé"),
        (2, "dossier", "mis à part", "2 dossiers mis à part"),
        (2, "ligne", "mis à part", "2 lignes mises à part"),
    ],
)
def test_participles_agree(number: int, unit: wording.Unit, participle: str, text: str) -> None:
    assert wording.counted(number, unit, participle) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.00001, "0,01 %"),
        (0.0004, "0,04 %"),
        (0.025, "2,5 %"),
        (0.1, "10 %"),
        (0.344, "34,4 %"),
        (0.99999, "99,9 %"),
        (1, "100 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_nor_to_all(share: float, text: str) -> None:
    assert wording.percent(share) == text.replace(" ", wording.NO_BREAK)


def test_the_short_way_for_plain_text_hides_nothing_that_must_be_shown() -> None:
    never = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    unchanged = [chr(code) for code in range(0x3000) if wording.visible(chr(code)) == chr(code)]
    assert len(unchanged) > 5_000
    assert not [character for character in unchanged if unicodedata.category(character) in never]
