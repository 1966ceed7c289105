"""The records of a synthetic file, whatever its format: whom each line or dossier is about, and which of them hold a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from passerelle.contract.model import Contract, IdentityRole, Table
from passerelle.derive.synthetic.across import Across
from passerelle.derive.synthetic.defects import Defect, spoil
from passerelle.derive.synthetic.scene import Scene, Style
from passerelle.derive.synthetic.tree import Node, TreePlan
from passerelle.population.dice import dice
from passerelle.population.generate import stream
from passerelle.population.people import Household, Organisation, Person, Population, Territory
from passerelle.population.places import TERRITORY


@dataclass(frozen=True)
class SampleRequest:
    """What file is wanted."""

    rows: int
    """Lines, or dossiers in XML; fewer are written when the population given has no more people."""
    seed: int
    as_of: date
    """The file's date."""
    defects: float = 0.0
    """Share of lines or dossiers that hold a mistake."""
    sequence: int = 1
    population: Population | None = None
    """Whom the file is about; None: people invented from the seed, without end."""
    share: tuple[int, int] = (0, 1)
    """The sender is number k (from 0) of n that share the territory's communes."""
    organisation: Organisation | None = None
    """Only the households of the CAF, or of the MSA."""
    facts_on: date | None = None
    """Day from which dates of facts are counted, to give the same facts in a later file; None: the file's date."""


def rows_for(contract: Contract, request: SampleRequest) -> Iterator[Node]:
    """The lines, or the dossiers with all their rows, one after the other, without defects."""
    facts_on = request.facts_on or request.as_of
    plan = TreePlan(contract, contract.record_table, Style.of(contract, facts_on))
    territory = _territory(request)
    across = Across(contract)
    for number, (household, person) in enumerate(_subjects(contract, request), start=1):
        rng = dice(request.seed, contract.id, person.truth_id)
        node = plan.make(Scene(rng, household, person, household.commune, number, territory.communes))
        across.mend(node)
        yield node


def record_count(contract: Contract, request: SampleRequest) -> int:
    """How many records the file will have."""
    return sum(1 for _ in _subjects(contract, request)) if request.population else request.rows


def _subjects(contract: Contract, request: SampleRequest) -> Iterator[tuple[Household, Person]]:
    """Whom the lines or dossiers are about: each adult where a line is about a person, else each household's first person."""
    table = contract.record_table
    pairs = (
        (household, person)
        for household in _households(request)
        for person in (_adults(household) if table.about_people else household.members[:1])
        if _is_complete(person, table)
    )
    return islice(pairs, request.rows)


def _households(request: SampleRequest) -> Iterator[Household]:
    territory = _territory(request)
    part, parts = request.share
    everyone = request.population.households if request.population else stream(request.seed, date(request.as_of.year, 1, 1))
    for household in everyone:
        if request.organisation not in (None, household.organisation):
            continue
        if territory.share_of(household.commune.code, parts) == part:
            yield household


def _adults(household: Household) -> list[Person]:
    return [person for person in household.members if person.is_adult]


def _is_complete(person: Person, table: Table) -> bool:
    """Whether the sender could make a line for this person: it knows the NIR where the contract requires it."""
    nir = table.role_of(IdentityRole.NIR)
    return bool(person.nir13) or nir is None or not nir.required


def _territory(request: SampleRequest) -> Territory:
    return request.population.territory if request.population else TERRITORY


class Spoiler:
    """Spoils some of the records and remembers which."""

    def __init__(self, contract: Contract, request: SampleRequest) -> None:
        self._rng = dice("defects", request.seed, contract.id, request.sequence)
        self._rate = request.defects
        self.found: list[Defect] = []

    def take(self, node: Node, record: int, line: int) -> None:
        """Looks at one record."""
        if self._rate and self._rng.random() < self._rate:
            defect = spoil(node, self._rng, record, line)
            if defect is not None:
                self.found.append(defect)
