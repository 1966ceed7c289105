"""Whether the rules between columns of a contract make sense: what they name exists, and is of a kind they can judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passerelle.contract.model import Column, Contract, RowRule, Table
from passerelle.contract.problems import Path, Problem, nearest

_PAIRS = ("equal", "ordered", "required_if", "empty_unless", "nir_sex", "nir_birth")
_KEYS = {"values": ("required_if", "empty_unless"), "other": ("present_in", "total"), "when": ("total",), "minus": ("total",)}
"""Which kinds each further key has a meaning for."""

_SAME_IN_A_TOTAL = {"severity": "effect", "holdAbove": "hold_above", "message": "message", "fix": "fix"}
"""Keys that rules of one total have in common → how the model calls them."""


def rule_problems(contract: Contract, table: Table, rule: RowRule, path: Path) -> Iterator[Problem]:
    """Everything wrong with this rule; ``path`` is the place of its ``implementation``."""
    names = [column.name for column in table.columns]
    named = [("columns", name) for name in rule.columns]
    named += [(key, name) for key in ("when", "minus") for name in getattr(rule, key)]
    unknown = [(key, name) for key, name in named if name not in names]
    for key, name in unknown:
        yield Problem((*path, key), f"The rule '{rule.id}' names an unknown column '{name}': {nearest(name, names)}")
    for key, kinds in _KEYS.items():
        if getattr(rule, key) and rule.kind not in kinds:
            yield Problem((*path, key), f"'{key}' has a meaning only for {' and '.join(kinds)}, not for '{rule.kind}'.")
    wanted = _columns_wanted(rule)
    if len(rule.columns) != wanted:
        yield Problem((*path, "columns"), f"A rule of kind '{rule.kind}' has {wanted} columns; found {len(rule.columns)}.")
    elif not unknown:
        yield from _kind_problems(table, rule, path)
    yield from _other_problems(contract, rule, path)
    yield from _shared_total_problems(contract, (table, rule), path)


def _columns_wanted(rule: RowRule) -> int:
    if rule.kind in _PAIRS:
        return 2
    if rule.kind == "at_least_one":
        return max(2, len(rule.columns))
    return len(rule.columns) if rule.kind == "present_in" else 1


def _kind_problems(table: Table, rule: RowRule, path: Path) -> Iterator[Problem]:
    columns = [table.column(name) for name in rule.columns]
    place: Path = (*path, "columns")
    first, last = columns[0], columns[-1]
    if rule.kind == "ordered" and not (first.type == last.type and first.type in ("date", "timestamp")):
        yield Problem(place, f"The rule '{rule.id}' orders two dates; '{first.name}' and '{last.name}' are not both dates.")
    if rule.kind in ("nir_sex", "nir_birth") and not first.nir:
        yield Problem(place, f"The rule '{rule.id}' judges a NIR; '{first.name}' has not 'nir: true'.")
    if rule.kind == "nir_birth" and last.type != "date":
        yield Problem(place, f"The rule '{rule.id}' compares with a birth date; '{last.name}' is a {last.type}.")
    if rule.kind == "nir_sex" and not (last.codes and {code.canonical for code in last.codes.codes.values()} & {"M", "F"}):
        yield Problem(place, f"The rule '{rule.id}' compares with a sex; the codes of '{last.name}' have not the canonical words M and F.")
    if rule.kind == "total" and first.type not in ("number", "integer"):
        yield Problem(place, f"The rule '{rule.id}' adds up amounts; '{first.name}' is a {first.type}.")
    yield from _empty_problems(rule, columns, place)
    for value in rule.values:
        if last.codes is not None and value not in last.codes.codes:
            yield Problem((*path, "values"), f"'{value}' is not a code of '{last.name}': {nearest(value, last.codes.codes)}")


def _empty_problems(rule: RowRule, columns: Sequence[Column], place: Path) -> Iterator[Problem]:
    """A rule about what may be empty says nothing of a column that never is."""
    if rule.kind == "at_least_one" and len(set(rule.columns)) < len(rule.columns):
        yield Problem(place, f"The rule '{rule.id}' names a column twice.")
    for column in {"at_least_one": columns, "empty_unless": columns[:1]}.get(rule.kind, []):
        if column.required:
            yield Problem(place, f"The rule '{rule.id}' speaks of a column that may be empty; '{column.name}' is required.")


def _other_problems(contract: Contract, rule: RowRule, path: Path) -> Iterator[Problem]:
    if rule.kind not in ("present_in", "total"):
        return
    wanted = len(rule.columns) if rule.kind == "present_in" else 1
    if len(rule.other) != wanted:
        yield Problem(
            (*path, "other"), f"The rule '{rule.id}' needs {wanted} entries '<table>.<column>' in 'other'; found {len(rule.other)}."
        )
    tables = {item.name: item for item in contract.tables}
    for reference in rule.other:
        holder, _, name = reference.rpartition(".")
        if holder not in tables:
            yield Problem((*path, "other"), f"'{reference}': there is no table '{holder}': {nearest(holder, tables)}")
            continue
        names = [column.name for column in tables[holder].columns]
        if name not in names:
            yield Problem((*path, "other"), f"'{reference}': '{holder}' has no column '{name}': {nearest(name, names)}")
        if rule.kind == "total" and tables[holder].role not in ("header", "footer"):
            yield Problem((*path, "other"), f"A total stands in a header or footer table; '{holder}' is a {tables[holder].role} table.")
    if rule.kind == "present_in" and len({reference.rpartition(".")[0] for reference in rule.other}) > 1:
        yield Problem((*path, "other"), f"The columns in 'other' of the rule '{rule.id}' must be of one table.")


def _shared_total_problems(contract: Contract, named: tuple[Table, RowRule], path: Path) -> Iterator[Problem]:
    """Rules that name one total are judged together, once: what they say and do must be the same."""
    table, rule = named
    if rule.kind != "total":
        return
    every = ((holder, item) for holder in contract.tables for item in holder.rules)
    holder, first = next((holder, item) for holder, item in every if item.kind == "total" and item.other == rule.other)
    ids = f"{table.name}.{rule.id}", f"{holder.name}.{first.id}"
    for key, name in _SAME_IN_A_TOTAL.items():
        if getattr(rule, name) != getattr(first, name):
            place = path[:-1] if key == "severity" else path
            yield Problem((*place, key), f"'{key}' of '{ids[0]}' is not that of '{ids[1]}', which names the same total.")
