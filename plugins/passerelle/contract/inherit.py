"""A contract that shares the tables of another (``schemaOf``): a daily flow beside the monthly one, a spreadsheet beside the CSV file.

It takes every table of the other contract, and what the other leaves out on purpose. A table it describes itself replaces the one of
the same name, or is added; an element it describes is no longer left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from passerelle.contract.problems import Problem
from passerelle.contract.shape import custom


@dataclass(frozen=True)
class Inherited:
    """A contract's whole tree, and which of its tables stand in the contract's own file."""

    document: dict[str, Any]
    base_text: str
    """The other contract's file; empty when there is none."""
    places: tuple[int | None, ...]
    """For each table: its place in the own file, None when it comes from the other."""

    def own(self, problems: Iterable[Problem]) -> list[Problem]:
        """The problems at their place in the contract's own file; those of the other's tables stand at ``schemaOf``."""
        found = []
        for problem in problems:
            path = problem.path
            if len(path) > 1 and path[0] == "schema" and isinstance(path[1], int):
                place = self.places[path[1]]
                path = ("customProperties", "schemaOf") if place is None else ("schema", place, *path[2:])
            found.append(Problem(path, problem.message))
        return found


def inherited(own: dict[str, Any], base: dict[str, Any] | None, base_text: str) -> Inherited:
    """The contract's tree with the tables of ``base``; without a base, its own tree."""
    if base is None:
        return Inherited(own, "", tuple(range(len(own["schema"]))))
    mine = {table["name"]: index for index, table in enumerate(own.get("schema", ()))}
    tables = [own["schema"][mine[table["name"]]] if table["name"] in mine else table for table in base["schema"]]
    known = {table["name"] for table in base["schema"]}
    tables += [table for table in own.get("schema", ()) if table["name"] not in known]
    document = {**own, "schema": tables, "servers": deepcopy(own["servers"])}
    _leave_out(document, base)
    places = tuple(mine.get(table["name"]) for table in tables)
    return Inherited(document, base_text, places)


def _leave_out(document: dict[str, Any], base: dict[str, Any]) -> None:
    """What the other contract leaves out is left out here as well, but for what has a table of its own."""
    layout = custom(document["servers"][0])["layout"]
    theirs = custom(base["servers"][0])["layout"].get("ignored", ())
    if document["servers"][0]["format"] == "fixed" or not layout.get("header", True):
        return  # columns without names cannot be left out by name
    described = {table.get("physicalName") for table in document["schema"]}
    named = {item["path"] for item in layout.get("ignored", ())}
    more = [item for item in theirs if item["path"] not in described | named]
    if more:
        layout["ignored"] = [*layout.get("ignored", ()), *more]
