"""What keeps a submitted participation from being counted, whatever its completeness: impossible dates, no participant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from passerelle.indicators.columns import EMPTY, Ints, Mask, of_date
from passerelle.indicators.parameters import Rules
from passerelle.indicators.regimes import Regimes
from passerelle.indicators.rows import Rows
from passerelle.indicators.spans import ages


@dataclass(frozen=True)
class Obstacle:
    """One reason, looked at in order: a participation is excluded for the first that strikes it."""

    rule: str
    reason: str
    detail: str
    """French."""
    mask: Callable[[Ints], Mask]
    """Which of these rows it strikes."""
    only_warns: bool = False


def obstacles(rows: Rows, about: Regimes, rules: Rules) -> Iterator[Obstacle]:
    """All of them, in the order in which they are looked at."""
    birth, entry, leaving = (rows[name] for name in ("birth_date", "entry_date", "exit_date"))
    low, high = map(of_date, rules.plausible_dates)

    def impossible(which: Ints) -> Mask:
        dates = [column[which] for column in (birth, entry, leaving)]
        strikes = [(day != EMPTY) & ((day < low) | (day > high)) for day in dates]
        return strikes[0] | strikes[1] | strikes[2]

    yield Obstacle(
        "V12", "rejected", f"Une date est impossible (hors de {rules.plausible_dates[0].year}-{rules.plausible_dates[1].year}).", impossible
    )
    yield Obstacle(
        "V12",
        "rejected",
        "La date de naissance est postérieure à la date d’entrée.",
        lambda which: (birth[which] != EMPTY) & (entry[which] != EMPTY) & (birth[which] > entry[which]),
    )
    yield Obstacle(
        "V12",
        "rejected",
        f"L’âge à l’entrée dépasserait {rules.highest_age} ans : vérifier la date de naissance et la date d’entrée.",
        lambda which: ages(birth[which], entry[which]) > rules.highest_age,
    )
    yield Obstacle(
        "V09",
        "rejected",
        "La date de sortie est antérieure à la date d’entrée.",
        lambda which: (leaving[which] != EMPTY) & (entry[which] != EMPTY) & (leaving[which] < entry[which]),
    )
    yield from _outside(rows, about, rules)
    yield from _not_participants(rows, about, rules)


def _outside(rows: Rows, about: Regimes, rules: Rules) -> Iterator[Obstacle]:
    entry, operation = rows["entry_date"], rows["operation_id"]
    first, last = map(of_date, rules.programme_dates)
    warns = rules.entry_outside_operation == "warn"

    def of_operation(which: Ints) -> Mask:
        day, named = entry[which], operation[which]
        return (day != EMPTY) & ((day < about.start[named]) | (day > about.end[named]))

    yield Obstacle("V10", "rejected", "L’entrée est hors des dates de l’opération.", of_operation, warns)
    words = " au ".join(f"{day:%d/%m/%Y}" for day in rules.programme_dates)
    yield Obstacle(
        "V10",
        "rejected",
        f"L’entrée est hors de la période d’éligibilité du programme ({words}).",
        lambda which: (entry[which] != EMPTY) & ((entry[which] < first) | (entry[which] > last)),
        warns,
    )


def _not_participants(rows: Rows, about: Regimes, rules: Rules) -> Iterator[Obstacle]:
    days, operation, most = rows["direct_support_days"], rows["operation_id"], rules.not_participant_up_to_days
    yield Obstacle(
        "V49",
        "not_participant",
        "Opération d’appui aux entreprises : les personnes n’y sont pas des participants.",
        lambda which: about.supports_companies[operation[which]],
    )
    yield Obstacle(
        "V01",
        "not_participant",
        f"Accompagnement direct de {most} jour(s) ou moins : pas un participant.",
        lambda which: (days[which] != EMPTY) & (days[which] <= most),
    )
