"""What must hold of any match, whatever the records: order, sides, identifiers and repetition change nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from passerelle.identity.engine import Layers, match
from passerelle.identity.model import PACKAGED
from passerelle.population.options import Options
from passerelle.population.sources import Files, make_files

PACKAGED_MODEL = Layers(model=PACKAGED)


@pytest.fixture(scope="module")
def files() -> Files:
    return make_files(Options(seed=5, records=1_500).of_two().stressed())


def verdicts(table: Any, *, is_swapped: bool = False) -> dict[tuple[str, str], tuple[str, str, float]]:
    left, right = ("right_id", "left_id") if is_swapped else ("left_id", "right_id")
    return {(row[left], row[right]): (row["verdict"], row["rule"], row["score"]) for row in table.to_pylist()}


@pytest.fixture(scope="module")
def found(files: Files) -> dict[tuple[str, str], tuple[str, str, float]]:
    return verdicts(match(files.sources["CAF"], files.sources["FRANCE_TRAVAIL"], PACKAGED_MODEL).links)


def shuffled(table: Any, seed: int) -> Any:
    return table.take(pa.array(np.random.default_rng(seed).permutation(len(table))))


def test_there_is_something_to_compare(found: dict[tuple[str, str], tuple[str, str, float]]) -> None:
    assert {verdict for verdict, _, _ in found.values()} == {"same", "review"}
    assert len(found) > 500


def test_the_order_of_rows_changes_nothing(files: Files, found: dict[tuple[str, str], tuple[str, str, float]]) -> None:
    again = match(shuffled(files.sources["CAF"], 1), shuffled(files.sources["FRANCE_TRAVAIL"], 2), PACKAGED_MODEL).links
    assert verdicts(again) == found


def test_which_file_is_called_left_changes_nothing(files: Files, found: dict[tuple[str, str], tuple[str, str, float]]) -> None:
    again = match(files.sources["FRANCE_TRAVAIL"], files.sources["CAF"], PACKAGED_MODEL).links
    assert verdicts(again, is_swapped=True) == found


def test_identifiers_of_records_do_not_matter(files: Files, found: dict[tuple[str, str], tuple[str, str, float]]) -> None:
    caf = files.sources["CAF"]
    ids = caf["record_id"].to_pylist()
    renamed = {old: f"Z{len(ids) - rank:06d}" for rank, old in enumerate(ids)}
    again = match(
        caf.set_column(caf.column_names.index("record_id"), "record_id", pa.array([renamed[old] for old in ids])),
        files.sources["FRANCE_TRAVAIL"],
        PACKAGED_MODEL,
    )
    assert verdicts(again.links) == {(renamed[left], right): verdict for (left, right), verdict in found.items()}


def test_no_cluster_holds_two_coherent_nirs_or_two_sexes(files: Files, found: dict[tuple[str, str], tuple[str, str, float]]) -> None:
    known = {row["record_id"]: row for table in files.sources.values() for row in table.to_pylist()}
    for (left, right), (verdict, _, _) in found.items():
        if verdict == "same":
            sexes = {known[left]["sex"], known[right]["sex"]} - {None}
            assert len(sexes) <= 1, "one person, two sexes"


def test_what_is_tied_is_tied_on_all_sides(found: dict[tuple[str, str], tuple[str, str, float]]) -> None:
    same = [pair for pair, (verdict, _, _) in found.items() if verdict == "same"]
    rights: dict[str, set[str]] = {}
    for left, right in same:
        rights.setdefault(left, set()).add(right)
    lefts: dict[str, set[str]] = {}
    for left, right in same:
        lefts.setdefault(right, set()).add(left)
    assert all(rights[left] == rights[other] for right, group in lefts.items() for left in group for other in group)


def test_certain_rules_alone_link_a_part_of_what_all_layers_link(
    files: Files, found: dict[tuple[str, str], tuple[str, str, float]]
) -> None:
    certain = verdicts(match(files.sources["CAF"], files.sources["FRANCE_TRAVAIL"], Layers(is_certain_only=True)).links)
    same = {pair for pair, (verdict, _, _) in certain.items() if verdict == "same"}
    every = {pair for pair, (verdict, _, _) in found.items() if verdict == "same"}
    assert len(same) > 400
    assert same < every
    assert {rule for verdict, rule, _ in certain.values() if verdict == "same"} <= {"N1", "N2", "S1", "S3", "S4", "C1", "C3", "VIA"}


def test_a_file_alone_is_grouped_and_each_record_stands_in_one_cluster(files: Files) -> None:
    caf = files.sources["CAF"]
    alone = match(caf, None, PACKAGED_MODEL)
    rows = alone.clusters.to_pylist() if alone.clusters is not None else []
    truth = {row["record_id"]: row["truth_id"] for row in files.truth.to_pylist()}
    assert sorted(row["record_id"] for row in rows) == sorted(caf["record_id"].to_pylist())
    together = [(truth[row["record_id"]], truth[row["cluster_id"]]) for row in rows if row["record_id"] != row["cluster_id"]]
    assert len(together) > 10
    assert all(person == other for person, other in together)
