"""What a change of one field of a contract means: does a file of yesterday still pass, does a reader of yesterday still understand?

Each judge looks at the old and the new value of a field and says in which sense the promise changed; the sense alone says nothing of
who must act, for that depends on who sends the file (see :mod:`passerelle.contract.diff`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from passerelle.contract.model import Classification
from passerelle.findings import Effect


class Sense(StrEnum):
    """In which way a promise changed."""

    NARROWER = "narrower"
    """Some files that kept the old promise break the new one."""
    WIDER = "wider"
    """Some files that keep the new promise would have broken the old one."""
    OTHER = "other"
    """Another promise: neither holds the other."""
    TOLD = "told"
    """Every file passes as before, but the partner, or whoever answers for the data, must know."""
    SILENT = "silent"
    """Words only, or what concerns nobody outside."""


Judge = Callable[[Any, Any], Sense]

_GRAVITY = (Effect.WARN, Effect.SET_ASIDE_LINE, Effect.SET_ASIDE, Effect.REFUSE)


def other(old: Any, new: Any) -> Sense:
    """Any change is another promise."""
    return Sense.OTHER


def told(old: Any, new: Any) -> Sense:
    """Any change must be told."""
    return Sense.TOLD


def silent(old: Any, new: Any) -> Sense:
    """No change matters to anybody outside."""
    return Sense.SILENT


def demand(old: Any, new: Any) -> Sense:
    """Something asked of the file: what is asked anew narrows, what is asked no more widens, something else is another promise."""
    if not old:
        return Sense.NARROWER
    return Sense.OTHER if new else Sense.WIDER


def leniency(old: Any, new: Any) -> Sense:
    """Something forgiven: the reverse of a demand."""
    return {Sense.NARROWER: Sense.WIDER, Sense.WIDER: Sense.NARROWER}.get(demand(old, new), Sense.OTHER)


def at_least(old: Any, new: Any) -> Sense:
    """A lower bound; None is no bound."""
    if old is None or (new is not None and _number(new) > _number(old)):
        return Sense.NARROWER
    return Sense.WIDER


def at_most(old: Any, new: Any) -> Sense:
    """An upper bound; None is no bound."""
    if old is None or (new is not None and _number(new) < _number(old)):
        return Sense.NARROWER
    return Sense.WIDER


def _number(value: Any) -> Any:
    """Numbers compare as numbers, dates (yyyy-MM-dd) as text."""
    try:
        return float(value)
    except ValueError:
        return value


def threshold(old: Any, new: Any) -> Sense:
    """A share above which a person must look: it delays a file, it does not refuse it."""
    return Sense.TOLD


def pattern(old: str | None, new: str | None) -> Sense:
    """A form: one alternative more widens it, one less narrows it; whether two other forms hold one another cannot be decided."""
    if not old or not new:
        return demand(old, new)
    before, after = set(_alternatives(old)), set(_alternatives(new))
    if before < after:
        return Sense.WIDER
    return Sense.NARROWER if after < before else Sense.OTHER


def _alternatives(expression: str) -> list[str]:
    """The alternatives of the outermost level: ``a|(b|c)`` has two."""
    found, depth, start = [], 0, 0
    for place in re.finditer(r"\\.|\[(?:\\.|[^\]\\])*\]|[()|]", expression):
        depth += {"(": 1, ")": -1}.get(place[0], 0)
        if place[0] == "|" and depth == 0:
            found.append(expression[start : place.start()])
            start = place.end()
    return [*found, expression[start:]]


def effect(old: Effect, new: Effect) -> Sense:
    """What a broken rule does: a graver effect loads less."""
    return Sense.NARROWER if _GRAVITY.index(new) > _GRAVITY.index(old) else Sense.WIDER


def classification(old: Classification, new: Classification) -> Sense:
    """How far a value may travel. To or from ``secret`` it is also stored otherwise, so the tables change."""
    return Sense.OTHER if Classification.SECRET in (old, new) else Sense.TOLD


def blocks(old: tuple[str, ...], new: tuple[str, ...]) -> Sense:
    """XML blocks that may be absent."""
    if set(old) < set(new):
        return Sense.WIDER
    return Sense.NARROWER if set(new) < set(old) else Sense.OTHER
