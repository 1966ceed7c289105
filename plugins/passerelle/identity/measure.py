"""How right the links are, given the truth: false links, precision, recall and the load of review, each with exact 95 % bounds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from passerelle.errors import ConfigurationError
from passerelle.identity.settle import components

_TAIL: Final = 0.025


def beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction.

    >>> round(beta_share(0.5, 2, 3), 6)
    0.6875
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, 5000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + step * d)
            c = 1 + step / c
            total *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return front * total


def bounds(hits: int, total: int) -> tuple[float, float]:
    """Clopper-Pearson: the exact 95 % bounds of a share.

    >>> [round(bound, 4) for bound in bounds(0, 100)]
    [0.0, 0.0362]
    """
    if total == 0:
        return 0.0, 1.0
    low = 0.0 if hits == 0 else _solve(lambda p: beta_share(p, hits, total - hits + 1) - _TAIL)
    high = 1.0 if hits == total else _solve(lambda p: beta_share(p, hits + 1, total - hits) - (1 - _TAIL))
    return low, high


def _solve(rising: Any) -> float:
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def measure(links: Path, truth: Path, reviews: Path | None = None) -> dict[str, Any]:
    """The figures of a file of links against a file ``record_id, truth_id`` (CSV or Parquet).

    Links are ``left_id, right_id, verdict`` or, for one file, ``record_id, cluster_id`` (``reviews`` are then its pairs to review). Which
    records stood on which side is told by their ``source`` in the truth; without it, by the links, and a record they do not name counts as
    one of either. Raises ConfigurationError for other files.
    """
    connection = duckdb.connect()
    try:
        connection.execute("SET threads=2; SET preserve_insertion_order=false")
        _table(connection, "truth", truth, ("record_id", "truth_id"))
        columns = _table(connection, "given", links, ())
        if {"record_id", "cluster_id"} <= set(columns):
            if reviews is not None:
                _table(connection, "reviewed", reviews, ("left_id", "right_id"))
            else:
                connection.execute("CREATE TABLE reviewed (left_id VARCHAR, right_id VARCHAR)")
            _pairs_of_clusters(connection)
        elif {"left_id", "right_id", "verdict"} <= set(columns):
            _pairs_of_links(connection)
        else:
            raise ConfigurationError(f"{links.name} : attendu left_id, right_id, verdict ou record_id, cluster_id.")
        return _figures(connection)
    finally:
        connection.close()


def _table(connection: duckdb.DuckDBPyConnection, name: str, path: Path, needed: tuple[str, ...]) -> list[str]:
    if not path.is_file():
        raise ConfigurationError(f"{path.name} : fichier introuvable.")
    reader = "read_parquet(?)" if path.suffix == ".parquet" else "read_csv(?, all_varchar=true, header=true)"
    try:
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {reader}", [str(path)])
    except duckdb.Error:
        raise ConfigurationError(f"{path.name} : le fichier ne se lit pas (attendu : Parquet, ou CSV en UTF-8).") from None
    columns = [row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
    if missing := sorted(set(needed) - set(columns)):
        raise ConfigurationError(f"{path.name} : colonne(s) absente(s) : {', '.join(missing)}.")
    return columns


def _pairs_of_clusters(connection: duckdb.DuckDBPyConnection) -> None:
    """Pairs within clusters; the reviews found true join clusters, so the final recall counts the pairs of what they join."""
    connection.execute("""
        CREATE TABLE told AS SELECT l.truth_id = r.truth_id AS is_true, 'same' AS verdict
        FROM given AS gl JOIN given AS gr ON gl.cluster_id = gr.cluster_id AND gl.record_id < gr.record_id
        JOIN truth AS l ON l.record_id = gl.record_id JOIN truth AS r ON r.record_id = gr.record_id""")
    connection.execute("""
        INSERT INTO told SELECT l.truth_id = r.truth_id, 'review' FROM reviewed
        JOIN truth AS l ON l.record_id = left_id JOIN truth AS r ON r.record_id = right_id""")
    connection.execute("""
        CREATE TABLE wanted AS SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT AS pairs, coalesce(sum(n), 0)::BIGINT AS incoming
        FROM (SELECT count(*) AS n FROM truth SEMI JOIN given USING (record_id) GROUP BY truth_id)""")
    connection.execute("""
        CREATE TABLE node AS SELECT record_id, cluster_id, truth_id, row_number() OVER () - 1 AS number
        FROM given JOIN truth USING (record_id)""")
    edges = connection.execute("""
        SELECT l.number AS a, r.number AS b FROM reviewed JOIN node AS l ON l.record_id = left_id JOIN node AS r ON r.record_id = right_id
        WHERE l.truth_id = r.truth_id
        UNION ALL SELECT min(number) OVER (PARTITION BY cluster_id, truth_id), number FROM node""").fetchnumpy()
    (size,) = connection.execute("SELECT count(*) FROM node").fetchall()[0]
    labels = components(size, edges["a"].astype(np.int64), edges["b"].astype(np.int64))
    _, sizes = np.unique(labels, return_counts=True)
    connection.execute("CREATE TABLE joined AS SELECT ?::BIGINT AS pairs", [int((sizes * (sizes - 1) // 2).sum())])


def _pairs_of_links(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        CREATE TABLE told AS SELECT coalesce(l.truth_id = r.truth_id, false) AS is_true, verdict
        FROM given LEFT JOIN truth AS l ON l.record_id = left_id LEFT JOIN truth AS r ON r.record_id = right_id""")
    connection.execute("CREATE TABLE joined AS SELECT count(*) AS pairs FROM told WHERE is_true")
    has_source = "source" in [row[0] for row in connection.execute("DESCRIBE truth").fetchall()]
    left, right = "record_id IN (SELECT left_id FROM given)", "record_id IN (SELECT right_id FROM given)"
    if has_source:
        left, right = (f"source IN (SELECT source FROM truth WHERE {side})" for side in (left, right))
    connection.execute(f"""
        CREATE TABLE wanted AS SELECT
            coalesce(sum(lefts * rights + (lefts + rights) * others + others * (others - 1) // 2), 0)::BIGINT AS pairs,
            coalesce(sum(rights + others // 2), 0)::BIGINT AS incoming
        FROM (SELECT count(*) FILTER ({left}) AS lefts, count(*) FILTER ({right}) AS rights,
                {"0" if has_source else f"count(*) FILTER (NOT {left} AND NOT {right})"} AS others FROM truth GROUP BY truth_id)""")


def _figures(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rows = connection.execute(
        "SELECT verdict, count(*) FILTER (is_true), count(*) FILTER (NOT is_true) FROM told GROUP BY verdict"
    ).fetchall()
    counted = {verdict: (good, bad) for verdict, good, bad in rows}
    right, wrong = counted.get("same", (0, 0))
    reviewed, in_vain = counted.get("review", (0, 0))
    pairs, incoming = connection.execute("SELECT pairs, incoming FROM wanted").fetchall()[0]
    (joined,) = connection.execute("SELECT pairs FROM joined").fetchall()[0]
    return {
        "true_pairs": pairs,
        "links": right + wrong,
        "false_links": _share(wrong, right + wrong),
        "precision": _share(right, right + wrong),
        "recall_automatic": _share(right, pairs),
        "recall_final": _share(joined, pairs),
        "reviews": reviewed + in_vain,
        "reviews_per_1000": round(1000 * (reviewed + in_vain) / incoming, 3) if incoming else 0.0,
        "reviews_true": _share(reviewed, reviewed + in_vain),
    }


def _share(hits: int, total: int) -> dict[str, float]:
    low, high = bounds(hits, total)
    return {"count": hits, "of": total, "share": hits / total if total else 0.0, "low": low, "high": high}
