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

    def key(self, participants: int) -> Ints:
        """One number per person and operation."""
        return self.operation * participants + self.participant

    def with_exits(self, rows: Rows, admitted: Ints, cutoff: int) -> Persons:
        """The same people with the exit of all their admitted participations: none while one is open, otherwise the last."""
        dated = admitted[rows["entry_date"][admitted] != EMPTY]
        size = int(rows["participant_id"].max(initial=0)) + 1
        key = rows["operation_id"][dated] * size + rows["participant_id"][dated]
        order = np.argsort(self.key(size), kind="stable")
        mine = self.key(size)[order]
        place = np.searchsorted(mine, key)
        held = (place < len(mine)) & (np.append(mine, -1)[place] == key)
        person, ends = order[place[held]], rows["exit_date"][dated[held]]
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
