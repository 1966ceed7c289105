"""Whether a contract makes sense: names it refers to exist, patterns compile, secrets are marked, the layout fits the tables.

Works on the distilled model; the place of each problem is found again in the YAML tree, whose order is the model's order.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from passerelle.contract.columns import column_problems
from passerelle.contract.layouts import layout_key_problems
from passerelle.contract.model import Contract, Table
from passerelle.contract.problems import Path, Problem, nearest
from passerelle.contract.publications import publication_problems
from passerelle.contract.rules import rule_problems


def meaning_problems(contract: Contract, document: dict[str, Any]) -> list[Problem]:
    """Everything that has the right shape and is wrong all the same."""
    found = list(_doubles(("schema",), [table.name for table in contract.tables], "table"))
    for index, table in enumerate(contract.tables):
        found += _parent_problems(contract, table, ("schema", index))
    if found:
        return found  # without its tree of tables, nothing else can be judged
    found = list(_layout_problems(contract))
    for index, table in enumerate(contract.tables):
        path: Path = ("schema", index)
        found += _table_problems(contract, table, path)
        for place, column in enumerate(table.columns):
            raw = document["schema"][index]["properties"][place]
            found += column_problems(table, column, (*path, "properties", place), raw)
        found += publication_problems(contract, table, (*path, "customProperties", "publish"))
    return found


def _doubles(path: Path, names: list[str], what: str) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            index = len(names) - 1 - names[::-1].index(name)
            yield Problem((*path, index), f"The {what} '{name}' is described {count} times.")


def _table_problems(contract: Contract, table: Table, path: Path) -> Iterator[Problem]:
    names = [column.name for column in table.columns]
    yield from _doubles((*path, "properties"), names, "column")
    yield from _doubles((*path, "properties"), [column.source for column in table.columns], "source")
    roles = [column.identity.value for column in table.columns if column.identity and column.identity.value != "other_given_name"]
    yield from _doubles((*path, "properties"), roles, "identity role")
    yield from _doubles((*path, "quality"), [rule.id for rule in table.rules], "rule")
    for index, rule in enumerate(table.rules):
        yield from rule_problems(contract, table, rule, (*path, "quality", index, "implementation"))
    low, high = table.sample_rows
    if not 0 <= low <= high:
        yield Problem((*path, "customProperties", "rows"), f"'rows.sample' must be two counts, the smaller first; found [{low}, {high}].")
    yield from _block_problems(contract, table, (*path, "customProperties", "optionalBlocks"))


def _parent_problems(contract: Contract, table: Table, path: Path) -> Iterator[Problem]:
    if table.role != "child":
        if table.parent is not None:
            message = f"Only a child table has a parent; '{table.name}' is a {table.role} table."
            yield Problem((*path, "customProperties", "parent"), message)
        return
    if table.parent is None:
        yield Problem(path, f"The child table '{table.name}' must name its parent (custom property 'parent').")
        return
    others = [other.name for other in contract.tables if other.role in ("record", "child") and other.name != table.name]
    if table.parent not in others:
        message = (
            f"The parent '{table.parent}' of the table '{table.name}' is not a table of this contract: {nearest(table.parent, others)}"
        )
        yield Problem((*path, "customProperties", "parent"), message)
        return
    parent = contract.table(table.parent)
    if parent.path not in ("", ".") and not table.path.startswith(parent.path + "/"):
        yield Problem((*path, "physicalName"), f"The element '{table.path}' is not inside '{parent.path}', the element of its parent.")


def _block_problems(contract: Contract, table: Table, path: Path) -> Iterator[Problem]:
    base = "" if table.path in ("", ".") else table.path + "/"
    inside = [column.source for column in table.columns]
    inside += [other.path.removeprefix(base) for other in contract.tables if other.role == "child" and other.path.startswith(base)]
    inside += [item.path.removeprefix(base) for item in contract.layout.ignored if item.path.startswith(base)]
    blocks = {item.rsplit("/", depth)[0] for item in inside for depth in range(1, item.count("/") + 1)}
    for index, block in enumerate(table.optional_blocks):
        if block not in blocks:
            yield Problem(
                (*path, index), f"The optional block '{block}' holds nothing of the table '{table.name}': {nearest(block, blocks)}"
            )


def _layout_problems(contract: Contract) -> Iterator[Problem]:
    path: Path = ("servers", 0, "customProperties", "layout")
    layout = contract.layout
    try:
        codecs.lookup(layout.encoding)
    except LookupError:
        known = ("utf-8", "cp1252", "iso-8859-15", "iso-8859-1")
        yield Problem(("servers", 0, "encoding"), f"Unknown encoding '{layout.encoding}': {nearest(layout.encoding, known)}")
    yield from _name_problems(contract, path)
    records = [table.name for table in contract.tables if table.role == "record"]
    if len(records) != 1:
        yield Problem(("schema",), f"Expected exactly one table of role 'record'; found {len(records)}: {', '.join(records) or 'none'}.")
    if layout.format == "xml":
        yield from _xml_problems(contract, path)
    elif len(contract.tables) != 1:
        yield Problem(("schema",), f"A file of this format has exactly one table; found {len(contract.tables)}.")
    yield from layout_key_problems(contract, path)
    yield from _count_and_stamp_problems(contract, path)


def _xml_problems(contract: Contract, path: Path) -> Iterator[Problem]:
    if not contract.layout.root or not contract.layout.record:
        yield Problem(path, "The layout of an XML file needs 'root' and 'record': the names of the root element and of one dossier.")
    for index, table in enumerate(contract.tables):
        place: Path = ("schema", index, "physicalName")
        if table.role == "record" and table.path != ".":
            yield Problem(place, f"The record table is the record element itself: expected physicalName '.', found '{table.path}'.")
        elif table.role in ("header", "footer") and not table.path.startswith(f"/{contract.layout.root}/"):
            yield Problem(
                place, f"A {table.role} table needs a physicalName starting with '/{contract.layout.root}/'; found '{table.path}'."
            )
        elif table.role == "child" and (not table.path or table.path.startswith(("/", "."))):
            yield Problem(place, f"A child table needs the path of its element from the record element; found '{table.path}'.")


def _name_problems(contract: Contract, path: Path) -> Iterator[Problem]:
    layout = contract.layout
    try:
        pattern = re.compile(layout.name_pattern)
    except re.error as error:
        yield Problem((*path, "namePattern"), f"'namePattern' is not a valid regular expression: {error}.")
        return
    unknown = sorted(set(pattern.groupindex) - {"date", "sequence"})
    if unknown:
        yield Problem(
            (*path, "namePattern"), f"'namePattern' has an unknown group '{unknown[0]}': {nearest(unknown[0], ('date', 'sequence'))}"
        )
    example = layout.name_template.replace("{date}", "20260105").replace("{sequence}", "0000001")
    if not pattern.fullmatch(example):
        yield Problem((*path, "nameTemplate"), f"'nameTemplate' makes the name '{example}', which 'namePattern' does not match.")


def _count_and_stamp_problems(contract: Contract, path: Path) -> Iterator[Problem]:
    tables = {table.name: [column.name for column in table.columns] for table in contract.tables if table.role in ("header", "footer")}
    count = contract.layout.count
    if count is not None and count.table not in tables:
        yield Problem(
            (*path, "count"), f"'count' names '{count.table}', which is not a header or footer table: {nearest(count.table, tables)}"
        )
    elif count is not None:
        for name in filter(None, (count.column, count.minus)):
            if name not in tables[count.table]:
                yield Problem((*path, "count"), f"'count' names an unknown column '{name}': {nearest(name, tables[count.table])}")
    header = next((table for table in contract.tables if table.role == "header"), None)
    known = [] if header is None else [column.name for column in header.columns]
    for name in contract.layout.stamp:
        if name not in known:
            yield Problem((*path, "stamp"), f"'stamp' names '{name}', which is not a column of the header table: {nearest(name, known)}")
