"""A synthetic XML file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from passerelle.contract.model import Contract
from passerelle.derive.synthetic.defects import Defect
from passerelle.derive.synthetic.outer import counts, outer_rows
from passerelle.derive.synthetic.records import SampleRequest, Spoiler, record_count, rows_for
from passerelle.derive.synthetic.sums import Sums
from passerelle.derive.synthetic.xml_writer import XmlWriter


def write(contract: Contract, request: SampleRequest, path: Path) -> tuple[int, list[Defect]]:
    """Writes the file; how many dossiers it has, and the mistakes given to them. Totals are those of the dossiers without mistakes."""
    writer = XmlWriter(contract)
    total = record_count(contract, request)
    spoiler = Spoiler(contract, request)
    sums = Sums(contract)
    known = partial(_known, contract, total)
    line = 1
    with path.open("w", encoding=contract.layout.encoding, newline="\n") as file:

        def put(text: str) -> None:
            nonlocal line
            file.write(text)
            line += text.count("\n")

        put(writer.opening())
        for node in outer_rows(contract, "header", request.as_of, request.sequence, partial(known, _header_sums(contract, request))):
            put(writer.text(node))
        for record, node in enumerate(rows_for(contract, request), start=1):
            sums.take(node)
            spoiler.take(node, record, line)
            put(writer.text(node))
        for node in outer_rows(contract, "footer", request.as_of, request.sequence, partial(known, sums)):
            put(writer.text(node))
        put(writer.closing())
    return total, spoiler.found


def _known(contract: Contract, total: int, sums: Sums, table: str) -> dict[str, str]:
    return {**counts(contract, table, total), **sums.row_of(table)}


def _header_sums(contract: Contract, request: SampleRequest) -> Sums:
    """Totals that stand before the dossiers they are about: the dossiers are made once more for them."""
    sums = Sums(contract)
    if sums.stand_in(table.name for table in contract.tables if table.role == "header"):
        for node in rows_for(contract, request):
            sums.take(node)
    return sums
