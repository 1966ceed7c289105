"""The header and the footer of an XML file: when it was made, how many dossiers it holds, what their amounts add up to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from passerelle.contract.model import Column, Contract, Table
from passerelle.derive.synthetic.row import RowPlan
from passerelle.derive.synthetic.scene import DateText, Scene, Style
from passerelle.derive.synthetic.tree import Node
from passerelle.population.dice import dice
from passerelle.population.generate import stream

_FIRST_RUN = timedelta(hours=6)
Known = Callable[[str], dict[str, str]]
"""The values of a header or footer table that are decided beforehand, by the table's name."""


def outer_rows(contract: Contract, role: Literal["header", "footer"], as_of: date, sequence: int, known: Known) -> list[Node]:
    """The rows of the header tables, or of the footer tables; a later sequence is stamped a minute later."""
    rows: list[Node] = []
    style = Style.of(contract, as_of)
    household = next(stream(0, as_of))
    for table in contract.tables:
        if table.role != role:
            continue
        scene = Scene(dice(contract.id, table.name, sequence), household, household.applicant, household.commune, 0)
        scene.row = {**_stamp(contract, table, as_of, sequence), **known(table.name)}
        rows.append(Node(table, RowPlan(table, style, contract.tables).fill(scene)))
    return rows


def counts(contract: Contract, table: str, total: int) -> dict[str, str]:
    """The number of dossiers, where this table announces it."""
    count = contract.layout.count
    if count is None or count.table != table:
        return {}
    zero = {count.minus: "0"} if count.minus is not None else {}
    return {count.column: str(total), **zero}


def _stamp(contract: Contract, table: Table, as_of: date, sequence: int) -> dict[str, str]:
    if table.role != "header":
        return {}
    made = _FIRST_RUN + timedelta(minutes=sequence % 1000)
    stamped: dict[str, str] = {}
    for name in contract.layout.stamp:
        if name in {column.name for column in table.columns}:
            column = table.column(name)
            stamped[name] = DateText(column.format).write(as_of) if column.type == "date" else _time(column, made)
    return stamped


def _time(column: Column, since_midnight: timedelta) -> str:
    """Hours, minutes, seconds and ten-thousandths, as CAF flows write them (formats 2.3); without these when there is no room."""
    text = f"{since_midnight}".rjust(8, "0")
    return text if column.max_length is not None and column.max_length < 13 else f"{text}.0000"
