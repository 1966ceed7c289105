"""Which participations count at a cut-off, and why each other one does not.

Of each participation the last version recorded by the cut-off speaks; of each person in each operation one participation counts, the
first, once it is complete (Regulation (EU) 2021/1057, Article 17(5)), with the exit of the last one. Everything received comes out
exactly once: counted, or excluded with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints, Mask
from passerelle.indicators.controls import Batches
from passerelle.indicators.intake import Intake
from passerelle.indicators.obstacles import Obstacle, obstacles
from passerelle.indicators.parameters import Rules
from passerelle.indicators.participation import Labour, Status
from passerelle.indicators.persons import Persons, persons_of, repeated
from passerelle.indicators.regimes import Regime, Regimes
from passerelle.indicators.rows import Rows
from passerelle.indicators.versions import Spoken, speaking

_STATUS = {status: position for position, status in enumerate(Status)}
_UNEMPLOYED = list(Labour).index(Labour.UNEMPLOYED)


class Reason(StrEnum):
    """Why a participation is not counted; in the order in which they are looked at."""

    REJECTED = "rejected"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    AFTER_CUTOFF = "after_cutoff"
    NOT_PARTICIPANT = "not_participant"
    MERGED_REENTRY = "merged_reentry"
    INCOMPLETE = "incomplete"


NAMES = {
    "sex": "le sexe",
    "birth_date": "la date de naissance",
    "entry_date": "la date d’entrée",
    "labour_at_entry": "la situation sur le marché du travail",
    "unemployment_months": "la durée de chômage en mois",
    "isced_level": "le niveau CITE du diplôme obtenu",
    "in_education_at_entry": "la situation de formation à l’entrée",
}
"""How a missing item of Annex I point 1.1 is called in French."""


@dataclass(frozen=True)
class Group:
    """Participations excluded for one reason, in the same words."""

    reason: Reason
    detail: str
    """French; empty when it is that of the row's own faults."""
    rows: Ints


@dataclass
class Settlement:
    """Every participation received, once."""

    received: int
    persons: Persons
    excluded: list[Group] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)

    @property
    def left_out(self) -> int:
        """How many are excluded."""
        return sum(len(group.rows) for group in self.excluded)

    def exclude(self, reason: Reason, detail: str, rows: Ints) -> None:
        """Notes that these are not counted."""
        if len(rows):
            self.excluded.append(Group(reason, detail, rows))


def settle(intake: Intake, about: Regimes, cutoff: int, rules: Rules) -> Settlement:
    """Every participation of the intake, counted or excluded, as known at the end of the cut-off day."""
    rows = intake.participations
    spoken = speaking(rows, "participation_id", cutoff, (intake.operation_names, intake.participant_names))
    settlement = Settlement(received=len(spoken.rows), persons=persons_of(rows, np.zeros(0, dtype=np.int64), about))
    _say_versions(settlement, rows, spoken)
    settlement.exclude(Reason.AFTER_CUTOFF, "Enregistrée après la date d’arrêté.", spoken.rows[spoken.is_late])
    now = spoken.rows[~spoken.is_late]
    settlement.exclude(Reason.REJECTED, "", now[rows.broken[now]])
    admitted = _admitted(settlement, intake, about, (now[~rows.broken[now]], cutoff), rules)
    first = _first_of_each(settlement, rows, admitted, intake)
    complete = _complete(settlement, rows, first, about, rules)
    settlement.persons = persons_of(rows, complete, about).with_exits(rows, admitted, cutoff)
    _say_returns(settlement)
    return settlement


def _say_versions(settlement: Settlement, rows: Rows, spoken: Spoken) -> None:
    usable = ~rows.broken
    settlement.batches.add("V08", spoken.repeated[usable[spoken.repeated]], detail="La même fiche est enregistrée deux fois à l’identique.")
    detail = "Deux versions différentes enregistrées au même moment : le statut le plus avancé l’emporte, sinon le contenu décide."
    settlement.batches.add("V08", spoken.disputed[usable[spoken.disputed]], detail=detail)
    detail = "Les versions de cette participation ne portent pas toutes la même personne et la même opération ; la dernière est retenue."
    settlement.batches.add("V08", spoken.renamed[usable[spoken.renamed]], detail=detail)


def _admitted(settlement: Settlement, intake: Intake, about: Regimes, known: tuple[Ints, int], rules: Rules) -> Ints:
    """The readable rows that are submitted, dated by the cut-off, without contradiction and about a participant."""
    (now, cutoff), rows = known, intake.participations
    for status, reason, detail in (
        (Status.DRAFT, Reason.DRAFT, "Brouillon : la fiche n’a pas été déposée."),
        (Status.WITHDRAWN, Reason.WITHDRAWN, "Fiche retirée."),
    ):
        has = rows["status"][now] == _STATUS[status]
        settlement.exclude(reason, detail, now[has])
        now = now[~has]
    future = rows["entry_date"][now] > cutoff
    settlement.exclude(Reason.AFTER_CUTOFF, "Entrée postérieure à la date d’arrêté.", now[future])
    now = now[~future]
    for obstacle in obstacles(rows, about, rules):
        now = _stopped(settlement, obstacle, now)
    return now


def _stopped(settlement: Settlement, obstacle: Obstacle, now: Ints) -> Ints:
    struck = obstacle.mask(now)
    if obstacle.only_warns:
        settlement.batches.say(obstacle.rule, obstacle.detail, now[struck])
        return now
    settlement.exclude(Reason(obstacle.reason), obstacle.detail, now[struck])
    if obstacle.reason == Reason.REJECTED:
        settlement.batches.add(obstacle.rule, now[struck], detail=obstacle.detail)
    return now[~struck]


def _first_of_each(settlement: Settlement, rows: Rows, admitted: Ints, intake: Intake) -> Ints:
    """The first participation of each person in each operation; a later one is a return. One without date stands by itself."""
    dated = admitted[rows["entry_date"][admitted] != EMPTY]
    several = repeated(rows["participant_id"][dated])
    once, dated = dated[~several], dated[several]
    person = rows["operation_id"][dated] * len(intake.participant_names) + rows["participant_id"][dated]
    order = np.lexsort((rows["recorded_on"][dated], rows["entry_date"][dated], person))
    order = _by_key_in_ties(rows, dated, order, person)
    starts = np.append(True, np.diff(person[order]) != 0)[: len(order)]
    detail = "Retour dans la même opération : fusionné avec la première participation."
    settlement.exclude(Reason.MERGED_REENTRY, detail, dated[order[~starts]])
    return np.concatenate([once, dated[order[starts]], admitted[rows["entry_date"][admitted] == EMPTY]])


def _by_key_in_ties(rows: Rows, dated: Ints, order: Ints, person: Ints) -> Ints:
    """The same order, participations of one person that nothing else tells apart by their id."""
    columns = (person[order], rows["entry_date"][dated[order]], rows["recorded_on"][dated[order]])
    same = np.logical_and.reduce([np.diff(column) == 0 for column in columns])
    if not same.any():
        return order
    tied = np.append(False, same) | np.append(same, False)
    texts = rows.ids.take(rows["participation_id"][dated[order[tied]]]).to_pylist()
    rank = np.zeros(len(order), dtype=np.int64)
    rank[tied] = np.argsort(np.argsort(np.array(texts), kind="stable"), kind="stable")
    return order[np.lexsort((rank, columns[2], columns[1], columns[0]))]


def _complete(settlement: Settlement, rows: Rows, first: Ints, about: Regimes, rules: Rules) -> Ints:
    """Those with every item their operation needs; the others are excluded, grouped by what they lack."""
    lacks = np.zeros(len(first), dtype=np.int64)
    columns = list(NAMES)
    for regime, needed in about.needed(rules).items():
        under = about.regime[rows["operation_id"][first]] == regime
        for column in needed:
            lacks |= (under & _lacks(rows, first, column, about)).astype(np.int64) << columns.index(column)
    if rules.unemployment_months_required:
        full = about.regime[rows["operation_id"][first]] == Regime.FULL
        unemployed = rows["labour_at_entry"][first] == _UNEMPLOYED
        without = full & unemployed & _lacks(rows, first, "unemployment_months", about)
        lacks |= without.astype(np.int64) << columns.index("unemployment_months")
    for bits in np.unique(lacks[lacks > 0]).tolist():
        missing = ", ".join(NAMES[column] for place, column in enumerate(columns) if bits >> place & 1)
        which = first[lacks == bits]
        settlement.exclude(Reason.INCOMPLETE, f"Dossier incomplet, il manque : {missing}.", which)
        settlement.batches.add("V32", which, detail=missing)
    sexless = first[(lacks >> columns.index("sex") & 1).astype(np.bool_)]
    settlement.batches.add(
        "V42", sexless, detail="Le sexe manque : les indicateurs sont par sexe, la fiche ne peut pas être déposée ainsi."
    )
    return np.sort(first[lacks == 0])


_GIVEN_BY_TARGET = {
    "labour_at_entry": ("EECO02", "EECO03", "EECO04", "EECO05"),
    "isced_level": ("EECO09", "EECO10", "EECO11"),
    "unemployment_months": ("EECO03",),
}
"""What the eligibility criterion of the operation says instead of the person (annex I: target group of the operation)."""


def _lacks(rows: Rows, which: Ints, column: str, about: Regimes) -> Mask:
    lacks: Mask = rows[column][which] == EMPTY
    for code in _GIVEN_BY_TARGET.get(column, ()):
        if code in about.targets:
            lacks &= ~about.targets[code][rows["operation_id"][which]]
    return lacks


def _say_returns(settlement: Settlement) -> None:
    persons = settlement.persons
    settlement.batches.add("V05", persons.row[persons.is_reopened])
