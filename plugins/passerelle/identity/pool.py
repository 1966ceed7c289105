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

import numpy as np
import pyarrow as pa

from passerelle.identity.blocks import KINDS, as_pairs, meet, values_of
from passerelle.identity.comparable import MAX_SHARED, sound
from passerelle.identity.facts import NAMES_OF_FACTS, Facts
from passerelle.identity.frequencies import RAREST, bearers, given_bits, is_rare, surname_bits
from passerelle.identity.plans import Plans

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
_SHARED: Final = ("nir", "phone", "email")
"""What an office lends to many."""
_SHARED_OF: Final = attrgetter(*_SHARED)
_TEXTS: Final = tuple(name for name in NAMES_OF_FACTS if name not in ("surname_parts", "given", "is_exact", "phone", "email"))
_TEXT: Final = pa.string()
_LIST: Final = pa.list_(_TEXT)
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


def fill(plans: Plans, pool: Pool) -> int:
    """Makes the table ``record``, as :func:`passerelle.identity.comparable.make_records` does for files; how many values say nothing.

    A few records do not tell how rare a value is: names are as rare as in France, dates and places as the model says of all of them.
    """
    everyone = [*(known.facts for known in pool.known), *pool.fresh]
    crowd = {*pool.crowd, *_crowd(everyone)}
    plans.put("record", _table(everyone, len(pool.known), crowd))
    return len(crowd)


def pair_up(plans: Plans, pool: Pool, kinds: Iterable[str]) -> tuple[int, int]:
    """Makes the table ``pair`` of the pool's records that share a key of these kinds.

    Returns how many pairs there are, and how many keys were left out because too many records share them. The keys are those of
    :data:`passerelle.identity.blocks.KINDS`, made in one pass: on few records, planning is what costs. Two records of the register do not
    meet by a key that neighbours share: nothing is decided of them, they only count among those a fresh record could be taken for.
    """
    wanted = set(kinds)
    lines = [(number, line) for number, (kind, lines) in enumerate(KINDS.items()) if kind in wanted for line in lines]
    bits = (len(pool.known) + len(pool.fresh)).bit_length()
    found = plans.execute(f"""
        SELECT k, rid FROM (SELECT unnest([{", ".join(_key(*line) for line in lines)}]) AS k, rid FROM record) WHERE k IS NOT NULL""")
    keys, rids = found.fetchnumpy().values()
    is_shared = keys & 1 == 1
    keys = keys >> bits << bits | rids
    close, left_out = meet(keys[~is_shared], bits)
    around, left_out_too = meet(keys[is_shared], bits)
    pairs = as_pairs(np.concatenate([close, around[around & (1 << 32) - 1 >= len(pool.known)]]))
    plans.put("pair", pairs)
    return len(pairs), left_out + left_out_too


def _key(number: int, line: str) -> str:
    """The hash of the line's values, odd where neighbours share it."""
    is_present = " AND ".join(f"{value} IS NOT NULL" for value in values_of(line))
    return f"CASE WHEN {is_present} THEN hash({number}, {line}) & {(1 << 64) - 2}::UBIGINT | {int('postcode' in line)} END"


def _crowd(everyone: Iterable[Facts]) -> set[str]:
    said = Counter(chain.from_iterable(map(_SHARED_OF, everyone)))
    people: dict[str, set[tuple[str | None, str | None]]] = {value: set() for value, n in said.items() if value and n > MAX_SHARED}
    for facts in everyone if people else ():
        for value in people.keys() & _SHARED_OF(facts):
            people[value].add((facts.given[0] if facts.given else None, facts.dob))
    return {value for value, bearers in people.items() if len(bearers) > MAX_SHARED}


def _table(everyone: Sequence[Facts], known: int, crowd: Collection[str]) -> Any:
    said: dict[str, Sequence[Any]] = dict(zip(NAMES_OF_FACTS, zip(*map(_VALUES, everyone), strict=True), strict=True))
    for name in _SHARED if crowd else ():
        said[name] = [None if value in crowd else value for value in said[name]]
    columns: dict[str, Any] = {name: pa.array(said[name], _TEXT) for name in _TEXTS}
    columns |= {
        "rid": pa.array(range(len(everyone)), pa.uint32()),
        "side": pa.array([0] * known + [1] * (len(everyone) - known), pa.int8()),
    }
    columns |= {"is_exact": pa.array(said["is_exact"], pa.bool_()), "is_coherent": columns["nir"].is_valid()}
    columns |= {"surname_parts": pa.array(said["surname_parts"], _LIST)} | _given(said["given"])
    columns |= {f"{name}s": pa.array([value and [value] for value in said[name]], _LIST) for name in ("phone", "email")}
    columns |= {"surname_bits": pa.array([surname_bits().get(surname or "", RAREST) for surname in said["surname"]], pa.float32())}
    columns |= {name: pa.nulls(len(everyone), _TEXT) for name in _ABSENT}
    return pa.table(columns | {name: pa.nulls(len(everyone), pa.float32()) for name in ("dob_bits", "place_bits")})


def _given(everyone: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What is compared of given names: all of them, the first one, and how usual that is."""
    firsts = [names[0] if names else None for names in everyone]
    return {
        "given_names": pa.array([sorted(set(names)) for names in everyone], _LIST),
        "given_run": pa.array(["".join(names) for names in everyone], _TEXT),
        "given_count": pa.array([len(names) for names in everyone], pa.int32()),
        "first_name": pa.array(firsts, _TEXT),
        "first_sound": pa.array([first and sound(first) for first in firsts], _TEXT),
        "is_rare_first": pa.array([is_rare(first or "") for first in firsts], pa.bool_()),
        "often": pa.array([bearers(first or "") for first in firsts], pa.int32()),
        "given_bits": pa.array([given_bits().get(first or "", RAREST) for first in firsts], pa.float32()),
    }
