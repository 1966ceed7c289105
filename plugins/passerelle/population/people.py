"""The invented people of a territory, and the truth about them: who is who, whatever a partner's file says.

Frozen, so that a view (:mod:`passerelle.population.views`) is always another object that keeps the same ``truth_id``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

Sex = Literal["M", "F"]
Role = Literal["DEM", "CJT", "ENF"]
Organisation = Literal["CAF", "MSA"]


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of the invented territory."""

    code: str
    name: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Territory:
    """An invented département; its communes are listed from the largest to the smallest."""

    code: str
    name: str
    communes: tuple[Commune, ...]

    def share_of(self, commune_code: str, parts: int) -> int:
        """Which of ``parts`` neighbouring organisations serves this commune, from 0; 0 when the commune is not of the territory."""
        for rank, commune in enumerate(self.communes):
            if commune.code == commune_code:
                return rank % parts
        return 0


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person."""

    truth_id: str
    """The same in every view of the person; no file ever holds it."""
    birth_name: str
    usage_name: str | None
    given_names: tuple[str, ...]
    sex: Sex
    birth_date: date
    birth_rank: int
    """1, or 2 for the second of twins."""
    birth_commune_code: str
    birth_commune_name: str
    nir13: str
    """Empty where a source does not know it."""
    phone: str
    email: str
    allocataire_number: str
    """Seven digits, of the household; an MSA file carries the NIR in its place."""
    dossier_number: str
    """NUMDEMRSA: eight digits and the département, of the household."""
    france_travail_number: str
    household_id: str
    role: Role
    certified: bool
    """Whether the civil status and the NIR were certified."""

    @property
    def given_name(self) -> str:
        """The first given name, whole when it is a compound."""
        return self.given_names[0]

    @property
    def is_adult(self) -> bool:
        """Whether the person may be accompanied: the applicant or the partner."""
        return self.role != "ENF"


@dataclass(frozen=True, slots=True)
class Household:
    """The people of one dossier, the applicant first."""

    household_id: str
    members: tuple[Person, ...]
    commune: Commune
    address: str
    organisation: Organisation

    @property
    def applicant(self) -> Person:
        """The person whose dossier it is, or in a partial view the first one seen."""
        return self.members[0]


@dataclass(frozen=True, slots=True)
class Population:
    """The people of a territory on a day."""

    seed: int
    as_of: date
    territory: Territory
    households: tuple[Household, ...]

    def people(self) -> Iterator[Person]:
        """Everyone, household by household."""
        for household in self.households:
            yield from household.members

    def adults(self) -> Iterator[Person]:
        """Applicants and their partners."""
        return (person for person in self.people() if person.is_adult)
