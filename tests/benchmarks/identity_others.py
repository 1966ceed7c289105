"""The rules people would otherwise use to say who is who, on the same two files, each with where it was read.

- NIR alone: the thirteen characters are equal, their form is right and they are not one digit thirteen times. It is a join on the NIR.
- carnet-de-bord (github.com/gip-inclusion/carnet-de-bord, archived 02/2024, ``backend/cdb/api/db/crud/beneficiary.py``,
  ``get_beneficiaries_like`` and the unique index above it): lower and trimmed first name, last name and date of birth equal, or the
  internal identifier; and the updates that the CAF sends find by the NIR, cut to 13.
- rdv-insertion (github.com/gip-inclusion/rdv-insertion, ``app/services/users/find.rb``, ``Users::Find``): the first that finds somebody of
  NIR, department internal id, e-mail with the first word of the first name, phone with it. One person is found, the first. Who
  was found with another NIR is refused, which is counted apart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
from identity_population import LEFT, RIGHT, TRUTH

_PLAIN = """
CREATE TABLE {name} AS
SELECT record_id, truth_id, other_id, birth_date, lower(trim(birth_name)) AS surname,
    lower(trim(string_split(given_names, '|')[1])) AS first_name,
    lower(string_split(trim(string_split(given_names, '|')[1]), ' ')[1]) AS first_word, lower(trim(email)) AS email,
    right(regexp_replace(phone, '[^0-9]', '', 'g'), 9) AS phone,
    CASE WHEN replace(nir, nir[1], '') <> ''
        THEN nullif(regexp_extract(regexp_replace(upper(nir), '[^0-9AB]', '', 'g'), '^[123478]\\d{{4}}[0-9AB]{{2}}\\d{{6}}'), '')
    END AS nir
FROM read_parquet('{file}') AS written JOIN read_parquet('{truth}') AS truth USING (record_id)"""

NIR_ALONE, CARNET, RDV = "NIR seul", "carnet-de-bord", "rdv-insertion"
_LINKS = {
    NIR_ALONE: "SELECT l.record_id AS a, r.record_id AS b FROM l JOIN r ON l.nir = r.nir",
    CARNET: """
        SELECT l.record_id AS a, r.record_id AS b FROM l JOIN r ON l.nir = r.nir
        UNION SELECT l.record_id, r.record_id FROM l JOIN r ON l.other_id = r.other_id
        UNION SELECT l.record_id, r.record_id FROM l JOIN r
            ON l.first_name = r.first_name AND l.surname = r.surname AND l.birth_date = r.birth_date""",
    RDV: """
        SELECT a, b FROM (
            SELECT a, b, refused, row_number() OVER (PARTITION BY b ORDER BY step, a) AS place FROM (
                SELECT 1 AS step, l.record_id AS a, r.record_id AS b, false AS refused FROM l JOIN r ON l.nir = r.nir
                UNION ALL SELECT 2, l.record_id, r.record_id, coalesce(l.nir <> r.nir, false) FROM l JOIN r ON l.other_id = r.other_id
                UNION ALL SELECT 3, l.record_id, r.record_id, coalesce(l.nir <> r.nir, false)
                FROM l JOIN r ON l.email = r.email AND l.first_word = r.first_word
                UNION ALL SELECT 4, l.record_id, r.record_id, coalesce(l.nir <> r.nir, false)
                FROM l JOIN r ON l.phone = r.phone AND l.first_word = r.first_word)) WHERE place = 1 AND NOT refused""",
}


def try_others(folder: Path) -> None:
    """The links of each rule, measured; figures go to ``others.json``."""
    with duckdb.connect() as connection:
        connection.execute("SET threads=2; SET memory_limit='3GB'; SET preserve_insertion_order=false")
        load_truth(connection, folder)
        figures = {name: figures_of(connection, sql) for name, sql in _LINKS.items()}
        for layer in ("certain", "automatic"):
            ours = f"SELECT left_id AS a, right_id AS b FROM read_parquet('{folder / layer}.parquet') WHERE verdict = 'same'"
            figures[layer] = figures_of(connection, ours)
    (folder / "others.json").write_text(json.dumps(figures), encoding="utf-8")


def load_truth(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Makes ``l`` and ``r``, the plain records of each file with the person they are about."""
    for name, file in (("l", LEFT), ("r", RIGHT)):
        connection.execute(_PLAIN.format(name=name, file=folder / file, truth=folder / TRUTH))


def figures_of(connection: duckdb.DuckDBPyConnection, links: str) -> dict[str, Any]:
    """How many links (``a``, ``b``) there are, how many false, and how many incoming records whose person is known found that person."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE told AS SELECT b AS incoming, l.truth_id = r.truth_id AS is_true
        FROM ({links}) JOIN l ON l.record_id = a JOIN r ON r.record_id = b""")
    made, wrong, found = connection.execute(
        "SELECT count(*), count(*) FILTER (NOT is_true), count(DISTINCT incoming) FILTER (is_true) FROM told"
    ).fetchall()[0]
    (known,) = connection.execute("SELECT count(*) FROM r WHERE truth_id IN (SELECT truth_id FROM l)").fetchall()[0]
    return {"links": made, "wrong": wrong, "found": found, "known": known}
