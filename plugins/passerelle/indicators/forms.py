"""Controls of one questionnaire before it becomes a participation: what the canonical files no longer show.

Contact, commune, typed age, evidence, France Travail category and claimed results are looked at here, by whoever takes questionnaires in
(a feed, a form, an import of flags). Findings never repeat a contact or an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict

from passerelle.indicators.controls import Remark, Severity, remark
from passerelle.indicators.participation import Labour

Communes = Mapping[str, frozenset[str]]
"""INSEE code of a commune → its postcodes."""
_POSTCODE, _PHONE = re.compile(r"\d{5}", re.ASCII), re.compile(r"(\+33|0)[1-9]\d{8}", re.ASCII)
_EXCEL_DAY = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
UNDECIDED = frozenset("BCDFG")
"""Categories of France Travail that do not say whether somebody is unemployed: B and C work, D trains or is ill, F and G since 2025."""
_CLAIMS = {
    "V20": ({"EECR04", "EECR05"}, frozenset({Labour.EMPLOYED})),
    "V21": ({"EECR06"}, frozenset({Labour.UNEMPLOYED, Labour.INACTIVE})),
    "V22": ({"EECR01"}, frozenset({Labour.UNEMPLOYED, Labour.EMPLOYED})),
}
"""Control → results that cannot be claimed for somebody in these situations at entry."""


class Form(BaseModel):
    """One questionnaire; ``None`` means that nobody asked or nothing was written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_indirect: bool = False
    """Reached by collective information only, without individual interaction."""
    is_signed: bool | None = None
    birth_date: date | None = None
    entry_date: date | None = None
    exit_date: date | None = None
    typed_age: int | None = None
    labour_at_entry: Labour | None = None
    in_education_at_entry: bool | None = None
    phone: str = ""
    email: str = ""
    referent: str = ""
    """How the person's social worker can be reached."""
    postcode: str = ""
    commune_code: str = ""
    raw_dates: tuple[str, ...] = ()
    """Dates as they were written."""
    evidence_on: date | None = None
    """Day of the document that proves eligibility."""
    france_travail_category: str = ""
    claimed: frozenset[str] = frozenset()
    """Results somebody ticked (EECR01 to EECR06)."""


def form_controls(form: Form, communes: Mapping[int, Communes]) -> list[Remark]:
    """What is found in a questionnaire; ``communes`` is the referential of each year, the year of entry decides (none: nothing is said)."""
    return [*_participant(form), *_age(form), *_contact(form), *_place(form, communes), *_labour(form), *_results(form)]


def _participant(form: Form) -> Iterator[Remark]:
    if form.is_indirect:
        yield remark("V02")
    if form.is_signed is False:
        yield remark("V46", count=1)
    if form.evidence_on and form.entry_date and form.evidence_on > form.entry_date:
        yield remark("V45")


def _age(form: Form) -> Iterator[Remark]:
    if form.typed_age is None or form.birth_date is None or form.entry_date is None:
        return
    born, entered = form.birth_date, form.entry_date
    computed = entered.year - born.year - ((entered.month, entered.day) < (born.month, born.day))
    if computed != form.typed_age:
        yield remark("V13", typed=form.typed_age, computed=computed)


def _contact(form: Form) -> Iterator[Remark]:
    if not (form.phone or form.email or form.referent):
        yield remark("V36")
    digits = re.sub(r"[ .]", "", form.phone)
    if digits and not _PHONE.fullmatch(digits):
        lost = len(digits) == 9 and digits.isdigit() and digits[0] != "0"
        what = "a perdu son zéro de tête (9 chiffres)" if lost else "n’a pas la forme d’un numéro français"
        yield remark("V39", detail=f"Le téléphone {what} : mettre la colonne au format Texte.")
    if any(_EXCEL_DAY.fullmatch(text) for text in form.raw_dates):
        yield remark("V39", detail="Une date est devenue un nombre dans le tableur : la saisir au format AAAA-MM-JJ.")


def _place(form: Form, communes: Mapping[int, Communes]) -> Iterator[Remark]:
    if form.postcode and not _POSTCODE.fullmatch(form.postcode):
        lost = len(form.postcode) == 4 and form.postcode.isdigit()
        what = "a perdu son zéro de tête" if lost else "n’a pas cinq chiffres"
        yield remark("V39", detail=f"Le code postal {what} : mettre la colonne au format Texte.")
    if not communes or not form.commune_code or form.entry_date is None:
        return
    known = communes.get(form.entry_date.year)
    if known is None or form.commune_code not in known:
        yield remark("V38")
    elif _POSTCODE.fullmatch(form.postcode) and form.postcode not in known[form.commune_code]:
        yield remark("V37")


def _labour(form: Form) -> Iterator[Remark]:
    if form.france_travail_category in UNDECIDED and form.labour_at_entry is Labour.UNEMPLOYED:
        yield remark("V56", category=form.france_travail_category)


_CLAIM = {
    "V20": "Un emploi à la sortie ou à six mois est coché pour une personne en emploi à l’entrée : ce n’est pas un résultat.",
    "V21": "Une amélioration est cochée pour une personne qui n’était pas en emploi à l’entrée : ce n’est pas un résultat.",
    "V22": "Une recherche d’emploi à la sortie est cochée pour une personne qui n’était pas inactive à l’entrée.",
    "V23": "EECR01 et EECR04 sont cochés ensemble : ils s’excluent, la dernière situation compte.",
    "V28": "Une formation à la sortie est cochée pour une personne qui était déjà en formation à l’entrée.",
}


def _results(form: Form) -> Iterator[Remark]:
    rules = [rule for rule, (codes, situations) in _CLAIMS.items() if codes & form.claimed and form.labour_at_entry in situations]
    if {"EECR01", "EECR04"} <= form.claimed:
        rules.append("V23")
    if "EECR02" in form.claimed and form.in_education_at_entry:
        rules.append("V28")
    for rule in rules:
        yield remark(rule, count=1).model_copy(update={"message": _CLAIM[rule], "severity": Severity.ERROR})
    if form.claimed and form.exit_date is None:
        yield remark("V27")
