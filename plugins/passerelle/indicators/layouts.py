"""The columns of the three large files of the interface: participations, events, situations six months after leaving."""

from __future__ import annotations

from passerelle.indicators.columns import Column
from passerelle.indicators.participation import Answer, Answered, Labour, Nationality, Outcome, Sex, Status

ANSWERS = tuple(Answered)
YES_NO = ("no", "yes")
"""In this order the number of ``yes`` is 1."""
RURAL = ("no", "yes", "unknown")
EVENTS = (*Outcome, "in_education", "qualification")
OBSERVED = (*Outcome, "unreachable")
IMPROVEMENTS = ("stability", "hours", "responsibility", "promotion")

_PARTICIPANT = (Column("operation_id", is_text=True, needed=True, private=False), Column("participant_id", is_text=True, needed=True))
_RECORDED = Column("recorded_on", is_day=True, needed=True)

PARTICIPATIONS: tuple[Column, ...] = (
    Column("participation_id", is_text=True, needed=True),
    *_PARTICIPANT,
    Column("status", codes=tuple(Status), needed=True),
    Column("sex", codes=tuple(Sex)),
    Column("birth_date", is_day=True),
    Column("entry_date", is_day=True),
    Column("exit_date", is_day=True, optional=True),
    Column("labour_at_entry", codes=tuple(Labour)),
    Column("unemployment_months", limits=(0, 999)),
    Column("in_education_at_entry", codes=YES_NO, optional=True),
    Column("isced_level", limits=(0, 8)),
    *(Column("disability", codes=tuple(Answer), optional=True), Column("nationality_group", codes=tuple(Nationality), optional=True)),
    *(Column(name, codes=tuple(Answer), optional=True) for name in ("foreign_background", "minority", "housing_exclusion")),
    Column("rural", codes=RURAL, optional=True),
    Column("direct_support_days", limits=(0, 99999), optional=True),
    Column("attempt_on", is_day=True, optional=True),
    _RECORDED,
)
EVENT_COLUMNS: tuple[Column, ...] = (
    Column("event_id", is_text=True, needed=True),
    *_PARTICIPANT,
    Column("event_date", is_day=True, needed=True),
    Column("event", codes=EVENTS, needed=True),
    Column("withdrawn", codes=YES_NO, optional=True),
    _RECORDED,
)
OBSERVATION_COLUMNS: tuple[Column, ...] = (
    Column("observation_id", is_text=True, needed=True),
    *_PARTICIPANT,
    Column("observed_on", is_day=True, needed=True),
    Column("situation", codes=OBSERVED, needed=True),
    Column("improvement", codes=IMPROVEMENTS, joined=True, optional=True),
    Column("sampled", codes=YES_NO, optional=True),
    Column("withdrawn", codes=YES_NO, optional=True),
    _RECORDED,
)


def headings(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Their names, in order."""
    return tuple(column.name for column in columns)
