"""A few records and those they may be about, as the engine's tables ``record`` and ``pair``: the daily path, without files.

The pool holds records known to the register (side 0) and fresh ones (side 1), numbered in this order. Everything after is the very engine
that compares files (:mod:`passerelle.identity.compare`, ``certain``, ``model``, ``accept``, ``settle``): rules are written once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import duckdb
import numpy as np
import pyarrow as pa

from passerelle.identity.blocks import KINDS, meet, put_pairs, values_of
from passerelle.identity.comparable import MAX_SHARED, spoken
from passerelle.identity.facts import NAMES_OF_FACTS, Facts
from passerelle.identity.frequencies import RAREST, bearers, given_bits, is_rare, surname_bits

CERTAIN_KINDS: Final = (
    "NIR",
    "date de naissance et début d'un nom",
    "allocataire et date de naissance",
    "allocataire, début du prénom et année de naissance",
    "dossier et date de naissance",
    "dossier et début du prénom",
    "France Travail",
    "identifiant interne",
)
"""Keys without which no certain rule, and no doubt told beside them, can hold."""
RANKED_KINDS: Final = tuple(kind for kind, lines in KINDS.items() if not any("bare" in line or "address" in line for line in lines))
"""All kinds but those that need a street, which no statement holds."""
_VALUES: Final = attrgetter(*NAMES_OF_FACTS)
_SHARED: Final = attrgetter("nir", "phone", "email")
"""What an office lends to many."""
_LISTS: Final = ("surname_parts", "given")
_TEXT: Final = pa.string()
_ABSENT: Final = ("place", "address", "city")
"""What no statement holds."""


@dataclass(frozen=True, slots=True)
class Known:
    """A record of the register, the person it is linked to, and what is compared of it."""

    record_id: UUID
    person_id: UUID
    facts: Facts
    first_delivery: int = 0
    """Which stated it first: of what one sender said of someone, the greatest was said last."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What is compared at once."""

    known: Sequence[Known]
    fresh: Sequence[Facts]
    crowd: Collection[str] = ()
    """Telephone numbers, e-mails and NIRs that so many people have that they say nothing; those of the pool itself are found here."""


def fill(connection: duckdb.DuckDBPyConnection, pool: Pool) -> int:
    """Makes the table ``record``, as :func:`passerelle.identity.comparable.make_records` does for files; how many values say nothing.

    A few records do not tell how rare a value is: names are as rare as in France, dates and places as the model says of all of them.
    """
    everyone = [*(known.facts for known in pool.known), *pool.fresh]
    crowd = {*pool.crowd, *_crowd(everyone)}
    connection.register("pool", _table(everyone, len(pool.known), crowd))
    absent = ", ".join(f"NULL::VARCHAR AS {name}" for name in _ABSENT)
    connection.execute(f"""
        CREATE OR REPLACE TABLE record AS
        SELECT * EXCLUDE (given, phone, email), {absent}, given[1] AS first_name, list_sort(list_distinct(given)) AS given_names,
            array_to_string(given, '') AS given_run, len(given) AS given_count, nir IS NOT NULL AS is_coherent,
            {spoken("given[1]")} AS first_sound, if(phone IS NULL, NULL, [phone]) AS phones, if(email IS NULL, NULL, [email]) AS emails
        FROM pool""")
    connection.unregister("pool")
    return len(crowd)


def pair_up(connection: duckdb.DuckDBPyConnection, kinds: Iterable[str], known: int) -> int:
    """Makes the table ``pair`` of the records that share a key of these kinds; how many keys were left out because too many share them.

    The keys are those of :data:`passerelle.identity.blocks.KINDS`, made in one pass: on few records, planning is what costs. The first
    ``known`` records are those of the register. Two of them do not meet by a key that neighbours share: nothing is decided of them, they
    only count among those a fresh record could be taken for.
    """
    wanted = set(kinds)
    lines = [(number, line) for number, (kind, lines) in enumerate(KINDS.items()) if kind in wanted for line in lines]
    (size,) = connection.execute("SELECT count(*) FROM record").fetchall()[0]
    bits = int(size).bit_length()
    found = connection.execute(f"""
        SELECT k, rid FROM (SELECT unnest([{", ".join(_key(*line) for line in lines)}]) AS k, rid FROM record) WHERE k IS NOT NULL""")
    keys, rids = found.fetchnumpy().values()
    is_shared = keys & 1 == 1
    keys = keys >> bits << bits | rids
    close, left_out = meet(keys[~is_shared], bits)
    around, left_out_too = meet(keys[is_shared], bits)
    put_pairs(connection, np.concatenate([close, around[around & (1 << 32) - 1 >= known]]))
    return left_out + left_out_too


def _key(number: int, line: str) -> str:
    """The hash of the line's values, odd where neighbours share it."""
    is_present = " AND ".join(f"{value} IS NOT NULL" for value in values_of(line))
    return f"CASE WHEN {is_present} THEN hash({number}, {line}) & {(1 << 64) - 2}::UBIGINT | {int('postcode' in line)} END"


def _crowd(everyone: Iterable[Facts]) -> set[str]:
    said = Counter(chain.from_iterable(map(_SHARED, everyone)))
    people: dict[str, set[tuple[str | None, str | None]]] = {value: set() for value, n in said.items() if value and n > MAX_SHARED}
    for facts in everyone if people else ():
        for value in people.keys() & _SHARED(facts):
            people[value].add((facts.given[0] if facts.given else None, facts.dob))
    return {value for value, bearers in people.items() if len(bearers) > MAX_SHARED}


def _table(everyone: Sequence[Facts], known: int, crowd: Collection[str]) -> Any:
    columns: dict[str, Any] = {"rid": pa.array(range(len(everyone)), pa.uint32())}
    columns["side"] = pa.array([0] * known + [1] * (len(everyone) - known), pa.int8())
    for name, said in zip(NAMES_OF_FACTS, zip(*map(_VALUES, everyone), strict=True), strict=True):
        values = [None if value in crowd else value for value in said] if crowd and name in ("nir", "phone", "email") else said
        columns[name] = pa.array(values, pa.bool_() if name == "is_exact" else pa.list_(_TEXT) if name in _LISTS else _TEXT)
    firsts = [facts.given[0] if facts.given else "" for facts in everyone]
    columns["is_rare_first"] = pa.array([is_rare(first) for first in firsts], pa.bool_())
    columns["often"] = pa.array([bearers(first) for first in firsts], pa.int32())
    columns["surname_bits"] = pa.array([surname_bits().get(facts.surname or "", RAREST) for facts in everyone], pa.float32())
    columns["given_bits"] = pa.array([given_bits().get(first, RAREST) for first in firsts], pa.float32())
    columns["dob_bits"] = columns["place_bits"] = pa.nulls(len(everyone), pa.float32())
    return pa.table(columns)
