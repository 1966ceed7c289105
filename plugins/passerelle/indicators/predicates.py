"""Who is in which indicator: predicates over all counted people at once.

Under an operation whose eligibility criterion equals an indicator, those who were not asked are in it (annex I: target group).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from passerelle.indicators.columns import EMPTY, Mask
from passerelle.indicators.exits import EMPLOYED, SEARCHING, SELF_EMPLOYED, Exits
from passerelle.indicators.follow_up import FollowUp, among
from passerelle.indicators.layouts import RURAL
from passerelle.indicators.parameters import YOUNG_BELOW, Rules
from passerelle.indicators.participation import Answer, Labour, Nationality
from passerelle.indicators.persons import Persons

_YES = list(Answer).index(Answer.YES)
_REFUSED = list(Answer).index(Answer.REFUSED)
UNEMPLOYED, INACTIVE, IN_WORK = range(len(Labour))


@dataclass(frozen=True)
class View:
    """All that is known of the counted people."""

    persons: Persons
    exits: Exits
    follow_up: FollowUp
    rules: Rules


Predicate = Callable[[View], Mask]


def is_long_term(view: View) -> Mask:
    """Who has been unemployed longer than the rule in force on the day of entry allows; or is so by the operation's own criterion."""
    entry, months = view.persons["entry_date"], view.persons["unemployment_months"]
    limit = np.zeros(len(entry), dtype=np.int64)
    for number, rule in enumerate(view.rules.long_term_unemployment):
        young = rule.over_months if rule.under_25_over_months is None else rule.under_25_over_months
        applies = entry >= (np.datetime64(rule.since, "D").astype(np.int64) if number else EMPTY)
        limit = np.where(applies, np.where(view.persons.age < YOUNG_BELOW, young, rule.over_months), limit)
    long = (months != EMPTY) & (months > limit) | (months == EMPTY) & is_targeted(view, "EECO03")
    return labour(view, UNEMPLOYED) & long


def is_targeted(view: View, code: str) -> Mask:
    """Who is in an operation whose eligibility criterion the indicator equals."""
    return view.persons.targets.get(code, np.zeros(len(view.persons), dtype=np.bool_))


def labour(view: View, situation: int) -> Mask:
    """Whose situation at entry is this one."""
    return view.persons["labour_at_entry"] == situation


def aged(low: int, high: int) -> Predicate:
    """Whose age at entry is between these, both included."""
    return lambda view: (view.persons.age >= low) & (view.persons.age <= high)


def level(code: str, low: int, high: int) -> Predicate:
    """Whose level of education is between these; or is so by the operation's own criterion."""

    def holds(view: View) -> Mask:
        held = view.persons["isced_level"]
        return (held >= low) & (held <= high) | (held == EMPTY) & is_targeted(view, code)

    return holds


def said_yes(code: str, column: str) -> Predicate:
    """Those who said yes; under an operation for them, also those who were not asked or did not want to say."""

    def holds(view: View) -> Mask:
        answer = view.persons[column]
        silent = (answer == EMPTY) | (answer >= _REFUSED)
        return (answer == _YES) | silent & is_targeted(view, code)

    return holds


def is_third_country(view: View) -> Mask:
    """Who is not an EU citizen."""
    groups = [list(Nationality).index(one) for one in view.rules.third_country_groups]
    answer = view.persons["nationality_group"]
    silent = (answer == EMPTY) | (answer == list(Nationality).index(Nationality.NOT_COLLECTED))
    return np.isin(answer, groups) | silent & is_targeted(view, "EECO13")


def is_rural(view: View) -> Mask:
    """Who lived in a rural commune at entry."""
    known = view.persons["rural"]
    silent = (known == EMPTY) | (known == RURAL.index("unknown"))
    return (known == RURAL.index("yes")) | silent & is_targeted(view, "EECO17")


def found_work(view: View) -> Mask:
    """EECR04."""
    works = (view.exits.outcome == EMPLOYED) | (view.exits.outcome == SELF_EMPLOYED)
    return works & among(view.persons["labour_at_entry"], view.rules.eecr04_reference)


def searches(view: View) -> Mask:
    """EECR01."""
    return (view.exits.outcome == SEARCHING) & among(view.persons["labour_at_entry"], view.rules.eecr01_reference)


def newly_trains(view: View) -> Mask:
    """EECR02: who was not in training before."""
    before = view.persons["in_education_at_entry"]
    return view.exits.is_training & ((before == 0) | (before == EMPTY) & view.rules.education_unknown_counts)


def works_later(view: View) -> Mask:
    """EECR05."""
    return view.follow_up.is_due & view.follow_up.is_working & among(view.persons["labour_at_entry"], view.rules.eecr05_reference)


def improved(view: View) -> Mask:
    """EECR06."""
    return view.follow_up.is_due & view.follow_up.is_improved & among(view.persons["labour_at_entry"], view.rules.eecr06_reference)


def everybody(view: View) -> Mask:
    """Every counted person."""
    return np.ones(len(view.persons), dtype=np.bool_)


def either(left: Predicate, right: Predicate) -> Predicate:
    """Who is in one or the other, once."""
    return lambda view: left(view) | right(view)
