"""The matching engine on two files of a known truth: what each layer joins, what it leaves to people, and every false link told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from identity_population import LEFT, RIGHT, TRUTH

from passerelle.identity.accept import RULES as ACCEPTING
from passerelle.identity.accept import judge_pairs
from passerelle.identity.blocks import find_pairs
from passerelle.identity.certain import RULES as CERTAIN
from passerelle.identity.certain import apply_rules
from passerelle.identity.compare import FIELDS, compare_pairs, words_of
from passerelle.identity.engine import Layers, match, opened
from passerelle.identity.measure import measure
from passerelle.identity.model import PACKAGED, read_model, score_pairs
from passerelle.identity.settle import VIA, links, settle

_SHOWN = (
    "surname", "usage", "given_names", "dob", "sex", "nir", "place", "phones", "emails", "address", "postcode", "dossier", "role", "ft",
)  # fmt: skip
_MOST_SHOWN = 50


def match_files(folder: Path) -> None:
    """What ``passerelle identity match --model`` does, for its time and memory alone."""
    match(folder / LEFT, folder / RIGHT, Layers(model=PACKAGED))


def judge_files(folder: Path) -> None:
    """Every layer in turn on the files of the folder; figures and false links go to ``engine.json``."""
    with opened(folder / LEFT, folder / RIGHT) as (connection, report):
        connection.execute(f"""
            CREATE TABLE truth AS SELECT rid, truth_id FROM record JOIN read_parquet('{folder / TRUTH}') USING (record_id)""")
        find_pairs(connection)
        compare_pairs(connection)
        apply_rules(connection)
        settle(connection, is_certain_only=True)
        certain = {"across": _measured(connection, folder, "certain"), "within": _within(connection), "false": _false(connection)}
        score_pairs(connection, read_model(PACKAGED))
        judge_pairs(connection)
        settle(connection, is_certain_only=False)
        automatic = {"across": _measured(connection, folder, "automatic"), "within": _within(connection), "false": _false(connection)}
    figures = {"records": report["records"], "certain": certain, "automatic": automatic}
    (folder / "engine.json").write_text(json.dumps(figures, ensure_ascii=False, default=str), encoding="utf-8")


def _measured(connection: duckdb.DuckDBPyConnection, folder: Path, layer: str) -> dict[str, Any]:
    """The figures of ``passerelle identity measure`` for the links between the two files."""
    path = folder / f"{layer}.parquet"
    pq.write_table(links(connection), path)
    return measure(path, folder / TRUTH)


def _within(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The pairs joined within one file: all, and those of two people."""
    joined, wrong = connection.execute("""
        SELECT count(*), count(*) FILTER (tl.truth_id <> tr.truth_id)
        FROM cluster AS l JOIN cluster AS r ON l.cluster = r.cluster AND l.side = r.side AND l.rid < r.rid
        JOIN truth AS tl ON tl.rid = l.rid JOIN truth AS tr ON tr.rid = r.rid""").fetchall()[0]
    return joined, wrong


def _false(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The false pairs, each with the rule that joined them and how they compare, field by field."""
    has_judged = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'judged'").fetchall()[0][0]
    judged = "judged" if has_judged else "(SELECT a, b, NULL::INTEGER AS rule, 0 AS veto FROM certain LIMIT 0)"
    levels = ", ".join(f"p.{field.name} AS level_{field.name}" for field in FIELDS)
    values = ", ".join(f"l.{name} AS l_{name}, r.{name} AS r_{name}" for name in _SHOWN)
    rows = connection.sql(f"""
        SELECT l.record_id AS left_id, r.record_id AS right_id, l.side = r.side AS is_within, c.rule AS certain, j.rule AS accepted,
            {levels}, {values}
        FROM cluster AS cl JOIN cluster AS cr ON cl.cluster = cr.cluster AND cl.rid < cr.rid
        JOIN truth AS tl ON tl.rid = cl.rid JOIN truth AS tr ON tr.rid = cr.rid AND tl.truth_id <> tr.truth_id
        JOIN record AS l ON l.rid = cl.rid JOIN record AS r ON r.rid = cr.rid
        LEFT JOIN compared AS p ON p.a = cl.rid AND p.b = cr.rid
        LEFT JOIN certain AS c ON c.a = cl.rid AND c.b = cr.rid
        LEFT JOIN {judged} AS j ON j.a = cl.rid AND j.b = cr.rid AND j.veto IS NULL
        ORDER BY left_id, right_id LIMIT {_MOST_SHOWN}""").to_arrow_table()
    return [_told(row) for row in rows.to_pylist()]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    rule = VIA
    if row["certain"] is not None:
        rule = CERTAIN[row["certain"]].id
    elif row["accepted"] is not None:
        rule = ACCEPTING[row["accepted"]].id
    compared = {field.words: words_of(field.name, row[f"level_{field.name}"]) for field in FIELDS if row[f"level_{field.name}"]}
    values = {name: (row[f"l_{name}"], row[f"r_{name}"]) for name in _SHOWN if row[f"l_{name}"] or row[f"r_{name}"]}
    return {
        "pair": (row["left_id"], row["right_id"]),
        "is_within": row["is_within"],
        "rule": rule,
        "compared": compared,
        "values": values,
    }
