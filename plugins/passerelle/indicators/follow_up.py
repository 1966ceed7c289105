"""The situation six months after leaving: EECR05 and EECR06, and what a sample says of all leavers.

Of several observations of one person, one that reached the person and is nearest to the six-month day speaks. Somebody who could not
be reached is not counted and stays in the denominator of the response rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints, Mask
from passerelle.indicators.controls import Batches
from passerelle.indicators.exits import EMPLOYED, SELF_EMPLOYED
from passerelle.indicators.intake import Intake
from passerelle.indicators.layouts import OBSERVED
from passerelle.indicators.parameters import Rules
from passerelle.indicators.participation import Labour
from passerelle.indicators.persons import Persons, joined
from passerelle.indicators.rows import Rows
from passerelle.indicators.spans import months_later
from passerelle.indicators.versions import speaking

UNREACHABLE = OBSERVED.index("unreachable")


@dataclass
class FollowUp:
    """One place per person."""

    due_on: Ints
    """Six months after leaving; ``EMPTY`` while the person has not left."""
    is_due: Mask
    """Whether that day has come by the cut-off."""
    situation: Ints
    """``EMPTY`` when nothing usable is known."""
    is_improved: Mask
    is_sampled: Mask
    """Whether the person was drawn into the sample."""
    has_observation: Mask
    batches: Batches = field(default_factory=Batches)
    ledger: dict[str, int] = field(default_factory=dict)

    @property
    def is_working(self) -> Mask:
        """In employment, self-employment included."""
        return (self.situation == EMPLOYED) | (self.situation == SELF_EMPLOYED)

    @property
    def is_reached(self) -> Mask:
        """People whose situation somebody knows."""
        return (self.situation != EMPTY) & (self.situation != UNREACHABLE)


def among(labour: Ints, situations: tuple[Labour, ...]) -> Mask:
    """Whose situation at entry is one of these."""
    return np.isin(labour, [list(Labour).index(one) for one in situations])


def follow_up(intake: Intake, persons: Persons, cutoff: int, rules: Rules) -> FollowUp:
    """What is known at the end of the cut-off day of people six months after they left."""
    size = len(persons)
    due = months_later(persons.exit, rules.six_months)
    none = np.zeros(size, dtype=np.bool_)
    is_due = (due != EMPTY) & (due <= cutoff)
    found = FollowUp(due, is_due, np.full(size, EMPTY, dtype=np.int64), none, none.copy(), none.copy())
    if intake.six_months is not None:
        _choose(found, _usable(intake, intake.six_months, persons, cutoff, found), persons, rules)
    return found


@dataclass(frozen=True)
class _Usable:
    """The observations that speak, of counted people."""

    rows: Rows
    held: Ints
    person: Ints

    def kept(self, which: Mask | Ints) -> _Usable:
        return _Usable(self.rows, self.held[which], self.person[which])

    def __getitem__(self, name: str) -> Ints:
        return self.rows[name][self.held]


def _usable(intake: Intake, rows: Rows, persons: Persons, cutoff: int, found: FollowUp) -> _Usable:
    spoken = speaking(rows, "observation_id", cutoff, (intake.operation_names, intake.participant_names))
    now = spoken.rows[~spoken.is_late]
    detail = "La même observation est enregistrée au même moment sous deux formes : la dernière par son contenu est retenue."
    found.batches.add("V08", spoken.disputed[~rows.broken[spoken.disputed]], detail=detail)
    late = rows["observed_on"][now] > cutoff
    counts = {"rejected": rows.broken[now], "withdrawn": rows["withdrawn"][now] == 1, "after_cutoff": late}
    found.ledger = {"received": len(spoken.rows), "after_cutoff": int(spoken.is_late.sum())}
    out = np.zeros(len(now), dtype=np.bool_)
    for name, mask in counts.items():
        found.ledger[name] = found.ledger.get(name, 0) + int((mask & ~out).sum())
        out |= mask
    held = now[~out]
    person = joined(rows, held, persons, len(intake.participant_names))
    found.ledger["not_counted_person"] = int((person < 0).sum())
    return _Usable(rows, held, person).kept(person >= 0)


def _choose(found: FollowUp, given: _Usable, persons: Persons, rules: Rules) -> None:
    leaving, held = persons.exit[given.person], given.held
    running, early = leaving == EMPTY, (leaving != EMPTY) & (given["observed_on"] < leaving)
    found.batches.add("V27", held[running & ~persons.is_reopened[given.person]])
    found.batches.add("V30", held[early], detail="L’observation précède la sortie : elle n’est pas utilisée.")
    far = ~running & ~early & (np.abs(given["observed_on"] - found.due_on[given.person]) > rules.six_months_tolerance_days)
    ignored = rules.six_months_outside == "ignore"
    said = "elle n’est pas utilisée" if ignored else "elle est comptée"
    detail = f"L’observation est à plus de {rules.six_months_tolerance_days} jours de l’échéance de six mois : {said}."
    found.batches.add("V30", held[far], detail=detail)
    keep = ~(running | early | (far & ignored))
    found.ledger["running"], found.ledger["unused"] = int(running.sum()), int((~keep & ~running).sum())
    used = given.kept(keep)
    found.has_observation[used.person] = True
    found.is_sampled[used.person[used["sampled"] == 1]] = True
    chosen = used.kept(_nearest(used, found))
    found.ledger["used"], found.ledger["superseded"] = len(chosen.held), len(used.held) - len(chosen.held)
    _note(found, chosen, persons["labour_at_entry"], rules)


def _nearest(used: _Usable, found: FollowUp) -> Ints:
    """The positions, one per person, of the observation that speaks."""
    distance = np.abs(used["observed_on"] - found.due_on[used.person])
    order = np.lexsort(
        (
            -used.rows.lines[used.held],
            used["improvement"],
            used["situation"],
            used["recorded_on"],
            used["observed_on"],
            -distance,
            used["situation"] != UNREACHABLE,
            used.person,
        )
    )
    return order[np.append(np.diff(used.person[order]) != 0, True)[: len(order)]]


def _note(found: FollowUp, chosen: _Usable, labour: Ints, rules: Rules) -> None:
    person = chosen.person
    found.situation[person] = chosen["situation"]
    improved = chosen["improvement"] > 0
    in_reference = among(labour[person], rules.eecr06_reference)
    found.batches.add("V21", chosen.held[improved & ~in_reference])
    works = found.is_working[person]
    message = "Une amélioration est notée pour une personne qui n’est pas en emploi à six mois : elle n’est pas comptée dans EECR06."
    found.batches.say("V21", message, chosen.held[improved & in_reference & ~works])
    found.is_improved[person[improved & works]] = True
