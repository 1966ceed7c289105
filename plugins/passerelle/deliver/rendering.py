"""A receipt kept in the ledger → the files a partner finds: JSON, page and workbook, the same bytes each time.

The body in the ledger names no record by its sender's key. The documents left in that sender's own outbox do: the key is what an agent
looks for in its own software. It is read from the ledger, where it stays whatever becomes of the record later.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, RowMapping

from passerelle.findings import Effect
from passerelle.ledger import aside, findings
from passerelle.ledger.documents import Document
from passerelle.receipt.model import Example, FindingGroup, Kind, Receipt, file_names
from passerelle.receipt.page import render
from passerelle.receipt.sheets import MOST_ROWS
from passerelle.receipt.workbook import DetailRow, render_workbook

_ORDINAL = re.compile(r"n° ([0-9]+)")
"""What :class:`passerelle.findings.Finding` calls a record, from 1."""


def rendered(connection: Connection, document: Document, *, with_keys: bool) -> Iterator[tuple[str, bytes]]:
    """The files of the document, name and content; ``with_keys`` only for the sender itself."""
    receipt = Receipt.from_json(document.body)
    if with_keys:
        receipt = _with_keys(connection, document.delivery_id, receipt)
    names = file_names(receipt)
    yield names["json"], receipt.to_json().encode()
    yield names["html"], render(receipt).encode()
    book = io.BytesIO()
    render_workbook(receipt, _details(connection, document.delivery_id, receipt, with_keys=with_keys), book)
    yield names["xlsx"], book.getvalue()


def _with_keys(connection: Connection, delivery_id: int, receipt: Receipt) -> Receipt:
    places = [place for group in receipt.groups for example in group.examples if (place := _ordinal(example)) is not None]
    keys = aside.record_keys(connection, delivery_id, places) if places else {}
    if not keys:
        return receipt
    return receipt.model_copy(update={"groups": tuple(_group_with_keys(group, keys) for group in receipt.groups)})


def _group_with_keys(group: FindingGroup, keys: Mapping[int, str]) -> FindingGroup:
    examples = tuple(Example(**{**dict(example), "key": keys.get(_ordinal(example) or 0)}) for example in group.examples)
    return group.model_copy(update={"examples": examples})


def _ordinal(example: Example) -> int | None:
    found = _ORDINAL.search(example.record or "")
    return int(found[1]) - 1 if found else None


def _details(connection: Connection, delivery_id: int, receipt: Receipt, *, with_keys: bool) -> Iterator[DetailRow]:
    """The findings, for a document that lists them: one more than it can, so that it says there are more."""
    if receipt.kind is not Kind.CC:
        return
    noun = "dossier" if receipt.delivery.unit == "dossier" else "enregistrement"
    for row in findings.told(connection, delivery_id, MOST_ROWS + 1):
        yield _detail(row, noun, with_key=with_keys)


def _detail(row: RowMapping, noun: str, *, with_key: bool) -> DetailRow:
    return DetailRow(
        rule=row["rule"],
        effect=Effect(row["effect"]),
        message=row["message"],
        line=row["line"],
        record=None if row["record"] is None else f"{noun} n° {row['record'] + 1}",
        key=row["record_key"] if with_key else None,
        column=row["column_name"],
        expected=row["expected"],
        fix=row["fix"],
        proposal=row["proposal"] or "",
    )
