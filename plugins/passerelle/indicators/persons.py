"""The people counted at a cut-off, one per person and operation, as columns: the situation at entry, the exit, the answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints, Mask
from passerelle.indicators.layouts import ANSWERS
from passerelle.indicators.participation import Labour
from passerelle.indicators.regimes import Regimes
from passerelle.indicators.rows import Rows
from passerelle.indicators.spans import ages

_LABOUR_OF = {
    "EECO02": Labour.UNEMPLOYED,
    "EECO03": Labour.UNEMPLOYED,
    "EECO04": Labour.INACTIVE,
    "EECO05": Labour.EMPLOYED,
}
_COPIED = ("sex", "entry_date", "birth_date", "labour_at_entry", "unemployment_months", "isced_level", "in_education_at_entry")
_ANSWERED = (*ANSWERS, "nationality_group", "rural", "attempt_on")


@dataclass(frozen=True)
class Persons:
    """Counted people; every column has one place per person."""

    row: Ints
    """The row of their first participation."""
    operation: Ints
    participant: Ints
    values: dict[str, Ints]
    """What the first participation says, the answers of the operation's target group filled in."""
    age: Ints
    exit: Ints
    """The last day of the last action; ``EMPTY`` while a participation is open."""
    participations: Ints
    """How many participations were merged into this one, itself included."""
    is_reopened: Mask
    """Whether a participation has ended while another is still open."""
    targets: dict[str, Mask]
    """Indicator → people in an operation whose eligibility criterion it equals."""

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, name: str) -> Ints:
        return self.values[name]

    def with_exits(self, rows: Rows, admitted: Ints, cutoff: int) -> Persons:
        """The same people with the exit of all their admitted participations: none while one is open, otherwise the last."""
        dated = admitted[rows["entry_date"][admitted] != EMPTY]
        dated = dated[repeated(rows["participant_id"][dated])]
        person = joined(rows, dated, self, int(rows["participant_id"].max(initial=0)) + 1)
        dated, person = dated[person >= 0], person[person >= 0]
        again = np.zeros(len(self), dtype=np.bool_)
        again[person] = True
        alone = np.flatnonzero(~again & (self["entry_date"] != EMPTY))
        dated, person = np.concatenate([dated, self.row[alone]]), np.concatenate([person, alone])
        ends = rows["exit_date"][dated]
        ended = (ends != EMPTY) & (ends <= cutoff)
        last = np.full(len(self), EMPTY, dtype=np.int64)
        np.maximum.at(last, person[ended], ends[ended])
        is_open = np.bincount(person[~ended], minlength=len(self)) > 0
        return replace(
            self,
            exit=np.where(is_open, EMPTY, last),
            participations=np.bincount(person, minlength=len(self)),
            is_reopened=is_open & (last != EMPTY),
        )


def joined(rows: Rows, held: Ints, persons: Persons, participants: int) -> Ints:
    """The position of the counted person each of these rows is about; -1 when nobody is."""
    size = max(participants, 1)
    who, operation = rows["participant_id"][held], rows["operation_id"][held]
    # Most people are in one operation, and are found by their own number alone.
    place = np.full(size + 1, -1, dtype=np.int64)
    place[persons.participant[::-1]] = np.arange(len(persons))[::-1]
    found = place[who]
    several = np.append(np.bincount(persons.participant, minlength=size) > 1, False)
    is_other = (found >= 0) & (np.append(persons.operation, -1)[found] != operation)
    found[is_other] = -1
    missed = np.flatnonzero(is_other & several[who])
    if len(missed):
        among = np.flatnonzero(several[persons.participant])
        mine = persons.operation[among] * size + persons.participant[among]
        order = np.argsort(mine, kind="stable")
        key = operation[missed] * size + who[missed]
        at = np.minimum(np.searchsorted(mine, key, sorter=order), len(mine) - 1)
        found[missed] = np.where(mine[order[at]] == key, among[order[at]], -1)
    return found


def repeated(participants: Ints) -> Mask:
    """Which of these rows are about somebody whom another one of them is about too."""
    return np.bincount(participants, minlength=1)[participants] > 1


def persons_of(rows: Rows, first: Ints, about: Regimes) -> Persons:
    """The people whose first participations are these rows; their exit is not known yet."""
    operation = rows["operation_id"][first]
    targets = {code: mask[operation] for code, mask in about.targets.items()}
    values = {name: rows[name][first] for name in (*_COPIED, *_ANSWERED)}
    labour = values["labour_at_entry"].copy()
    for code, situation in _LABOUR_OF.items():
        if code in targets:
            labour[(labour == EMPTY) & targets[code]] = list(Labour).index(situation)
    empty = np.full(len(first), EMPTY, dtype=np.int64)
    return Persons(
        row=first,
        operation=operation,
        participant=rows["participant_id"][first],
        values={**values, "labour_at_entry": labour},
        age=ages(values["birth_date"], values["entry_date"]),
        exit=empty,
        participations=np.ones(len(first), dtype=np.int64),
        is_reopened=np.zeros(len(first), dtype=np.bool_),
        targets=targets,
    )
