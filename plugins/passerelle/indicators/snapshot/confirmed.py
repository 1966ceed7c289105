"""What people confirmed by the moment, out of the proposals of the feeds: it fills what was missing and never replaces what was stated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from passerelle.indicators.snapshot.known import Known, key
from passerelle.indicators.snapshot.moment import day_of

EVENT, ENTRY = "event", "entry_date"
_CONFIRMED = text("""
    select p.*, r.resolved_id, d.decision_id, d.login, d.at as decided_at, l.file_name, l.sha256 as file_sha256,
           array(select n.number from ledger.receipt n where n.delivery_id = p.delivery_id order by n.receipt_id) as receipts
    from esf.proposal p
    join lateral (
        select * from esf.decision d where d.proposal_id = p.proposal_id and d.at <= :moment order by d.decision_id desc limit 1
    ) d on d.verdict = 'confirmed'
    join identity.person_resolved r on r.person_id = p.person_id
    join ledger.delivery l on l.delivery_id = p.delivery_id
    where p.operation_id = :operation
    order by d.decision_id
""")
_EMPTY = (None, "", "unknown", "not_collected")
"""Values that say nothing yet."""
_SEXES = ("F", "M", "N")


def complete(connection: Connection, known: Known, operation_id: str, moment: datetime) -> None:
    """Adds what was confirmed by the moment to what is known of the operation; of two confirmed values the later decision speaks."""
    rows = [dict(row) for row in connection.execute(_CONFIRMED, {"operation": operation_id, "moment": moment}).mappings()]
    entries = [row for row in rows if row["variable"] == ENTRY and row["participation_id"] is None]
    civil = _civil(connection, [row["resolved_id"] for row in entries])
    for row in entries:
        _enter(known, row, civil.get(row["resolved_id"], {}))
    completed = [(row["participation_id"] or entry_key(operation_id, row["person_id"]), row) for row in rows if row["variable"] != EVENT]
    stated = known.stated([name for name, _ in completed])
    for name, row in completed:
        if stated.get(name, {}).get(row["variable"]) in _EMPTY:
            _fill(known, name, row)
    for row in rows:
        if row["variable"] == EVENT:
            _happen(known, row)


def operations_with(connection: Connection, moment: datetime) -> list[str]:
    """The operations about which somebody had decided a proposal by the moment."""
    query = text("""
        select distinct p.operation_id from esf.proposal p join esf.decision d on d.proposal_id = p.proposal_id
        where d.at <= :moment order by p.operation_id
    """)
    return list(connection.execute(query, {"moment": moment}).scalars())


def is_recorded(connection: Connection, operation_id: str, moment: datetime) -> bool:
    """Whether the Département recorded the operation by the moment: its snapshot may then be all zeros."""
    query = text("select exists (select from esf.operation where operation_id = :operation and recorded_at <= :moment)")
    return bool(connection.execute(query, {"operation": operation_id, "moment": moment}).scalar_one())


def entry_key(operation_id: str, person_id: object) -> str:
    """The key of the participation that a confirmed entry makes."""
    return "P-" + key("proposal", operation_id, person_id)


def _civil(connection: Connection, persons: list[Any]) -> dict[Any, dict[str, Any]]:
    """Sex and birth date out of the register of persons: the CAF's first (civil status is certified there)."""
    if not persons:
        return {}
    query = text("select person_id, sex, birth_date from identity.golden where person_id = any(:persons)")
    found = connection.execute(query, {"persons": persons}).mappings()
    return {row["person_id"]: {"sex": row["sex"] if row["sex"] in _SEXES else None, "birth_date": row["birth_date"]} for row in found}


def _enter(known: Known, row: Mapping[str, Any], civil: Mapping[str, Any]) -> None:
    """A person whom no partner entered and whose entry was confirmed; somebody who was entered meanwhile is not entered twice."""
    if known.has_entered(row["operation_id"], row["resolved_id"]):
        return
    made = {
        "participation_id": entry_key(row["operation_id"], row["person_id"]),
        "operation_id": row["operation_id"],
        "participant_id": row["resolved_id"],
        "status": "submitted",
        "entry_date": row["value"],
        **civil,
        "rural": "unknown",
        "recorded_on": day_of(row["decided_at"]),
    }
    known.enter(made)
    known.come_from(_source(str(made["participation_id"]), row))


def _fill(known: Known, participation_id: str, row: Mapping[str, Any]) -> None:
    if known.fill(participation_id, row["variable"], row["value"], day_of(row["decided_at"]).isoformat()):
        known.come_from(_source(participation_id, row))


def _happen(known: Known, row: Mapping[str, Any]) -> None:
    event_id = f"E-{key('proposal', row['proposal_id'])}"
    known.happen(
        {
            "event_id": event_id,
            "operation_id": row["operation_id"],
            "participant_id": row["resolved_id"],
            "event_date": row["happened_at"],
            "event": row["value"],
            "withdrawn": False,
            "recorded_on": day_of(row["decided_at"]),
        }
    )
    known.come_from(_source(event_id, row))


def _source(identifier: str, row: Mapping[str, Any]) -> dict[str, Any]:
    copied = ("feed", "sender", "delivery_id", "file_name", "file_sha256", "line")
    return {name: row[name] for name in copied} | {
        "subject": f"proposal {row['variable']}",
        "id": identifier,
        "receipts": "+".join(row["receipts"]),
        "first_recorded_on": day_of(row["recorded_at"]),
        "recorded_on": day_of(row["decided_at"]),
        "note": f"proposition n° {row['proposal_id']} ({row['rule']}), confirmée par {row['login']}",
    }
