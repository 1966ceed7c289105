"""``warehouse.md``: the fixed tables from the catalogue the migrations must build, the views from the migrations themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

import passerelle.warehouse
from passerelle.cli.reference.source import plain, summary
from passerelle.derive.markdown import grid
from passerelle.warehouse.schema import MODULES, SCHEMAS, TABLES

_VERSIONS = Path(passerelle.warehouse.__file__).parent / "migrations" / "versions"
_CREATE = re.compile(
    r'^create (?:or replace )?view (?P<name>\S+) as\s(?P<query>.*?)(?=^\s*"""|;)', re.MULTILINE | re.DOTALL | re.IGNORECASE
)
_DROP = re.compile(r"^drop view (?:if exists )?(?P<name>\S+)", re.MULTILINE | re.IGNORECASE)
_FUNCTION = re.compile(
    r"^create (?:or replace )?function (?P<name>[\w.]+)\(.*?returns table \((?P<columns>.*?)^\)", re.MULTILINE | re.DOTALL
)
_COMMENT = re.compile(r"^comment on view (?P<name>\S+) is '(?P<words>(?:[^']|'')*)'", re.MULTILINE | re.IGNORECASE)
_SAID = {
    "staging": "Made from the contracts: one table per table of a feed and major version, one row per good row of a delivery.",
    "load": "Unlogged tables of one delivery, filled and emptied while it is staged.",
}


def page() -> str:
    """The page."""
    lines = [
        "# Warehouse",
        "",
        "PostgreSQL, one database. Alembic makes the schemas, tables and views below; `staging` and `load` follow the contracts.",
        "",
    ]
    described = {name: module.__doc__ or "" for name in SCHEMAS for module in MODULES if f"``{name}``" in summary(module.__doc__)}
    for name in SCHEMAS:
        lines += [f"## Schema `{name}`", "", _SAID.get(name) or _sentence(described[name]), ""]
        for table in sorted((table for table in TABLES if table.schema == name), key=lambda table: table.name):
            lines += _table(table)
        lines += _views(name)
    return "\n".join(lines).rstrip() + "\n"


def _sentence(docstring: str) -> str:
    """The docstring of a module without its ``Tables of schema …:``."""
    words = plain(docstring.split(": ", 1)[-1])
    return words[:1].upper() + words[1:]


def _table(table: Table) -> list[str]:
    head = [f"### `{table.fullname}`", ""]
    words = [f"{table.comment}.", ""] if table.comment else []
    return [*head, *words, *grid(("Column", "Type", "Empty", "What it is"), map(_column, table.columns)), ""]


def _column(column: Column[object]) -> tuple[str, ...]:
    words = [column.comment] if column.comment else []
    words += [f"see `{key.target_fullname.rsplit('.', 1)[0]}`" for key in column.foreign_keys]
    name = f"**`{column.name}`**" if column.primary_key else f"`{column.name}`"
    kind = str(column.type.compile(dialect=postgresql.dialect())).lower()  # type: ignore[no-untyped-call]
    return name, kind, "may be" if column.nullable else "", "; ".join(words)


def _views(schema: str) -> list[str]:
    rows = []
    for name, (columns, words) in sorted(views().items()):
        if name.startswith(f"{schema}."):
            said = words or (f"The rows of `{name.removesuffix('_current')}` that count today." if name.endswith("_current") else "")
            rows.append((f"`{name}`", said, ", ".join(f"`{column}`" for column in columns)))
    return [f"### Views of `{schema}`", "", *grid(("View", "What it is", "Columns"), rows), ""] if rows else []


def views() -> dict[str, tuple[tuple[str, ...], str]]:
    """Every view after the last migration: its columns and its comment."""
    queries: dict[str, str] = {}
    words: dict[str, str] = {}
    functions: dict[str, tuple[str, ...]] = {}
    for path in sorted(_VERSIONS.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        functions |= {found["name"]: tuple(_first_words(found["columns"])) for found in _FUNCTION.finditer(text)}
        for found in _DROP.finditer(text):
            queries.pop(found["name"], None)
        queries |= {found["name"]: found["query"] for found in _CREATE.finditer(text)}
        words |= {found["name"]: found["words"].replace("''", "'") for found in _COMMENT.finditer(text)}
    return {name: (columns(query, functions), words.get(name, "")) for name, query in queries.items()}


def columns(query: str, functions: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The columns a query answers with; ``functions`` are those it may select everything from."""
    whole = re.match(r"\s*select \* from (?P<function>[\w.]+)\(", query)
    if whole:
        return functions[whole["function"]]
    return tuple(re.split(r"[\s.]", item)[-1].strip('"') for item in _items(query))


def _items(query: str) -> list[str]:
    """The expressions of the outer select list, up to its ``from``; commas and words inside brackets do not count."""
    depth, start, items = 0, 0, []
    for found in re.finditer(r"[(),]|\b(?:select|from)\b|'[^']*'", query):
        if found[0] in "()":
            depth += 1 if found[0] == "(" else -1
        elif depth == 0 and found[0] in (",", "from", "select"):
            items.append(query[start : found.start()].strip())
            start = found.end()
            if found[0] == "select":
                items = []
            if found[0] == "from":
                break
    return items


def _first_words(columns: str) -> Iterator[str]:
    for item in columns.split(","):
        yield item.split()[0]
