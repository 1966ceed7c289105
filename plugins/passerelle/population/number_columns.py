"""What a source writes of numbers: the NIR, its own numbers, and those other sources gave. With the errors its rates say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.population.dossiers import SAME_DOSSIER, SEPARATION, TWO_DOSSIERS
from passerelle.population.draws import Bools, Draws, Ints
from passerelle.population.families import CHILD
from passerelle.population.frequencies import Codes, communes
from passerelle.population.misspelling import mistype_numbers
from passerelle.population.numbering import caf_numbers, dossier_numbers, france_travail_numbers, padded, ranks_within
from passerelle.population.page import Page, nothing, only, taken

_MSA_DOSSIERS: Final = 5_000_000
"""Added to the ranks of the dwellings: the MSA numbers its dossiers apart."""
_ROLES: Final = ("DEM", "CJT", "ENF")
_DEM, _CJT, _ENF = range(3)
_JUNK: Final = ("0000000000000", "0000000000000", "1111111111111", "9999999999999")


@dataclass(frozen=True)
class Nirs:
    """The NIR column, and which of its values are as the register has them."""

    text: Any
    is_right: Bools
    is_of_member: Bools


def number_columns(page: Page) -> dict[str, Any]:
    """The columns ``organisation``, ``nir``, ``nir_certified`` and ``caf_number`` to ``other_id`` of design, §6."""
    nirs = _nirs(page)
    columns = {
        "organisation": _organisations(page),
        "nir": nirs.text,
        "nir_certified": _certified(page, nirs),
        "caf_number": nothing(len(page)),
        "dossier_number": nothing(len(page)),
        "previous_dossier_number": nothing(len(page)),
        "role": nothing(len(page)),
        "france_travail_number": nothing(len(page)),
        "other_id": nothing(len(page)),
    }
    writers = {"caf": _of_caf, "msa": _of_caf, "france_travail": _of_france_travail, "ccas": _of_ccas}
    return {**columns, **writers[page.source.organisation](page)}


def _nirs(page: Page) -> Nirs:
    register, rates, person, size = page.register, page.rates, page.person, len(page)
    draws = page.draws("nir")
    provisional = register.provisional[person] >= 0
    shows_provisional = page.records.is_provisional | (provisional & ~page.records.is_final & draws.chance(size, rates.nir_provisional))
    present = draws.chance(size, rates.nir) | page.records.is_provisional | page.records.is_final
    of_member = draws.chance(size, rates.nir_of_member) & ~shows_provisional
    owner = np.where(of_member, _member_of_family(register.families.family, person), person)
    of_member &= owner != person
    which = np.where(shows_provisional, len(register) + register.provisional[person], owner)
    thirteen = taken(pa.concat_arrays([register.nir, register.provisional_nir]), which)
    keys = taken(pa.concat_arrays([register.nir_key, register.provisional_key]), which)
    mistyped = draws.chance(size, rates.nir_digit)
    thirteen = mistype_numbers(draws, thirteen, np.flatnonzero(mistyped))
    junk = draws.chance(size, rates.junk)
    text = _laid_out(page, draws, thirteen, keys)
    text = pc.if_else(pa.array(junk), pa.array(_JUNK).take(pa.array(draws.whole(size, 0, len(_JUNK) - 1))), text)
    return Nirs(only(text, present), present & ~mistyped & ~junk & ~of_member & ~shows_provisional, present & of_member)


def _member_of_family(family: Ints, person: Ints) -> Ints:
    """The next member of the family, or the one before the last; oneself when there is no other."""
    after, before = np.minimum(person + 1, len(family) - 1), np.maximum(person - 1, 0)
    return np.where(family[after] == family[person], after, np.where(family[before] == family[person], before, person))


def _laid_out(page: Page, draws: Draws, thirteen: Any, keys: Any) -> Any:
    """13 characters from CAF and France Travail, 15 from MSA; CCAS write 13, 15, or 15 in groups."""
    organisation = page.source.organisation
    if organisation in ("caf", "france_travail"):
        return thirteen
    fifteen = pc.binary_join_element_wise(thirteen, keys, "")
    if organisation == "msa":
        return fifteen
    bounds = (0, 1, 3, 5, 7, 10, 13, 15)
    grouped = pc.binary_join_element_wise(*(pc.utf8_slice_codeunits(fifteen, *cut) for cut in zip(bounds, bounds[1:], strict=False)), " ")
    style = draws.uniform(len(page))
    return pc.if_else(pa.array(style < 0.3), thirteen, pc.if_else(pa.array(style < 0.8), fifteen, grouped))


def _certified(page: Page, nirs: Nirs) -> Any:
    """Said by CAF and MSA only; now and then of the NIR of someone else."""
    if not page.has_dossiers:
        return pa.nulls(len(page), pa.bool_())
    draws = page.draws("certified")
    right = nirs.is_right & draws.chance(len(page), page.rates.nir_certified)
    return pa.array(right | (nirs.is_of_member & draws.chance(len(page), 0.3)))


def _organisations(page: Page) -> Any:
    if page.source.organisation == "ccas":
        return pc.binary_join_element_wise("CCAS", taken(communes().name, page.records.commune), " ")
    if page.source.organisation == "france_travail":
        return pc.binary_join_element_wise("FT", _code(communes().region, page.records.commune), " ")
    return pc.binary_join_element_wise(page.source.organisation.upper(), _code(communes().departement, page.records.commune), " ")


def _code(codes: Codes, commune: Ints) -> Any:
    return taken(codes.distinct, codes.which[commune])


def _of_caf(page: Page) -> dict[str, Any]:
    """Dossier, matricule and role; the matricule of an MSA is the NIR of the applicant."""
    records, families = page.records, page.register.families
    ranks = _dossier_ranks(page, records.dossier)
    former = _dossier_ranks(page, np.maximum(records.former_dossier, 0))
    before = _code(communes().departement, page.register.homes.commune[page.person])
    told = page.draws("numbers").chance(len(page), page.rates.local_number) & families.is_adult[page.person]
    return {
        "caf_number": caf_numbers(ranks) if page.source.organisation == "caf" else _applicants_nirs(page),
        "dossier_number": dossier_numbers(ranks, _code(communes().departement, records.commune)),
        "previous_dossier_number": only(dossier_numbers(former, before), records.former_dossier >= 0),
        "role": _roles(page),
        "france_travail_number": only(france_travail_numbers(_people_ranks(page, communes().region)[page.person]), told),
    }


def _dossier_ranks(page: Page, dossiers: Ints) -> Ints:
    """The rank of each dossier in its caisse: dwellings of a département from 0, dossiers opened later after all of them."""
    families = page.register.families
    dwellings = int(families.dwelling.max()) + 1
    departement = np.zeros(dwellings, dtype=np.int64)
    departement[families.dwelling] = communes().departement.which[page.register.homes.commune]
    old = dossiers < dwellings
    ranks = np.where(old, ranks_within(departement)[np.where(old, dossiers, 0)], dossiers)
    return ranks + (_MSA_DOSSIERS if page.source.organisation == "msa" else 0)


def _people_ranks(page: Page, codes: Codes | None) -> Ints:
    """The rank of everyone in their region (or commune, without codes)."""
    commune = page.register.homes.commune
    return ranks_within(commune if codes is None else codes.which[commune])


def _registration_ranks(page: Page, codes: Codes | None) -> Ints:
    """The rank of each registration: that of the person, or a new one for someone who registered again."""
    dossier = page.records.dossier
    old = dossier < len(page.register)
    return np.where(old, _people_ranks(page, codes)[np.where(old, dossier, 0)], dossier)


def _roles(page: Page) -> Any:
    """DEM for who opened the dossier, CJT for the partner, ENF for children at home."""
    families, person, case = page.register.families, page.person, page.records.case
    head = families.head[person]
    at_home = families.dwelling[person] == families.dwelling[head]
    is_child = families.place[person] == CHILD
    leaves = (case == SEPARATION) & families.is_adult[person]
    role = np.where((person == head) | ~at_home | leaves, _DEM, np.where(is_child, _ENF, _CJT))
    role = np.where((case == TWO_DOSSIERS) & (role == _DEM), np.where(is_child, _ENF, _CJT), role)
    role = np.where((case == SAME_DOSSIER) & (role > _DEM), _CJT + _ENF - role, role)
    return pa.array(_ROLES).take(pa.array(role))


def _applicants_nirs(page: Page) -> Any:
    families = page.register.families
    head = families.head[page.person]
    applicant = np.where(families.dwelling[page.person] == families.dwelling[head], head, page.person)
    return taken(page.register.nir, applicant)


def _of_france_travail(page: Page) -> dict[str, Any]:
    """The number of the region: one registration, one number; some files add the region on three figures."""
    numbers = france_travail_numbers(_registration_ranks(page, communes().region))
    draws = page.draws("numbers")
    long = pc.binary_join_element_wise(numbers, _code(communes().region, page.records.commune), "")
    numbers = pc.if_else(pa.array(draws.chance(len(page), 0.1)), long, numbers)
    return {"france_travail_number": pc.if_else(pa.array(draws.chance(len(page), page.rates.junk / 2)), "00000000", numbers)}


def _of_ccas(page: Page) -> dict[str, Any]:
    """A number of its own, from the commune; sometimes the matricule and the France Travail number the person showed."""
    draws, size, local = page.draws("numbers"), len(page), page.rates.local_number
    other = padded(_registration_ranks(page, None) + 1, 7)
    dwelling = page.register.families.dwelling[page.person]
    has_matricule = draws.chance(size, local)
    return {
        "other_id": pc.if_else(pa.array(draws.chance(size, page.rates.junk)), "0000000", other),
        "caf_number": only(caf_numbers(_dossier_ranks(page, dwelling)), has_matricule),
        "france_travail_number": only(
            france_travail_numbers(_people_ranks(page, communes().region)[page.person]), draws.chance(size, local)
        ),
        "role": only(_roles(page), has_matricule & draws.chance(size, 0.5)),
    }
