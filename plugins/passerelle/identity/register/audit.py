"""A blind audit of the machine's links, by stratum of risk: links drawn at random, judged without rule or score, and the bound it proves.

The strata are those in which probabilities deceive: twins, people born on 1 January (often a stand-in for an unknown day), members of one
household, and given names of which one begins like the other. A random sample of everything would hardly meet any of them.
"""

from __future__ import annotations

import math
import random
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.errors import ConfigurationError

STRATA = {
    "twins": "jumeaux possibles : même nom, même date de naissance, autre prénom au registre",
    "first_january": "nés un 1er janvier",
    "household": "même dossier que quelqu'un d'autre",
    "prefix": "un prénom commence comme l'autre, sans être le même",
    "other": "tous les autres",
}
"""Strata of risk, the most dangerous first: a link is in the first that fits. With the words a reader is told."""
CONFIDENCE = 0.95

_DRAWABLE = """
    SELECT l.link_id, l.record_id, l.compared_with,
           CASE WHEN EXISTS (SELECT FROM identity.record t JOIN identity.link tl ON tl.record_id = t.record_id AND tl.revoked_at IS NULL
                             WHERE t.birth_date = r.birth_date AND t.surname_keys = r.surname_keys
                               AND t.given_name_key <> r.given_name_key AND tl.person_id <> l.person_id) THEN 'twins'
                WHEN extract(month FROM r.birth_date) = 1 AND extract(day FROM r.birth_date) = 1 THEN 'first_january'
                WHEN EXISTS (SELECT FROM identity.key k JOIN identity.key o ON o.kind = k.kind
                                AND split_part(o.value, '|', 1) = split_part(k.value, '|', 1)
                                AND split_part(o.value, '|', 2) = split_part(k.value, '|', 2) AND o.value <> k.value
                             WHERE k.record_id = r.record_id AND k.kind = 'dossier_number') THEN 'household'
                WHEN c.given_name_key <> r.given_name_key THEN 'prefix'
                ELSE 'other' END AS stratum
    FROM identity.link l
    JOIN identity.record r ON r.record_id = l.record_id
    JOIN identity.record c ON c.record_id = l.compared_with
    WHERE l.revoked_at IS NULL AND l.decided_by LIKE 'rule:%'
      AND NOT EXISTS (SELECT FROM identity.audit a WHERE a.link_id = l.link_id)
    ORDER BY l.link_id
"""


def draw(connection: Connection, per_stratum: int, seed: int, by: tuple[str, datetime]) -> dict[str, int]:
    """Draws as many links of every stratum, reproducibly from the seed; how many were drawn of each."""
    login, at = by
    strata: dict[str, list[Any]] = {name: [] for name in STRATA}
    for row in connection.execute(text(_DRAWABLE)):
        strata[row.stratum].append(row)
    chance = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, not a secret
    rows = [
        {
            "stratum": name,
            "link": row.link_id,
            "record": row.record_id,
            "other": row.compared_with,
            "population": len(links),
            "at": at,
            "login": login,
        }
        for name, links in strata.items()
        for row in chance.sample(links, min(per_stratum, len(links)))
    ]
    if rows:
        connection.execute(_DRAW, rows)
    return {name: sum(row["stratum"] == name for row in rows) for name in STRATA}


_DRAW = text("""
    INSERT INTO identity.audit (stratum, link_id, record_id, compared_with, population, drawn_at, drawn_by)
    VALUES (:stratum, :link, :record, :other, :population, :at, :login)
""")


def unjudged(connection: Connection, limit: int) -> list[tuple[int, UUID, UUID]]:
    """Pairs that nobody has judged: number and two records, in an order that does not tell the stratum."""
    query = text("""
        SELECT audit_id, record_id, compared_with FROM identity.audit WHERE verdict IS NULL
        ORDER BY md5(audit_id::text), audit_id LIMIT :limit
    """)
    return [(row.audit_id, row.record_id, row.compared_with) for row in connection.execute(query, {"limit": limit})]


def judge(connection: Connection, audit_id: int, verdict: str, by: tuple[str, datetime]) -> None:
    """Records a verdict, once. ConfigurationError when the pair was judged, or was never drawn."""
    query = text("""
        UPDATE identity.audit SET verdict = :verdict, judged_by = :login, judged_at = :at WHERE audit_id = :id AND verdict IS NULL
    """)
    if connection.execute(query, {"verdict": verdict, "login": by[0], "at": by[1], "id": audit_id}).rowcount == 0:
        raise ConfigurationError(f"La paire {audit_id} n'attend pas de verdict : elle n'existe pas, ou elle est jugée.")


def report(connection: Connection) -> list[dict[str, Any]]:
    """Per stratum: drawn, judged, wrong, doubtful (which count as wrong), and the upper bound of the error rate that this proves."""
    query = text("""
        SELECT stratum, count(*) AS drawn, count(verdict) AS judged, count(*) FILTER (WHERE verdict = 'different') AS wrong,
               count(*) FILTER (WHERE verdict = 'unsure') AS unsure, max(population) AS population
        FROM identity.audit GROUP BY stratum
    """)
    found = {row["stratum"]: dict(row) for row in connection.execute(query).mappings()}
    return [
        row | {"words": STRATA[name], "upper_bound": upper_bound(row["wrong"] + row["unsure"], row["judged"])}
        for name in STRATA
        if (row := found.get(name))
    ]


def require(connection: Connection) -> None:
    """Raises ConfigurationError unless links were drawn and every pair drawn, so every stratum that had links, was judged."""
    query = text("SELECT stratum, count(*) FILTER (WHERE verdict IS NULL) AS waiting FROM identity.audit GROUP BY stratum")
    waiting = {row.stratum: row.waiting for row in connection.execute(query)}
    if not waiting:
        raise ConfigurationError(
            "Le réglage « identity_layer: ranked » demande un contrôle à l'aveugle des liens de cet entrepôt, et aucun n'y est inscrit. "
            "Laissez « identity_layer: certain », tirez des liens au sort par « passerelle identity audit draw », jugez-les."
        )
    left = [f"{waiting[name]} ({STRATA[name]})" for name in STRATA if waiting.get(name)]
    if left:
        raise ConfigurationError(
            "Le réglage « identity_layer: ranked » demande un contrôle à l'aveugle terminé ; des paires attendent un verdict : "
            f"{', '.join(left)}. Voyez-les par « passerelle identity audit next », jugez-les par « passerelle identity audit judge »."
        )


def upper_bound(wrong: int, judged: int, confidence: float = CONFIDENCE) -> float:
    """The highest error rate that still would show so few errors with this probability (Clopper-Pearson, one-sided).

    >>> round(upper_bound(0, 300), 5), upper_bound(0, 0), upper_bound(2, 2)
    (0.00994, 1.0, 1.0)
    """
    if judged == 0 or wrong >= judged:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, judged, middle) > 1 - confidence else (low, middle)
    return high


def _at_most(wrong: int, judged: int, rate: float) -> float:
    """The probability of at most so many errors among so many, each with this rate."""
    return sum(math.comb(judged, k) * rate**k * (1 - rate) ** (judged - k) for k in range(wrong + 1))
