"""Explaining one pair says what matching the files said of it, with the same score, rule and words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from passerelle.errors import ConfigurationError
from passerelle.identity.engine import Layers, match
from passerelle.identity.explain import NEVER_MET, explain
from passerelle.identity.settle import WORDS

NAMES = ("record_id", "birth_name", "given_names", "birth_date", "sex", "nir", "phone", "birth_place_code", "address", "postcode")
LEFT = (
    ("1", "DUPONT", "MARIE", "1980-05-12", "F", None, "0612345678", "59350", "3 rue des Lilas", "59000"),
    ("2", "MARTIN", "LEA", "1990-02-03", "F", None, "0611111111", "75056", None, "75001"),
    ("3", "MARTIN", "LENA", "1990-02-03", "F", None, "0611111111", "75056", None, "75001"),
    ("4", "DURAND", "PAUL", "1970-07-07", "M", None, "0699999999", "13055", None, "13001"),
    ("5", "PETIT", "ANNE", "1955-08-02", "F", "2550899350123", None, "99350", None, "13001"),
)
RIGHT = (
    ("a", "DUPOND", "MARIE", "1980-05-12", "F", None, "0612345678", "59350", "3 rue des Lilas", "59000"),
    ("b", "MARTIN", "LENA", "1990-02-03", "F", None, "0611111111", "75056", None, "75001"),
    ("c", "DURAND", "PAUL", "1970-07-07", "M", None, "0612121212", "69123", None, "69001"),
    ("d", "PETIT", "ANNE", "1955-08-02", "F", "2550899350123", None, "99350", None, "13001"),
    ("e", "PETIT", "ANNE", "1955-08-02", "F", None, None, "99350", None, "13001"),
)


def table(*rows: tuple[str | None, ...]) -> Any:
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(NAMES, zip(*rows, strict=True), strict=True)})


FILES = table(*LEFT), table(*RIGHT)


@pytest.mark.parametrize(("certain_only", "pairs"), [(False, ("1a", "1c", "2b", "3b", "4c", "5d", "5e")), (True, ("1a", "1c", "4c", "5d"))])
def test_a_pair_is_told_as_it_was_matched(certain_only: bool, pairs: tuple[str, ...]) -> None:
    layers = Layers(is_certain_only=certain_only)
    links = {(row["left_id"], row["right_id"]): row for row in match(*FILES, layers).links.to_pylist()}
    found = set()
    for pair in ((left, right) for left, right in pairs):
        account = explain(FILES, pair, layers)
        link = links.get(pair, {"verdict": "different", "rule": account.verdict.rule})
        assert (account.verdict.verdict, account.verdict.rule) == (link["verdict"], link["rule"]), pair
        if pair in links:
            assert account.verdict.words.startswith(WORDS[link["rule"]])
        if pair in links and not certain_only:
            assert account.total == pytest.approx(link["score"], abs=0.02)
        found.add(account.verdict.rule)
    assert {"N1", "never_met"} < found
    assert ("A4" in found, "kin" in found, "score" in found) == (not certain_only,) * 3


def test_a_veto_is_told_with_the_rule_that_it_overruled() -> None:
    words = explain(FILES, ("3", "b")).verdict.words
    assert words.startswith(WORDS["kin"])
    assert "Sans cela, la règle A3 aurait suffi : mêmes nom" in words


def test_a_pair_that_never_met_is_compared_for_the_reader_all_the_same() -> None:
    account = explain(FILES, ("1", "c"))
    assert account.verdict.words == NEVER_MET
    assert {step.level for step in account.steps if step.name in ("surname", "given", "dob")} == {"different"}


def test_a_pair_within_one_file_is_told_in_either_order() -> None:
    both = table(*LEFT, ("6", *LEFT[4][1:]))
    told = [explain((both, None), pair) for pair in (("5", "6"), ("6", "5"))]
    assert told[0] == told[1]
    assert (told[0].verdict.verdict, told[0].verdict.rule) == ("same", "N1")


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (("2550899350123", "a"), "Le premier identifiant n'est le record_id d'aucune ligne du premier fichier"),
        (("1", "2"), "Le second identifiant n'est le record_id d'aucune ligne du second fichier"),
    ],
)
def test_who_is_not_there_is_told_without_repeating_what_was_typed(pair: tuple[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        explain(FILES, pair)
    assert "2550899350123" not in str(caught.value)


def test_one_record_is_no_pair() -> None:
    with pytest.raises(ConfigurationError, match="deux fois le même"):
        explain((FILES[0], None), ("1", "1"))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="modèle"):
        explain(FILES, ("1", "a"), Layers(model=tmp_path / "m.json"))
