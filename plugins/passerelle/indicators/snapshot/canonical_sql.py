"""SQL of the canonical rows, out of what partners stated: participations with their exits, events, observations, the source of each.

Each query (of DuckDB, over the views of :mod:`.statements_sql`) makes the rows of one canonical file: words, days and whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from passerelle.indicators.layouts import IMPROVEMENTS
from passerelle.indicators.snapshot import canonical
from passerelle.indicators.snapshot.statements_sql import stated_first, stated_table

COUNTABLE = "status in ('submitted', 'corrected')"
"""SQL of the forms that may count; the others are drafts, or were taken back."""
UNMATCHED = "exit_unmatched"
"""An exit whose participation is not known in the operation: it counts for nothing and does not disappear."""
ENTERED, HAPPENED, OBSERVED = "esf_known_participation", "esf_known_event", "esf_known_observation"
SOURCES, GRID = "esf_known_source", "esf_known_grid"


def _hashed(prefix: str, *parts: str) -> str:
    """SQL of :func:`.known.key`."""
    joined = " || '|' || ".join(parts)
    return f"'{prefix}' || left(sha256({joined}), 20)"


def _yes(column: str) -> str:
    return f"case when {column} then 'yes' when not {column} then 'no' end"


def day(column: str) -> str:
    """PostgreSQL of the calendar day of a moment, in Paris."""
    return f"to_char({column} at time zone 'Europe/Paris', 'YYYY-MM-DD')"


_NUMBERED = _hashed("P-", "s.sender", "s.participation_number")
_PARTICIPATION = (
    f"case when s.participation_number is null then {_hashed('P-', 's.sender', 's.person_id::text', 's.fact_key')} else {_NUMBERED} end"
)
_EVENT, _OBSERVATION = _hashed("E-", "s.sender", "s.fact_key"), _hashed("O-", "s.sender", "s.fact_key")
_IMPROVEMENT = ", ".join(f"case when s.{name} then '{name}' end" for name in IMPROVEMENTS)
_PENDING = ", ".join("s.entry_date" if name == "entry_date" else "null" for name in canonical.PARTICIPATIONS[4:-1])
"""Of a form that was not submitted, or was taken back, nothing but its day of entry is kept."""


def _last_exit(exits: str, *told: str) -> str:
    """SQL of what the last exit that a sender told of each participation says."""
    said = ", ".join(f"'{name}': {name}" for name in told)
    return f"""
        select sender, participation_number, unnest(arg_max({{{said}}}, (published_at, delivery_id, line)))
        from {exits} every_exit group by sender, participation_number
    """


_TOLD_OF_EXIT = ("feed", "delivery_id", "file_name", "file_sha256", "line", "receipts", "first_published_on", "published_on")


_PLACE = """
    s.feed, s.sender, s.delivery_id::text as delivery_id, s.file_name, s.file_sha256, s.line::text as line, s.receipts,
    s.first_published_on::text as first_recorded_on, s.published_on::text as recorded_on
"""
TABLES = {
    ENTERED: f"""
        select {_PARTICIPATION} as participation_id, s.operation_id, s.person_id::text as participant_id, 'submitted' as status,
               s.sex, s.birth_date, s.entry_date, x.exit_date,
               s.labour_at_entry, s.unemployment_months,
               {_yes("s.in_education_at_entry")} as in_education_at_entry, s.isced_level,
               s.disability, s.nationality_group, s.foreign_background, s.minority, s.housing_exclusion,
               coalesce({_yes("g.rural")}, 'unknown') as rural, s.direct_support_days,
               s.attempt_on, greatest(s.published_on, x.published_on) as recorded_on
        from {stated_table("participation")} s
        left join ({_last_exit(stated_table("participation_exit"), "exit_date", "published_on")}) x
          on x.sender = s.sender and x.participation_number = s.participation_number
        left join {GRID} g on g.code = s.commune_code
        union all
        select {_NUMBERED}, s.operation_id, s.person_id::text, s.status, {_PENDING}, s.published_on
        from {stated_table("participation_pending")} s
    """,
    HAPPENED: f"""
        select {_EVENT} as event_id, s.operation_id, s.person_id::text as participant_id, s.event_date, s.event,
               coalesce({_yes("s.withdrawn")}, 'no') as withdrawn, s.published_on as recorded_on
        from {stated_table("participation_event")} s
    """,
    OBSERVED: f"""
        select {_OBSERVATION} as observation_id, s.operation_id, s.person_id::text as participant_id, s.observed_on,
               s.situation, nullif(concat_ws('+', {_IMPROVEMENT}), '') as improvement, coalesce({_yes("s.sampled")}, 'no') as sampled,
               coalesce({_yes("s.withdrawn")}, 'no') as withdrawn, s.published_on as recorded_on
        from {stated_table("participation_observation")} s
    """,
    SOURCES: f"""
        select 'participation' as subject, {_PARTICIPATION} as id, {_PLACE},
               case when g.rural is not null then 'commune de résidence, grille de densité ' || g.year end as note
        from {stated_first("participation")} s left join {GRID} g on g.code = s.commune_code
        union all
        select 'participation', {_NUMBERED}, {_PLACE}, null from {stated_first("participation_pending")} s
        union all
        select case when p.sender is null then '{UNMATCHED}' else 'exit' end, {_NUMBERED}, {_PLACE},
               case when p.sender is null then 'sortie sans participation connue dans cette opération' end
        from ({_last_exit(stated_first("participation_exit"), *_TOLD_OF_EXIT)}) s
        left join (
            select distinct sender, participation_number from {stated_table("participation")} s where participation_number is not null
        ) p on p.sender = s.sender and p.participation_number = s.participation_number
        union all
        select 'event', {_EVENT}, {_PLACE}, null from {stated_first("participation_event")} s
        union all
        select 'observation', {_OBSERVATION}, {_PLACE}, null from {stated_first("participation_observation")} s
    """,
}
NUMBERS = ("unemployment_months", "isced_level", "direct_support_days")
"""Columns of whole numbers, whose order is not that of their words."""
FILES: Mapping[str, tuple[str, Sequence[str]]] = {
    "participations.csv": (ENTERED, canonical.PARTICIPATIONS),
    "events.csv": (HAPPENED, canonical.EVENTS),
    "six_months.csv": (OBSERVED, canonical.SIX_MONTHS),
    "sources.csv": (SOURCES, canonical.SOURCES),
}
RESULTS: Mapping[str, str] = {"events.csv": "participation_event", "six_months.csv": "participation_observation"}
"""Files of results by the table partners fill: without any row of anybody they are not given, which is not 0."""
