"""check: judge the kept file by its contract, keep what is wrong, answer with receipt CC."""

from __future__ import annotations

import io
import logging
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import inspect
from passerelle.contract.model import Contract
from passerelle.findings import Verdict
from passerelle.gateway import Gateway
from passerelle.ledger import aside, deliveries, documents, findings
from passerelle.ledger.deliveries import Delivery, Step
from passerelle.ledger.states import State
from passerelle.receipt import build
from passerelle.receipt.model import IgnoredLines, Receipt, Threshold
from passerelle.steps import correction, references
from passerelle.steps.facts import delivery_facts, keep
from passerelle.warehouse.connect import lock, transaction

_log = logging.getLogger(__name__)
_STATES = {
    Verdict.ACCEPTED: State.CHECKED,
    Verdict.ACCEPTED_WITH_FINDINGS: State.CHECKED,
    Verdict.HELD: State.HELD,
    Verdict.REFUSED: State.REFUSED,
}
_PER_RULE = 50
"""Findings of each rule handed to the receipt, which shows the first of them; the ledger keeps all."""


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
        known = references.received(gateway, contract)
        with io.BufferedReader(gateway.vault.open(delivery.sha256), 1 << 20) as file:
            judged = contract if delivery.corrects is None else correction.contract_of_correction(contract)
            inspection = inspect(judged, file, gateway.unlock, known)
            return _keep(gateway, contract, delivery, (inspection, file))


def _keep(gateway: Gateway, contract: Contract, delivery: Delivery, judged: tuple[Inspection, BinaryIO]) -> State:
    inspection, file = judged
    at = gateway.now()
    state = _STATES[inspection.verdict]
    with transaction(gateway.engine) as connection:
        deliveries.claim(connection, delivery)
        _keep_findings(connection, delivery.delivery_id, inspection)
        aside.replace_set_aside(connection, delivery.delivery_id, correction.records_aside(gateway, contract, inspection, file))
        aside.replace_rows_aside(connection, delivery.delivery_id, inspection.rows_aside)
        record = _record(contract, delivery, inspection, at)
        moved = deliveries.advance(connection, delivery, Step(to=state, at=at, reason=inspection.reason or None, record=record))
        keep(connection, delivery.delivery_id, _receipt(gateway, contract, moved, inspection))
        if state is State.HELD:
            documents.raise_alert(connection, _held_alert(delivery, inspection, at))
    counts = inspection.counts
    _log.info("checked delivery_id=%d state=%s received=%d set_aside=%d", delivery.delivery_id, state, counts.received, counts.set_aside)
    return state


def _keep_findings(connection: Connection, delivery_id: int, inspection: Inspection) -> None:
    batches = inspection.columns()
    findings.replace_findings(connection, delivery_id, inspection.rules().values(), batches)


def _record(contract: Contract, delivery: Delivery, inspection: Inspection, at: datetime) -> dict[str, Any]:
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
    if inspection.stamp is not None and delivery.corrects is None:
        record["stamp"] = inspection.stamp
    return record


def _receipt(gateway: Gateway, contract: Contract, delivery: Delivery, inspection: Inspection) -> Receipt:
    blank = inspection.counts.ignored
    checked = build.Checked(
        verdict=inspection.verdict,
        counts=inspection.counts,
        findings=list(inspection.first(_PER_RULE)),
        totals=inspection.totals(),
        labels=build.column_labels(contract),
        thresholds=tuple(Threshold(rule=limit.rule, share=limit.share, limit=limit.limit) for limit in inspection.limits),
        ignored=(IgnoredLines(reason="ligne vide", count=blank),) if blank else (),
        reason=inspection.reason,
        unverified=inspection.unverified,
        correction=correction.promised(contract, delivery),
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
