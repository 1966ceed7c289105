"""The queue of doubtful matches: what waits, what a reviewer decides, and the weekly figure of how many, how old, how right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from passerelle.errors import ConfigurationError
from passerelle.identity import store
from passerelle.identity.reasons import EXPLANATIONS
from passerelle.identity.register import overrides, suggestions
from passerelle.identity.register.acts import Act, refuse_personal
from passerelle.identity.register.persons import find, names_of
from passerelle.identity.register.proposals import Intent, Outcome, submit


def waiting(connection: Connection, at: datetime, *, reason: str | None = None, mine: str | None = None) -> list[dict[str, Any]]:
    """The queue: what blocks an open right first, then the oldest. ``mine``: only what this login took."""
    query = text("""
        SELECT suggestion_id, record_id, person_id, holder, reason, detail, score, state, assignee, made_at, due_at, age_days, blocks
        FROM identity.queue_on(:at)
        WHERE (CAST(:reason AS text) IS NULL OR reason = :reason) AND (CAST(:mine AS text) IS NULL OR assignee = :mine)
        ORDER BY state = 'proposed', NOT ('droit RSA ouvert' = ANY(blocks)), made_at, suggestion_id
    """)
    found = connection.execute(query, {"at": at, "reason": reason, "mine": mine}).mappings()
    return [dict(row) | {"explanation": EXPLANATIONS.get(row["reason"], "")} for row in found]


def decide(connection: Connection, suggestion_id: int, decision: str, act: Act) -> Outcome:
    """What a reviewer says of a suggestion: ``same`` merges the two persons, ``different`` forbids it, ``unsure`` leaves it to others.

    Raises ConfigurationError when the suggestion no longer waits, or the persons cannot be merged.
    """
    store.lock(connection)
    found = suggestions.get(connection, suggestion_id)
    if found["state"] not in suggestions.WAITING or found["holder"] in (None, found["candidate"]):
        raise ConfigurationError(f"La suggestion {suggestion_id} n'attend plus de décision. Rien n'a été changé.")
    if found["state"] == "proposed":
        raise ConfigurationError(f"La suggestion {suggestion_id} attend la confirmation d'un autre agent. Rien n'a été changé.")
    pair = (found["holder"], found["candidate"])
    if decision == suggestions.SAME:
        subject = {"a": str(pair[0]), "b": str(pair[1]), "suggestion": suggestion_id}
        return submit(connection, Intent("merge", subject), act)
    refuse_personal(act.reason, names_of(connection, pair))
    if decision == suggestions.UNSURE:
        suggestions.note(connection, suggestion_id, decision, "deferred", act)
        return Outcome(None, None, {"suggestion": suggestion_id})
    event_id = overrides.never(connection, pair[0], pair[1], act)
    suggestions.settle(connection, pair, decision, (event_id, act))
    return Outcome(event_id, None, {"persons": [str(person) for person in pair]})


def never(connection: Connection, left: Any, right: Any, act: Act) -> int:
    """Two persons, or records, are never the same; what the queue asks about them is settled. The event."""
    store.lock(connection)
    pair = (find(connection, left), find(connection, right))
    refuse_personal(act.reason, names_of(connection, pair))
    event_id = overrides.never(connection, left, right, act)
    if (left, right) == pair:
        suggestions.settle(connection, pair, suggestions.DIFFERENT, (event_id, act))
    return event_id


def weeks(connection: Connection, at: datetime, count: int = 8) -> list[dict[str, Any]]:
    """Of each of the last ``count`` weeks: how many, how old, how right.

    ``made`` and ``decided`` (``same`` is what the machine had supposed, ``right_pct`` its share), ``unsure``, ``waiting`` at the end of the
    week and for how many days the oldest, days to a decision, links the machine made by itself (``linked``) and those people took back.
    """
    values = {"at": at, "count": count, "waiting": list(suggestions.WAITING)}
    return [dict(row) for row in connection.execute(_WEEKS, values).mappings()]


_WEEKS = text("""
    WITH week AS (
        SELECT s AS starts, least(s + interval '1 week', CAST(:at AS timestamptz)) AS ends
        FROM generate_series(date_trunc('week', CAST(:at AS timestamptz)) - (:count - 1) * interval '1 week',
                             date_trunc('week', CAST(:at AS timestamptz)), interval '1 week') s
    ), made AS (
        SELECT date_trunc('week', made_at) AS starts, count(*) AS made FROM identity.suggestion WHERE state <> 'withdrawn' GROUP BY 1
    ), decided AS (
        SELECT date_trunc('week', decided_at) AS starts, count(*) FILTER (WHERE state = 'decided') AS decided,
               count(*) FILTER (WHERE state = 'decided' AND decision = 'same') AS same,
               count(*) FILTER (WHERE state = 'decided' AND decision = 'different') AS different,
               count(*) FILTER (WHERE state = 'deferred') AS unsure,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - made_at) / 86400)
                   FILTER (WHERE state = 'decided') AS median_days
        FROM identity.suggestion WHERE decided_at IS NOT NULL GROUP BY 1
    ), waited AS (
        SELECT w.starts, count(*) AS waiting, max(w.ends::date - g.made_at::date) AS oldest_days
        FROM week w
        JOIN identity.suggestion g
          ON g.made_at <= w.ends AND (g.state = ANY(:waiting) OR g.state = 'decided' AND g.decided_at > w.ends)
        GROUP BY w.starts
    ), linked AS (
        SELECT date_trunc('week', decided_at) AS starts, count(*) AS linked
        FROM identity.link
        WHERE decided_by LIKE 'rule:%' AND rule NOT IN ('NEW', 'ALWAYS', 'FOLLOWS') AND decided_at >= (SELECT min(starts) FROM week)
        GROUP BY 1
    ), taken_back AS (
        SELECT date_trunc('week', e.at) AS starts, count(*) AS taken_back
        FROM identity.event e
        JOIN identity.event_link el ON el.event_id = e.event_id AND el.effect = 'revoked'
        JOIN identity.link l ON l.link_id = el.link_id AND l.decided_by LIKE 'rule:%' AND l.rule NOT IN ('NEW', 'ALWAYS', 'FOLLOWS')
        LEFT JOIN identity.event undone ON undone.event_id = e.undoes
        WHERE e.kind = 'split' OR undone.kind = 'relink'
        GROUP BY 1
    )
    SELECT w.starts::date AS week, coalesce(made, 0) AS made, coalesce(decided, 0) AS decided, coalesce(same, 0) AS same,
           coalesce(different, 0) AS different, coalesce(unsure, 0) AS unsure,
           round(100.0 * same / nullif(decided, 0), 1)::float AS right_pct, median_days,
           coalesce(waiting, 0) AS waiting, oldest_days, coalesce(linked, 0) AS linked, coalesce(taken_back, 0) AS taken_back
    FROM week w
    LEFT JOIN made USING (starts)
    LEFT JOIN decided USING (starts)
    LEFT JOIN waited USING (starts)
    LEFT JOIN linked USING (starts)
    LEFT JOIN taken_back USING (starts)
    ORDER BY w.starts
""")
