"""Values that say who the row is about, by the part each column plays in recognising the person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from passerelle.contract.model import Column, IdentityRole, Table
from passerelle.derive.synthetic.scene import DateText, Maker, Scene, Style
from passerelle.derive.synthetic.text import fitter, numbered
from passerelle.population.dice import between
from passerelle.population.nir import nir_key
from passerelle.population.people import Person

_PREVIOUS_DOSSIER = 0.03
"""Share of people who come from another dossier, where the contract does not say."""
_PADDED = 15
"""A CAF number is padded with zeros on the right to this length (formats 2.5)."""


def person_maker(column: Column, table: Table, style: Style) -> Maker | None:
    """What fills this column from the person or household, or None when it says nothing of who they are."""
    if column.identity is None:
        return _nir(column) if column.nir else None
    simple = _SIMPLE.get(column.identity)
    if simple is not None:
        fit = fitter(column, style)
        return lambda scene: fit(simple(scene))
    special = _SPECIAL.get(column.identity)
    return special(column, table, style) if special is not None else None


def received_codes(column: Column) -> dict[str, str]:
    """The received code for each of the warehouse's words (for a code without one, for itself); the first code wins."""
    found: dict[str, str] = {}
    if column.codes is not None:
        for code, entry in column.codes.codes.items():
            found.setdefault(entry.canonical or code, code)
    return found


def yes_or_no(column: Column, is_true: bool) -> str:
    """A truth value as this column writes it."""
    codes = received_codes(column)
    for word in ("true", "1", "O", "oui") if is_true else ("false", "0", "N", "non"):
        if word in codes:
            return codes[word]
    return "1" if is_true else "0"


def is_organisation(column: Column, tables: Iterable[Table]) -> bool:
    """Whether the column says which body pays the household: the contract's first whose codes are CAF and MSA."""
    for table in tables:
        for other in table.columns:
            if other.codes is not None and {"CAF", "MSA"} <= set(received_codes(other)):
                return other == column
    return False


def organisation(column: Column) -> Maker:
    """CAF or MSA, as the household's."""
    codes = received_codes(column)
    return lambda scene: codes.get(scene.household.organisation, scene.household.organisation)


def _code_of(word: Callable[[Person], str]) -> Callable[[Column, Table, Style], Maker]:
    def factory(column: Column, table: Table, style: Style) -> Maker:
        codes = received_codes(column)
        return lambda scene: codes.get(word(scene.person), word(scene.person))

    return factory


def nir_for(column: Column, nir13: str, organisation_code: str) -> str:
    """The NIR with 13 or 15 characters: as long as the column's length says; where both fit, the MSA sends 15 and others 13."""
    if not nir13:
        return ""
    room = column.max_length or _PADDED
    is_long = room >= _PADDED and (organisation_code == "MSA" or column.min_length == _PADDED)
    return nir13 + nir_key(nir13) if is_long else nir13


def _nir(column: Column, *_: object) -> Maker:
    return lambda scene: nir_for(column, scene.person.nir13, scene.household.organisation)


def _allocataire(column: Column, _table: Table, style: Style) -> Maker:
    """Seven digits at the CAF, padded where there is room; at the MSA the applicant's NIR."""
    room = column.max_length or (_PADDED if style.is_xml else 13)
    pattern = re.compile(column.pattern or ".*")

    def make(scene: Scene) -> str:
        if scene.household.organisation == "MSA" and room >= 13:
            nir = nir_for(column, scene.household.applicant.nir13, "MSA")
            if nir and pattern.fullmatch(nir):
                return nir
        number = scene.person.allocataire_number
        return number.ljust(_PADDED, "0") if room >= _PADDED else number[:room]

    return make


def _usage_name(column: Column, _table: Table, style: Style) -> Maker:
    """Where it is required, or said to be the same as another column, people without a usage name have their birth name there."""
    fit = fitter(column, style)
    is_always = column.required or column.sample.same_as is not None
    return lambda scene: fit(scene.person.usage_name or (scene.person.birth_name if is_always else ""))


def _other_given_name(column: Column, table: Table, style: Style) -> Maker:
    fit = fitter(column, style)
    columns = [other.name for other in table.columns if other.identity is IdentityRole.OTHER_GIVEN_NAME]
    position = columns.index(column.name) + 1 if column.name in columns else 1

    def make(scene: Scene) -> str:
        names = scene.person.given_names
        return fit(names[position]) if position < len(names) else ""

    return make


def _birth_date(column: Column, *_: object) -> Maker:
    text = DateText(column.format)
    return lambda scene: text.write(scene.person.birth_date)


def _other_id(column: Column, *_: object) -> Maker:
    make = numbered(column, column.example)
    return lambda scene: make(int(scene.person.truth_id.lstrip("P")))


def _certified(column: Column, *_: object) -> Maker:
    return lambda scene: yes_or_no(column, scene.person.certified and bool(scene.person.nir13))


def _previous_dossier(column: Column, *_: object) -> Maker:
    chance = 1.0 if column.sample.fill < 1 else _PREVIOUS_DOSSIER

    def make(scene: Scene) -> str:
        return f"{between(scene.rng, 1, 99_999_999):08d}099" if scene.rng.random() < chance else ""

    return make


def _france_travail_number(column: Column, table: Table, _style: Style) -> Maker:
    """Children have none, unless the contract leaves no choice."""
    is_inevitable = column.required and not any(column.source.startswith(f"{block}/") for block in table.optional_blocks)

    def make(scene: Scene) -> str:
        return scene.person.france_travail_number[: column.max_length or None] if scene.person.is_adult or is_inevitable else ""

    return make


_SIMPLE: dict[IdentityRole, Callable[[Scene], str]] = {
    IdentityRole.BIRTH_NAME: lambda scene: scene.person.birth_name,
    IdentityRole.GIVEN_NAME: lambda scene: scene.person.given_name,
    IdentityRole.BIRTH_PLACE_NAME: lambda scene: scene.person.birth_commune_name,
}
_SPECIAL: dict[IdentityRole, Callable[[Column, Table, Style], Maker]] = {
    IdentityRole.NIR: _nir,
    IdentityRole.NIR_CERTIFIED: _certified,
    IdentityRole.USAGE_NAME: _usage_name,
    IdentityRole.OTHER_GIVEN_NAME: _other_given_name,
    IdentityRole.BIRTH_DATE: _birth_date,
    IdentityRole.BIRTH_RANK: lambda *_: lambda scene: str(scene.person.birth_rank),
    IdentityRole.SEX: _code_of(lambda person: person.sex),
    IdentityRole.ROLE: _code_of(lambda person: person.role),
    IdentityRole.DOSSIER_NUMBER: lambda *_: lambda scene: scene.person.dossier_number,
    IdentityRole.PREVIOUS_DOSSIER_NUMBER: _previous_dossier,
    IdentityRole.ALLOCATAIRE_NUMBER: _allocataire,
    IdentityRole.FRANCE_TRAVAIL_NUMBER: _france_travail_number,
    IdentityRole.OTHER_ID: _other_id,
    IdentityRole.POSTCODE: lambda *_: lambda scene: scene.commune.postcode,
    IdentityRole.COMMUNE_CODE: lambda *_: lambda scene: scene.commune.code,
    IdentityRole.PHONE: lambda *_: lambda scene: scene.person.phone,
    IdentityRole.EMAIL: lambda column, *_: (
        lambda scene: scene.person.email if len(scene.person.email) <= (column.max_length or 254) else ""
    ),
}
