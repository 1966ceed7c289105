"""A synthetic XML file."""

from __future__ import annotations

from pathlib import Path

from passerelle.contract.model import Contract
from passerelle.derive.synthetic.defects import Defect
from passerelle.derive.synthetic.outer import outer_rows
from passerelle.derive.synthetic.records import SampleRequest, Spoiler, record_count, rows_for
from passerelle.derive.synthetic.xml_writer import XmlWriter


def write(contract: Contract, request: SampleRequest, path: Path) -> tuple[int, list[Defect]]:
    """Writes the file; how many dossiers it has, and the mistakes given to them."""
    writer = XmlWriter(contract)
    total = record_count(contract, request)
    spoiler = Spoiler(contract, request)
    line = 1
    rows = outer_rows(contract, request.as_of, request.sequence, total)
    with path.open("w", encoding=contract.layout.encoding, newline="\n") as file:

        def put(text: str) -> None:
            nonlocal line
            file.write(text)
            line += text.count("\n")

        put(writer.opening())
        for node in rows["header"]:
            put(writer.text(node))
        for record, node in enumerate(rows_for(contract, request), start=1):
            spoiler.take(node, record, line)
            put(writer.text(node))
        for node in rows["footer"]:
            put(writer.text(node))
        put(writer.closing())
    return total, spoiler.found
