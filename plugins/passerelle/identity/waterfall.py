"""How a pair's score comes about: the odds before looking, then what each field adds or takes away, in bits.

The score ranks; it accepts nothing. What decided is told beside it: the rule, the veto, or why nobody need look. No value of a record is
in here, only levels of agreement, so the account may be shown, kept and sent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from passerelle.identity.compare import FIELDS, MISSING, MISSING_WORDS
from passerelle.identity.model import RARE, FieldWeights, Model

SAME, REVIEW, DIFFERENT = "same", "review", "different"
VERDICTS: Final = {SAME: "la même personne", REVIEW: "à relire", DIFFERENT: "deux personnes"}
"""What may come of a pair, as a reader is told."""
_SLIGHT: Final = 0.05
"""Bits below which a difference is rounding."""
_MANY: Final = 1e6
_LEVELS: Final = {field.name: {level.name: level.words for level in field.levels} for field in FIELDS}


@dataclass(frozen=True, slots=True)
class Step:
    """One field: the level at which the two records agree, in French, and the bits it adds (or takes); ``rarity`` is part of them."""

    name: str
    field: str
    level: str
    words: str
    bits: float
    rarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the pair (``same``, ``review``, ``different``), by which rule, veto or reason, and its words."""

    verdict: str
    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The bits before looking, the steps in the order in which fields are told, and what decided."""

    start: float
    steps: tuple[Step, ...]
    verdict: Verdict

    @property
    def total(self) -> float:
        """The score of the pair."""
        return self.start + sum(step.bits for step in self.steps)


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair: its level per field, and what is known of how rare its values are."""

    levels: Mapping[str, str]
    shares: Mapping[str, float | None] | None = None
    """Per field of :data:`model.RARE`: how many records have the more frequent of the two values, as log2 of the share."""


def start_of(model: Model, records: int) -> float:
    """The bits before looking: the odds that two records of so many, taken at random, are one person's."""
    return math.log2(model.match_share / max(records / 2, 1))


def waterfall(model: Model, start: float, pair: Compared, verdict: Verdict) -> Waterfall:
    """The account of a pair; a field or level that this version does not compare is left out."""
    shares = pair.shares or {}
    return Waterfall(
        start,
        tuple(_step(field, pair.levels.get(field.name, MISSING), shares.get(field.name)) for field in model.fields),
        verdict,
    )


def _step(field: FieldWeights, level: str, share: float | None) -> Step:
    """See ``model._term``: the same reckoning as in SQL."""
    words = next(known.words for known in FIELDS if known.name == field.name)
    found = next((each for each in field.levels if each.name == level), None)
    if found is None:
        return Step(field.name, words, MISSING, MISSING_WORDS, 0.0)
    said = _LEVELS[field.name][level]
    if field.name not in RARE or level not in RARE[field.name][1]:
        return Step(field.name, words, level, said, found.weight)
    usual = math.log2(found.m) - math.log2(found.u)
    bits = usual if share is None else math.log2(found.m) - share
    return Step(field.name, words, level, said, bits, bits - usual)


def odds(bits: float) -> str:
    """Odds in the words of everyday French, no finer than they are known.

    >>> odds(-10.0), odds(0.0), odds(3.0), odds(40.0)
    ('1 contre 1\\u202f000', '1 contre 1', '8 contre 1', "plus d'un million contre 1")
    """
    exact = 2.0 ** abs(bits)
    digits = max(len(str(round(exact))) - 2, 0)
    many = f"{round(exact, -digits):,.0f}".replace(",", "\u202f") if exact < _MANY else "plus d'un million"
    return f"{many} contre 1" if bits > 0 else f"1 contre {many}"


def bits_told(bits: float) -> str:
    """Bits with their sign, in French typography.

    >>> bits_told(3.25), bits_told(-0.51), bits_told(0.0)
    ('+3,2', '−0,5', '0')
    """
    rounded = round(bits, 1)
    if rounded == 0:
        return "0"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):.1f}".replace(".", ",")


def told(account: Waterfall) -> list[tuple[str, str, str]]:
    """The account as rows of text: what, in which way, how much."""
    rows = [("Au départ", f"{odds(account.start)}, avant toute comparaison", bits_told(account.start))]
    rows += [(step.field, _words(step), bits_told(step.bits)) for step in account.steps]
    return [*rows, ("Score", odds(account.total), bits_told(account.total))]


def _words(step: Step) -> str:
    if abs(step.rarity) < _SLIGHT:
        return step.words
    return f"{step.words} (valeur {'rare' if step.rarity > 0 else 'fréquente'}\u00a0: {bits_told(step.rarity)})"
