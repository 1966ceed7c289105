"""A synthetic file as the partner would send it, for any contract: no code here knows a partner.

People come from :mod:`passerelle.population`; everything else comes from the contract's sample hints, code lists and types. Without
defects the file checks clean. The same request gives the same file, byte for byte; files of any size are written in little memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TextIO

from passerelle.contract.model import Contract, IdentityRole, Table
from passerelle.derive.synthetic.defects import Defect, spoil
from passerelle.derive.synthetic.outer import outer_rows
from passerelle.derive.synthetic.scene import Scene, Style
from passerelle.derive.synthetic.tree import Node, TreePlan
from passerelle.derive.synthetic.xml_writer import XmlWriter
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


@dataclass(frozen=True)
class SampleFile:
    """The file that was written."""

    path: Path
    rows: int
    defects: tuple[Defect, ...] = field(default=())


def write_sample(contract: Contract, out_dir: Path, *, request: SampleRequest) -> SampleFile:
    """Writes the file into ``out_dir`` (made if need be), under the name the contract gives it; a half-written file ends in ``.part``."""
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / contract.layout.name_template.format(date=f"{request.as_of:%Y%m%d}", sequence=f"{request.sequence:07d}")
    part = path.with_name(f"{path.name}.part")
    newline = "\n" if contract.layout.format == "xml" else ""
    with part.open("w", encoding=contract.layout.encoding, newline=newline) as file:
        write = _write_xml if contract.layout.format == "xml" else _write_delimited
        rows, defects = write(contract, request, file)
    part.replace(path)
    return SampleFile(path, rows, tuple(defects))


def rows_for(contract: Contract, request: SampleRequest) -> Iterator[Node]:
    """The lines, or the dossiers with all their rows, one after the other, without defects."""
    facts_on = request.facts_on or request.as_of
    plan = TreePlan(contract, contract.record_table, Style.of(contract, facts_on))
    territory = _territory(request)
    for number, (household, person) in enumerate(_subjects(contract, request), start=1):
        rng = dice(request.seed, contract.id, person.truth_id)
        yield plan.make(Scene(rng, household, person, household.commune, number, territory.communes))


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


class _Spoiler:
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


def _write_delimited(contract: Contract, request: SampleRequest, file: TextIO) -> tuple[int, list[Defect]]:
    layout, columns = contract.layout, contract.record_table.columns
    writer = csv.writer(file, delimiter=layout.delimiter, quotechar=layout.quote, lineterminator="\r\n")
    writer.writerow([column.source for column in columns])
    names = [column.name for column in columns]
    spoiler = _Spoiler(contract, request)
    count = 0
    for count, node in enumerate(rows_for(contract, request), start=1):
        spoiler.take(node, count, count + 1)
        writer.writerow([node.values[name] for name in names])
    return count, spoiler.found


def _write_xml(contract: Contract, request: SampleRequest, file: TextIO) -> tuple[int, list[Defect]]:
    writer = XmlWriter(contract)
    total = sum(1 for _ in _subjects(contract, request)) if request.population else request.rows
    spoiler = _Spoiler(contract, request)
    line = 1
    rows = outer_rows(contract, request.as_of, request.sequence, total)

    def put(text: str) -> None:
        nonlocal line
        file.write(text)
        line += text.count("\n")

    put(writer.opening())
    for node in rows["header"]:
        put(writer.text(node))
    for record, node in enumerate(rows_for(contract, request), start=1):
        spoiler.take(node, record, line)
        put(writer.text(node))
    for node in rows["footer"]:
        put(writer.text(node))
    put(writer.closing())
    return total, spoiler.found
