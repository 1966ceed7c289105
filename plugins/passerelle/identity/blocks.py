"""Which pairs of records are worth comparing: those that share at least one block key.

A key is a 64-bit hash of its kind and values. A key that too many records share finds nobody (10,000 records with one e-mail would be
50 million pairs): it is left out and counted in the report. Every kind of key was chosen so that one fault (of name, date or number)
leaves another key that still finds the pair.
"""

from __future__ import annotations

from typing import Final

import duckdb

MAX_BLOCK: Final = 400
"""Records that may share one key."""

MOST_BARE: Final = 100_000
"""Records without NIR and contact for which wide keys are added; with more, the wide keys would find everybody."""

_DATE_AND = (
    "left(surname, 5)", "left(usage, 5)", "left(first_name, 3), left(surname, 1)", "left(first_name, 3), right(surname, 2)",
    *(f"left({name}, 3), left(postcode, 2)" for name in ("surname", "usage", "first_name")),
)  # fmt: skip
"""One kind for all, so that names given in each other's place are found too. Three letters alone would find a hundred times the pairs in a
file of the whole country."""

_NAMES = tuple(f"if({name} < first_name, {name} || ' ' || first_name, first_name || ' ' || {name})" for name in ("surname", "usage"))
"""Surname and given name in either order."""

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "NIR": ("nir",),
    "date de naissance et début d'un nom": tuple(f"dob, {prefix}" for prefix in _DATE_AND),
    "date et lieu de naissance, et une initiale": (
        "dob, coalesce(place, place_name), left(surname, 1)", "dob, coalesce(place, place_name), left(first_name, 1)",
    ),
    "date de naissance et code postal": ("dob, postcode",),
    "nom, prénom et année de naissance": tuple(f"{names}, left(dob, 4)" for names in _NAMES),
    "nom, prénom, jour et mois de naissance": tuple(f"{names}, right(dob, 4)" for names in _NAMES),
    "téléphone": ("phones[1]", "phones[2]"),
    "e-mail": ("emails[1]", "emails[2]"),
    "nom, initiale et code postal": ("surname, left(first_name, 1), postcode",),
    "adresse et année de naissance": ("address, postcode, left(dob, 4)",),
    "allocataire et date de naissance": ("caf, dob",),
    "allocataire, début du prénom et année de naissance": ("caf, left(first_name, 3), left(dob, 4)",),
    "dossier et date de naissance": ("dossier, dob", "former_dossier, dob"),
    "dossier et début du prénom": ("dossier, left(first_name, 3)", "former_dossier, left(first_name, 3)"),
    "France Travail": ("ft, dob", "ft, left(first_name, 2)"),
    "identifiant interne": ("other",),
    "adresse et prénom": ("address, first_name, coalesce(postcode, city)",),
    "adresse, de qui n'a ni NIR ni contact": ("bare, address, postcode", "bare, address, city", "bare, address, left(dob, 4)",
        "bare, postcode, left(address, 6)", "bare, postcode, right(address, 6)",),
    "date de naissance, de qui n'a ni NIR ni contact": ("bare, dob",),
    "début d'un nom et code postal, de qui n'a ni NIR ni contact": (
        "bare, left(surname, 3), postcode", "bare, left(first_name, 3), postcode", "bare, right(surname, 3), postcode",
        "bare, left(surname, 3), city", "bare, left(first_name, 3), city", "bare, right(first_name, 3), postcode",
    ),
    "nom et prénom, de qui n'a ni NIR ni contact": ("bare, left(surname, 3), left(first_name, 3)", f"bare, {_NAMES[0]}"),
}  # fmt: skip
"""What the report calls each kind, and its values: two records meet when they share the kind and all the values of one of its lines."""


def find_pairs(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Makes the table ``pair`` (``a < b``, numbers of records) and returns, per kind, how many crowded keys were left out."""
    bare = "nir IS NULL AND phones IS NULL AND emails IS NULL"
    (count,) = connection.execute(f"SELECT count(*) FROM record WHERE {bare}").fetchall()[0]
    connection.execute(f"CREATE OR REPLACE TEMP VIEW findable AS SELECT *, if({bare}, true, NULL) AS bare FROM record")
    selects = []
    for number, lines in enumerate(KINDS.values()):
        for line in lines:
            if line.startswith("bare") and not 0 < count <= MOST_BARE:
                continue
            present = " AND ".join(f"{value} IS NOT NULL" for value in values_of(line))
            selects.append(
                f"SELECT hash({number}, {line}) AS k, {number}::UTINYINT AS kind, rid::UINTEGER AS rid FROM findable WHERE {present}"
            )
    connection.execute(f"CREATE OR REPLACE TABLE block_key AS {' UNION ALL '.join(selects)}")
    connection.execute("""
        CREATE OR REPLACE TABLE block AS SELECT k, any_value(kind) AS kind, count(*) AS n, min(rid) AS lowest, max(rid) AS highest
        FROM block_key GROUP BY k HAVING n > 1""")
    connection.execute(f"""
        CREATE OR REPLACE TABLE shared AS
        SELECT k, rid FROM block_key WHERE k IN (SELECT k FROM block WHERE n BETWEEN 3 AND {MAX_BLOCK})""")
    connection.execute("""
        CREATE OR REPLACE TABLE pair AS
        SELECT DISTINCT a, b FROM (
            SELECT lowest AS a, highest AS b FROM block WHERE n = 2 AND lowest < highest
            UNION ALL SELECT l.rid, r.rid FROM shared AS l JOIN shared AS r ON l.k = r.k AND l.rid < r.rid)""")
    left_out = dict(connection.execute(f"SELECT kind, count(*) FROM block WHERE n > {MAX_BLOCK} GROUP BY kind").fetchall())
    connection.execute("DROP TABLE block_key; DROP TABLE block; DROP TABLE shared")
    return {word: left_out[number] for number, word in enumerate(KINDS) if number in left_out}


def values_of(line: str) -> list[str]:
    """The values of a line, split at the commas outside parentheses."""
    values, depth, start = [], 0, 0
    for position, letter in enumerate(line):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            values.append(line[start:position].strip())
            start = position + 1
    return [*values, line[start:].strip()]
