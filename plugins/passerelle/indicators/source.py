"""Participations out of the warehouse: what the published deliveries say of every operation.

The key of a participant is the person the gateway recognised, so somebody whom two partners enter in one operation counts once.
A published row is a submitted one: partners' contracts know neither drafts nor withdrawals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Boolean, ColumnClause, Date, DateTime, Engine, Integer, RowMapping, Text, Uuid, column, select, table

from passerelle.indicators.intake import Intake
from passerelle.indicators.layouts import PARTICIPATIONS
from passerelle.indicators.participation import Origin, Status
from passerelle.indicators.rows import Names, of_records, rows_of_text, with_origins
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
        return intake_of(connection.execute(query).mappings())


def intake_of(view: Iterable[RowMapping | Mapping[str, Any]]) -> Intake:
    """Rows of the view as the engine reads them: the canonical words of the file, so that both are judged by the same rules."""
    rows = list(view)
    operations, participants = Names(), Names()
    text = of_records(PARTICIPATIONS, [_record(row) for row in rows])
    read = rows_of_text(text, PARTICIPATIONS, operations, participants)
    origins = [Origin(line=row["line"], delivery_id=row["delivery_id"], feed=row["feed"], sender=row["sender"]) for row in rows]
    read = with_origins(read, origins, [_microseconds(row["recorded_at"]) for row in rows])
    return Intake(participations=read, operation_names=operations, participant_names=participants)


def _record(row: RowMapping | Mapping[str, Any]) -> dict[str, str]:
    recorded: datetime = row["recorded_at"]
    keys = {
        # Every row of the view is a participation of its own: the view has chosen among the versions already.
        "participation_id": "/".join(str(row[name]) for name in ("delivery_id", "line", "participation_key", "operation_id")),
        "operation_id": row["operation_id"] or "",
        "participant_id": str(row["person_id"]),
        "status": Status.SUBMITTED.value,
        "recorded_on": recorded.astimezone(CALENDAR).date().isoformat(),
    }
    return {**keys, **{one.name: _word(row[one.name]) for one in _PAYLOAD}}


def _word(value: object) -> str:
    """A value of the warehouse in the words of the file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _microseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1_000_000)
