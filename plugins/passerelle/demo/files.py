"""The files the partners of the demo drop: made from their contracts, then broken as the cast says."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from passerelle.contract.model import Contract
from passerelle.demo.cast import Part, Partner
from passerelle.demo.exchange import Drop
from passerelle.demo.folder import DemoFolder
from passerelle.derive.mutate import mutate
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.errors import ConfigurationError
from passerelle.population.generate import generate
from passerelle.population.people import Population
from passerelle.population.views import seen_by

FEWEST_HOUSEHOLDS = 200
_SMALL = 1000
_SEED = 2026


@dataclass(frozen=True)
class _Order:
    """One file of one partner."""

    contract: Contract
    partner: Partner
    part: Part
    seed: int
    population: Population
    """As the partner's information system knows it."""
    folder: Path
    """Where the file is made before it is laid out to be dropped."""

    @property
    def request(self) -> SampleRequest:
        """The file without mistakes; its facts are those of the first day, whenever it is dropped."""
        first = self.population.as_of - timedelta(days=1)
        everyone = sum(len(household.members) for household in self.population.households)
        return SampleRequest(
            rows=everyone if self.part.rows is None else self.part.rows,
            seed=self.seed,
            as_of=first if self.part.day == 1 else self.population.as_of,
            sequence=self.part.sequence,
            population=self.population,
            share=self.partner.share,
            organisation=self.partner.organisation,
            facts_on=first,
        )


def prepare(folder: DemoFolder, contracts: Sequence[Contract], partners: Sequence[Partner], size: tuple[int, date]) -> list[Drop]:
    """Write the files of every partner, for so many households on this day; ConfigurationError when there are too few households for
    everyone to have something to send.
    """
    households, as_of = size
    if households < FEWEST_HOUSEHOLDS:
        raise ConfigurationError(f"The demo needs at least {FEWEST_HOUSEHOLDS} households, {households} asked for.")
    by_id = {contract.id: contract for contract in contracts}
    population = generate(_SEED, households, as_of)
    sources = sorted({by_id[feed].source for partner in partners for feed in partner.feeds})
    seen = {source: seen_by(population, source, _SEED) for source in sources}
    drops: list[Drop] = []
    for rank, partner in enumerate(partners):
        first: dict[str, Path] = {}
        for number, part in enumerate(partner.files):
            contract = by_id[part.feed]
            made = folder.run / "files" / partner.id / str(number)
            order = _Order(contract, partner, part, _SEED + rank, seen[contract.source], made)
            drop = _laid_out(order, folder.drops / partner.id, first.get(part.feed), is_small=households < _SMALL)
            first.setdefault(part.feed, drop.path)
            drops.append(drop)
    return drops


def put_right(correction: bytes, drop: Drop) -> bytes:
    """A correction file as its sender gives it back: each line of the dropped file as it should have been; other lines as they are.

    ConfigurationError when the file's lines are not those of the file without mistakes, so that nothing says which is which.
    """
    if drop.clean is None:
        raise ConfigurationError(f"Nothing says how {drop.path.name} should have been.")
    wrong, right = drop.path.read_bytes().splitlines(keepends=True), drop.clean.read_bytes().splitlines(keepends=True)
    if len(wrong) != len(right):
        raise ConfigurationError(f"{drop.path.name} and the same file without mistakes have not the same number of lines.")
    corrected = dict(zip(wrong, right, strict=True))
    return b"".join(corrected.get(line, line) for line in correction.splitlines(keepends=True))


def _laid_out(order: _Order, folder: Path, first: Path | None, *, is_small: bool) -> Drop:
    """The file in the folder of what the partner drops; ``first`` is its first file of this feed, if there is one."""
    part, request = order.part, order.request
    path = write_sample(order.contract, order.folder, request=replace(request, defects=part.defects)).path
    for kind in part.breaks:
        path = mutate(order.contract, path, kind, order.folder / kind)
    clean = write_sample(order.contract, order.folder / "clean", request=request).path if part.corrected else None
    final = folder / (part.name or path.name)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(first if part.again and first is not None else path, final)
    # In a very small file one bad line is already the share above which a person must look.
    ends = {"published", "held"} if is_small and part.ends == "published" else {part.ends}
    return Drop(sender=order.partner.id, path=final, day=part.day, expected=frozenset(ends), flaw=part.flaw, clean=clean)
