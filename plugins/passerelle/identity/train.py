"""Finds the weights of a model without labels, with Splink: expectation-maximisation on blocks of pairs, on the very levels we compare.

It takes a minute and is done once, not daily: what it finds is a JSON file. ``u`` comes from random pairs, ``m`` from three blocks; each
block says nothing of the fields it is made of, and the others make up for it.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Final

import duckdb

from passerelle.errors import ConfigurationError
from passerelle.identity.compare import FIELDS, Field
from passerelle.identity.model import FieldWeights, Model, Training, level_weight

BLOCKS: Final = (("nir",), ("dob", "postcode"), ("dob", "city"), ("surname", "first_name"), ("other", "scope"))
ENOUGH: Final = 300
"""Pairs below which a block teaches nothing."""
RANDOM_PAIRS: Final = 1_000_000
EM_PAIRS: Final = 400_000
SEED: Final = 1
_SIDE = re.compile(r"\b([lr])\.(\w+)")


def train_model(connection: duckdb.DuckDBPyConnection, data: str) -> Model:
    """The weights learned from the table ``record``; ``data`` says in the model what it was.

    Raises ConfigurationError when there are too few pairs to learn from.
    """
    # Importing splink costs a second, and only training needs it.
    from splink import DuckDBAPI, Linker, block_on

    (records,) = connection.execute("SELECT count(*) FROM record").fetchall()[0]
    blocks = [block for block in BLOCKS if _pairs_of(connection, block) >= ENOUGH]
    if not blocks:
        raise ConfigurationError("Trop peu de paires pour apprendre des poids ; donnez un modèle avec --model.")
    api = DuckDBAPI(connection)
    sides = [row[0] for row in connection.execute("SELECT DISTINCT side FROM record ORDER BY side").fetchall()]
    tables = [api.register(f"learn_{side}") for side in sides if _make_side(connection, side)]
    linker = Linker(
        tables if len(tables) > 1 else tables[0], _settings(len(tables) > 1), log_level=logging.CRITICAL, validate_settings=False
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1)
    used = [block for block in blocks if _learn(linker, block_on(*block))]
    learned = {comparison["output_column_name"]: comparison for comparison in linker.misc.save_model_to_json()["comparisons"]}
    return Model(
        version="local-1",
        match_share=0.6,
        fields=tuple(_field_weights(field, learned[field.name]["comparison_levels"]) for field in FIELDS),
        trained=Training(tool="splink 5.0.0", records=records, seed=SEED, sessions=tuple(" + ".join(block) for block in used), data=data),
    )


def _learn(linker: Any, rule: Any) -> bool:
    """Whether the block taught something: one without any pair of one person makes a share of zero, which Splink refuses."""
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=EM_PAIRS)
    except ValueError:
        return False
    return True


def _pairs_of(connection: duckdb.DuckDBPyConnection, block: tuple[str, ...]) -> int:
    present = " AND ".join(f"{column} IS NOT NULL" for column in block)
    (pairs,) = connection.execute(f"""
        SELECT coalesce(sum(n * (n - 1) / 2), 0)::BIGINT
        FROM (SELECT count(*) AS n FROM record WHERE {present} GROUP BY {", ".join(block)})""").fetchall()[0]
    return int(pairs)


def _make_side(connection: duckdb.DuckDBPyConnection, side: int) -> bool:
    connection.execute(f"CREATE OR REPLACE TABLE learn_{side} AS SELECT rid AS unique_id, * FROM record WHERE side = {side}")
    return True


def _settings(is_link: bool) -> dict[str, Any]:
    return {
        "link_type": "link_only" if is_link else "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": 1e-5,
        "retain_matching_columns": False,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [_comparison(field) for field in FIELDS],
    }


def _comparison(field: Field) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": _splinked(f"NOT ({field.present})"), "is_null_level": True}]
    levels += [{"sql_condition": _splinked(level.condition)} for level in field.levels[:-1]]
    return {"output_column_name": field.name, "comparison_levels": [*levels, {"sql_condition": "ELSE"}]}


def _splinked(condition: str) -> str:
    return _SIDE.sub(r"\2_\1", condition)


def _field_weights(field: Field, learned: list[dict[str, Any]]) -> FieldWeights:
    floor_u, floor_m = 0.5 / RANDOM_PAIRS, 1e-5
    found = [level for level in learned if not level.get("is_null_level")]
    shares = [(_number(values.get("m_probability")), _number(values.get("u_probability"))) for values in found]
    is_taught = any(m is not None for m, _ in shares)
    levels = []
    for level, (m, u) in zip(field.levels, shares, strict=True):
        if is_taught and not (m is None and u is None):
            levels.append(level_weight(field.name, level.name, max(m or 0, floor_m), max(u or 0, floor_u)))
        else:  # never seen: it says nothing
            levels.append(level_weight(field.name, level.name, 1.0, 1.0))
    return FieldWeights(name=field.name, levels=tuple(levels))


def _number(value: Any) -> float | None:
    """The share, or None where Splink says in words that it saw none."""
    return value if isinstance(value, float) else None
