"""The matching engine: two files, or one, to links, clusters and pairs to review; every layer, in memory, on one DuckDB connection.

Nothing is stored and nobody is minted: this is the dry run behind ``passerelle identity match``. The same input gives the same answer,
whatever the order of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
from pydantic import BaseModel, ConfigDict

from passerelle.identity.accept import judge_pairs
from passerelle.identity.blocks import find_pairs
from passerelle.identity.certain import apply_rules
from passerelle.identity.comparable import make_records
from passerelle.identity.compare import compare_pairs
from passerelle.identity.intake import Source, load
from passerelle.identity.matcher import THREADS
from passerelle.identity.model import PACKAGED, Model, read_model, score_pairs
from passerelle.identity.plans import plan_for
from passerelle.identity.settle import clusters, links, reviews, settle
from passerelle.identity.train import train_model

ENOUGH_TO_TRAIN: Final = 4_000
"""Records from which weights are learned from the data themselves when no model is given; fewer take the packaged model."""


class Layers(BaseModel):
    """Which layers run: ``is_certain_only``, or all, with the model of a file, else one learned from the data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_certain_only: bool = False
    model: Path | None = None


@dataclass(frozen=True)
class Matched:
    """The answer. ``links`` are pairs across two files, or the pairs to review within one; ``clusters`` is there for one file only."""

    links: Any
    clusters: Any | None
    report: dict[str, Any] = field(default_factory=dict)


@contextmanager
def opened(left: Source, right: Source | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, Any]]]:
    """A connection that holds the table ``record``, and what was seen while reading.

    Raises ConfigurationError when a file cannot be read.
    """
    with TemporaryDirectory(prefix="passerelle-") as own, duckdb.connect() as connection:
        # What memory cannot hold goes where only this login can read, not to the working directory.
        connection.execute(f"SET threads={THREADS}; SET temp_directory='{own}'; SET preserve_insertion_order=false")
        unknown = load(connection, left, right)
        sizes = dict(connection.execute("SELECT side, count(*) FROM raw GROUP BY side").fetchall())
        plan_for(connection, sum(sizes.values()))
        crowded = make_records(connection)
        records = {"left": sizes.get(0, 0)} | ({"right": sizes.get(1, 0)} if right is not None else {})
        yield connection, {"records": records, "unknown_columns": unknown, "values_of_too_many": crowded}


def run(connection: duckdb.DuckDBPyConnection, model: Model | None) -> dict[str, int]:
    """Every layer on the table ``record``, down to clusters and reviews; without a model, the certain rules only.

    What is returned: per kind of key, how many are shared by too many records and were left out.
    """
    crowded = find_pairs(connection)
    compare_pairs(connection)
    apply_rules(connection)
    if model is not None:
        score_pairs(connection, model)
        judge_pairs(connection)
    settle(connection, is_certain_only=model is None)
    return crowded


def match(left: Source, right: Source | None = None, layers: Layers | None = None) -> Matched:
    """Who is who between two files, or within one.

    Raises ConfigurationError when a file cannot be read or the model is not one.
    """
    with opened(left, right) as (connection, report):
        model = model_for(connection, layers or Layers())
        report["crowded_keys"] = run(connection, model)
        report |= {"model": model.version} if model else {}
        (report["pairs_compared"],) = connection.execute("SELECT count(*) FROM compared").fetchall()[0]
        is_two = right is not None
        found = links(connection) if is_two else reviews(connection)
        grouped = None if is_two else clusters(connection)
        counted = connection.from_arrow(found).aggregate("verdict, rule, count(*)").fetchall()
        report["links"] = {verdict: {rule: n for v, rule, n in sorted(counted) if v == verdict} for verdict in ("same", "review")}
        return Matched(found, grouped, report)


def train(left: Source, right: Source | None = None) -> Model:
    """Weights learned from one or two files; their names go into the model.

    Raises ConfigurationError when a file cannot be read or there is too little to learn from.
    """
    with opened(left, right) as (connection, _):
        names = [source.name if isinstance(source, Path) else "une table" for source in (left, right) if source is not None]
        return train_model(connection, " et ".join(names))


def model_for(connection: duckdb.DuckDBPyConnection, layers: Layers) -> Model | None:
    """The model of the file that was given, else one learned from the records, else the packaged one; None where no layer needs one.

    Raises ConfigurationError when the file is not a model.
    """
    if layers.is_certain_only:
        return None
    if layers.model is not None:
        return read_model(layers.model)
    (records,) = connection.execute("SELECT count(*) FROM record").fetchall()[0]
    return train_model(connection, "les fichiers comparés") if records >= ENOUGH_TO_TRAIN else read_model(PACKAGED)
