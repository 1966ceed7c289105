"""The common indicators of Regulation (EU) 2021/1057, Annexes I and II, as data.

A person counts once in each indicator that holds of him or her. The French names follow the regulation's own; codes as in SFC2021,
those of Annex II are ours (the regulation numbers none). An indicator that nobody collected is ``not_collected``, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from passerelle.indicators.predicates import (
    IN_WORK,
    INACTIVE,
    UNEMPLOYED,
    Predicate,
    aged,
    either,
    everybody,
    found_work,
    improved,
    is_long_term,
    is_rural,
    is_third_country,
    labour,
    level,
    newly_trains,
    said_yes,
    searches,
    works_later,
)


class Kind(StrEnum):
    """What an indicator counts, and when it is measured."""

    ENTRY = "entry"
    """People, by their situation on the day of entry."""
    EXIT = "exit"
    """People, by what became of them within 28 days of leaving."""
    SIX_MONTHS = "six_months"
    """People, by their situation six months after leaving."""
    ENTITIES = "entities"
    """Organisations: no sex."""


@dataclass(frozen=True)
class Indicator:
    """One line of the table of indicators."""

    code: str
    name: str
    point: str
    """Annex and point it comes from."""
    kind: Kind
    holds: Predicate | None = None
    answered_by: tuple[str, ...] = ()
    """The questions without any answer to which it was not collected; none for what every complete record says."""

    @property
    def source(self) -> str:
        """The legal source, in French."""
        return f"Règlement (UE) 2021/1057, annexe {self.point}"

    @property
    def is_of_annex_2(self) -> bool:
        """Whether it belongs to the set for the most deprived."""
        return self.point == "II"

    @property
    def unit(self) -> str:
        """What it counts; it never changes between two versions (V52)."""
        return "entities" if self.kind is Kind.ENTITIES else "participants"


_BACKGROUND, _MINORITY = said_yes("EECO14", "foreign_background"), said_yes("EECO15", "minority")
_DISABLED, _HOMELESS = said_yes("EECO12", "disability"), said_yes("EECO16", "housing_exclusion")
_E, _X, _S = Kind.ENTRY, Kind.EXIT, Kind.SIX_MONTHS

INDICATORS: tuple[Indicator, ...] = (
    Indicator("EECO01", "Nombre total de participants", "I, point 1.1", _E, everybody),
    Indicator("EECO02", "Chômeurs, y compris les chômeurs de longue durée", "I, point 1.1", _E, lambda view: labour(view, UNEMPLOYED)),
    Indicator("EECO03", "Chômeurs de longue durée", "I, point 1.1", _E, is_long_term),
    Indicator("EECO04", "Personnes inactives", "I, point 1.1", _E, lambda view: labour(view, INACTIVE)),
    Indicator("EECO05", "Personnes en emploi, y compris les indépendants", "I, point 1.1", _E, lambda view: labour(view, IN_WORK)),
    Indicator("EECO06", "Enfants de moins de 18 ans", "I, point 1.1", _E, aged(0, 17)),
    Indicator("EECO07", "Jeunes âgés de 18 à 29 ans", "I, point 1.1", _E, aged(18, 29)),
    Indicator("EECO08", "Participants âgés de 55 ans et plus", "I, point 1.1", _E, aged(55, 999)),
    Indicator(
        "EECO09",
        "Titulaires au plus d’un diplôme du premier cycle du secondaire (CITE 0 à 2)",
        "I, point 1.1",
        _E,
        level("EECO09", 0, 2),
    ),
    Indicator(
        "EECO10",
        "Titulaires d’un diplôme du deuxième cycle du secondaire (CITE 3) ou post-secondaire (CITE 4)",
        "I, point 1.1",
        _E,
        level("EECO10", 3, 4),
    ),
    Indicator("EECO11", "Titulaires d’un diplôme de l’enseignement supérieur (CITE 5 à 8)", "I, point 1.1", _E, level("EECO11", 5, 8)),
    Indicator("EECO12", "Participants en situation de handicap", "I, point 1.2", _E, _DISABLED, ("disability",)),
    Indicator("EECO13", "Ressortissants de pays tiers", "I, point 1.2", _E, is_third_country, ("nationality_group",)),
    Indicator("EECO14", "Participants d’origine étrangère", "I, point 1.2", _E, _BACKGROUND, ("foreign_background",)),
    Indicator(
        "EECO15", "Minorités (y compris les communautés marginalisées telles que les Roms)", "I, point 1.2", _E, _MINORITY, ("minority",)
    ),
    Indicator(
        "EECO16", "Personnes sans abri ou touchées par l’exclusion liée au logement", "I, point 1.2", _E, _HOMELESS, ("housing_exclusion",)
    ),
    Indicator("EECO17", "Participants venant de zones rurales", "I, point 1.2", _E, is_rural, ("rural",)),
    Indicator("EECO18", "Administrations publiques ou services publics soutenus", "I, point 2", Kind.ENTITIES),
    Indicator("EECO19", "Micro, petites et moyennes entreprises soutenues", "I, point 2", Kind.ENTITIES),
    Indicator("EECR01", "Participants engagés dans une recherche d’emploi au terme de leur participation", "I, point 3", _X, searches),
    Indicator("EECR02", "Participants suivant des études ou une formation au terme de leur participation", "I, point 3", _X, newly_trains),
    Indicator(
        "EECR03",
        "Participants obtenant une qualification au terme de leur participation",
        "I, point 3",
        _X,
        lambda view: view.exits.is_qualified,
    ),
    Indicator(
        "EECR04", "Participants exerçant un emploi, y compris indépendant, au terme de leur participation", "I, point 3", _X, found_work
    ),
    Indicator(
        "EECR05",
        "Participants exerçant un emploi, y compris indépendant, six mois après leur participation",
        "I, point 4",
        _S,
        works_later,
    ),
    Indicator(
        "EECR06", "Participants dont la situation sur le marché du travail s’est améliorée six mois après", "I, point 4", _S, improved
    ),
)
"""In the order in which they are reported."""

ANNEX_2: tuple[Indicator, ...] = (
    Indicator("II.1", "Nombre total de participants", "II", _E, everybody),
    Indicator("II.2", "Enfants de moins de 18 ans", "II", _E, aged(0, 17)),
    Indicator("II.3", "Jeunes âgés de 18 à 29 ans", "II", _E, aged(18, 29)),
    Indicator("II.4", "Participants âgés de 65 ans et plus", "II", _E, aged(65, 999)),
    Indicator("II.5", "Participants en situation de handicap", "II", _E, _DISABLED, ("disability",)),
    Indicator("II.6", "Ressortissants de pays tiers", "II", _E, is_third_country, ("nationality_group",)),
    Indicator(
        "II.7",
        "Participants d’origine étrangère et minorités",
        "II",
        _E,
        either(_BACKGROUND, _MINORITY),
        ("foreign_background", "minority"),
    ),
    Indicator("II.8", "Personnes sans abri ou touchées par l’exclusion liée au logement", "II", _E, _HOMELESS, ("housing_exclusion",)),
)
"""The set for operations that support the most deprived under objective (l); all may be informed estimates."""

COMBINED: dict[str, tuple[str, ...]] = {
    "EECO02+04": ("EECO02", "EECO04"),
    "EECO02+05": ("EECO02", "EECO05"),
    "EECO02+04+05": ("EECO02", "EECO04", "EECO05"),
    "EECO06+07": ("EECO06", "EECO07"),
    "EECO10+11": ("EECO10", "EECO11"),
}
"""The reserved sums SFC2021 compares with their parts (errors 144 to 148)."""

NOT_IN_SHORT = frozenset({"EECO02", "EECO03", "EECO04", "EECO05", "EECO09", "EECO10", "EECO11"})
"""What an objective without full Annex I does not report."""
