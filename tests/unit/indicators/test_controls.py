"""Every control of the officials' list exists, has words, and is shown to strike by a case or a test of its own."""

import re
from pathlib import Path
from typing import Any

import pytest

import participations
from passerelle.indicators.controls import Severity, controls

RULES = [f"V{number:02}" for number in range(1, 57)]
FOLDER = Path(__file__).parent


def test_every_control_from_v01_to_v56_has_severity_source_and_a_french_sentence() -> None:
    assert list(controls()) == RULES
    for control in controls().values():
        assert control.gravity in ("B", "X", "W", "A", "-", "W/B")
        assert control.source
        assert control.sentence == "{detail}" or re.match(r"[A-ZÀÉÎ{].*[.}]$", control.sentence)


def test_what_blocks_or_excludes_is_never_only_said_for_the_record_unless_nothing_is_lost_by_it() -> None:
    """A control that officials hold blocking and that is told as a number only is one the computation itself enforces."""
    enforced = {"V01", "V03", "V04", "V20", "V22", "V23", "V28", "V46"}
    told = {rule for rule, control in controls().items() if control.level is Severity.INFO and control.gravity in "BXA"}
    assert told == enforced


def found_by_cases(tmp_path: Path) -> set[str]:
    """The rules that the worked cases really bring out."""
    found: set[str] = set()
    for number, case in enumerate(participations.TABLE["cases"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        document: dict[str, Any] = participations.report_of(folder, case).as_json()
        found |= {finding["rule"] for finding in document["findings"]}
    return found


def test_every_control_strikes_somewhere(tmp_path: Path) -> None:
    elsewhere = {
        *re.findall(r'"(V\d\d)"', (FOLDER / "test_forms.py").read_text(encoding="utf-8")),
        *re.findall(r'"(V\d\d)"', (FOLDER / "test_compare.py").read_text(encoding="utf-8")),
    }
    assert set(RULES) - found_by_cases(tmp_path) - elsewhere == set()


@pytest.mark.parametrize("rule", RULES)
def test_no_sentence_shows_a_place_holder_that_nothing_fills(rule: str) -> None:
    places = set(re.findall(r"{(\w+)}", controls()[rule].sentence))
    assert places <= {"detail", "count", "total", "limit", "code", "left", "right", "days", "months", "typed", "computed", "category"}
