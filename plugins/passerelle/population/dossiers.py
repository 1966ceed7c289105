"""Which people each source of a large invented population has records about, and why it has some twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from passerelle.population.draws import Bools, Draws, Ints
from passerelle.population.families import epoch_day
from passerelle.population.frequencies import communes, pool_of
from passerelle.population.options import Options, Source
from passerelle.population.register import Register

ONCE: Final = -1
SAME_DOSSIER, TWO_DOSSIERS, MOVE, SEPARATION, FINAL_NIR = range(5)
CASES: Final = ("same_dossier", "two_dossiers", "move", "separation", "final_nir")
"""Why somebody has a second record in a file."""
_WEIGHTS: Final = {
    "caf": (0.2, 0.2, 0.25, 0.2, 0.15),
    "msa": (0.2, 0.2, 0.25, 0.2, 0.15),
    "france_travail": (0.3, 0.3, 0.35, 0.0, 0.05),
    "ccas": (0.4, 0.2, 0.4, 0.0, 0.0),
}
_OLDEST_JOB_SEEKER: Final = 70


@dataclass(frozen=True)
class Records:
    """Parallel arrays, one position per record, in the order of the file."""

    person: Ints
    case: Ints
    """Position in ``CASES`` for a second record, or -1."""
    dossier: Ints
    """Who has the same number is in the same dossier; a number of its own for each registration where the source has no dossiers."""
    former_dossier: Ints
    """The dossier before a move, or -1."""
    commune: Ints
    address: Ints
    is_provisional: Bools
    """The provisional number is known to be on this record, because another one has the final number."""
    is_final: Bools

    def __len__(self) -> int:
        return len(self.person)


def open_dossiers(options: Options, source: Source, register: Register, known: Bools | None) -> Records:
    """The records of one source; ``known`` says who is known to the first source, None when this is the first.

    Fewer than asked when the country has not enough people of the kind the source deals with.
    """
    draws = Draws(options.seed, "dossiers", source.name)
    records = round(options.records * source.share)
    second = round(records * source.duplicates)
    person = _who(draws, options, source, (register, known), records - second)
    has_dossiers = source.organisation in ("caf", "msa")
    homes = register.homes
    first = Records(
        person=person,
        case=np.full(len(person), ONCE, dtype=np.int64),
        dossier=register.families.dwelling[person] if has_dossiers else person,
        former_dossier=np.full(len(person), -1, dtype=np.int64),
        commune=homes.commune[person],
        address=homes.address[person],
        is_provisional=np.zeros(len(person), dtype=np.bool_),
        is_final=np.zeros(len(person), dtype=np.bool_),
    )
    return _shuffled(draws, _with_second_records(draws, source, register, first, second))


def _who(draws: Draws, options: Options, source: Source, people: tuple[Register, Bools | None], count: int) -> Ints:
    register, known = people
    families = register.families
    size = len(register)
    if source.organisation in ("caf", "msa"):
        key = draws.uniform(int(families.dwelling.max()) + 1)[families.dwelling]
        eligible = np.ones(size, dtype=np.bool_)
    else:
        key = draws.uniform(size)
        age = (epoch_day(options.as_of) - register.born) / 365.25
        eligible = families.is_adult & (age < _OLDEST_JOB_SEEKER)
    order = np.argsort(key, kind="stable")
    order = order[eligible[order]]
    if known is None:
        return order[:count]
    inside = order[known[order]][: round(count * source.overlap)]
    return np.concatenate([inside, order[~known[order]][: count - len(inside)]])


def _with_second_records(draws: Draws, source: Source, register: Register, first: Records, count: int) -> Records:
    rows = np.arange(len(first))
    weights = _WEIGHTS[source.organisation]
    had_two_numbers = draws.some(rows[register.provisional[first.person] >= 0], round(count * weights[FINAL_NIR]))
    is_other = np.ones(len(first), dtype=np.bool_)
    is_other[had_two_numbers] = False
    others = draws.some(rows[is_other], count - len(had_two_numbers))
    base = np.concatenate([others, had_two_numbers])
    case = np.concatenate([draws.shares(len(others), *weights[:FINAL_NIR]), np.full(len(had_two_numbers), FINAL_NIR, dtype=np.int64)])
    new = np.isin(case, (TWO_DOSSIERS, MOVE, SEPARATION))
    person = first.person[base]
    dossier = first.dossier[base].copy()
    dossier[new] = len(register) + np.arange(int(new.sum()))
    head = register.families.head[person]
    with_parents = (
        (case == TWO_DOSSIERS)
        & (source.organisation in ("caf", "msa"))
        & (register.families.dwelling[head] != first.dossier[base])
        & _same_departement(register.homes.commune[head], first.commune[base])
    )
    dossier[with_parents] = register.families.dwelling[head[with_parents]]
    moved = case == MOVE
    commune = first.commune[base].copy()
    commune[moved] = pool_of(np.arange(len(communes().population)), communes().population).draw(draws, int(moved.sum()))
    elsewhere = moved | (case == SEPARATION)
    is_provisional = first.is_provisional.copy()
    is_provisional[had_two_numbers] = True
    return Records(
        person=np.concatenate([first.person, person]),
        case=np.concatenate([first.case, case]),
        dossier=np.concatenate([first.dossier, dossier]),
        former_dossier=np.concatenate([first.former_dossier, np.where(moved, first.dossier[base], -1)]),
        commune=np.concatenate([first.commune, commune]),
        address=np.concatenate([first.address, np.where(elsewhere, draws.whole(len(base), 0, 10**9), first.address[base])]),
        is_provisional=np.concatenate([is_provisional, np.zeros(len(base), dtype=np.bool_)]),
        is_final=np.concatenate([first.is_final, case == FINAL_NIR]),
    )


def _same_departement(left: Ints, right: Ints) -> Bools:
    departement = communes().departement.which
    return np.equal(departement[left], departement[right])


def _shuffled(draws: Draws, records: Records) -> Records:
    order = draws.order(len(records))
    return Records(**{name: values[order] for name, values in vars(records).items()})
