"""Splink 5 alone, as its documentation would have it: its comparison library, term frequencies, trained without labels, one threshold.

It is given the comparable forms of our own engine (folded names, thirteen characters of a NIR), which favours it. The model is trained
once, on a population of its own, and read by the other jobs, as ours is.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import duckdb
from identity_others import figures_of, load_truth
from identity_population import LEFT, RIGHT
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_library as cl

from passerelle.identity.engine import opened

MODEL = "splink.json"
CERTAIN_ENOUGH = 0.999999
_BLOCKS = (
    ("nir",), ("surname", "dob"), ("first_name", "dob"), ("dob", "postcode"), ("email",), ("phone",), ("surname", "first_name", "year"),
    ("surname", "first_name", "postcode"), ("usage", "dob"),
)  # fmt: skip
_COLUMNS = """record_id AS unique_id, surname, coalesce(usage, surname) AS usage, first_name,
    dob[1:4] || '-' || dob[5:6] || '-' || dob[7:8] AS dob, dob[1:4] AS year, sex, nir, coalesce(place, place_name) AS place,
    phones[1] AS phone, emails[1] AS email, address, postcode"""


def train_splink(folder: Path) -> None:
    """Learns on the files of the folder and writes ``splink.json`` there."""
    with opened(folder / LEFT, folder / RIGHT) as (connection, _):
        linker = _linker(connection, _settings())
        linker.training.estimate_probability_two_random_records_match(
            [block_on("nir"), block_on("surname", "first_name", "dob")], recall=0.8
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
        for columns in (("nir",), ("dob", "postcode"), ("surname", "first_name")):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
        (folder / MODEL).write_text(json.dumps(linker.misc.save_model_to_json()), encoding="utf-8")


def predict_splink(folder: Path, model: Path) -> None:
    """Reads, normalises and predicts, for its time and memory alone."""
    with opened(folder / LEFT, folder / RIGHT) as (connection, _):
        _predicted(connection, model)


def measure_splink(folder: Path, model: Path) -> None:
    """Its links at ``CERTAIN_ENOUGH`` and at the threshold of its best F1; figures go to ``splink_figures.json``."""
    with opened(folder / LEFT, folder / RIGHT) as (connection, _):
        predicted = _predicted(connection, model)
        connection.execute("SET memory_limit='6GB'")
        load_truth(connection, folder)
        scored = f"SELECT unique_id_l AS a, unique_id_r AS b, match_weight, match_probability FROM {predicted}"
        best = f"""SELECT a, b FROM (SELECT *, row_number() OVER (PARTITION BY b ORDER BY match_weight DESC, a) AS place FROM ({scored}))
            WHERE place = 1 AND """
        sure = f"match_probability >= {CERTAIN_ENOUGH}"
        weight = _best_weight(connection, scored)
        figures: dict[str, Any] = {
            "sure": figures_of(connection, f"SELECT a, b FROM ({scored}) WHERE {sure}"),
            "sure_one": figures_of(connection, best + sure),
            "best": figures_of(connection, f"SELECT a, b FROM ({scored}) WHERE match_weight >= {weight}"),
            "best_weight": weight,
        }
    (folder / "splink_figures.json").write_text(json.dumps(figures), encoding="utf-8")


def _best_weight(connection: duckdb.DuckDBPyConnection, scored: str) -> int:
    """The whole weight at which the F1 of all links is best, knowing the truth."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE step AS SELECT floor(match_weight)::INTEGER AS weight,
            count(*) FILTER (l.truth_id = r.truth_id) AS good, count(*) AS told
        FROM ({scored}) JOIN l ON l.record_id = a JOIN r ON r.record_id = b GROUP BY 1""")
    (wanted,) = connection.execute("SELECT count(*) FROM l JOIN r USING (truth_id)").fetchall()[0]
    (weight,) = connection.execute(f"""
        SELECT weight FROM (SELECT weight, sum(good) OVER above AS good, sum(told) OVER above AS told FROM step
            WINDOW above AS (ORDER BY weight DESC)) ORDER BY 2 * good / (told + {wanted}) DESC LIMIT 1""").fetchall()[0]
    return int(weight)


def _predicted(connection: duckdb.DuckDBPyConnection, model: Path) -> str:
    connection.execute("SET memory_limit='12GB'")
    linker = _linker(connection, json.loads(model.read_text(encoding="utf-8")))
    return str(linker.inference.predict(threshold_match_weight=-5).physical_name)


def _linker(connection: duckdb.DuckDBPyConnection, settings: Any) -> Linker:
    api = DuckDBAPI(connection)
    for side in (0, 1):
        connection.execute(f"CREATE OR REPLACE TABLE side_{side} AS SELECT {_COLUMNS} FROM record WHERE side = {side}")
    return Linker([api.register(f"side_{side}") for side in (0, 1)], settings, log_level=logging.CRITICAL, validate_settings=False)


def _settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.LevenshteinAtThresholds("nir", [1, 2]),
            cl.ExactMatch("sex"),
            cl.ExactMatch("place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("phone"),
            cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("address", [2]),
            cl.ExactMatch("postcode"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in _BLOCKS],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
