"""Values of one row that each are right and together are not: what is forgotten, or written where nothing was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from passerelle.contract.model import Column, Contract, RowRule, Table
from passerelle.derive.synthetic.spoilable import Wrong


def broken_rule(contract: Contract, kind: str) -> tuple[RowRule, list[Wrong]] | None:
    """The rule that a row breaks, and what its columns hold then; None where the contract has no such rule, or it cannot be broken alone.

    In XML the columns of a row may stand in different places of the file, so it is not done there.
    """
    if kind not in _BREAKS or contract.layout.format == "xml":
        return None
    table = contract.record_table
    return next(((rule, wrong) for rule in table.rules if rule.kind == kind for wrong in _BREAKS[kind](table, rule)), None)


def _nothing(table: Table, rule: RowRule) -> Iterator[list[Wrong]]:
    if not _others(table, rule, rule.columns):
        yield [(table.column(name), "") for name in rule.columns]


def _too_much(table: Table, rule: RowRule) -> Iterator[list[Wrong]]:
    first, second = (table.column(name) for name in rule.columns)
    others = [other for other in _others(table, rule, rule.columns) if (other.kind, other.columns) != ("required_if", rule.columns)]
    value = first.example or next(iter(first.codes.codes if first.codes else ()), "")
    if value and not others:
        yield from ([(first, value), (second, text)] for text in _elsewhere(second, rule.values))


def _elsewhere(column: Column, values: tuple[str, ...]) -> Iterator[str]:
    """What the column may hold besides these values."""
    if not column.required:
        yield ""
    if values and column.codes is not None:
        yield from (code for code in column.codes.codes if code not in values)


def _others(table: Table, rule: RowRule, names: tuple[str, ...]) -> list[RowRule]:
    """The other rules that look at these columns."""
    return [other for other in table.rules if other.id != rule.id and set(names) & {*other.columns, *other.when, *other.minus}]


_BREAKS: dict[str, Callable[[Table, RowRule], Iterator[list[Wrong]]]] = {"at_least_one": _nothing, "empty_unless": _too_much}
"""By the kind of rule."""
