"""What is asked of a large invented population: its size, how hard it is, and what each source knows and gets wrong.

Rates are shares between 0 and 1. The defaults are assumptions chosen pessimistic; none was measured on real files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Organisation = Literal["caf", "msa", "france_travail", "ccas"]


@dataclass(frozen=True, slots=True)
class Rates:
    """How well one source knows people and how carefully it writes."""

    nir: float = 0.9
    """NIR present."""
    nir_certified: float = 0.97
    """Of those present and right: certified, where the source says so."""
    nir_provisional: float = 0.6
    """Of people who had a provisional number first: it is still the one on file."""
    nir_digit: float = 0.0015
    """One digit wrong, or two exchanged."""
    nir_of_member: float = 0.0015
    """The NIR of another member of the household or family."""
    junk: float = 0.002
    """An identifier of zeros or of one repeated digit."""
    surname_typo: float = 0.025
    given_typo: float = 0.012
    transcription: float = 0.03
    """Added to both for people born abroad: names written by ear."""
    hyphen_lost: float = 0.1
    """Of compound given names: written without their hyphen."""
    compound_cut: float = 0.02
    """Of compound names: only the first half is on file."""
    usage_as_birth_name: float = 0.04
    """Of those who have a usage name: it stands where the birth name belongs."""
    usage_known: float = 0.8
    """Of those who have a usage name: it is on file."""
    second_given_name: float = 0.01
    """The second given name is used as the first."""
    given_dropped: float = 0.3
    """Only the first given name is on file."""
    names_swapped: float = 0.004
    date_swapped: float = 0.004
    """Day and month exchanged."""
    date_wrong: float = 0.004
    """One figure of the date of birth wrong."""
    birth_date: float = 1.0
    """Date of birth present."""
    sex: float = 1.0
    """Sex present."""
    sex_wrong: float = 0.001
    birth_place: float = 0.92
    """Place of birth present."""
    former_address: float = 0.09
    """The address before the last move."""
    contact_changed: float = 0.06
    """A phone number or e-mail the person no longer has."""
    agency_contact: float = 0.001
    """Of phone numbers: that of the place where people come to be received."""
    phone: float = 0.7
    email: float = 0.92
    local_number: float = 0.2
    """Numbers another source gave, where the file has room for them."""


@dataclass(frozen=True, slots=True)
class Source:
    """One partner's file."""

    name: str
    organisation: Organisation
    share: float
    """Its records, compared with ``Options.records``."""
    overlap: float
    """Of its people: how many the first source knows too; ignored for the first one."""
    rates: Rates
    duplicates: float = 0.03
    """Records about someone who is already in the file."""


CAF = Source("CAF", "caf", 1.0, 1.0, Rates())
MSA = Source("MSA", "msa", 0.06, 0.15, Rates(nir=0.98, nir_digit=0.001, birth_place=0.95))
FRANCE_TRAVAIL = Source(
    "FRANCE_TRAVAIL",
    "france_travail",
    1.0,
    0.6,
    Rates(
        nir=0.85,
        nir_provisional=0.3,
        nir_digit=0.002,
        nir_of_member=0.0008,
        surname_typo=0.04,
        given_typo=0.02,
        transcription=0.05,
        hyphen_lost=0.25,
        compound_cut=0.04,
        usage_as_birth_name=0.18,
        usage_known=0.6,
        given_dropped=0.75,
        names_swapped=0.006,
        date_wrong=0.006,
        birth_place=0.8,
        phone=0.88,
        email=0.88,
        local_number=0.0,
    ),
    0.02,
)
CCAS = Source(
    "CCAS",
    "ccas",
    0.15,
    0.8,
    Rates(
        nir=0.5,
        nir_provisional=0.5,
        nir_digit=0.004,
        nir_of_member=0.002,
        junk=0.006,
        surname_typo=0.05,
        given_typo=0.03,
        transcription=0.08,
        hyphen_lost=0.3,
        compound_cut=0.08,
        usage_as_birth_name=0.3,
        usage_known=0.4,
        second_given_name=0.015,
        given_dropped=0.9,
        names_swapped=0.01,
        date_swapped=0.006,
        date_wrong=0.01,
        birth_date=0.98,
        sex=0.96,
        sex_wrong=0.004,
        birth_place=0.4,
        former_address=0.05,
        phone=0.85,
        email=0.5,
        local_number=0.35,
    ),
    0.05,
)


@dataclass(frozen=True, slots=True)
class Options:
    """A population and the files about it."""

    seed: int = 1
    records: int = 20_000
    """Records of the first source; the others follow by their ``share``."""
    as_of: date = date(2026, 3, 1)
    sources: tuple[Source, ...] = (CAF, MSA, FRANCE_TRAVAIL, CCAS)
    """The first one knows whole households, the others adults."""
    persons: float = 1.6
    """People of the country for each record of the first source."""
    twins: float = 0.015
    """Of all people: one of a pair of twins."""
    twins_common_stem: float = 0.12
    """Of twins of the same sex: given names such as Marie-Anne and Marie-Louise."""
    foreign_born: float = 0.24
    january_first: float = 0.10
    """Of people born abroad: 1 January as the date of birth."""
    provisional: float = 0.01
    """Of all people: had a provisional number before the final one; most of them were born abroad."""
    parent_homonyms: float = 0.01
    """Of children: the given name of a parent."""
    homonyms: float = 0.001
    """Of all people: the names, sex and date of birth of someone unrelated."""
    departements: tuple[str, ...] = ()
    """Where people live; everywhere when empty."""

    def of_few_nirs(self) -> Options:
        """The same with few NIR: 60 % in the first source, 50 % in the others."""
        sources = tuple(
            replace(source, rates=replace(source.rates, nir=min(source.rates.nir, 0.5 if rank else 0.6)))
            for rank, source in enumerate(self.sources)
        )
        return replace(self, sources=sources)

    def stressed(self) -> Options:
        """The same with few NIR and four times as many twins."""
        return replace(self.of_few_nirs(), twins=self.twins * 4)

    def of_two(self) -> Options:
        """The same with two sources of equal size, CAF and France Travail, for benchmarks of N by N."""
        return replace(self, sources=(CAF, FRANCE_TRAVAIL))
