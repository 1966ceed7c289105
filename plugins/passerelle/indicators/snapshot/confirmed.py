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
    with recursive standing as (
        select r.from_person, r.to_person from identity.redirect r left join identity.event e on e.event_id = r.ended_by
        where r.made_at <= :moment and (r.ended_by is null or e.at > :moment)
    ), walk as (
        select distinct person_id, person_id as resolved_id, 0 as steps from esf.proposal where operation_id = :operation
        union all
        select w.person_id, s.to_person, w.steps + 1 from walk w join standing s on s.from_person = w.resolved_id
    ), leads as (
        select distinct on (person_id) person_id, resolved_id from walk order by person_id, steps desc
    )
    select p.*, r.resolved_id, d.decision_id, d.login, d.at as decided_at, l.file_name, l.sha256 as file_sha256,
           array(select n.number from ledger.receipt n where n.delivery_id = p.delivery_id order by n.receipt_id) as receipts
    from esf.proposal p
    join lateral (
        select * from esf.decision d where d.proposal_id = p.proposal_id and d.at <= :moment order by d.decision_id desc limit 1
    ) d on d.verdict = 'confirmed'
    join leads r on r.person_id = p.person_id
    join ledger.delivery l on l.delivery_id = p.delivery_id
    where p.operation_id = :operation
    order by d.decision_id
""")
_CIVIL = text("""
    with said as (
        select l.person_id, r.record_id, r.birth_date, r.sex, max(d.stamp) as stamp,
               case when bool_or(s.nir_certified) then 1 when r.source = 'caf_msa' then 2 when r.source = 'france_travail' then 3 else 4 end
                   as place
        from identity.link l
        join identity.record r on r.record_id = l.record_id
        join identity.sighting s on s.record_id = r.record_id
        join ledger.delivery d on d.delivery_id = s.delivery_id
        join lateral (
            select t.state from ledger.transition t
            where t.delivery_id = d.delivery_id and t.at <= :moment order by t.transition_id desc limit 1
        ) last on last.state = 'published'
        where l.person_id = any(:persons) and l.decided_at <= :moment and (l.revoked_at is null or l.revoked_at > :moment)
        group by l.person_id, r.record_id
    )
    select person_id,
           (array_agg(birth_date order by place, stamp desc, record_id) filter (where birth_date is not null))[1] as birth_date,
           (array_agg(sex order by place, stamp desc, record_id) filter (where sex <> ''))[1] as sex
    from said group by person_id
""")
_EMPTY = (None, "", "unknown", "not_collected")
"""Values that say nothing yet."""
_SEXES = ("F", "M", "N")


def complete(connection: Connection, known: Known, operation_id: str, moment: datetime) -> None:
    """Adds what was confirmed by the moment to what is known of the operation; of two confirmed values the later decision speaks."""
    rows = [dict(row) for row in connection.execute(_CONFIRMED, {"operation": operation_id, "moment": moment}).mappings()]
    entries = [row for row in rows if row["variable"] == ENTRY and row["participation_id"] is None]
    civil = _civil(connection, [row["resolved_id"] for row in entries], moment)
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


def _civil(connection: Connection, persons: list[Any], moment: datetime) -> dict[Any, dict[str, Any]]:
    """Sex and birth date as the register knew them at the moment: certified first, then the CAF's (as ``identity.golden`` today)."""
    if not persons:
        return {}
    found = connection.execute(_CIVIL, {"persons": persons, "moment": moment}).mappings()
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
