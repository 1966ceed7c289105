"""The files the partners of the demo drop: for every feed and sender one with a few mistakes, and a handful that no gateway may swallow."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from passerelle.contract.model import Contract, IdentityRole
from passerelle.demo.exchange import Drop
from passerelle.demo.folder import DemoFolder
from passerelle.demo.partners import senders_of
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.derive.synthetic.scene import DateText
from passerelle.errors import ConfigurationError
from passerelle.population.generate import generate
from passerelle.population.people import Organisation, Population
from passerelle.population.views import seen_by

FEWEST_HOUSEHOLDS = 100
_SMALL = 1000
_SEED = 2026
_DEFECTS = 0.01
_TURNED_AWAY = frozenset({"refused", "quarantined"})
_ORGANISATIONS: dict[str, Organisation] = {"caf": "CAF", "msa": "MSA"}


@dataclass(frozen=True)
class _Order:
    """One sender's part in one feed."""

    contract: Contract
    sender: str
    rank: int
    """Place of the sender among those of the feed, from 0."""
    senders: int
    population: Population
    """As the feed's information system knows it."""
    is_small: bool
    folder: Path

    @property
    def request(self) -> SampleRequest:
        """The ordinary file, of the day before the demo; later files of the same content are of the day itself."""
        organisation = _ORGANISATIONS.get(self.sender)
        return SampleRequest(
            rows=sum(len(household.members) for household in self.population.households),
            seed=_SEED + self.rank,
            as_of=self.population.as_of - timedelta(days=1),
            defects=_DEFECTS,
            population=self.population,
            share=(0, 1) if organisation else (self.rank, self.senders),
            organisation=organisation,
        )

    @property
    def expected(self) -> frozenset[str]:
        """What should become of it: in a very small file one bad line is already the share above which a person must look."""
        return frozenset({"published", "held"} if self.is_small else {"published"})

    @property
    def later(self) -> SampleRequest:
        """The file that would follow."""
        return replace(self.request, as_of=self.population.as_of, sequence=2, facts_on=self.request.as_of)


def prepare(folder: DemoFolder, contracts: Sequence[Contract], households: int, as_of: date) -> list[Drop]:
    """Write the files of every partner; ConfigurationError when there are too few households for everyone to have something to send."""
    if households < FEWEST_HOUSEHOLDS:
        raise ConfigurationError(f"The demo needs at least {FEWEST_HOUSEHOLDS} households, {households} asked for.")
    population = generate(_SEED, households, as_of)
    seen = {source: seen_by(population, source, _SEED) for source in sorted({contract.source for contract in contracts})}
    places = senders_of(contracts)
    drops: list[Drop] = []
    for contract in contracts:
        senders = [sender for sender, (_, feeds) in places.items() if contract in feeds]
        for rank, sender in enumerate(senders):
            order = _Order(contract, sender, rank, len(senders), seen[contract.source], households < _SMALL, folder.drops / sender)
            drops.extend(_files_of(order))
    return drops


def _files_of(order: _Order) -> Iterator[Drop]:
    ordinary = write_sample(order.contract, order.folder, request=order.request).path
    last = order.rank == order.senders - 1
    if order.contract.is_grouped:
        yield Drop(sender=order.sender, path=ordinary, expected=order.expected)
        if last:
            yield _without_footer(order)
    elif order.senders == 1:
        yield Drop(sender=order.sender, path=ordinary, expected=order.expected)
        yield _unknown_name(order, ordinary)
    elif last:
        _impossible_birth(order.contract, ordinary)
        yield Drop(sender=order.sender, path=ordinary, expected=order.expected, flaw="une personne y est née le 31/02/1980")
    else:
        yield Drop(sender=order.sender, path=ordinary, expected=order.expected)
        yield _sent_twice(order, ordinary) if order.rank == 0 else _wrong_encoding(order)


def _sent_twice(order: _Order, first: Path) -> Drop:
    later = write_sample(order.contract, order.folder, request=replace(order.later, rows=1)).path
    shutil.copyfile(first, later)
    return Drop(sender=order.sender, path=later, expected=frozenset({"duplicate"}), flaw="le même fichier, envoyé une seconde fois")


def _wrong_encoding(order: _Order) -> Drop:
    path = write_sample(order.contract, order.folder, request=order.later).path
    text = path.read_bytes().decode(order.contract.layout.encoding)
    is_utf8 = order.contract.layout.encoding.replace("-", "").lower() == "utf8"
    wrong = "cp1252" if is_utf8 and not text.isascii() else "utf-16"
    path.write_bytes(text.encode(wrong, errors="replace"))
    return Drop(
        sender=order.sender, path=path, expected=_TURNED_AWAY, flaw=f"enregistré en {wrong} au lieu de {order.contract.layout.encoding}"
    )


def _without_footer(order: _Order) -> Drop:
    path = write_sample(order.contract, order.folder, request=order.later).path
    text = path.read_bytes().decode(order.contract.layout.encoding)
    footer = next((table.path.rpartition("/")[2] for table in order.contract.tables if table.role == "footer"), "")
    if footer:
        before, _, rest = text.partition(f"<{footer}>")
        text = before + rest.partition(f"</{footer}>")[2]
        flaw = "il manque le bloc de fin qui annonce le nombre de dossiers"
    else:
        text = text[: len(text) * 9 // 10]
        flaw = "le transfert s'est arrêté avant la fin"
    path.write_bytes(text.encode(order.contract.layout.encoding))
    return Drop(sender=order.sender, path=path, expected=_TURNED_AWAY, flaw=flaw)


def _unknown_name(order: _Order, ordinary: Path) -> Drop:
    path = order.folder / f"Copie de liste novembre{ordinary.suffix}"
    shutil.copyfile(ordinary, path)
    return Drop(sender=order.sender, path=path, expected=frozenset({"quarantined"}), flaw="le nom ne dit pas de quel flux il s'agit")


def _impossible_birth(contract: Contract, path: Path) -> None:
    """Replace the birth date of the line in the middle."""
    column = contract.record_table.role_of(IdentityRole.BIRTH_DATE)
    if column is None:
        return
    layout = contract.layout
    with path.open(encoding=layout.encoding, newline="") as file:
        header, *lines = csv.reader(file, delimiter=layout.delimiter, quotechar=layout.quote)
    lines[len(lines) // 2][header.index(column.source)] = DateText(column.format).impossible()
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=layout.delimiter, quotechar=layout.quote, lineterminator="\r\n").writerows([header, *lines])
    path.write_bytes(text.getvalue().encode(layout.encoding))
