"""The weights by which candidates are ranked: a JSON file with, per field and level, its share among pairs of one person and of two.

A weight is log2(m / u), in bits; a pair's score is their sum, plus what the rarity of its values adds, plus the odds before looking. It
says which pair is likelier than another. It never accepts one: see :mod:`passerelle.identity.accept`.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from passerelle.errors import ConfigurationError
from passerelle.identity.compare import FIELDS
from passerelle.identity.plans import Executes

PACKAGED: Final = Path(__file__).parent / "models" / "fr-2.json"
"""The model that comes with the program; ``trained`` in it says on what."""
NO_WEIGHT: Final = {("nir", "near"), ("place", "unknown"), ("other", "elsewhere")}
"""Numbers given out one after the other differ by one digit: a near NIR is a twin's as often as a slip. The others compare nothing."""
RARE: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "surname": ("surname", ("birth",)),
    "given": ("first_name", ("same_list", "same_first")),
    "dob": ("dob", ("exact", "vague")),
    "place": ("place", ("same",)),
}
"""Fields whose rare values say more: the column of ``record`` and the levels at which both sides have it."""
HEAVIEST: Final = 12.0
"""Bits one level may weigh against; beyond, what is rarely seen was too rarely seen to be measured."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelWeight(_Frozen):
    """One level: its shares among pairs of one person (``m``) and of two (``u``), and the weight that follows, in bits."""

    name: str
    m: float
    u: float
    weight: float


class FieldWeights(_Frozen):
    """The levels of one field, in the order of :data:`passerelle.identity.compare.FIELDS`."""

    name: str
    levels: tuple[LevelWeight, ...]


class Training(_Frozen):
    """How the weights were found."""

    tool: str
    records: int
    seed: int
    sessions: tuple[str, ...]
    data: str


class Model(_Frozen):
    """All weights, the share of incoming records somebody is expected for, and how they were found."""

    version: str
    match_share: float
    fields: tuple[FieldWeights, ...]
    trained: Training


def level_weight(field: str, name: str, m: float, u: float) -> LevelWeight:
    """The weight of a level, within bounds and zero where it says nothing."""
    highest = 0.0 if name == "different" else 2 * HEAVIEST  # two numbers of one office differ: that it is one office says little
    weight = 0.0 if (field, name) in NO_WEIGHT else max(-HEAVIEST, min(highest, math.log2(m / u)))
    return LevelWeight(name=name, m=m, u=u, weight=round(weight, 3))


@cache
def packaged() -> Model:
    """The model that comes with the program."""
    return read_model(PACKAGED)


def read_model(path: Path) -> Model:
    """The model of a file.

    Raises ConfigurationError when it is not one, or was made for other fields and levels than this version compares.
    """
    try:
        model = Model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise ConfigurationError(f"{path.name} : ce n'est pas un modèle de poids ; « passerelle identity train » en écrit un.") from None
    if [(field.name, [level.name for level in field.levels]) for field in model.fields] != [
        (field.name, [level.name for level in field.levels]) for field in FIELDS
    ]:
        raise ConfigurationError(f"{path.name} : ce modèle compare d'autres champs que cette version ; refaites-le (identity train).")
    return model


def score_pairs(connection: Executes, model: Model, register: int | None = None) -> None:
    """Makes the table ``scored``: ``compared`` with a ``score`` in bits.

    Rarity and size are those of the files at hand; of a part of a register of ``register`` records, the records say how rare they are
    (:mod:`passerelle.identity.pool`).
    """
    if register is None:
        (total,) = connection.execute("SELECT count(*) FROM record").fetchall()[0]
        _make_rarity(connection, total)
    else:
        total = register
        connection.execute("CREATE OR REPLACE TABLE rarity AS SELECT rid, surname_bits, given_bits, dob_bits, place_bits FROM record")
    terms = " + ".join(_term(field) for field in model.fields)
    prior = math.log2(model.match_share / max(total / 2, 1))
    connection.execute(f"""
        CREATE OR REPLACE TABLE scored AS
        SELECT compared.*, ({prior} + {terms})::FLOAT AS score
        FROM compared JOIN rarity AS l ON l.rid = a JOIN rarity AS r ON r.rid = b""")


def _make_rarity(connection: Executes, total: int) -> None:
    """How often each value is found among the records at hand."""
    for column, _ in RARE.values():
        connection.execute(f"""
            CREATE OR REPLACE TABLE often_{column} AS
            SELECT {column} AS value, log2(greatest(count(*), 2) / {max(total, 1)}.0)::FLOAT AS bits FROM record GROUP BY ALL""")
    joins = " ".join(f"LEFT JOIN often_{column} ON often_{column}.value = record.{column}" for column, _ in RARE.values())
    bits = ", ".join(f"often_{column}.bits AS {field}_bits" for field, (column, _) in RARE.items())
    connection.execute(f"CREATE OR REPLACE TABLE rarity AS SELECT rid, {bits} FROM record {joins}")


def _term(field: FieldWeights) -> str:
    rare_levels = RARE[field.name][1] if field.name in RARE else ()
    whens = []
    for place, level in enumerate(field.levels, 1):
        weight = f"{level.weight}"
        if level.name in rare_levels:
            weight = f"{math.log2(level.m)} - coalesce(greatest(l.{field.name}_bits, r.{field.name}_bits), {math.log2(level.u)})"
        whens.append(f"WHEN {place} THEN {weight}")
    return f"(CASE {field.name} {' '.join(whens)} ELSE 0 END)"
