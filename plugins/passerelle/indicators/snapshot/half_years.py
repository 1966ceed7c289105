"""The calendar of transmissions: cut-offs on 31 December and 30 June, due on 31 January and 31 July.

Regulation (EU) 2021/1060, Article 42(1) and (4). The machine proposes; a person freezes.
"""

from __future__ import annotations

import logging
from datetime import date

from sqlalchemy import text

from passerelle.errors import DeliveryError
from passerelle.gateway import Gateway
from passerelle.indicators.deadlines import half_year_end, transmission_after
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import rural, store
from passerelle.indicators.snapshot.moment import day_of, known_at
from passerelle.indicators.snapshot.propose import Request, propose
from passerelle.indicators.snapshot.statements import operations_known
from passerelle.ledger import documents
from passerelle.warehouse.connect import transaction

_log = logging.getLogger(__name__)
PROPOSER = "gateway"
"""Who proposes by the calendar: no person, so that any one person may freeze."""
ALERT = "esf_deadline"
_CLOSE = text("""
    update ledger.alert set closed_at = :at where kind = :kind and closed_at is null and not (message = any(:messages))
""")


def reminder(operation_id: str, cut_off: date) -> str:
    """The words of the alert, by which it is found again."""
    return f"Opération {operation_id} : l’arrêté au {cut_off:%d/%m/%Y} est à figer avant le {transmission_after(cut_off):%d/%m/%Y}."


def propose_due(gateway: Gateway) -> list[int]:
    """Proposes the snapshot of the last half-year end for every operation that has none frozen; their numbers. Safe to run again."""
    now = gateway.now()
    cut_off = half_year_end(day_of(now))
    made = []
    for operation_id in _not_frozen(gateway, cut_off):
        try:
            request = Request(operation_id, cut_off, PROPOSER, now, load_rules(None), rural.contract_of(gateway))
            made.append(propose(gateway.engine, request).snapshot_id)
        except DeliveryError as error:
            _log.warning("no snapshot proposed operation=%s rule=%s", operation_id, error.rule)
    return made


def remind(gateway: Gateway) -> list[str]:
    """Raises an alert for every operation whose snapshot is not frozen before its deadline, and closes those that are; what is open."""
    now = gateway.now()
    cut_off = half_year_end(day_of(now))
    messages = [reminder(name, cut_off) for name in _not_frozen(gateway, cut_off)]
    with transaction(gateway.engine) as connection:
        connection.execute(_CLOSE, {"at": now, "kind": ALERT, "messages": messages})
        for message in messages:
            documents.raise_alert(connection, {"made_at": now, "kind": ALERT, "message": message})
    return messages


def _not_frozen(gateway: Gateway, cut_off: date) -> list[str]:
    with transaction(gateway.engine) as connection:
        frozen = {one.operation_id for one in store.listed(connection) if one.is_frozen and one.cut_off == cut_off}
        return [name for name in operations_known(connection, known_at(cut_off, gateway.now())) if name not in frozen]
