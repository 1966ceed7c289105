"""check: judge the kept file by its contract, keep what is wrong, answer with receipt CC."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import inspect
from passerelle.contract.model import Contract
from passerelle.findings import Finding, Verdict
from passerelle.gateway import Gateway
from passerelle.ledger import deliveries, documents
from passerelle.ledger.deliveries import Delivery, Step
from passerelle.ledger.states import State
from passerelle.receipt import build
from passerelle.receipt.model import IgnoredLines, Receipt
from passerelle.steps.facts import delivery_facts, keep
from passerelle.warehouse.connect import lock, transaction

_log = logging.getLogger(__name__)
_STATES = {
    Verdict.ACCEPTED: State.CHECKED,
    Verdict.ACCEPTED_WITH_FINDINGS: State.CHECKED,
    Verdict.HELD: State.HELD,
    Verdict.REFUSED: State.REFUSED,
}
_SHOWN = 5_000
"""Findings handed to the receipt, which shows the first of each rule; the ledger keeps all."""


def run(gateway: Gateway, delivery_id: int) -> State:
    """The state of the delivery after its check; nothing is done to one that is past it.

    Raises BusyError when another run is at work on it, TransientError when the warehouse does not answer.
    """
    with lock(gateway.engine, f"delivery {delivery_id}"):
        with transaction(gateway.engine) as connection:
            delivery = deliveries.get(connection, delivery_id)
        if delivery.state is not State.RECEIVED:
            return delivery.state
        contract = gateway.contract(delivery.feed)
        with io.BufferedReader(gateway.vault.open(delivery.sha256), 1 << 20) as file:
            inspection = inspect(contract, file)
        return _keep(gateway, contract, delivery, inspection)


def _keep(gateway: Gateway, contract: Contract, delivery: Delivery, inspection: Inspection) -> State:
    at = gateway.now()
    state = _STATES[inspection.verdict]
    told = _Told()
    with transaction(gateway.engine) as connection:
        deliveries.claim(connection, delivery)
        documents.replace_findings(connection, delivery.delivery_id, _rows(inspection, told))
        documents.replace_set_aside(connection, delivery.delivery_id, inspection.set_aside.tolist())
        counts = inspection.counts
        record: dict[str, Any] = {
            "checked_at": at,
            "contract_version": contract.version,
            "contract_sha256": contract.sha256,
            "lines_received": counts.received,
            "lines_accepted": counts.accepted,
            "lines_set_aside": counts.set_aside,
            "lines_ignored": counts.ignored,
        }
        if inspection.stamp is not None:
            record["stamp"] = inspection.stamp
        moved = deliveries.advance(connection, delivery, Step(to=state, at=at, reason=inspection.reason or None, record=record))
        receipt = _receipt(gateway, contract, moved, inspection, told)
        keep(connection, delivery.delivery_id, receipt)
        if state is State.HELD:
            documents.raise_alert(connection, _held_alert(delivery, inspection, at))
    _log.info("checked delivery_id=%d state=%s received=%d set_aside=%d", delivery.delivery_id, state, counts.received, counts.set_aside)
    return state


@dataclass
class _Told:
    """What the receipt says of the findings."""

    shown: list[Finding] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)


def _rows(inspection: Inspection, told: _Told) -> Iterator[dict[str, Any]]:
    """The ledger's rows of the findings; on the way the first ones are kept for the receipt and all are counted."""
    for rule, finding, record in inspection.findings():
        told.totals[rule.id] = told.totals.get(rule.id, 0) + 1
        if len(told.shown) < _SHOWN or told.totals[rule.id] <= 20:
            told.shown.append(finding)
        yield {
            "rule": finding.rule,
            "kind": rule.kind,
            "effect": finding.effect,
            "table_name": finding.table,
            "column_name": finding.column,
            "line": finding.line,
            "record": record if record >= 0 else None,
            "message": finding.message,
            "expected": finding.expected,
            "fix": finding.fix,
        }


def _receipt(gateway: Gateway, contract: Contract, delivery: Delivery, inspection: Inspection, told: _Told) -> Receipt:
    blank = inspection.counts.ignored
    checked = build.Checked(
        verdict=inspection.verdict,
        counts=inspection.counts,
        findings=told.shown,
        totals=told.totals,
        labels=build.column_labels(contract),
        ignored=(IgnoredLines(reason="ligne vide", count=blank),) if blank else (),
        reason=inspection.reason,
    )
    return build.conformity(delivery_facts(gateway.settings, delivery, contract), delivery.checked_at or gateway.now(), checked)


def _held_alert(delivery: Delivery, inspection: Inspection, at: Any) -> dict[str, Any]:
    return {
        "made_at": at,
        "kind": "held",
        "feed": delivery.feed,
        "sender": delivery.sender,
        "delivery_id": delivery.delivery_id,
        "message": inspection.reason,
    }
