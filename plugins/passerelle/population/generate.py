"""The invented population of a territory: deterministic for a seed, made household by household."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from passerelle.population.civil import Birth, Register, a_birth, a_sex, a_surname, given_names, plain
from passerelle.population.dice import between, dice, pick, pick_common
from passerelle.population.people import Commune, Household, Organisation, Person, Population, Role, Sex, Territory
from passerelle.population.places import STREETS, TERRITORY

_MSA_SHARE: Final = 0.06
_COUPLE_SHARE: Final = 0.24
_CHILDREN: Final = (0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4)
_TWIN_CHILDREN: Final = 0.03
_TWIN_APPLICANTS: Final = 0.004
_HOMONYMS: Final = 0.01
_APPLICANT_AGES: Final = (18, 66)
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_PLACES_PER_HOUSEHOLD: Final = 16


def generate(seed: int, households: int, as_of: date) -> Population:
    """So many households as they are on the day ``as_of``; the same ones for the same seed and day."""
    return Population(seed, as_of, TERRITORY, tuple(islice(stream(seed, as_of), households)))


def stream(seed: int, as_of: date, territory: Territory = TERRITORY) -> Iterator[Household]:
    """Households without end, for files too large to keep in memory; the first ones are those of :func:`generate`."""
    maker = _Maker(seed, as_of, territory)
    number = 0
    while True:
        yield maker.household(number)
        number += 1


@dataclass(frozen=True, slots=True)
class _Civil:
    """Who someone is, before the household gives its numbers."""

    name: str
    given: tuple[str, ...]
    sex: Sex
    birth: Birth
    usage: str | None = None
    twin_order: int | None = None
    """Order number, in the register, of the twin born first."""


@dataclass(frozen=True, slots=True)
class _Home:
    """What the members of a household have in common."""

    number: int
    allocataire_number: str
    dossier_number: str

    @property
    def household_id(self) -> str:
        return f"F{self.number:07d}"


class _Maker:
    """Makes one household after the other; a twin or a namesake of an applicant may be the next one's applicant."""

    def __init__(self, seed: int, as_of: date, territory: Territory) -> None:
        self._rng = dice("population", seed, as_of)
        self._as_of = as_of
        self._territory = territory
        self._register = Register()
        self._offset = between(self._rng, 1, 9_000_000)
        self._foreseen: _Civil | None = None

    def household(self, number: int) -> Household:
        """The household of this number; call with 0, 1, 2, …"""
        rng = self._rng
        commune = pick_common(rng, self._territory.communes)
        organisation: Organisation = "MSA" if rng.random() < _MSA_SHARE else "CAF"
        home = _Home(
            number,
            f"{(self._offset + number * 7_919) % 10_000_000:07d}",
            f"{(self._offset * 3 + number * 104_729) % 100_000_000:08d}{self._territory.code:0>3}",
        )
        applicant = self._foreseen or self._applicant(commune)
        adults, surname = self._adults(applicant, commune)
        children = self._children(applicant, surname, commune)
        members: list[Person] = []
        first_twin: int | None = None
        for civil, role in [*adults, *((child, "ENF") for child in children)]:
            person, first_twin = self._person(home, len(members), role, (civil, first_twin))
            members.append(person)
        self._foreseen = self._foresee(applicant, int(members[0].nir13[10:]))
        address = f"{between(rng, 1, 140)} {pick(rng, STREETS)}"
        return Household(home.household_id, tuple(members), commune, address, organisation)

    def _applicant(self, commune: Commune) -> _Civil:
        rng = self._rng
        sex = a_sex(rng)
        return _Civil(a_surname(rng), given_names(rng, sex), sex, a_birth(rng, self._as_of, _APPLICANT_AGES, commune))

    def _adults(self, applicant: _Civil, commune: Commune) -> tuple[list[tuple[_Civil, Role]], str]:
        """The adults with their roles, and the surname of the children."""
        rng = self._rng
        if rng.random() >= _COUPLE_SHARE:
            if applicant.sex == "F" and rng.random() < 0.15:
                return [(_married(applicant, a_surname(rng)), "DEM")], applicant.name
            return [(applicant, "DEM")], applicant.name
        sex: Sex = "M" if (applicant.sex == "F") != (rng.random() < 0.03) else "F"
        age = (self._as_of - applicant.birth.day).days // 365
        ages = (max(18, age - 7), max(19, age + 7))
        partner = _Civil(a_surname(rng), given_names(rng, sex), sex, a_birth(rng, self._as_of, ages, commune))
        if rng.random() < 0.55:
            if partner.sex == "F":
                return [(applicant, "DEM"), (_married(partner, applicant.name), "CJT")], applicant.name
            return [(_married(applicant, partner.name), "DEM"), (partner, "CJT")], partner.name
        return [(applicant, "DEM"), (partner, "CJT")], applicant.name

    def _children(self, applicant: _Civil, surname: str, commune: Commune) -> list[_Civil]:
        rng = self._rng
        age = (self._as_of - applicant.birth.day).days // 365
        ages = (max(0, min(18, age - 48)), max(0, min(20, age - 18)))
        children: list[_Civil] = []
        for _ in range(pick(rng, _CHILDREN)):
            sex = a_sex(rng)
            child = _Civil(surname, given_names(rng, sex), sex, a_birth(rng, self._as_of, ages, commune))
            children.append(child)
            if rng.random() < _TWIN_CHILDREN:
                children.append(self._twin(child))
        return children

    def _twin(self, first: _Civil, order: int = 0) -> _Civil:
        sex = first.sex if self._rng.random() < 0.66 else a_sex(self._rng)
        birth = Birth(first.birth.day, first.birth.place_code, first.birth.place_name, rank=2)
        return _Civil(first.name, given_names(self._rng, sex, besides=first.given[0]), sex, birth, twin_order=order)

    def _foresee(self, applicant: _Civil, order: int) -> _Civil | None:
        """Now and then, the next household is that of the applicant's twin, or of someone who has the same name."""
        draw = self._rng.random()
        if draw < _TWIN_APPLICANTS and applicant.twin_order is None:
            return self._twin(applicant, order)
        if draw < _TWIN_APPLICANTS + _HOMONYMS:
            birth = a_birth(self._rng, self._as_of, _APPLICANT_AGES, self._territory.communes[0])
            return _Civil(applicant.name, applicant.given, applicant.sex, birth)
        return None

    def _person(self, home: _Home, position: int, role: Role, who: tuple[_Civil, int | None]) -> tuple[Person, int]:
        """The person, and the order number of the birth for a twin who may follow."""
        rng = self._rng
        civil, before = who
        near = (civil.twin_order or before) if civil.twin_order is not None else None
        nir, order = self._register.enrol(rng, civil.sex, civil.birth, near=near)
        number = home.number * _PLACES_PER_HOUSEHOLD + position
        person = Person(
            truth_id=f"P{number:08d}",
            birth_name=civil.name,
            usage_name=civil.usage,
            given_names=civil.given,
            sex=civil.sex,
            birth_date=civil.birth.day,
            birth_rank=civil.birth.rank,
            birth_commune_code=civil.birth.place_code,
            birth_commune_name=civil.birth.place_name,
            nir13=nir,
            phone=_phone(home.number * 2 + position if role != "ENF" else None),
            email=f"{plain(civil.given[0])}.{plain(civil.name)}{number % 10_000}@courriel.example" if role != "ENF" else "",
            allocataire_number=home.allocataire_number,
            dossier_number=home.dossier_number,
            france_travail_number=f"{(self._offset + number * 6_101 + 77) % 10_000_000:07d}{pick(rng, _LETTERS)}{between(rng, 1, 999):03d}",
            household_id=home.household_id,
            role=role,
            certified=rng.random() < (0.9 if civil.birth.is_abroad else 0.99),
        )
        return person, order


def _married(civil: _Civil, name: str) -> _Civil:
    return _Civil(civil.name, civil.given, civil.sex, civil.birth, name, civil.twin_order)


def _phone(number: int | None) -> str:
    """A number nobody has: the range kept for fiction, then one that is not given to people; none for children."""
    if number is None:
        return ""
    return f"063998{number:04d}" if number < 10_000 else f"0700{number % 1_000_000:06d}"
