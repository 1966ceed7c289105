"""The demo reads in the ledger what became of each dropped file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from passerelle.demo.board import export_portfolio, match, open_board
from passerelle.demo.exchange import Drop

DROP = Drop(sender="caf", path=Path("/out/RSA.xml"), expected=frozenset({"published"}))


@pytest.fixture
def engine(warehouse_url: str) -> Iterator[sa.Engine]:
    engine = open_board(warehouse_url)
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE ledger.delivery CASCADE"))


def insert(engine: sa.Engine, table: str, **values: Any) -> int:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    with engine.begin() as connection:
        return connection.execute(
            sa.text(f"INSERT INTO ledger.{table} ({names}) VALUES ({marks}) RETURNING 1 * {table}_id"), values
        ).scalar_one()


def enter(engine: sa.Engine, state: str, name: str = "RSA.xml", sender: str = "caf") -> int:
    facts = {"feed": "caf/rsa", "series": "caf/rsa", "sha256": f"{state}{name}{sender}", "bytes": 1, "received_at": "2026-11-21T08:00Z"}
    remote: dict[str, Any] = {"remote_name": name.encode(), "remote_mtime": 0}
    return insert(engine, "delivery", sender=sender, file_name=name, state=state, **facts, **remote)


def receipt(engine: sa.Engine, delivery: int, kind: str, *, sent: bool) -> None:
    at = "2026-11-21T08:01Z"
    values = {"delivery_id": delivery, "kind": kind, "number": f"{kind}-{delivery}", "made_at": at, "body": "{}"}
    insert(engine, "receipt", **values, sent_at=at if sent else None)


def is_finished(engine: sa.Engine) -> bool:
    delivery = match(engine, [DROP])[DROP]
    assert delivery is not None
    return delivery.is_finished


def test_a_file_that_was_not_taken_is_not_found(engine: sa.Engine) -> None:
    enter(engine, "published", name="autre.xml")
    enter(engine, "published", sender="msa")
    assert match(engine, [DROP]) == {DROP: None}


@pytest.mark.parametrize("state", ["received", "checked", "staged", "reconciled"])
def test_a_delivery_on_its_way_is_not_finished(engine: sa.Engine, state: str) -> None:
    receipt(engine, enter(engine, state), "AR", sent=True)
    assert not is_finished(engine)


def test_a_published_delivery_is_finished_with_its_last_receipt(engine: sa.Engine) -> None:
    delivery = enter(engine, "published")
    receipt(engine, delivery, "AR", sent=True)
    assert not is_finished(engine), "the CRI is not yet made"
    receipt(engine, delivery, "CRI", sent=True)
    assert is_finished(engine)


def test_a_receipt_that_did_not_leave_keeps_it_unfinished(engine: sa.Engine) -> None:
    delivery = enter(engine, "refused")
    receipt(engine, delivery, "AR", sent=True)
    receipt(engine, delivery, "CC", sent=False)
    assert not is_finished(engine)


@pytest.mark.parametrize(("state", "kind"), [("refused", "CC"), ("duplicate", "AR"), ("quarantined", "AR"), ("held", "AR"), ("held", "CC")])
def test_a_delivery_at_rest_is_finished_with_its_receipt(engine: sa.Engine, state: str, kind: str) -> None:
    receipt(engine, enter(engine, state), kind, sent=True)
    assert is_finished(engine)


def test_the_portfolio_is_readable_and_carries_no_formula_into_a_spreadsheet(engine: sa.Engine, tmp_path: Path) -> None:
    row = "'=1+1' AS nom, 'Été' AS commune, 3 AS enfants, true AS suivi, ARRAY['a', 'b'] AS freins"
    with engine.begin() as connection:
        connection.execute(sa.text("DROP VIEW IF EXISTS warehouse.portfolio CASCADE"))
        connection.execute(sa.text(f"CREATE VIEW warehouse.portfolio AS SELECT {row}"))
    assert export_portfolio(engine, tmp_path / "p.csv") == 1
    with (tmp_path / "p.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file, delimiter=";")) == [
            ["nom", "commune", "enfants", "suivi", "freins"],
            ["'=1+1", "Été", "3", "oui", "a, b"],
        ]


def test_without_a_portfolio_nothing_is_exported(engine: sa.Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("DROP VIEW IF EXISTS warehouse.portfolio CASCADE"))
    assert export_portfolio(engine, tmp_path / "p.csv") is None
