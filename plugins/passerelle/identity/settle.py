"""From pairs to verdicts: who is one person (clusters), what a reviewer must look at, and nothing else.

Records tied by certain or accepted pairs form a cluster: one person, on both sides of a link and within a file. A cluster that would
hold two coherent NIRs or two sexes is taken apart, the accepted pairs first, then the certain ones that rest on no NIR; what was taken
apart goes to review. A review joins nobody. The order of rows, and which file is called left, change nothing.
"""

from __future__ import annotations

from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from passerelle.identity.accept import ALL_VETOES, NEAR_GIVEN, NEAR_SURNAME, NUMBER, OTHER_CONTACT, SAME_HOME, SAME_PLACE, SLIP_OF_DATE
from passerelle.identity.accept import RULES as ACCEPTING
from passerelle.identity.certain import CIVIL_STATUS, CONTACT, SAME_DATE, SAME_GIVEN, both, either, negated
from passerelle.identity.certain import RULES as CERTAIN
from passerelle.identity.compare import MISSING, is_any
from passerelle.identity.plans import Executes

VIA: Final = "VIA"
"""The rule of two records that are one person because each is tied to a third."""
REVIEW_FROM: Final = -2.5
"""Bits from which a pair is worth a look when neither record has found anybody."""
REVIEW_LINKED: Final = 12.0
"""The same where one of them has been recognised in the other file already."""
REVIEW_BOTH_LINKED: Final = 24.0
"""The same where both have been, each with somebody else."""
CONFLICT, SAME_NIR, SAME_IDENTIFIER, RANKED, NEAR_MISS = "conflict", "same_nir", "same_identifier", "ranked", "same_civil_status"
WORDS: Final = {
    VIA: "Chacun des deux est la même personne qu'un troisième enregistrement.",
    CONFLICT: "Les réunir donnerait à une personne deux NIR ou deux sexes.",
    SAME_NIR: "Même NIR, mais l'état civil ne concorde pas assez.",
    SAME_IDENTIFIER: "Même identifiant chez le partenaire, mais l'état civil ne concorde pas assez.",
    RANKED: "Vraisemblable, sans qu'une règle permette de l'affirmer.",
    NEAR_MISS: "État civil concordant, sans numéro ni contact en commun.",
} | {rule.id: rule.words for rule in (*CERTAIN, *ACCEPTING, *ALL_VETOES)}
"""What a French reader is told of each rule and reason."""

_SAME_NIR: Final = is_any("nir", "same", "same_doubtful")
TWINS: Final = both(is_any("given", "different"), NEAR_SURNAME, SAME_DATE, SAME_PLACE)
SOMEBODY_ELSE: Final = both(
    negated(NUMBER),
    either(
        both(is_any("given", "different"), is_any("dob", "different", "close"), either(CONTACT, _SAME_NIR)),
        both(
            TWINS,
            negated(_SAME_NIR),
            negated(CONTACT),
            either(negated(SAME_HOME), OTHER_CONTACT, is_any("nir", "near")),
        ),
        both(is_any("dob", "different"), is_any("place", "different", "departement", "unknown"), negated(_SAME_NIR)),
    ),
)
"""Not worth a look: a relative, with another given name and another birth date, however much of the household is shared; a twin, with
another given name and nothing of one's own in common; a parent or cousin of the same name, born another day in another place."""
NOBODY: Final = both(is_any("given", MISSING), is_any("surname", MISSING), is_any("dob", MISSING))
"""No civil status to compare: a shared phone number then says nothing of who."""
ONE_NUMBER: Final = either(
    is_any("ft", "same"), is_any("other", "own"), both(is_any("dossier", "own"), either(SAME_GIVEN, SAME_DATE)),
    both(is_any("dossier", "member"), NEAR_GIVEN, either(SAME_DATE, SLIP_OF_DATE)),
)  # fmt: skip
"""A number of one person; or one of a household, with the role and something more: brothers and sisters have it in common, twins their
birth date too."""
OTHER_NIR: Final = both(CIVIL_STATUS, is_any("nir", "near", "different"))

_Numbers = npt.NDArray[np.int64]
_STRENGTHS: Final = 3
"""0: certain by the NIR; 1: certain otherwise; 2: accepted."""


def settle(connection: duckdb.DuckDBPyConnection, *, is_certain_only: bool) -> None:
    """Makes the tables ``cluster`` (every record) and ``review`` (``a``, ``b``, ``reason``, ``score``) from the pairs judged before."""
    judged = "SELECT a, b, 2 AS strength FROM judged WHERE veto IS NULL"
    by_nir = sum(rule.id.startswith("N") for rule in CERTAIN)
    connection.execute(f"""
        CREATE OR REPLACE TABLE tie AS
        SELECT a, b, if(rule < {by_nir}, 0, 1) AS strength FROM certain {"" if is_certain_only else f"UNION ALL {judged}"}""")
    _make_clusters(connection)
    review_pairs(connection, is_certain_only=is_certain_only)


def review_pairs(connection: Executes, *, is_certain_only: bool) -> None:
    """Makes the table ``review``: the pairs of two clusters that a person must look at; ``dropped`` are the ties that were taken apart."""
    if is_certain_only:
        _review_certain(connection)
    else:
        _review_ranked(connection)


def _make_clusters(connection: duckdb.DuckDBPyConnection) -> None:
    (size,) = connection.execute("SELECT count(*) FROM record").fetchall()[0]
    ties = {name: values.astype(np.int64) for name, values in connection.execute("SELECT a, b, strength FROM tie").fetchnumpy().items()}
    kept = np.ones(len(ties["a"]), dtype=np.bool_)
    labels = components(size, ties["a"], ties["b"])
    tied = np.zeros(size, dtype=np.bool_)
    tied[ties["a"]] = tied[ties["b"]] = True
    broken = _broken(connection, labels, np.flatnonzero(tied))
    for strength in reversed(range(_STRENGTHS)):
        if not len(broken):
            break
        inside = np.isin(labels[ties["a"]], broken)
        kept &= ~(inside & (ties["strength"] >= strength))
        members = np.flatnonzero(np.isin(labels, broken))
        labels[members] = components(size, ties["a"][inside & kept], ties["b"][inside & kept])[members]
        broken = _broken(connection, labels, members)
    connection.register("labels", pa.table({"rid": np.arange(size), "cluster": labels}))
    connection.execute("CREATE OR REPLACE TABLE cluster AS SELECT rid, cluster, side FROM labels JOIN record USING (rid)")
    connection.unregister("labels")
    connection.register("dropped_ties", pa.table({"a": ties["a"][~kept], "b": ties["b"][~kept]}))
    connection.execute("CREATE OR REPLACE TABLE dropped AS SELECT a, b FROM dropped_ties")


def components(size: int, left: _Numbers, right: _Numbers) -> _Numbers:
    """The smallest number each of ``size`` nodes is connected with.

    >>> components(5, np.array([3, 1]), np.array([4, 3])).tolist()
    [0, 1, 2, 1, 1]
    """
    labels = np.arange(size)
    while True:
        lowest = np.minimum(labels[left], labels[right])
        before = labels.copy()
        np.minimum.at(labels, labels[left], lowest)
        np.minimum.at(labels, labels[right], lowest)
        np.minimum.at(labels, left, lowest)
        np.minimum.at(labels, right, lowest)
        labels = labels[labels]
        if np.array_equal(labels, before):
            return labels


def _broken(connection: duckdb.DuckDBPyConnection, labels: _Numbers, members: _Numbers) -> Any:
    """The clusters of these records that hold two coherent NIRs, or two sexes."""
    connection.register("members", pa.table({"rid": members, "cluster": labels[members]}))
    return connection.execute("""
        SELECT cluster FROM members JOIN record USING (rid) GROUP BY cluster
        HAVING min(nir) FILTER (is_coherent) <> max(nir) FILTER (is_coherent) OR min(sex) <> max(sex)""").fetchnumpy()["cluster"]


def _review_certain(connection: Executes) -> None:
    same_nir = is_any("nir", "same", "same_doubtful")
    connection.execute(f"""
        CREATE OR REPLACE TABLE review AS
        SELECT a, b, is_across, 0::FLOAT AS score,
            CASE WHEN {same_nir} THEN '{SAME_NIR}' WHEN {OTHER_NIR} THEN 'other_nir'
                WHEN {ONE_NUMBER} THEN '{SAME_IDENTIFIER}' ELSE '{NEAR_MISS}' END AS reason
        FROM compared JOIN cluster AS ca ON ca.rid = a JOIN cluster AS cb ON cb.rid = b
        WHERE ca.cluster <> cb.cluster AND {either(same_nir, ONE_NUMBER, CIVIL_STATUS)}""")


def _review_ranked(connection: Executes) -> None:
    vetoes = " ".join(f"WHEN {place} THEN '{veto.id}'" for place, veto in enumerate(ALL_VETOES))
    same_nir = is_any("nir", "same", "same_doubtful")
    connection.execute("""
        CREATE OR REPLACE TABLE linked AS
        SELECT rid FROM cluster JOIN (SELECT cluster FROM cluster GROUP BY cluster HAVING count(DISTINCT side) > 1) USING (cluster)""")
    is_linked = "(s.{0} IN (SELECT rid FROM linked))"
    a_linked, b_linked = is_linked.format("a"), is_linked.format("b")
    enough = f"if({a_linked} AND {b_linked}, {REVIEW_BOTH_LINKED}, if({a_linked} OR {b_linked}, {REVIEW_LINKED}, {REVIEW_FROM}))"
    connection.execute(f"""
        CREATE OR REPLACE TABLE review AS
        SELECT s.a, s.b, s.is_across, s.score, CASE
            WHEN d.a IS NOT NULL THEN '{CONFLICT}' WHEN j.veto IS NOT NULL THEN CASE j.veto {vetoes} END
            WHEN {same_nir} THEN '{SAME_NIR}' WHEN {OTHER_NIR} THEN 'other_nir' ELSE '{RANKED}' END AS reason
        FROM (SELECT * FROM scored WHERE score >= {REVIEW_FROM} OR {same_nir}) AS s
        JOIN cluster AS ca ON ca.rid = s.a JOIN cluster AS cb ON cb.rid = s.b
        LEFT JOIN judged AS j ON j.a = s.a AND j.b = s.b LEFT JOIN dropped AS d ON d.a = s.a AND d.b = s.b
        WHERE ca.cluster <> cb.cluster AND NOT {SOMEBODY_ELSE} AND NOT {NOBODY}
            AND ({same_nir} OR d.a IS NOT NULL OR s.score >= {enough})""")


def links(connection: duckdb.DuckDBPyConnection) -> Any:
    """Arrow table of the pairs across the two files: ``left_id, right_id, verdict, score, rule``, in the order of their identifiers."""
    score = "coalesce(s.score, 0)" if _has(connection, "scored") else "0"
    scored = "LEFT JOIN scored AS s ON s.a = l.rid AND s.b = r.rid" if _has(connection, "scored") else ""
    accepted = "LEFT JOIN judged AS j ON j.a = l.rid AND j.b = r.rid AND j.veto IS NULL" if _has(connection, "judged") else ""
    rule = f"coalesce(CASE c.rule {_ids(CERTAIN)} END, {f'CASE j.rule {_ids(ACCEPTING)} END, ' if accepted else ''}'{VIA}')"
    return connection.sql(f"""
        SELECT left_id, right_id, verdict, round(score::DOUBLE, 2) AS score, rule FROM (
            SELECT lr.record_id AS left_id, rr.record_id AS right_id, 'same' AS verdict, {score} AS score, {rule} AS rule
            FROM cluster AS l JOIN cluster AS r ON l.cluster = r.cluster AND l.side = 0 AND r.side = 1
            JOIN record AS lr ON lr.rid = l.rid JOIN record AS rr ON rr.rid = r.rid
            LEFT JOIN certain AS c ON c.a = l.rid AND c.b = r.rid {accepted} {scored}
            UNION ALL
            SELECT lr.record_id, rr.record_id, 'review', score, reason
            FROM review JOIN record AS lr ON lr.rid = a JOIN record AS rr ON rr.rid = b WHERE is_across)
        ORDER BY left_id, right_id""").to_arrow_table()


def clusters(connection: duckdb.DuckDBPyConnection) -> Any:
    """Arrow table ``record_id, cluster_id`` of every record; a cluster bears the first of its identifiers."""
    return connection.sql("""
        SELECT record_id, min(record_id) OVER (PARTITION BY cluster) AS cluster_id FROM cluster JOIN record USING (rid)
        ORDER BY record_id""").to_arrow_table()


def reviews(connection: duckdb.DuckDBPyConnection) -> Any:
    """Arrow table of the pairs to review within one file: ``left_id, right_id, verdict, score, rule``."""
    return connection.sql("""
        SELECT least(lr.record_id, rr.record_id) AS left_id, greatest(lr.record_id, rr.record_id) AS right_id, 'review' AS verdict,
            round(score::DOUBLE, 2) AS score, reason AS rule
        FROM review JOIN record AS lr ON lr.rid = a JOIN record AS rr ON rr.rid = b ORDER BY left_id, right_id""").to_arrow_table()


def _ids(rules: Any) -> str:
    return " ".join(f"WHEN {place} THEN '{rule.id}'" for place, rule in enumerate(rules))


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [table]).fetchall()[0][0])
