"""Who each record of a batch is about, in the order of the file: the rules' ties, what people decided, and what is known of the persons.

One record is about at most one person. Two persons are never merged here: a record that rules tie to both stays with the one who has what
its sender said before under the same number, or else becomes a new person; a reviewer is asked, as about every near miss. What a certain
rule ties is not undone by what was only accepted among ranked candidates.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from passerelle.identity.facts import Facts
from passerelle.identity.matcher import Look, Matcher, Tie
from passerelle.identity.pool import Pool
from passerelle.identity.reasons import ALWAYS, NEW, OTHER_NIR, OTHER_SEX, TWO_PERSONS, told
from passerelle.identity.settle import CONFLICT, NEAR_MISS, SAME_IDENTIFIER, SAME_NIR

_PRESSING: Final = (CONFLICT, SAME_NIR, OTHER_NIR, SAME_IDENTIFIER, NEAR_MISS)
"""Reasons of one score, the most pressing first."""
_OWN: Final = (("dossier", "own"), ("ft", "same"), ("other", "own"))
"""Fields and levels by which a sender's two records bear its own number of one person."""
_OF_ONE_CHILD: Final = ("same_list", "same_first", "split", "among", "slip")
"""Levels at which two given names of a dossier's children are not those of a brother and a sister."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared with which record, and how each field came out (see :data:`passerelle.identity.compare.FIELDS`)."""

    compared_with: UUID
    fields: dict[str, str]
    score: float | None = None
    """Of the pair, in bits, where it was ranked."""


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


@dataclass(slots=True)
class Traits:
    """What contradicts: the valid NIRs (as facts) and sexes of a person's records, those outside the pool too."""

    nirs: set[str] = field(default_factory=set)
    sexes: set[str] = field(default_factory=set)

    def add(self, facts: Facts) -> None:
        """One more record of the person."""
        if facts.nir is not None:
            self.nirs.add(facts.nir)
        if facts.sex is not None:
            self.sexes.add(facts.sex)

    def contradicts(self, facts: Facts) -> str | None:
        """Why the record cannot be the person's, if so."""
        if facts.nir is not None and self.nirs and facts.nir not in self.nirs:
            return OTHER_NIR
        return OTHER_SEX if facts.sex is not None and self.sexes and facts.sex not in self.sexes else None


def _pressing(look: Look) -> tuple[float, int]:
    return -(look.score or 0), _PRESSING.index(look.reason) if look.reason in _PRESSING else 0


def _is_personal(pair: Look) -> bool:
    """Whether the doubt rests on more than a household: then it is told of a record that has found its person, too."""
    is_child = pair.fields["dossier"] == "member" and pair.fields["given"] in _OF_ONE_CHILD
    return is_child or pair.reason in (SAME_NIR, OTHER_NIR, NEAR_MISS) or any(pair.fields[name] == level for name, level in _OWN)


_NONE: Final = Orders()


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was decided of a record, before all are placed."""

    person_id: UUID | None
    rule: str
    orders: Orders
    tie: Tie | None = None
    refused: Mapping[UUID, tuple[str, Tie]] = field(default_factory=dict)


TraitsOf = Callable[[Collection[UUID]], Mapping[UUID, Traits]]
"""What contradicts of the records linked to these persons."""


class Batch:
    """A pool whose fresh records are decided one after the other: ``choose``, then ``place``; at the end ``decisions``."""

    def __init__(self, matcher: Matcher, pool: Pool, ids: Sequence[UUID], traits_of: TraitsOf) -> None:
        """``ids`` are those of the fresh records; ``traits_of`` says what is known of persons, and is asked of those that matter."""
        self._matcher, self._pool, self._traits_of = matcher, pool, traits_of
        self._records = [*(known.record_id for known in pool.known), *ids]
        self._facts = [*(known.facts for known in pool.known), *pool.fresh]
        self._persons: list[UUID | None] = [*(known.person_id for known in pool.known), *([None] * len(pool.fresh))]
        self._traits: dict[UUID, Traits] = defaultdict(Traits)
        self._ties: dict[int, list[Tie]] = defaultdict(list)
        self._is_alone = len(pool.known) + len(pool.fresh) < 2
        for tie in () if self._is_alone else matcher.ties(pool):
            self._ties[tie.record].append(tie)
        self._untold = {known.person_id for known in pool.known}
        """Persons of whom nothing was asked yet: no rule ties anybody to them."""
        self._learn({person for ties in self._ties.values() for tie in ties if (person := self._persons[tie.other])})
        self._choices: list[_Choice] = []

    def _learn(self, persons: set[UUID]) -> None:
        self._untold -= persons
        for person, traits in self._traits_of(persons).items() if persons else ():
            self._traits[person] = traits
        for known in self._pool.known:
            if known.person_id in persons:
                self._traits[known.person_id].add(known.facts)

    def choose(self, number: int, orders: Orders = _NONE) -> UUID | None:
        """The person the fresh record is about, or None when a new one must be minted."""
        best, vetoed = self._found(len(self._pool.known) + number, orders)
        if len(orders.wanted) == 1:
            [person] = orders.wanted
            choice = _Choice(person, ALWAYS, orders, best.get(person))
        else:
            eligible = {person: tie for person, tie in best.items() if tie.is_certain} or best
            [chosen] = eligible if len(eligible) == 1 else [self._kept(len(self._pool.known) + number, eligible)]
            held = best[chosen] if chosen else None
            refused = vetoed | {person: (TWO_PERSONS, tie) for person, tie in best.items() if person != chosen}
            choice = _Choice(chosen, held.rule if held else NEW, orders, held, refused)
        self._choices.append(choice)
        return choice.person_id

    def place(self, number: int, person: UUID) -> None:
        """The person the fresh record is linked to: the one chosen, or the one minted."""
        self._persons[len(self._pool.known) + number] = person
        if person in self._untold:
            self._learn({person})
        self._traits[person].add(self._pool.fresh[number])

    def named(self, number: int) -> list[Doubt]:
        """The persons whom rules name for a record that is linked already, itself left out: each as a doubt."""
        record = len(self._pool.known) + number
        best, _ = self._found(record, _NONE)
        eligible = {person: tie for person, tie in best.items() if tie.is_certain} or best
        return [self._doubt(person, TWO_PERSONS, tie) for person, tie in eligible.items()]

    def decisions(self) -> list[Decision]:
        """What was decided of each fresh record, with what a reviewer should look at; all are placed."""
        numbers: dict[UUID | None, int] = {}
        labels = [numbers.setdefault(person, len(numbers)) for person in self._persons]
        refused = [(tie.other, tie.record) for choice in self._choices for _, tie in choice.refused.values()]
        looks: dict[int, list[Look]] = defaultdict(list)
        for look in () if self._is_alone else self._matcher.looks(self._pool, labels, refused):
            looks[look.record].append(look)
        start = len(self._pool.known)
        return [
            Decision(choice.person_id, choice.rule, tuple(self._doubts(choice, looks[start + number])), self._proof(choice.tie))
            for number, choice in enumerate(self._choices)
        ]

    def _found(self, record: int, orders: Orders) -> tuple[dict[UUID, Tie], dict[UUID, tuple[str, Tie]]]:
        """Per person, the strongest tie; and the persons that a tie names but something else contradicts."""
        facts = self._pool.fresh[record - len(self._pool.known)]
        best: dict[UUID, Tie] = {}
        vetoed: dict[UUID, tuple[str, Tie]] = {}
        for tie in self._ties.get(record, ()):
            person = self._persons[tie.other]
            is_itself = self._records[tie.other] == self._records[record]
            if person is None or person in orders.barred or is_itself:
                continue
            if reason := self._traits[person].contradicts(facts):
                vetoed.setdefault(person, (reason, tie))
            else:
                best.setdefault(person, tie)
        return best, vetoed

    def _kept(self, record: int, tied: Collection[UUID]) -> UUID | None:
        """Of several persons tied, the one who has what the sender said last under each of its own numbers of the record.

        Of a child, who shares its dossier's number: the only one with a record of that dossier. None when numbers disagree.
        """
        last: dict[object, UUID] = {}
        for tie in sorted(self._ties.get(record, ()), key=self._age):
            person = self._persons[tie.other]
            if person is not None and person in tied and self._facts[tie.other].scope == self._facts[record].scope:
                last |= {name: person for name, level in _OWN if tie.fields.get(name) == level}
                last |= {person: person} if tie.is_certain and tie.fields.get("dossier") == "member" else {}
        persons = set(last.values())
        return persons.pop() if len(persons) == 1 else None

    def _age(self, tie: Tie) -> tuple[float, int]:
        """Since when the other record is on file: those of the batch are the newest."""
        known = self._pool.known
        return (known[tie.other].first_delivery if tie.other < len(known) else math.inf), tie.other

    def _doubts(self, choice: _Choice, looks: Iterable[Look]) -> Iterable[Doubt]:
        if choice.rule == ALWAYS:
            return
        for person, (reason, tie) in choice.refused.items():
            yield self._doubt(person, reason, tie)
        told_of = {*choice.refused, *choice.orders.barred}
        for look in sorted(looks, key=_pressing):
            other = self._persons[look.other]
            is_worth_it = self._matcher.is_ranked or choice.person_id is None or _is_personal(look)
            if other is not None and other not in told_of and is_worth_it:
                told_of.add(other)
                yield self._doubt(other, look.reason, look)

    def _doubt(self, person: UUID, reason: str, pair: Tie | Look) -> Doubt:
        return Doubt(person, reason, told(pair.fields), self._proof(pair))

    def _proof(self, pair: Tie | Look | None) -> Proof | None:
        return Proof(self._records[pair.other], pair.fields, pair.score) if pair else None
