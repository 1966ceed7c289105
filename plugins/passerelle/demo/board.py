"""What ledger and warehouse say about the deliveries of the demo."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from passerelle.demo.exchange import Drop

LAST_RECEIPT = {"published": "CRI", "refused": "CC", "held": None, "duplicate": "AR", "quarantined": None}
"""The states in which a delivery of the demo comes to rest, with the receipt that must have left by then (None: any)."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_DELIVERIES = sa.text("""
    SELECT d.delivery_id, d.sender, d.file_name, d.state, d.reason, d.lines_received, d.lines_accepted, d.lines_set_aside,
           d.lines_ignored, d.people_known, d.people_new, d.people_review,
           array_remove(array_agg(r.kind), NULL) AS receipts,
           count(r.kind) FILTER (WHERE r.sent_at IS NULL) AS unsent,
           max(r.sent_at) AS answered_at
    FROM ledger.delivery d LEFT JOIN ledger.receipt r USING (delivery_id)
    GROUP BY d.delivery_id
    ORDER BY d.delivery_id
""")


class Delivery(BaseModel):
    """One delivery as the ledger has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery_id: int
    sender: str
    file_name: str
    state: str
    reason: str | None
    lines_received: int | None
    lines_accepted: int | None
    lines_set_aside: int | None
    lines_ignored: int | None
    people_known: int | None
    people_new: int | None
    people_review: int | None
    receipts: tuple[str, ...]
    unsent: int
    answered_at: datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more happens by itself: at rest, and every receipt is with the partner."""
        if self.state not in LAST_RECEIPT or self.unsent or not self.receipts:
            return False
        return LAST_RECEIPT[self.state] in (None, *self.receipts)


def open_board(url: str) -> sa.Engine:
    """The engine to read with; PostgreSQL would take longer to compile the views' queries than to run them."""
    return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"options": "-c jit=off"})


def match(engine: sa.Engine, drops: Sequence[Drop]) -> dict[Drop, Delivery | None]:
    """What became of each dropped file (None: not yet seen), in the order they were dropped."""
    waiting: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    with engine.connect() as connection:
        for row in connection.execute(_DELIVERIES).mappings():
            delivery = Delivery.model_validate(dict(row))
            waiting[delivery.sender, delivery.file_name].append(delivery)
    found: dict[Drop, Delivery | None] = {}
    for drop in drops:
        same_name = waiting[drop.sender, drop.path.name]
        found[drop] = same_name.pop(0) if same_name else None
    return found


def export_portfolio(engine: sa.Engine, path: Path) -> int | None:
    """The view ``warehouse.portfolio`` as CSV; how many lines, None when there is no such view."""
    with engine.connect() as connection:
        if connection.scalar(sa.text("SELECT to_regclass('warehouse.portfolio')")) is None:
            return None
        result = connection.execute(sa.text("SELECT * FROM warehouse.portfolio"))
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(result.keys())
            lines = 0
            for lines, row in enumerate(result, start=1):  # noqa: B007 -- counted for the caller
                writer.writerow([_cell(value) for value in row])
    return lines


def _cell(value: object) -> object:
    """The value as a spreadsheet's reader wants it; a text behind an apostrophe where it would be taken for a formula."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return _cell(", ".join(map(str, value)))
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
