"""Controls about one counted person: what looks wrong in the record but does not keep it from counting."""

from __future__ import annotations

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints, Mask
from passerelle.indicators.controls import Batches
from passerelle.indicators.layouts import ANSWERS
from passerelle.indicators.participation import Answer, Answered, Labour
from passerelle.indicators.persons import repeated
from passerelle.indicators.predicates import View
from passerelle.indicators.regimes import Regimes
from passerelle.indicators.rows import Rows
from passerelle.indicators.tally import is_answered

_REFUSED = list(Answer).index(Answer.REFUSED)
_UNEMPLOYED = list(Labour).index(Labour.UNEMPLOYED)
WORKING_AGE = 15
"""Age under which nobody is on the labour market."""
QUESTIONS = {
    "disability": "handicap",
    "nationality_group": "nationalité",
    "foreign_background": "origine étrangère",
    "minority": "minorité",
    "housing_exclusion": "logement",
}
"""How a question of Annex I point 1.2 is called in French."""
_INDICATOR_OF = dict(zip(QUESTIONS, ("EECO12", "EECO13", "EECO14", "EECO15", "EECO16"), strict=True))


def record_controls(view: View, rows: Rows, about: Regimes) -> Batches:
    """What is found in the records of the counted people."""
    found = Batches()
    _dates(found, view, rows, about)
    _labour(found, view)
    _answers(found, view)
    _overlaps(found, view, about)
    return found


def _dates(found: Batches, view: View, rows: Rows, about: Regimes) -> None:
    persons, rules = view.persons, view.rules
    end = about.end[persons.operation]
    found.add("V11", persons.row[(persons.exit != EMPTY) & (persons.exit > end + rules.immediate_result_days)])
    recorded = rows["recorded_on"][persons.row]
    found.say(
        "V12", "L’entrée est postérieure à son enregistrement : est-elle seulement prévue ?", persons.row[persons["entry_date"] > recorded]
    )
    for letter, (low, high) in rules.expected_ages.items():
        objective = np.array([one.is_described and one.specific_objective == letter for one in about.operations], dtype=np.bool_)
        known = persons.age != EMPTY
        odd = known & ((persons.age < low) | (persons.age > high))
        found.add("V14", persons.row[odd & objective[persons.operation]] if len(objective) else persons.row[:0])


def _labour(found: Batches, view: View) -> None:
    persons = view.persons
    unemployed, months = persons["labour_at_entry"] == _UNEMPLOYED, persons["unemployment_months"]
    known = persons["labour_at_entry"] != EMPTY
    # Nought for somebody who works is a filled-in form, not a contradiction.
    found.add("V16", persons.row[known & ~unemployed & (months > 0)])
    aged = (persons.age != EMPTY) & (months != EMPTY)
    found.add("V18", persons.row[unemployed & aged & (months > np.maximum(persons.age + 1 - WORKING_AGE, 0) * 12)])
    found.add("V19", persons.row[unemployed & (persons["in_education_at_entry"] == 1)])
    found.add("V43", persons.row[persons["isced_level"] == 0])


def _answers(found: Batches, view: View) -> None:
    persons, rules = view.persons, view.rules
    untraced = persons["attempt_on"] == EMPTY
    silent = {str(name): ~_is_spoken(view, name) & ~_targeted(view, name) & untraced for name in rules.attempt_expected_for}
    _grouped(found, "V33", persons.row, silent)
    refused = {str(name): persons[name] == _REFUSED for name in ANSWERS}
    _grouped(found, "V34", persons.row, {name: mask for name, mask in refused.items() if Answered(name) not in rules.refusal_accepted_for})
    _grouped(found, "V35", persons.row, {str(name): mask & _targeted(view, name) for name, mask in refused.items()})


def _is_spoken(view: View, name: str) -> Mask:
    """Who gave the answer itself, not a refusal."""
    return is_answered(view, name) & (view.persons[name] != _REFUSED) if name in ANSWERS else is_answered(view, name)


def _targeted(view: View, name: str) -> Mask:
    return view.persons.targets.get(_INDICATOR_OF[name], np.zeros(len(view.persons), dtype=np.bool_))


def _grouped(found: Batches, rule: str, rows: Ints, masks: dict[str, Mask]) -> None:
    """One finding per person, whatever the number of questions; people with the same questions together."""
    names = [str(name) for name in masks]
    bits = np.zeros(len(rows), dtype=np.int64)
    for place, name in enumerate(names):
        bits |= masks[name].astype(np.int64) << place
    for value in np.unique(bits[bits > 0]).tolist():
        detail = ", ".join(QUESTIONS[name] for place, name in enumerate(names) if value >> place & 1)
        found.add(rule, rows[bits == value], detail=detail)


def _overlaps(found: Batches, view: View, about: Regimes) -> None:
    """People who are in two described operations of one objective at the same time."""
    persons = view.persons
    objective = about.objective[persons.operation] if len(about.operations) else np.zeros(0, dtype=np.int64)
    # Sorting is for those who are in several operations: few.
    described = np.flatnonzero(objective >= 0)
    described = described[repeated(persons.participant[described])]
    group = persons.participant[described] * 256 + objective[described]
    entry = persons["entry_date"][described]
    leaving = np.where(persons.exit[described] == EMPTY, -EMPTY, persons.exit[described])
    order = np.lexsort((leaving, entry, group))
    if len(order) < 2:
        return
    number = np.cumsum(np.append(0, np.diff(group[order]) != 0)) << 33
    latest = np.maximum.accumulate(number + leaving[order])
    overlaps = np.append(False, latest[:-1] >= number[1:] + entry[order][1:])
    found.add("V48", persons.row[described[order[overlaps]]])
