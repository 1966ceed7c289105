"""Participations out of the warehouse: what the published deliveries say of every operation.

The key of a participant is the person the gateway recognised, so somebody whom two partners enter in one operation counts once.
A published row is a submitted one: partners' contracts know neither drafts nor withdrawals.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import BigInteger, Boolean, ColumnClause, Date, DateTime, Engine, Integer, RowMapping, Text, Uuid, column, select, table

from passerelle.indicators.intake import Intake, Rejected, Remark, Severity
from passerelle.indicators.participation import Origin, Participation, Status
from passerelle.warehouse.connect import transaction

CALENDAR = ZoneInfo("Europe/Paris")
"""Whose days count: something recorded on 31 December at 23:30 in Paris is known at the cut-off of that day."""

_PAYLOAD: tuple[ColumnClause[Any], ...] = (
    column("sex", Text),
    column("birth_date", Date),
    column("entry_date", Date),
    column("labour_at_entry", Text),
    column("unemployment_months", Integer),
    column("in_education_at_entry", Boolean),
    column("isced_level", Integer),
)
_VIEW = table(
    "participation_current",
    column("participation_key", Text),
    column("operation_id", Text),
    column("person_id", Uuid),
    *_PAYLOAD,
    column("recorded_at", DateTime(timezone=True)),
    column("stamp", DateTime(timezone=True)),
    column("feed", Text),
    column("sender", Text),
    column("delivery_id", BigInteger),
    column("line", BigInteger),
    schema="esf",
)


def read_warehouse(engine: Engine, operation_id: str | None = None) -> Intake:
    """The participations of one operation, or of all. Raises TransientError when the warehouse does not answer."""
    query = select(_VIEW).order_by(_VIEW.c.delivery_id, _VIEW.c.line, _VIEW.c.participation_key, _VIEW.c.operation_id, _VIEW.c.entry_date)
    if operation_id is not None:
        query = query.where(_VIEW.c.operation_id == operation_id)
    with transaction(engine) as connection:
        read = [participation_of(row) for row in connection.execute(query).mappings()]
    rejected = tuple(one for one in read if isinstance(one, Rejected))
    return Intake(
        participations=tuple(one for one in read if isinstance(one, Participation)),
        rejected=rejected,
        remarks=tuple(_remark(one) for one in rejected),
    )


def participation_of(row: RowMapping | dict[str, Any]) -> Participation | Rejected:
    """One row of the view as a participation, or as rejected when a value is outside its closed list."""
    recorded: datetime = row["recorded_at"]
    keys = {
        # Every row of the view is a participation of its own: the view has chosen among the versions already.
        "participation_id": "/".join(str(row[name]) for name in ("delivery_id", "line", "participation_key", "operation_id")),
        "operation_id": row["operation_id"] or "",
        "participant_id": str(row["person_id"]),
        "recorded_on": recorded.astimezone(CALENDAR).date(),
        "origin": Origin(line=row["line"], delivery_id=row["delivery_id"], feed=row["feed"], sender=row["sender"]),
    }
    if not row["operation_id"]:
        return Rejected.model_validate({**keys, "reason": "L’opération n’est pas indiquée."})
    payload = {one.name: row[one.name] for one in _PAYLOAD}
    try:
        return Participation.model_validate({**keys, **payload, "status": Status.SUBMITTED, "recorded_at": recorded.astimezone(UTC)})
    except ValidationError as error:
        wrong = sorted({str(item["loc"][0]) for item in error.errors(include_input=False)})
        return Rejected.model_validate({**keys, "reason": f"Valeur hors de la liste attendue : {', '.join(wrong)}."})


def _remark(row: Rejected) -> Remark:
    return Remark(
        rule="esf.row.value",
        severity=Severity.ERROR,
        operation=row.operation_id or None,
        participant=row.participant_id,
        line=row.origin.line,
        message=row.reason,
    )
