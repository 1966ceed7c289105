"""The common indicators of Regulation (EU) 2021/1057, Annex I, as data.

A person counts once in each indicator whose predicate holds on the day of entry. The French names follow the regulation's own;
codes as in SFC2021. An indicator that nobody collects yet is ``not_collected``, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from passerelle.indicators.parameters import Rules
from passerelle.indicators.participation import Entry, Labour

Predicate = Callable[[Entry, Rules], bool]


class Kind(StrEnum):
    """What this release does with an indicator."""

    COMPUTED = "computed"
    """Counted from the participations, by sex."""
    ENTITIES = "entities"
    """Counts organisations, not people: no sex, 0 for an operation that accompanies people."""
    NOT_COLLECTED = "not_collected"
    """Nobody collects it yet."""


@dataclass(frozen=True)
class Indicator:
    """One line of the operation's indicator table."""

    code: str
    name: str
    point: str
    """Point of Annex I it comes from."""
    kind: Kind = Kind.NOT_COLLECTED
    holds: Predicate | None = None

    @property
    def source(self) -> str:
        """The legal source, in French."""
        return f"Règlement (UE) 2021/1057, annexe I, point {self.point}"


def _counted(code: str, name: str, holds: Predicate) -> Indicator:
    return Indicator(code, name, "1.1", Kind.COMPUTED, holds)


def _is_long_term_unemployed(entry: Entry, rules: Rules) -> bool:
    if entry.labour is not Labour.UNEMPLOYED or entry.unemployment_months is None:
        return False
    return entry.unemployment_months > rules.long_term_months(entry.age, entry.entry_date)


INDICATORS: tuple[Indicator, ...] = (
    _counted("EECO01", "Nombre total de participants", lambda entry, rules: True),
    _counted(
        "EECO02",
        "Chômeurs, y compris les chômeurs de longue durée",
        lambda entry, rules: entry.labour is Labour.UNEMPLOYED,
    ),
    _counted("EECO03", "Chômeurs de longue durée", _is_long_term_unemployed),
    _counted("EECO04", "Personnes inactives", lambda entry, rules: entry.labour is Labour.INACTIVE),
    _counted("EECO05", "Personnes en emploi, y compris les indépendants", lambda entry, rules: entry.labour is Labour.EMPLOYED),
    _counted("EECO06", "Enfants de moins de 18 ans", lambda entry, rules: entry.age <= 17),
    _counted("EECO07", "Jeunes âgés de 18 à 29 ans", lambda entry, rules: 18 <= entry.age <= 29),
    _counted("EECO08", "Participants âgés de 55 ans et plus", lambda entry, rules: entry.age >= 55),
    _counted(
        "EECO09",
        "Titulaires au plus d’un diplôme du premier cycle du secondaire (CITE 0 à 2)",
        lambda entry, rules: entry.isced_level <= 2,
    ),
    _counted(
        "EECO10",
        "Titulaires d’un diplôme du deuxième cycle du secondaire (CITE 3) ou post-secondaire (CITE 4)",
        lambda entry, rules: 3 <= entry.isced_level <= 4,
    ),
    _counted("EECO11", "Titulaires d’un diplôme de l’enseignement supérieur (CITE 5 à 8)", lambda entry, rules: entry.isced_level >= 5),
    Indicator("EECO12", "Participants en situation de handicap", "1.2"),
    Indicator("EECO13", "Ressortissants de pays tiers", "1.2"),
    Indicator("EECO14", "Participants d’origine étrangère", "1.2"),
    Indicator("EECO15", "Minorités (y compris les communautés marginalisées telles que les Roms)", "1.2"),
    Indicator("EECO16", "Personnes sans abri ou touchées par l’exclusion liée au logement", "1.2"),
    Indicator("EECO17", "Participants venant de zones rurales", "1.2"),
    Indicator("EECO18", "Administrations publiques ou services publics soutenus", "2", Kind.ENTITIES),
    Indicator("EECO19", "Micro, petites et moyennes entreprises soutenues", "2", Kind.ENTITIES),
    Indicator("EECR01", "Participants engagés dans une recherche d’emploi au terme de leur participation", "3"),
    Indicator("EECR02", "Participants suivant des études ou une formation au terme de leur participation", "3"),
    Indicator("EECR03", "Participants obtenant une qualification au terme de leur participation", "3"),
    Indicator("EECR04", "Participants exerçant un emploi, y compris indépendant, au terme de leur participation", "3"),
    Indicator("EECR05", "Participants exerçant un emploi, y compris indépendant, six mois après leur participation", "4"),
    Indicator("EECR06", "Participants dont la situation sur le marché du travail s’est améliorée six mois après", "4"),
)
"""In the order in which they are reported."""


def counted_in(entry: Entry, rules: Rules) -> tuple[str, ...]:
    """The codes of the indicators in which this person counts."""
    return tuple(indicator.code for indicator in INDICATORS if indicator.holds is not None and indicator.holds(entry, rules))


def computed() -> tuple[Indicator, ...]:
    """The indicators that this release counts from the participations."""
    return tuple(indicator for indicator in INDICATORS if indicator.kind is Kind.COMPUTED)
