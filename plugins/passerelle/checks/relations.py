"""Rules between columns of a row, and between a child table and its parent."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import nir
from passerelle.checks.columns import prepared
from passerelle.checks.values import typed
from passerelle.contract.model import Column, Contract, RowRule, Table
from passerelle.readers.rows import Rows

IN_A_ROW = ("equal", "ordered", "required_if", "empty_unless", "at_least_one", "nir_sex", "nir_birth")
"""Kinds that look at one row only; the others need the whole file (:mod:`passerelle.checks.across`)."""
_CENTURY = 100


def broken(contract: Contract, table: Table, rule: RowRule, values: pa.RecordBatch) -> pa.Array:
    """Mask of the rows that break a rule between columns."""
    columns = [table.column(name) for name in rule.columns]
    if rule.kind == "at_least_one":
        return pc.is_null(pc.coalesce(*(prepared(contract, column, values.column(column.name)) for column in columns)))
    first, second = (prepared(contract, column, values.column(column.name)) for column in columns)
    match rule.kind:
        case "equal":
            return pc.fill_null(pc.not_equal(first, second), False)
        case "ordered":
            earlier, later = (typed(column, side, contract.layout.decimal) for column, side in zip(columns, (first, second), strict=True))
            return pc.fill_null(pc.greater(earlier, later), False)
        case "nir_sex":
            return _other_sex(nir.sound(first), columns[1], second)
        case "nir_birth":
            return _other_birth(nir.sound(first), typed(columns[1], second))
        case "empty_unless":
            return pc.and_(pc.is_valid(first), pc.and_not(_is_clear(columns[1], second), _holds(second, rule.values)))
        case _:
            return pc.and_(_holds(second, rule.values), pc.is_null(first))


def _holds(texts: pa.Array, wanted: tuple[str, ...]) -> pa.Array:
    """Where there is one of these values; where none is named, any."""
    return pc.is_in(texts, value_set=pa.array(wanted, pa.string())) if wanted else pc.is_valid(texts)


def _is_clear(column: Column, texts: pa.Array) -> pa.Array:
    """Where there is no value, or one that says something: not a code that does not exist."""
    if column.codes is None:
        return pa.array(np.ones(len(texts), dtype=bool))
    return pc.is_in(texts, value_set=pa.array([*column.codes.codes, None], pa.string()))


def _other_sex(numbers: pa.Array, column: Column, given: pa.Array) -> pa.Array:
    """Where number and civil status say different sexes; a code that says neither is not judged."""
    codes = column.codes.codes if column.codes is not None else {}
    said = {received: code.canonical or received for received, code in codes.items()}
    known = {received: sex for received, sex in said.items() if sex in ("M", "F")}
    at = pc.index_in(given, value_set=pa.array(known, pa.string()))
    sexes = pc.take(pa.array(known.values(), pa.string()), at)
    return pc.fill_null(pc.not_equal(nir.sex(numbers), sexes), False)


def _other_birth(numbers: pa.Array, born: pa.Array) -> pa.Array:
    """Where the number's year, or its month if it is one, is not that of the birth date."""
    year = pc.year(born)
    short_year = pc.subtract(year, pc.multiply(pc.divide(year, _CENTURY), _CENTURY))
    other_year = pc.not_equal(nir.birth_year(numbers), short_year)
    other_month = pc.not_equal(nir.birth_month(numbers), pc.month(born))
    return pc.or_(pc.fill_null(other_year, False), pc.fill_null(other_month, False))


def parents_with_wrong_count(table: Table, children: Rows | None, parents: Rows) -> pa.Array | None:
    """Mask over the parent's rows that have too few or too many rows of this child table; None when none has."""
    counts = np.zeros(len(parents), dtype=np.int64)
    if children is not None and children.parent is not None and len(children):
        first = int(parents.row[0].as_py())
        places, found = np.unique(np.asarray(children.parent) - first, return_counts=True)
        counts[places] = found
    wrong = counts < table.min_rows
    if table.max_rows is not None:
        wrong |= counts > table.max_rows
    return pa.array(wrong) if wrong.any() else None
