"""What the demo prints at the end tells every delivery's figures, and does not hide a surprise."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from passerelle.demo.board import Delivery
from passerelle.demo.exchange import Drop
from passerelle.demo.folder import DemoFolder
from passerelle.demo.summary import Access, Result, print_summary
from passerelle.receipt.model import OpenFile, OpenFindings

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
GOOD = Drop(sender="caf", path=Path("RSA.xml"), expected=frozenset({"published"}))
BAD = Drop(sender="caf", path=Path("RSA2.xml"), expected=frozenset({"refused"}), flaw="il manque la fin")


def delivery(**changes: Any) -> Delivery:
    values: dict[str, Any] = {
        "delivery_id": 1,
        "sender": "caf",
        "file_name": "RSA.xml",
        "state": "published",
        "reason": None,
        "lines_received": 1234,
        "lines_accepted": 1220,
        "lines_set_aside": 11,
        "lines_ignored": 3,
        "people_known": 7,
        "people_new": 1213,
        "people_review": 9,
        "receipts": ("AR", "CC", "CRI"),
        "unsent": 0,
        "answered_at": AT + timedelta(seconds=42),
    }
    return Delivery.model_validate(values | changes)


def shown(bad: Delivery | None, access: Access | None = None, *, told: OpenFindings | None = None) -> tuple[int, str]:
    text = StringIO()
    result = Result(
        deliveries={GOOD: delivery(), BAD: bad},
        dropped={GOOD: AT, BAD: AT},
        names={"caf": "CAF de la Haute-Luisne"},
        open={GOOD: told or OpenFindings()},
        portfolio_lines=98,
        workbooks=(Path("/out/esf/OP1.xlsx"),),
        failed_dags=("feed__caf__rsa",),
        seconds=75.4,
    )
    status = print_summary(Console(file=text), result, DemoFolder(Path("/out")), access)
    return status, text.getvalue()


def test_it_tells_every_figure_of_a_delivery() -> None:
    status, text = shown(delivery(state="refused", receipts=("AR", "CC")))
    assert status == 0
    line = next(line for line in text.splitlines() if "CAF de la Haute-Luisne" in line)
    assert re.split(r"\s{2,}", line.strip())[1:] == ["publié", "1 234", "1 220", "11", "3", "7", "1 213", "9", "42 s"]
    assert "il manque la fin" in text


def open_file(count: int) -> OpenFile:
    return OpenFile(delivery_id=1, name="RSA.xml", received_at=AT, count=count)


def test_a_correction_tells_what_it_closed_and_what_stays_open() -> None:
    done = delivery(state="refused", receipts=("AR", "CC"))
    assert "2 anomalies closes, il n'en reste aucune" in shown(done, told=OpenFindings.of(2, []))[1]
    assert "1 anomalie close, il en reste 3" in shown(done, told=OpenFindings.of(1, [open_file(3)]))[1]
    assert "close" not in shown(done, told=OpenFindings.of(0, [open_file(3)]))[1]


def test_a_file_that_ended_otherwise_than_it_should_is_a_surprise() -> None:
    status, text = shown(delivery(state="published"))
    assert status == 1
    assert "Inattendu : RSA2.xml devait finir refusé" in text


def test_a_file_nobody_saw_is_a_surprise() -> None:
    status, text = shown(None)
    assert status == 1
    assert "pas encore vu" in text


def test_a_failed_run_is_not_hidden() -> None:
    assert "une exécution du DAG feed__caf__rsa a échoué" in shown(delivery(state="refused", receipts=("AR", "CC")))[1]


def test_it_says_where_the_results_are() -> None:
    _, text = shown(delivery(state="refused", receipts=("AR", "CC")))
    assert "/out/recus" in text
    assert "/out/portefeuilles.csv (98 lignes)" in text
    assert "/out/esf/OP1.xlsx" in text
    assert "make demo KEEP=1" in text


def test_what_is_left_running_can_be_reached_and_stopped() -> None:
    access = Access(
        airflow="http://127.0.0.1:8081",
        password="[s3cret]",
        psql=Path("/pg/psql"),
        password_file=Path("/out/pgpass"),
        port=5433,
        sftp_port=22,
    )
    _, text = shown(delivery(state="refused", receipts=("AR", "CC")), access)
    assert "http://127.0.0.1:8081" in text
    assert "[s3cret]" in text
    assert "PGPASSFILE=/out/pgpass /pg/psql -h 127.0.0.1 -p 5433 -U passerelle warehouse -c" in text
    assert "make demo-stop" in text
