"""Files that are wrong or hostile: a clear sentence, or nothing merged, and never a blow-up of pairs."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from passerelle.errors import ConfigurationError
from passerelle.identity.engine import Layers, Matched, match, opened
from passerelle.identity.matcher import Matcher
from passerelle.identity.model import PACKAGED, read_model
from passerelle.identity.plans import Executes
from passerelle.identity.reasons import EXPLANATIONS


def people(count: int, **same: str) -> Any:
    """So many people with nothing in common but what is given."""
    dice = random.Random(count)
    rows = [
        {
            "record_id": str(number),
            "birth_name": "".join(dice.choices("ABCDEFGHIJKLMNOPRSTUVZ", k=7)),
            "given_names": ("JEAN", "MARIE", "PAUL", "LEA", "ZOE")[number % 5],
            "birth_date": f"{dice.randint(1950, 2005)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}",
        }
        | same
        for number in range(count)
    ]
    return pa.Table.from_pylist(rows)


def matched(table: Any) -> Matched:
    return match(table, None, Layers(model=PACKAGED))


def merged(found: Matched) -> int:
    return sum(row["record_id"] != row["cluster_id"] for row in found.clusters.to_pylist()) if found.clusters is not None else -1


def test_ten_thousand_records_with_one_email_make_no_pairs_by_it() -> None:
    found = matched(people(10_000, email="accueil@mairie.example"))
    assert merged(found) == 0
    assert found.report["values_of_too_many"] == 1
    assert found.report["pairs_compared"] < 200_000


def test_one_nir_on_forty_people_merges_nobody_and_is_told() -> None:
    found = matched(people(40, nir="1550899350123"))
    assert merged(found) == 0
    assert found.report["values_of_too_many"] == 1


@pytest.mark.parametrize(
    "same",
    [
        {"nir": "0000000000000", "other_id": "00000000", "phone": "0000000000", "france_travail_number": "11111111"},
        {"birth_name": "", "given_names": "", "birth_date": ""},
        {"birth_name": "A", "given_names": "B"},
        {"birth_name": "A" * 500, "given_names": "É" * 500},
        {"birth_date": "1980-02-31"},
        {"birth_date": "99/99/9999"},
    ],
    ids=["zeros", "empty names", "names of one letter", "names of 500 letters", "a day that does not exist", "no date at all"],
)
def test_what_says_nothing_merges_nobody(same: dict[str, str]) -> None:
    found = matched(people(1_000, **same))
    assert merged(found) == 0
    assert found.report["pairs_compared"] < 100_000


def test_a_key_of_too_many_records_is_left_out_and_told_by_its_name() -> None:
    alike = people(1_000, birth_name="MARTIN", given_names="JEAN", birth_date="1980-01-01", phone="0612345678", sex="M")
    found = matched(alike)
    assert found.report["pairs_compared"] == 0
    assert "date de naissance et début d'un nom" in found.report["crowded_keys"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"nom;prenom\nA;B\n", "record_id manque"),
        (b"record_id;birth_name\n1;A\n1;B\n", "record_id d'une autre"),
        (b"record_id;birth_name\n;A\n2;B\n", "sans record_id"),
        ("record_id;birth_name\n1;Dupré\n".encode("latin-1"), "ne se lit pas"),
        (bytes(range(256)) * 20, "ne se lit pas"),
        (b'record_id;birth_name\n1;"SECRET\n2;B\n', "ne se lit pas"),
        (b"PAR1 but not Parquet", "ne se lit pas"),
        (b"", "record_id manque"),
    ],
    ids=["no record_id", "twice the same", "an empty one", "not UTF-8", "binary", "open quote", "false Parquet", "empty file"],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence_without_its_values(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "fichier.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=word) as refusal:
        match(path, None, Layers(model=PACKAGED))
    assert "SECRET" not in str(refusal.value)


@pytest.mark.parametrize("delimiter", [";", ","])
def test_both_delimiters_are_read_and_unknown_columns_are_told(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "fichier.csv"
    path.write_text(f"record_id{delimiter}birth_name{delimiter}pointure\n1{delimiter}A{delimiter}43\n", encoding="utf-8")
    assert match(path, None, Layers(model=PACKAGED)).report["unknown_columns"] == {"LEFT": ["pointure"]}


@pytest.mark.parametrize("content", ["{}", "not json", '{"version": "x"}'])
def test_a_model_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "poids.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="pas un modèle"):
        read_model(path)


def test_a_model_made_for_other_levels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "poids.json"
    path.write_text(PACKAGED.read_text(encoding="utf-8").replace('"birth"', '"née"', 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="autres champs"):
        read_model(path)


def _setting(connection: Executes, name: str) -> str:
    return str(connection.execute(f"SELECT value FROM duckdb_settings() WHERE name = '{name}'").fetchall()[0][0])


def test_the_daily_path_compares_within_a_memory_that_is_capped() -> None:
    with Matcher() as made:
        assert _setting(made._plans, "memory_limit") == "1.8 GiB"


def test_what_memory_cannot_hold_of_files_goes_where_this_login_alone_can_read_and_is_removed() -> None:
    with opened(people(1), None) as (connection, _):
        place = Path(_setting(connection, "temp_directory"))
        assert place.stat().st_mode & 0o777 == 0o700
    assert not place.exists()


def test_contradictory_civil_status_with_one_number_joins_nobody_and_is_told() -> None:
    one = {"nir": "1550899350123", "birth_name": "MARTIN", "given_names": "JEAN", "sex": "M", "birth_date": "1955-08-03"}
    contrary = [
        one | {"sex": "F"},
        one | {"birth_date": "1980-02-20", "birth_name": "DURAND"},
        one | {"given_names": "ZOE", "birth_name": "XAVIER", "sex": "F"},
    ]
    rows = [{"record_id": str(number)} | values for number, values in enumerate([one, *contrary])]
    found = matched(pa.Table.from_pylist(rows))
    assert merged(found) == 0
    told = {(row["left_id"], row["right_id"]): row["rule"] for row in found.links.to_pylist()}
    assert {("0", "1"), ("0", "2"), ("0", "3")} <= told.keys()
    assert set(told.values()) <= EXPLANATIONS.keys()


@pytest.mark.parametrize(("role", "is_one"), [("ENF", False), ("DEM", True)])
def test_two_children_of_a_dossier_in_one_file_are_not_one_for_sharing_its_telephone(role: str, is_one: bool) -> None:
    shared = {"birth_name": "TELLI", "birth_date": "2014-10-17", "sex": "M", "phone": "0708224159", "source": "caf_msa", "role": role}
    dossiers = ("30682486056",) * 2 if role == "ENF" else ("30682486056", "09278898069")
    rows = [
        {"record_id": str(number), "given_names": given, "dossier_number": dossier} | shared
        for number, (given, dossier) in enumerate(zip(("PABLO", "MIGUEL|PABLO|PAOLO"), dossiers, strict=True))
    ]
    found = matched(pa.Table.from_pylist(rows))
    assert merged(found) == is_one
    assert len(found.links) == (not is_one)


@pytest.mark.parametrize(("numbers", "is_one"), [(("8307799F", "8313900N"), False), (("8307799F", None), True)])
def test_twins_at_one_address_with_two_numbers_of_france_travail_in_one_file_are_not_one(
    numbers: tuple[str, str | None], is_one: bool
) -> None:
    """Seen in an invented population: a name that hardly anybody has is taken for the slip of a usual one."""
    shared = {"birth_name": "BENARBIA", "birth_date": "2003-03-02", "sex": "F", "address": "97 rue du Château", "postcode": "30128"}
    usual = [{"record_id": f"u{n}", "given_names": "MARYLINE", "birth_name": f"{letter}IGNON"} for n, letter in enumerate("MPRST")]
    twins = [
        {"record_id": given, "given_names": given, "france_travail_number": number} | shared
        for given, number in zip(("MARYLINE", "MARYANNE"), numbers, strict=True)
    ]
    found = matched(pa.Table.from_pylist([*twins, *usual]))
    assert merged(found) == is_one
    assert len(found.links) == (not is_one)
