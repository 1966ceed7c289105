"""What one information system knows of the people: some of them, and not always written the same way.

The truth id stays, so that whoever compares systems can be marked.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date

from passerelle.population.civil import without_accents
from passerelle.population.dice import between, dice
from passerelle.population.people import Household, Person, Population


@dataclass(frozen=True, slots=True)
class View:
    """How much a system sees and how carefully it writes; shares between 0 and 1."""

    adults_only: bool = True
    coverage: float = 1.0
    """Share of the people it knows."""
    communes: float = 1.0
    """Share of the communes, largest first, where it works."""
    missing_nir: float = 0.0
    usage_for_birth_name: float = 0.0
    """Of those who have a usage name: entered as if it were the birth name."""
    no_accents: float = 0.0
    typo: float = 0.0
    swapped_date: float = 0.0
    """Day and month exchanged, where that is a date."""
    missing_contact: float = 0.0


VIEWS: dict[str, View] = {
    "caf_msa": View(adults_only=False, missing_nir=0.01, typo=0.002),
    "france_travail": View(coverage=0.6, usage_for_birth_name=0.05, no_accents=0.3, typo=0.01, swapped_date=0.002),
    "ccas": View(
        coverage=0.15,
        communes=0.5,
        missing_nir=0.25,
        usage_for_birth_name=0.15,
        no_accents=0.2,
        typo=0.03,
        swapped_date=0.008,
        missing_contact=0.15,
    ),
}
"""By source; a source that is not here is seen as a CCAS is, but everywhere."""


def seen_by(population: Population, source: str, seed: int) -> Population:
    """The population as the information system ``source`` has it; the same for the same seed. Numbers and truth ids are the real ones."""
    view = VIEWS.get(source) or replace(VIEWS["ccas"], communes=1.0)
    communes = population.territory.communes
    served = {commune.code for commune in communes[: max(1, round(len(communes) * view.communes))]}
    households: list[Household] = []
    for household in population.households:
        if household.commune.code not in served:
            continue
        members = tuple(seen for person in household.members if (seen := _seen(person, view, dice(source, seed, person.truth_id))))
        if members:
            households.append(replace(household, members=members))
    return replace(population, households=tuple(households))


def _seen(person: Person, view: View, rng: random.Random) -> Person | None:
    """The person as the system wrote it down, or None when it does not know the person."""
    if (view.adults_only and not person.is_adult) or rng.random() >= view.coverage:
        return None
    nir = "" if rng.random() < view.missing_nir else person.nir13
    birth_name, usage_name, given_names = person.birth_name, person.usage_name, person.given_names
    if rng.random() < view.usage_for_birth_name and usage_name:
        birth_name, usage_name = usage_name, None
    if rng.random() < view.typo:
        birth_name = _typo(birth_name, rng)
    if rng.random() < view.no_accents:
        birth_name, given_names = without_accents(birth_name), tuple(without_accents(name) for name in given_names)
        usage_name = without_accents(usage_name) if usage_name else None
    born = _swapped(person.birth_date) if rng.random() < view.swapped_date else person.birth_date
    known = rng.random() >= view.missing_contact
    return replace(
        person,
        birth_name=birth_name,
        usage_name=usage_name,
        given_names=given_names,
        birth_date=born,
        nir13=nir,
        phone=person.phone if known else "",
        email=person.email if known else "",
    )


def _typo(name: str, rng: random.Random) -> str:
    """Two letters exchanged, one dropped or one doubled, never the first."""
    if len(name) < 4:
        return name
    at = between(rng, 1, len(name) - 2)
    draw = rng.random()
    if draw < 0.4:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + name[at + 1 :] if draw < 0.7 else name[:at] + name[at] + name[at:]


def _swapped(born: date) -> date:
    return born if born.day > 12 else born.replace(month=born.day, day=born.month)
