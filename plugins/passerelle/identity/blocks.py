"""Which pairs of records are worth comparing: those that share at least one block key.

A key is a hash of values; those of a kind are sorted as plain numbers, which takes a tenth of the time of grouping them. Two keys that
happen to have one hash only add a pair to compare. A key that too many records share finds nobody (10,000 records with one e-mail would be
50 million pairs): it is left out and counted in the report. Every kind of key was chosen so that one fault (of name, date or number)
leaves another key that still finds the pair.
"""

from __future__ import annotations

from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

MAX_BLOCK: Final = 400
"""Records that may share one key."""
Numbers = npt.NDArray[np.uint64]

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
    size, few = connection.execute(f"SELECT count(*), count(*) FILTER ({bare}) FROM record").fetchall()[0]
    connection.execute(f"CREATE OR REPLACE TEMP VIEW findable AS SELECT *, if({bare}, true, NULL) AS bare FROM record")
    bits = int(size).bit_length()
    found: list[Numbers] = []
    left_out: dict[str, int] = {}
    for kind, lines in KINDS.items():
        if lines[0].startswith("bare") and not 0 < few <= MOST_BARE:
            continue
        keys = connection.execute(" UNION ALL ".join(_keys(line, bits) for line in lines)).fetchnumpy()["k"]
        pairs, crowded = meet(keys, bits)
        found.append(pairs)
        left_out |= {kind: crowded} if crowded else {}
    connection.register("pairs", as_pairs(np.concatenate(found)))
    connection.execute("CREATE OR REPLACE TABLE pair AS SELECT * FROM pairs")
    connection.unregister("pairs")
    return left_out


def as_pairs(found: Numbers) -> Any:
    """Arrow table ``a, b`` of what :func:`meet` found, each pair once."""
    pairs = _each_once(found)
    return pa.table({"a": (pairs >> 32).astype(np.uint32), "b": (pairs & (1 << 32) - 1).astype(np.uint32)})


def _keys(line: str, bits: int) -> str:
    """One number per record: the hash of its values, and in the last bits its own number."""
    present = " AND ".join(f"{value} IS NOT NULL" for value in values_of(line))
    return f"SELECT hash({line}) & {(1 << 64) - (1 << bits)}::UBIGINT | rid::UBIGINT AS k FROM findable WHERE {present}"


def meet(keys: Numbers, bits: int) -> tuple[Numbers, int]:
    """The pairs of records that share a key (``a << 32 | b``, the smaller number first), and how many keys are crowded.

    The last ``bits`` of a key are the number of its record.
    """
    keys = _each_once(keys)
    records = keys & (1 << bits) - 1
    keys >>= bits
    is_first = _differs(keys)
    is_shared = ~(is_first & np.append(is_first[1:], True))
    keys, records, starts = keys[is_shared], records[is_shared], np.flatnonzero(is_first[is_shared])
    sizes = np.diff(starts, append=len(keys))
    is_crowded = sizes > MAX_BLOCK
    kept = np.repeat(~is_crowded, sizes)
    keys, records = keys[kept], records[kept]
    found = [np.empty(0, np.uint64)]
    at = np.arange(len(keys))
    for step in range(1, MAX_BLOCK):
        at = at[: np.searchsorted(at, len(keys) - step)]
        at = at[keys[at] == keys[at + step]]
        if not len(at):
            break
        found.append(records[at] << 32 | records[at + step])
    return np.concatenate(found), int(is_crowded.sum())


def _each_once(numbers: Numbers) -> Numbers:
    """The different numbers in order; ``np.unique`` would take fifty times as long. What is given is sorted in place."""
    numbers.sort()
    return numbers[_differs(numbers)]


def _differs(numbers: Numbers) -> npt.NDArray[np.bool_]:
    """Whether each of the sorted numbers differs from the one before."""
    return np.append(np.ones(min(1, len(numbers)), np.bool_), numbers[1:] != numbers[:-1])


def values_of(line: str) -> list[str]:
    """The values of a line, split at the commas outside parentheses."""
    values, depth, start = [], 0, 0
    for position, letter in enumerate(line):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            values.append(line[start:position].strip())
            start = position + 1
    return [*values, line[start:].strip()]
