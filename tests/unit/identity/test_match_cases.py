"""Every case of tests/cases/matching.yml, which an agent of the Département can read and add to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from passerelle.identity.engine import Layers, match
from passerelle.identity.model import PACKAGED
from passerelle.identity.settle import WORDS

PAGE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "cases" / "matching.yml").read_text(encoding="utf-8"))
COLUMNS = {
    "id": "record_id", "nom": "birth_name", "usage": "usage_name", "prenoms": "given_names", "ne_le": "birth_date", "sexe": "sex",
    "nir": "nir", "lieu": "birth_place_code", "tel": "phone", "mail": "email", "adresse": "address", "cp": "postcode",
    "dossier": "dossier_number", "allocataire": "caf_number", "role": "role", "ft": "france_travail_number", "interne": "other_id",
    "source": "source", "precision": "birth_date_precision",
}  # fmt: skip
ORDER = {"A": 111, "B": 222, "C": 333}


def background() -> list[dict[str, str]]:
    """Unrelated people, four to each usual given name."""
    return [
        {
            "record_id": f"fond-{first}-{number}",
            "birth_name": f"{('KERVELLA', 'OUDINOT', 'PHILIBERT', 'QUENTRIC')[number]}{'XYZWVU'[rank % 6] * 2}{'ABCDEF'[rank // 6] * 2}",
            "given_names": first,
            "birth_date": f"19{30 + rank:02d}-1{number % 2}-{10 + number * 3 + rank}",
            "phone": f"07{rank:02d}{number:02d}9999",
        }
        for rank, first in enumerate(PAGE["fond"])
        for number in range(4)
    ]


def records(said: list[dict[str, Any]], nirs: dict[str, str]) -> list[dict[str, str]]:
    made = []
    for one in said:
        assert one.keys() <= COLUMNS.keys(), f"unknown field in tests/cases/matching.yml: {sorted(one.keys() - COLUMNS.keys())}"
        values = {COLUMNS[name]: str(value) for name, value in one.items()}
        letter = values.get("nir")
        if letter in ORDER:
            day = values["birth_date"]
            built = f"{1 if values['sex'] == 'M' else 2}{day[2:4]}{day[5:7]}75056{ORDER[letter]}"
            values["nir"] = nirs.setdefault(letter, built)
        made.append(values)
    return made


def table(rows: list[dict[str, str]]) -> Any:
    names = list(COLUMNS.values())
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def links_of(case: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    nirs: dict[str, str] = {}
    left, right = records(case["gauche"], nirs), records(case["droite"], nirs)
    found = match(table(left + background()), table(right), Layers(model=PACKAGED)).links
    return {(row["left_id"], row["right_id"], row["verdict"], row["rule"]) for row in found.to_pylist()}


@pytest.mark.parametrize("case", PAGE["cas"], ids=lambda case: case["cas"])
def test_the_case_is_settled_as_the_page_says(case: dict[str, Any]) -> None:
    wanted = {tuple(line.split()) for line in case["attendu"]}
    found = links_of(case)
    open_reasons = {pair[:3] for pair in wanted if pair[3] == "tout"}
    assert {(*pair[:3], "tout") if pair[:3] in open_reasons else pair for pair in found} == wanted


def test_every_rule_and_reason_the_page_expects_is_told_in_french() -> None:
    said = {line.split()[3] for case in PAGE["cas"] for line in case["attendu"]}
    assert said - {"tout"} <= WORDS.keys()
