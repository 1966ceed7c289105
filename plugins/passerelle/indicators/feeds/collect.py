"""What nobody knows yet of the participations, variable by variable: to confirm where a proposal waits, else to collect, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy import Connection

from passerelle.gateway import Gateway
from passerelle.indicators.feeds import proposals
from passerelle.indicators.feeds.model import Subject
from passerelle.indicators.feeds.outcomes import EVENT, has_outcome
from passerelle.indicators.feeds.proposals import Looked
from passerelle.indicators.survey.frame import six_months_after
from passerelle.warehouse.connect import transaction

SIX_MONTHS = "six_months"
WHY: Mapping[str, str] = MappingProxyType(
    {
        "sex": "Donnée obligatoire (annexe I, 1.1).",
        "birth_date": "Donnée obligatoire (annexe I, 1.1).",
        "entry_date": "Jour de la première action : à confirmer par le binôme.",
        "labour_at_entry": "Donnée obligatoire (annexe I, 1.1) : aucun flux ne permet de la proposer.",
        "unemployment_months": "Durée du chômage à l’entrée : aucun flux ne permet de la proposer.",
        "in_education_at_entry": "Études ou formation à l’entrée : à demander.",
        "isced_level": "Diplôme obtenu : donnée obligatoire (annexe I, 1.1), à demander.",
        "disability": "À demander, avec la date de la relance en cas d’absence de réponse ; l’absence de mention n’est pas un non.",
        "nationality_group": "À demander : le code de la CAF réunit l’Union, l’Espace économique européen et la Suisse.",
        "foreign_background": "Pays de naissance des parents : aucun flux ne le donne ; le refus est permis.",
        "housing_exclusion": "Situation de logement à demander : l’absence de domiciliation n’est pas un non.",
        "rural": "Commune de résidence à l’entrée à renseigner ; une domiciliation n’est pas une résidence.",
        SIX_MONTHS: "Situation six mois après la sortie : à recueillir, au moins auprès de l’échantillon tiré (passerelle esf follow-up).",
        EVENT: "Situation dans les 28 jours qui suivent la sortie : à recueillir ; sans elle, aucun résultat n’est compté.",
    }
)
"""Why each variable must be collected when nothing is proposed. Minorities are not: no data is collected on them in France."""


@dataclass(frozen=True)
class Missing:
    """One variable of one participation that is not known."""

    operation_id: str
    participation_id: str
    variable: str
    reason: str
    proposals: tuple[int, ...]
    """Numbers of the proposals that wait for a decision; empty: to collect."""


def to_collect(gateway: Gateway, operation_id: str | None, today: date) -> list[Missing]:
    """Everything unknown of the participations of an operation, or of all; looks for proposals first."""
    looked = proposals.look(gateway, operation_id)
    with transaction(gateway.engine) as connection:
        waiting = _waiting(connection, operation_id, looked)
    asked = {(ask.subject.participation_id, ask.variable): ask.reason for ask in looked.derived.asks}
    found = []
    for subject in looked.subjects:
        for variable in _unknown(subject, today):
            name = (subject.participation_id, variable)
            reason = asked.get(name, WHY[variable])
            found.append(Missing(subject.operation_id, str(name[0]), variable, reason, tuple(waiting.get(name, ()))))
    return found


def _unknown(subject: Subject, today: date) -> list[str]:
    if subject.participation_id is None:
        return []
    labour = subject.values.get("labour_at_entry")
    unknown = [name for name in WHY if name not in (EVENT, SIX_MONTHS) and subject.lacks(name)]
    if labour in ("employed", "inactive") and "unemployment_months" in unknown:
        unknown.remove("unemployment_months")
    left = subject.day("exit_date")
    if left is not None and left <= today and not has_outcome(subject, left):
        unknown.append(EVENT)
    if left is not None and six_months_after(left) <= today and not any(day >= left for day in subject.observed):
        unknown.append(SIX_MONTHS)
    return unknown


def _waiting(connection: Connection, operation_id: str | None, looked: Looked) -> dict[tuple[str | None, str], list[int]]:
    found: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for row in proposals.waiting(connection, operation_id, looked):
        found[row["participation_id"], row["variable"]].append(row["proposal_id"])
    return found
