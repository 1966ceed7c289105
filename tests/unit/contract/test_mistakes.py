"""Mistakes of contract authors: each is refused, at its line, with the word they probably meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from passerelle.contract.load import load
from passerelle.errors import ContractError

CCAS = "ccas/accompagnement"
FT = "france_travail/inscriptions"


MISTAKES = yaml.safe_load(Path(__file__).with_name("mistakes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_refused_with_the_remedy(root: Path, mistake: dict[str, Any]) -> None:
    path = root / f"{mistake['feed']}.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    assert mistake["right"] in text, "the case no longer fits the contract"
    spoilt = text.replace(mistake["right"], mistake["wrong"], 1)
    path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load(path, root)
    for words in mistake["says"]:
        assert words in str(caught.value)
    where = 1 + os.path.commonprefix([text, spoilt]).count("\n")
    assert caught.value.line == where + mistake.get("lines_after", 0)
    assert str(caught.value).startswith(f"{path}:{caught.value.line}: ")


def test_all_mistakes_are_said_at_once(root: Path) -> None:
    path = root / f"{FT}.odcs.yaml"
    text = path.read_text(encoding="utf-8").replace("category_code:", "categry_code:").replace("agency_code:", "agence_code:")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load(path, root)
    assert "category_code" in str(caught.value)
    assert "agency_code" in str(caught.value)


def test_a_missing_file_is_said_without_a_trace(root: Path) -> None:
    with pytest.raises(ContractError, match="cannot be read"):
        load(root / "ccas" / "absent.odcs.yaml", root)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        pytest.param('"H": {', "1: {", "between quotes", id="a code that is not text"),
        pytest.param('label: "Homme", canonical', 'label: "Homme", canonicl', "did you mean 'canonical'?", id="unknown key"),
        pytest.param("  SEXE_LETTRE:", "  ROLEPERS:", "already", id="a list of a name that is taken"),
        pytest.param("  SEXE_LETTRE:", "  sexe:", "capitals", id="a name in small letters"),
        pytest.param('date: "2026-11-20"', "date: 2026-11-20", "between quotes", id="a date without quotes"),
        pytest.param("lists:", "list:", "did you mean 'lists'?", id="unknown key of the file"),
    ],
)
def test_a_mistake_in_a_code_list_is_refused(root: Path, right: str, wrong: str, says: str) -> None:
    path = root / "codes" / "commun.yaml"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ContractError, match=says):
        load(root / f"{CCAS}.odcs.yaml", root)
