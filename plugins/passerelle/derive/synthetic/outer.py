"""The header and the footer of an XML file: when it was made, how many dossiers it holds."""

from __future__ import annotations

from datetime import date, timedelta

from passerelle.contract.model import Column, Contract, Table
from passerelle.derive.synthetic.row import RowPlan
from passerelle.derive.synthetic.scene import DateText, Scene, Style
from passerelle.derive.synthetic.tree import Node
from passerelle.population.dice import dice
from passerelle.population.generate import stream

_FIRST_RUN = timedelta(hours=6)


def outer_rows(contract: Contract, as_of: date, sequence: int, total: int) -> dict[str, list[Node]]:
    """The rows of header and footer tables, by role, for a file of so many dossiers; a later sequence is stamped a minute later."""
    rows: dict[str, list[Node]] = {"header": [], "footer": []}
    style = Style.of(contract, as_of)
    household = next(stream(0, as_of))
    for table in contract.tables:
        if table.role not in rows:
            continue
        scene = Scene(dice(contract.id, table.name, sequence), household, household.applicant, household.commune, 0)
        scene.row = {**_stamp(contract, table, as_of, sequence), **_counts(contract, table, total)}
        rows[table.role].append(Node(table, RowPlan(table, style, contract.tables).fill(scene)))
    return rows


def _stamp(contract: Contract, table: Table, as_of: date, sequence: int) -> dict[str, str]:
    if table.role != "header":
        return {}
    made = _FIRST_RUN + timedelta(minutes=sequence % 1000)
    stamped: dict[str, str] = {}
    for name in contract.layout.stamp:
        column = table.column(name)
        stamped[name] = DateText(column.format).write(as_of) if column.type == "date" else _time(column, made)
    return stamped


def _time(column: Column, since_midnight: timedelta) -> str:
    """Hours, minutes, seconds and ten-thousandths, as CAF flows write them (formats 2.3); without these when there is no room."""
    text = f"{since_midnight}".rjust(8, "0")
    return text if column.max_length is not None and column.max_length < 13 else f"{text}.0000"


def _counts(contract: Contract, table: Table, total: int) -> dict[str, str]:
    count = contract.layout.count
    if count is None or count.table != table.name:
        return {}
    zero = {count.minus: "0"} if count.minus is not None else {}
    return {count.column: str(total), **zero}
