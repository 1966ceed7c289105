"""What became of people in the days after they left: the immediate results EECR01 to EECR04.

Events count from the day of leaving to the 28th day after it (a parameter). Of several labour situations only the last one counts, so
EECR01 and EECR04 exclude one another; training and qualifications stand beside them. No situation at all is "not filled in", never a
failure. Every event received is accounted for: used, or not and why.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints, Mask
from passerelle.indicators.controls import Batches
from passerelle.indicators.intake import Intake
from passerelle.indicators.layouts import EVENTS
from passerelle.indicators.parameters import Rules
from passerelle.indicators.participation import Labour, Outcome
from passerelle.indicators.persons import Persons, joined
from passerelle.indicators.rows import Rows
from passerelle.indicators.spans import months_later
from passerelle.indicators.versions import speaking

EMPLOYED, SELF_EMPLOYED, SEARCHING, INACTIVE = (list(Outcome).index(one) for one in Outcome)
EDUCATION, QUALIFICATION = EVENTS.index("in_education"), EVENTS.index("qualification")
_TIE = "Deux situations du même jour, enregistrées le même jour : la moins favorable est retenue (ordre fixé par les règles)."


@dataclass
class Exits:
    """One place per person."""

    outcome: Ints
    """The last labour situation of the window; ``EMPTY`` when none is known."""
    is_training: Mask
    is_qualified: Mask
    has_event: Mask
    """Whether any event of the person is known."""
    is_closed: Mask
    """Whether the person has left and the window is over."""
    is_pending: Mask
    """Whether the person has left, the window is still open and no situation is known."""
    ledger: dict[str, int] = field(default_factory=dict)
    """Events received = the sum of all the others."""
    batches: Batches = field(default_factory=Batches)
    """Findings about rows of the file of events."""
    about_persons: Batches = field(default_factory=Batches)
    """Findings about rows of the file of participations."""
    counts: dict[str, Mask] = field(default_factory=dict)
    """Control → the people it is about, told as one number per operation."""

    @property
    def is_unknown(self) -> Mask:
        """People who left and whose window closed without any situation."""
        return self.is_closed & (self.outcome == EMPTY)


@dataclass(frozen=True)
class _Usable:
    """The events that speak, of counted people, dated by the cut-off."""

    row: Ints
    person: Ints
    day: Ints
    kind: Ints


def exits_of(intake: Intake, persons: Persons, cutoff: int, rules: Rules) -> Exits:
    """The exits of these people as known at the end of the cut-off day."""
    size = len(persons)
    left = persons.exit != EMPTY
    closed = left & (persons.exit + rules.immediate_result_days <= cutoff)
    none = np.zeros(size, dtype=np.bool_)
    exits = Exits(np.full(size, EMPTY, dtype=np.int64), none, none.copy(), none.copy(), closed, left & ~closed)
    if intake.events is not None:
        usable = _usable(intake, intake.events, persons, cutoff, exits)
        exits.has_event[usable.person] = True
        _settle_window(exits, usable, intake.events, persons, rules)
        exits.is_pending = exits.is_pending & (exits.outcome == EMPTY)
        exits.about_persons.add("V26", persons.row[exits.is_unknown])
    return exits


def _usable(intake: Intake, events: Rows, persons: Persons, cutoff: int, exits: Exits) -> _Usable:
    spoken = speaking(events, "event_id", cutoff, (intake.operation_names, intake.participant_names))
    ledger = exits.ledger
    ledger["received"] = len(spoken.rows)
    now = spoken.rows[~spoken.is_late]
    ledger["after_cutoff"] = int(spoken.is_late.sum())
    detail = "Le même événement est enregistré au même moment sous deux formes : la dernière par son contenu est retenue."
    exits.batches.add("V08", spoken.disputed[~events.broken[spoken.disputed]], detail=detail)
    steps = (
        ("rejected", lambda which: events.broken[which]),
        ("withdrawn", lambda which: events["withdrawn"][which] == 1),
        ("after_cutoff", lambda which: events["event_date"][which] > cutoff),
    )
    for name, strikes in steps:
        struck = strikes(now)
        ledger[name] = ledger.get(name, 0) + int(struck.sum())
        now = now[~struck]
    person = joined(events, now, persons, len(intake.participant_names))
    ledger["not_counted_person"] = int((person < 0).sum())
    now, person = now[person >= 0], person[person >= 0]
    return _Usable(now, person, events["event_date"][now], events["event"][now])


def _settle_window(exits: Exits, usable: _Usable, events: Rows, persons: Persons, rules: Rules) -> None:
    leaving, entry = persons.exit[usable.person], persons["entry_date"][usable.person]
    running = leaving == EMPTY
    after = ~running & (usable.day > leaving + rules.immediate_result_days)
    before = ~running & (usable.day < leaving)
    inside = ~(running | after | before)
    is_labour = usable.kind < len(Outcome)
    # Somebody whose return is open has left once already: the result then recorded is withdrawn (V05), not a mistake.
    again = persons.is_reopened[usable.person]
    exits.batches.add("V27", usable.row[running & ~again])
    exits.batches.add("V24", usable.row[after], days=rules.immediate_result_days)
    exits.batches.add("V29", usable.row[(usable.kind == QUALIFICATION) & (usable.day < entry)])
    exits.is_training[usable.person[inside & (usable.kind == EDUCATION)]] = True
    exits.is_qualified[usable.person[inside & (usable.kind == QUALIFICATION)]] = True
    exits.counts["V28"] = exits.is_training & (persons["in_education_at_entry"] != 0)
    in_force = before & (usable.day >= entry) if rules.situation_before_exit == "in_force" else np.zeros(len(before), np.bool_)
    used = inside | (in_force & is_labour)
    exits.ledger["used"] = int(used.sum())
    exits.ledger["running"] = int(running.sum())
    exits.ledger["outside_window"] = int((~used & ~running).sum())
    _last_situation(exits, _picked(usable, used & is_labour), events, persons, rules)


def _picked(usable: _Usable, mask: Mask) -> _Usable:
    return _Usable(usable.row[mask], usable.person[mask], usable.day[mask], usable.kind[mask])


def _last_situation(exits: Exits, labour: _Usable, events: Rows, persons: Persons, rules: Rules) -> None:
    if not len(labour.row):
        return
    recorded = events["recorded_on"][labour.row]
    precedence = np.array([-rules.same_day_precedence.index(one) for one in Outcome])
    order = np.lexsort((-events.lines[labour.row], precedence[labour.kind], recorded, labour.day, labour.person))
    person, kind = labour.person[order], labour.kind[order]
    last = np.append(person[1:] != person[:-1], True)
    exits.outcome[person[last]] = kind[last]
    same = [person, labour.day[order], recorded[order]]
    tied = np.append(False, np.logical_and.reduce([column[1:] == column[:-1] for column in same]) & (kind[1:] != kind[:-1]))
    exits.batches.say("V25", _TIE, labour.row[order[tied & last]])
    late = recorded[order] > months_later(persons.exit[person], rules.late_exit_months)
    exits.about_persons.add("V55", persons.row[person[last & late]], months=rules.late_exit_months)
    several = np.bincount(person, minlength=len(persons)) > 1
    found = [np.bincount(person[kind == one], minlength=len(persons)) > 0 for one in range(len(Outcome))]
    exits.counts["V25"] = several
    exits.counts["V23"] = found[SEARCHING] & (found[EMPLOYED] | found[SELF_EMPLOYED])
    at_entry = persons["labour_at_entry"]
    works = (exits.outcome == EMPLOYED) | (exits.outcome == SELF_EMPLOYED)
    exits.counts["V20"] = works & (at_entry == list(Labour).index(Labour.EMPLOYED))
    exits.counts["V22"] = (exits.outcome == SEARCHING) & (at_entry != list(Labour).index(Labour.INACTIVE))
