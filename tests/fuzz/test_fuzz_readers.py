"""A short run of the fuzz target with a fixed seed, and proof that it would notice what it is there for."""

from __future__ import annotations

import time
from typing import Any

import pytest

import fuzzing
from fuzzing import READERS, Breaker, Report, fuzz
from passerelle.readers import jsonlines

INPUTS = {"openpgp": 4, "xml": 40, "xlsx": 50}
MANY = 60


def size(megabytes: int) -> int:
    return megabytes * 1_000_000


def after(inputs: int) -> Any:
    return lambda report: report.inputs >= inputs


@pytest.mark.parametrize("reader", READERS)
def test_broken_bytes_get_an_answer_that_keeps_the_laws(reader: str) -> None:
    report = fuzz(Breaker(reader, seed=1), after(INPUTS.get(reader, MANY)))
    assert [wrong for _, _, wrong in report.failures] == []
    assert report.inputs == INPUTS.get(reader, MANY)
    assert len(report.outcomes) >= 3, "inputs that are all answered alike try nothing"


def test_the_same_seed_makes_the_same_inputs_and_another_one_others() -> None:
    one, same, other = (Breaker("jsonlines", seed) for seed in (1, 1, 2))
    made = [[breaker.next()[1] for _ in range(20)] for breaker in (one, same, other)]
    assert made[0] == made[1] != made[2]


_take = jsonlines._Collector.take


def _raises(self: jsonlines._Collector, line: int, text: str) -> None:
    if not text.endswith("}"):
        raise IndexError("planted")
    _take(self, line, text)


def _forgets(self: jsonlines._Collector, line: int, text: str) -> None:
    if text.endswith("}"):
        _take(self, line, text)


def _sleeps(self: jsonlines._Collector, line: int, text: str) -> None:
    time.sleep(0 if text.endswith("}") else 5)
    _take(self, line, text)


def _hoards(self: jsonlines._Collector, line: int, text: str) -> None:
    if not text.endswith("}"):
        assert len(b"x" * size(150))
    _take(self, line, text)


@pytest.fixture
def much_memory_already_used() -> None:
    assert len(b"x" * size(400))


@pytest.mark.usefixtures("much_memory_already_used")
@pytest.mark.parametrize(
    ("planted", "told"),
    [(_raises, "planted"), (_forgets, "BrokenLawError"), (_sleeps, "HangError"), (_hoards, "MemoryError")],
    ids=["an exception", "a lost line", "a hang", "memory"],
)
def test_a_planted_defect_is_found(planted: Any, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines._Collector, "take", planted)
    monkeypatch.setattr(fuzzing, "SECONDS_PER_INPUT", 2)
    monkeypatch.setattr(fuzzing, "MEGABYTES_PER_INPUT", 100)
    report = fuzz(
        Breaker("jsonlines", seed=1), lambda found: told in "".join(wrong for *_, wrong in found.failures) or found.inputs >= MANY
    )
    assert told in report.failures[-1][2]


def test_an_empty_report_says_so() -> None:
    report = fuzz(Breaker("fixed", seed=1, feed="caf/creances"), after(5))
    assert report == Report("fixed")
