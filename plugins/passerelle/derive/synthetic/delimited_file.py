"""A synthetic delimited file."""

from __future__ import annotations

import csv
from pathlib import Path

from passerelle.contract.model import Contract
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
        writer.writerow([column.source for column in columns])
        for count, node in enumerate(rows_for(contract, request), start=1):
            spoiler.take(node, count, count + 1)
            writer.writerow([node.values[name] for name in names])
    return count, spoiler.found
