"""A synthetic file of fixed width."""

from __future__ import annotations

from pathlib import Path

from passerelle.contract.model import Column, Contract, Trailer
from passerelle.derive.synthetic.defects import Defect
from passerelle.derive.synthetic.records import SampleRequest, Spoiler, rows_for


def write(contract: Contract, request: SampleRequest, path: Path) -> tuple[int, list[Defect]]:
    """Writes the file; how many lines it has, and the mistakes given to them."""
    contract = _fitted(contract)
    layout, columns = contract.layout, contract.record_table.columns
    spoiler = Spoiler(contract, request)
    count = 0
    with path.open("w", encoding=layout.encoding, newline="") as file:
        for count, node in enumerate(rows_for(contract, request), start=1):
            spoiler.take(node, count, count)
            file.write(line(columns, node.values) + "\r\n")
        if layout.trailer is not None:
            file.write(trailer_line(layout.trailer, count, line_width(columns)) + "\r\n")
    return count, spoiler.found


def line(columns: tuple[Column, ...], values: dict[str, str]) -> str:
    """The row as a line; a value too long for its place makes the line longer, as it does in programs that only fill up."""
    text = ""
    for column in columns:
        text = text.ljust((column.start or 1) - 1) + cell(column, values[column.name])
    return text.ljust(line_width(columns))


def cell(column: Column, value: str) -> str:
    """The value with the blanks that fill its place: before a number, after anything else."""
    width = column.width or len(value)
    if len(value) > width:
        value = value.strip()
    return value.rjust(width) if column.type in ("integer", "number") else value.ljust(width)


def line_width(columns: tuple[Column, ...]) -> int:
    """Characters of a line."""
    return max((column.start or 1) + (column.width or 0) - 1 for column in columns)


def trailer_line(trailer: Trailer, count: int, width: int) -> str:
    """The last line of a file of so many rows."""
    if trailer.count is None:
        return trailer.marker.ljust(width)
    return (trailer.marker.ljust(trailer.count - 1) + f"{count:0{trailer.width or 1}d}").ljust(width)


def _fitted(contract: Contract) -> Contract:
    """The contract whose texts are no longer than their places."""

    def fit(column: Column) -> Column:
        longest = min(column.max_length or column.width or 0, column.width or 0)
        return column.model_copy(update={"max_length": longest or None}) if column.type == "string" else column

    tables = tuple(table.model_copy(update={"columns": tuple(map(fit, table.columns))}) for table in contract.tables)
    # model_copy keeps what was computed from the former columns.
    return Contract.model_validate(contract.model_copy(update={"tables": tables}).model_dump())
