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
    """Per week, the last ``count``: made, decided, how (same is what the machine had supposed), and links people took back."""
    query = text("""
        WITH week AS (
            SELECT generate_series(date_trunc('week', CAST(:at AS timestamptz)) - (:count - 1) * interval '1 week',
                                   date_trunc('week', CAST(:at AS timestamptz)), interval '1 week') AS starts
        )
        SELECT w.starts::date AS week,
               (SELECT count(*) FROM identity.suggestion g
                   WHERE g.made_at >= w.starts AND g.made_at < w.starts + interval '1 week') AS made,
               d.decided, d.same, d.different, d.unsure, d.median_days,
               (SELECT count(*) FROM identity.link l WHERE l.decided_by LIKE 'rule:%' AND l.rule <> 'NEW'
                   AND l.decided_at >= w.starts AND l.decided_at < w.starts + interval '1 week') AS linked,
               (SELECT count(*) FROM identity.event e JOIN identity.event_link el ON el.event_id = e.event_id AND el.effect = 'revoked'
                   JOIN identity.link l ON l.link_id = el.link_id AND l.decided_by LIKE 'rule:%' AND l.rule <> 'NEW'
                   WHERE e.kind = 'split' AND e.at >= w.starts AND e.at < w.starts + interval '1 week') AS taken_back
        FROM week w
        CROSS JOIN LATERAL (
            SELECT count(*) AS decided, count(*) FILTER (WHERE decision = 'same') AS same,
                   count(*) FILTER (WHERE decision = 'different') AS different, count(*) FILTER (WHERE decision = 'unsure') AS unsure,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - made_at) / 86400) AS median_days
            FROM identity.suggestion WHERE decided_at >= w.starts AND decided_at < w.starts + interval '1 week'
        ) d
        ORDER BY 1
    """)
    return [dict(row) for row in connection.execute(query, {"at": at, "count": count}).mappings()]
