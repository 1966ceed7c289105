"""Numbers of people by indicator, operation and sex, and by half-year; nothing here decides what is printed.

Half-years: the situation at entry by the half-year of entry, results by that of leaving, later results by that of the six-month day;
the half-years of an indicator always add up to its cumulative number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from passerelle.errors import InvariantError
from passerelle.indicators.columns import EMPTY, Ints, Mask
from passerelle.indicators.definitions import ANNEX_2, INDICATORS, Indicator, Kind
from passerelle.indicators.follow_up import among
from passerelle.indicators.participation import Answer, Answered, Nationality, Sex
from passerelle.indicators.predicates import UNEMPLOYED, View, is_targeted
from passerelle.indicators.spans import half_years

SEXES = len(Sex)


@dataclass(frozen=True)
class Sample:
    """People six months after leaving, each by operation and sex."""

    due: Ints
    """In the reference population and due."""
    drawn: Ints
    """Of those, in the sample."""
    reached: Ints
    """Of those drawn, reached."""
    positive: Ints
    """Of those reached, with the result."""
    observed: Ints
    """Of those due, drawn or not, about whom anything was noted."""


@dataclass(frozen=True)
class Tally:
    """Everything counted."""

    operations: int
    counts: dict[str, Ints]
    """Indicator → operation × sex."""
    halves: dict[str, Ints]
    """Indicator → operation × half-year × sex."""
    first_half: int
    """Number of the first half-year of :attr:`halves`."""
    collected: dict[str, Mask]
    """Indicator → operations in which somebody collected it."""
    samples: dict[str, Sample]
    holds: dict[str, Mask]
    """Indicator → the people in it."""


def tally(view: View, operations: int, cutoff: int, given: tuple[bool, bool]) -> Tally:
    """The count of these people over so many operations; ``given`` says whether events and six-month situations were."""
    persons = view.persons
    holds = {one.code: one.holds(view) for one in (*INDICATORS, *ANNEX_2) if one.holds is not None}
    if (holds["EECR01"] & holds["EECR04"]).any() or (holds["EECR05"] & holds["EECR06"]).any():
        raise InvariantError("ID8: a person is in two results that exclude one another.")
    entry, last = half_years(persons["entry_date"]), int(half_years(np.array([cutoff]))[0])
    halves_of = {Kind.ENTRY: entry, Kind.EXIT: half_years(persons.exit), Kind.SIX_MONTHS: half_years(view.follow_up.due_on)}
    first = int(entry.min(initial=last))
    size = last - first + 1
    place = persons.operation * SEXES + persons["sex"]
    where = {kind: (persons.operation * size + half - first) * SEXES + persons["sex"] for kind, half in halves_of.items()}
    counts, halves = {}, {}
    for one in (*INDICATORS, *ANNEX_2):
        if one.code in holds:
            mask = holds[one.code]
            counts[one.code] = _count(place[mask], operations * SEXES).reshape(operations, SEXES)
            halves[one.code] = _count(where[one.kind][mask], operations * size * SEXES).reshape(operations, size, SEXES)
            if (halves[one.code].sum(axis=1) != counts[one.code]).any():
                raise InvariantError(f"The half-years of {one.code} do not add up to its cumulative number.")
    return Tally(operations, counts, halves, first, _collected(view, operations, given), _samples(view, holds, operations), holds)


def _count(places: Ints, size: int) -> Ints:
    return np.bincount(places, minlength=size).astype(np.int64)


def _any(view: View, mask: Mask, operations: int) -> Mask:
    return _count(view.persons.operation[mask], operations) > 0


def is_answered(view: View, column: str) -> Mask:
    """Who was asked: an answer is there, be it an accepted refusal."""
    held = view.persons[column]
    if column == "rural":
        return (held == 0) | (held == 1)
    if column == "nationality_group":
        return (held != EMPTY) & (held != list(Nationality).index(Nationality.NOT_COLLECTED))
    refused = (held == list(Answer).index(Answer.REFUSED)) & (Answered(column) in view.rules.refusal_accepted_for)
    return (held == list(Answer).index(Answer.YES)) | (held == list(Answer).index(Answer.NO)) | refused


def _collected(view: View, operations: int, given: tuple[bool, bool]) -> dict[str, Mask]:
    nobody = ~_any(view, np.ones(len(view.persons), np.bool_), operations)
    events, later = given
    results = nobody | (_any(view, view.exits.has_event, operations) | ~_any(view, view.exits.is_closed, operations)) & events
    observed = _any(view, view.follow_up.has_observation, operations)
    six_months = nobody | (observed | ~_any(view, view.follow_up.is_due, operations)) & later
    found = {}
    for one in (*INDICATORS, *ANNEX_2):
        if one.kind is Kind.EXIT:
            found[one.code] = results
        elif one.kind is Kind.SIX_MONTHS:
            found[one.code] = six_months
        else:
            found[one.code] = _asked(view, one, operations) | nobody
    return found


def _asked(view: View, indicator: Indicator, operations: int) -> Mask:
    if indicator.code == "EECO03":
        return _has_durations(view, operations)
    asked = np.full(operations, not indicator.answered_by)
    if indicator.code in view.persons.targets:
        asked |= _any(view, view.persons.targets[indicator.code], operations)
    for column in indicator.answered_by:
        if column not in view.rules.not_collectable:
            asked |= _any(view, is_answered(view, column), operations)
    return asked


def _has_durations(view: View, operations: int) -> Mask:
    """Operations that can tell long-term unemployment: a duration or the criterion says it, or nobody is unemployed."""
    unemployed = view.persons["labour_at_entry"] == UNEMPLOYED
    told = (view.persons["unemployment_months"] != EMPTY) | is_targeted(view, "EECO03")
    return _any(view, unemployed & told, operations) | ~_any(view, unemployed, operations)


def _samples(view: View, holds: dict[str, Mask], operations: int) -> dict[str, Sample]:
    persons, later = view.persons, view.follow_up
    place = persons.operation * SEXES + persons["sex"]

    def number(mask: Mask) -> Ints:
        return _count(place[mask], operations * SEXES).reshape(operations, SEXES)

    found = {}
    for code, reference in (("EECR05", view.rules.eecr05_reference), ("EECR06", view.rules.eecr06_reference)):
        due = later.is_due & among(persons["labour_at_entry"], reference)
        drawn = due & later.is_sampled
        found[code] = Sample(
            number(due), number(drawn), number(drawn & later.is_reached), number(drawn & holds[code]), number(due & later.has_observation)
        )
    return found
