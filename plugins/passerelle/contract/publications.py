"""Whether what a contract publishes exists on both sides: the staged columns, and the warehouse's tables and columns."""

from __future__ import annotations

from collections.abc import Iterator

from passerelle.contract.model import Contract, Publication, Table
from passerelle.contract.problems import Path, Problem, nearest
from passerelle.contract.targets import CONSTANTS, TARGETS


def publication_problems(contract: Contract, table: Table, path: Path) -> Iterator[Problem]:
    """Everything wrong in the ``publish`` entries of this table."""
    if table.publish and not _about_people(contract, table):
        yield Problem(path, f"'{table.name}' publishes facts about people but has no columns for given_name and birth_date.")
    for index, publication in enumerate(table.publish):
        place: Path = (*path, index)
        if publication.to not in TARGETS:
            yield Problem((*place, "to"), f"There is no warehouse table '{publication.to}': {nearest(publication.to, TARGETS)}")
            continue
        yield from _target_problems(publication, place)
        for reference in publication.key:
            yield from _reference_problems(contract, table, reference, (*place, "key"))
        for name, reference in publication.columns.items():
            yield from _reference_problems(contract, table, reference, (*place, "columns", name))
        yield from _when_problems(table, publication, (*place, "when"))


def ancestors(contract: Contract, table: Table) -> tuple[Table, ...]:
    """The parent of a table, its parent, and so on up to the record table; stops at a parent that does not exist."""
    found: list[Table] = []
    by_name = {other.name: other for other in contract.tables}
    current = table
    while current.parent in by_name and len(found) < len(by_name):
        current = by_name[current.parent]
        found.append(current)
    return tuple(found)


def _about_people(contract: Contract, table: Table) -> bool:
    return table.about_people or any(other.about_people for other in ancestors(contract, table))


def _target_problems(publication: Publication, path: Path) -> Iterator[Problem]:
    known = TARGETS[publication.to]
    filled = [("columns", name) for name in publication.columns] + [("values", name) for name in publication.values]
    for part, name in filled:
        if name not in known:
            yield Problem((*path, part, name), f"The warehouse table '{publication.to}' has no column '{name}': {nearest(name, known)}")
    for name in sorted(set(publication.columns) & set(publication.values)):
        yield Problem(path, f"'{name}' of '{publication.to}' is filled both from a column and with a constant.")
    for name, value in publication.values.items():
        allowed = CONSTANTS.get(publication.to, {}).get(name)
        if allowed is not None and value not in allowed:
            yield Problem((*path, "values", name), f"'{value}' is not a value of '{publication.to}.{name}': {nearest(value, allowed)}")


def _reference_problems(contract: Contract, table: Table, reference: str, path: Path) -> Iterator[Problem]:
    source, _, name = reference.rpartition(".")
    above = {other.name: other for other in ancestors(contract, table)}
    if source and source not in above:
        yield Problem(path, f"'{reference}': '{source}' is not a table above '{table.name}': {nearest(source, above)}")
        return
    names = [column.name for column in (above[source] if source else table).columns]
    if name not in names:
        yield Problem(path, f"'{reference}' names an unknown column '{name}': {nearest(name, names)}")


def _when_problems(table: Table, publication: Publication, path: Path) -> Iterator[Problem]:
    names = [column.name for column in table.columns]
    for name, values in publication.when.items():
        if name not in names:
            yield Problem(path, f"'when' names an unknown column '{name}': {nearest(name, names)}")
            continue
        codes = table.column(name).codes
        for value in values:
            if codes is not None and value != "*" and value not in codes.codes:
                yield Problem(path, f"'when' uses '{value}', which is not a code of '{name}': {nearest(value, codes.codes)}")
