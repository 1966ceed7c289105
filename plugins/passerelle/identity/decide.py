"""The engine: given a new record's facts and the known records it meets, which person it is about. Pure and deterministic.

One record is about at most one person. Two persons are never merged here: a record that certain rules tie to both becomes a new
person and is shown to a reviewer, as is every near miss.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from passerelle.identity.rules import (
    ALWAYS,
    NEW,
    OTHER_NIR,
    POLICY,
    REASONS,
    SAME_NIR,
    TWO_PERSONS,
    Facts,
    Key,
    Rule,
    contradicts,
    evidence,
    told,
)

MAX_PERSONS = 20
"""A key that so many persons share says nothing (a made-up number, an agency's own): it is left out, which also bounds the work."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known record and the person it is linked to."""

    record_id: UUID
    person_id: UUID
    facts: Facts


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared with which record, and how each field came out (see :func:`passerelle.identity.rules.evidence`)."""

    compared_with: UUID
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A person the record may be about although it is not linked to it."""

    person_id: UUID
    reason: str
    detail: str
    proof: Proof | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """The person, or none when a new one must be minted; the rule; and what a reviewer should look at."""

    person_id: UUID | None
    rule: str
    doubts: tuple[Doubt, ...] = ()
    proof: Proof | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Orders:
    """What people decided about a record that comes back: it is about one of ``wanted``, and about none of ``barred``."""

    wanted: frozenset[UUID] = frozenset()
    barred: frozenset[UUID] = frozenset()


class Index:
    """The known records, found by the keys they share with a new one."""

    def __init__(self) -> None:
        self._records: dict[Key, list[Candidate]] = {}
        self._crowded: set[Key] = set()
        self._nirs: dict[UUID, set[str]] = {}

    def add(self, candidate: Candidate, keys: Iterable[Key]) -> None:
        """Makes a record findable by these keys; each record is added once."""
        for key in keys:
            self._records.setdefault(key, []).append(candidate)
        if candidate.facts.nir is not None:
            self.add_nir(candidate.person_id, candidate.facts.nir)

    def add_nir(self, person_id: UUID, nir: str) -> None:
        """Makes known a valid NIR of the person, even if no record that bears it is in the index."""
        self._nirs.setdefault(person_id, set()).add(nir)

    def nirs(self, person_id: UUID) -> frozenset[str]:
        """All valid NIRs of the person."""
        return frozenset(self._nirs.get(person_id, ()))

    @property
    def persons(self) -> set[UUID]:
        """Everyone a record in the index is linked to."""
        return {candidate.person_id for candidates in self._records.values() for candidate in candidates}

    def find(self, keys: Iterable[Key]) -> Iterator[Candidate]:
        """The records that share a key, each once, in the order of keys and of their coming in; crowded keys left out."""
        met: set[UUID] = set()
        for key in keys:
            for candidate in () if self._is_crowded(key) else self._records.get(key, ()):
                if candidate.record_id not in met:
                    met.add(candidate.record_id)
                    yield candidate

    def _is_crowded(self, key: Key) -> bool:
        candidates = self._records.get(key, ())
        if len(candidates) > MAX_PERSONS and key not in self._crowded:  # rare: a record is one of few, a person has few records
            if len({candidate.person_id for candidate in candidates}) <= MAX_PERSONS:
                return False
            self._crowded.add(key)
        return key in self._crowded


_NONE = Orders()


def decide(facts: Facts, keys: Iterable[Key], index: Index, orders: Orders = _NONE) -> Decision:
    """Which person a new record with these facts is about; what people decided beats every rule."""
    ties: dict[UUID, tuple[int, Candidate]] = {}
    doubts: dict[UUID, tuple[int, Doubt]] = {}
    for candidate in index.find(keys):
        person = candidate.person_id
        if person in orders.barred:
            continue
        rank = _first(POLICY, facts, candidate.facts)
        if rank is None:
            _keep_strongest(doubts, _near_miss(facts, candidate))
        elif contradicts(facts, index.nirs(person)):
            _keep_strongest(doubts, (-1, _doubt(OTHER_NIR, facts, candidate)))
        elif person not in ties or rank < ties[person][0]:
            ties[person] = (rank, candidate)
    if len(orders.wanted) == 1:
        [person] = orders.wanted
        return Decision(person, ALWAYS, proof=_proof(facts, ties[person][1]) if person in ties else None)
    others = tuple(doubt for person, (_, doubt) in doubts.items() if person not in ties)
    if len(ties) == 1:
        [(person, (rank, found))] = ties.items()
        kept = tuple(doubt for doubt in others if doubt.reason in (SAME_NIR, OTHER_NIR))
        return Decision(person, POLICY[rank].id, kept, _proof(facts, found))
    tied = tuple(_doubt(TWO_PERSONS, facts, found) for _, found in ties.values())
    return Decision(None, NEW, tied + others)


def _proof(facts: Facts, candidate: Candidate) -> Proof:
    return Proof(candidate.record_id, evidence(facts, candidate.facts))


def _doubt(reason: str, facts: Facts, candidate: Candidate) -> Doubt:
    proof = _proof(facts, candidate)
    return Doubt(candidate.person_id, reason, told(proof.fields), proof)


def _first(rules: tuple[Rule, ...], facts: Facts, candidate: Facts) -> int | None:
    return next((rank for rank, rule in enumerate(rules) if rule.holds(facts, candidate)), None)


def _near_miss(facts: Facts, candidate: Candidate) -> tuple[int, Doubt] | None:
    rank = _first(REASONS, facts, candidate.facts)
    if rank is None:
        return None
    return rank, _doubt(REASONS[rank].id, facts, candidate)


def _keep_strongest(doubts: dict[UUID, tuple[int, Doubt]], found: tuple[int, Doubt] | None) -> None:
    if found is not None and (found[1].person_id not in doubts or found[0] < doubts[found[1].person_id][0]):
        doubts[found[1].person_id] = found
