"""A synthetic delimited file."""

from __future__ import annotations

import csv
from pathlib import Path

from passerelle.contract.model import Contract, Trailer
from passerelle.derive.synthetic.defects import Defect
from passerelle.derive.synthetic.records import SampleRequest, Spoiler, rows_for


def write(contract: Contract, request: SampleRequest, path: Path) -> tuple[int, list[Defect]]:
    """Writes the file; how many lines it has, and the mistakes given to them."""
    layout, columns = contract.layout, contract.record_table.columns
    names = [column.name for column in columns]
    spoiler = Spoiler(contract, request)
    count = 0
    with path.open("w", encoding=layout.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=layout.delimiter, quotechar=layout.quote, lineterminator="\r\n")
        if layout.header:
            writer.writerow([column.source for column in columns])
        for count, node in enumerate(rows_for(contract, request), start=1):
            spoiler.take(node, count, count + int(layout.header))
            writer.writerow([node.values[name] for name in names])
        if layout.trailer is not None:
            writer.writerow(trailer_values(layout.trailer, count))
    return count, spoiler.found


def trailer_values(trailer: Trailer, count: int) -> list[str]:
    """The values of the last line of a file of so many rows."""
    values = [trailer.marker, *[""] * ((trailer.count or 1) - 1)]
    if trailer.count is not None:
        values[trailer.count - 1] = str(count)
    return values
