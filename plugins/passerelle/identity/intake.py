"""Reads the records to match: CSV or Parquet files, or Arrow tables, into one DuckDB table of texts.

Columns are those of ``passerelle identity match``, all optional but ``record_id``; a missing one is empty, an unknown one is
told and left out. Values stay as they were sent: what is comparable in them is the affair of :mod:`passerelle.identity.comparable`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb

from passerelle.errors import ConfigurationError

COLUMNS: Final = (
    "record_id", "source", "organisation", "nir", "nir_certified", "birth_name", "usage_name", "given_names", "sex", "birth_date",
    "birth_date_precision", "birth_rank", "birth_place_code", "birth_place_name", "caf_number", "dossier_number", "previous_dossier_number",
    "role", "france_travail_number", "other_id", "address", "postcode", "city", "commune_code", "phone", "email",
)  # fmt: skip
LONGEST: Final = 200
"""Characters kept of a value: a name of 500 letters says no more, and would slow every comparison."""

Source = Path | Any
"""A file, or an Arrow table."""


def load(connection: duckdb.DuckDBPyConnection, left: Source, right: Source | None) -> dict[str, list[str]]:
    """Fills the table ``raw`` (``side`` 0 or 1, and ``COLUMNS`` as texts) and returns the unknown columns of each file.

    Raises ConfigurationError when a file cannot be read, has no ``record_id``, an empty one, or the same one twice.
    """
    columns = ", ".join(f"{name} VARCHAR" for name in COLUMNS)
    connection.execute(f"CREATE OR REPLACE TABLE raw (side TINYINT, {columns})")
    unknown = {}
    for side, (word, source) in enumerate((("LEFT", left), ("RIGHT", right))):
        if source is not None:
            unknown[word] = _load_one(connection, side, source)
    return unknown


def _load_one(connection: duckdb.DuckDBPyConnection, side: int, source: Source) -> list[str]:
    word = source.name if isinstance(source, Path) else ("LEFT", "RIGHT")[side]
    try:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW given AS SELECT * FROM {_scan(connection, source)}")
        present = [row[0] for row in connection.execute("DESCRIBE given").fetchall()]
        if "record_id" not in present:
            raise ConfigurationError(f"{word} : la colonne record_id manque ; elle doit donner à chaque ligne un identifiant unique.")
        taken = ", ".join(_text(name) if name in present else "NULL" for name in COLUMNS)
        connection.execute(f"INSERT INTO raw SELECT {side}, {taken} FROM given")
    except duckdb.Error:  # its message may quote a line of the file
        raise ConfigurationError(
            f"{word} : le fichier ne se lit pas. Attendu : un Parquet, ou un CSV en UTF-8 avec un en-tête, séparé par « ; » ou « , »."
        ) from None
    _check_ids(connection, side, word)
    return sorted(set(present) - set(COLUMNS))


def _text(name: str) -> str:
    if name == "record_id":
        return "CAST(record_id AS VARCHAR)"
    text = f"trim(CAST({name} AS VARCHAR))"
    return f"CASE WHEN strlen({text}) > {LONGEST} THEN left({text}, {LONGEST}) WHEN {text} <> '' THEN {text} END"


def _scan(connection: duckdb.DuckDBPyConnection, source: Source) -> str:
    if not isinstance(source, Path):
        connection.register("given_table", source)
        return "given_table"
    if not source.is_file():
        raise ConfigurationError(f"{source.name} : fichier introuvable.")
    quoted = str(source).replace("'", "''")
    with source.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PAR1"):
        return f"read_parquet('{quoted}')"
    first = head.split(b"\n", 1)[0]
    delimiter = ";" if first.count(b";") >= first.count(b",") else ","
    return f"""read_csv('{quoted}', delim='{delimiter}', header=true, all_varchar=true, quote='"', escape='"', nullstr='')"""


def _check_ids(connection: duckdb.DuckDBPyConnection, side: int, word: str) -> None:
    count, given, distinct = connection.execute(
        "SELECT count(*), count(nullif(record_id, '')), count(DISTINCT record_id) FROM raw WHERE side = ?", [side]
    ).fetchall()[0]
    if given < count:
        raise ConfigurationError(f"{word} : {count - given} ligne(s) sans record_id sur {count} ; chaque ligne doit en avoir un.")
    if distinct < count:
        raise ConfigurationError(
            f"{word} : {count - distinct} ligne(s) répètent le record_id d'une autre ; il doit être unique dans le fichier."
        )
