"""A file of questionnaires, looked at before any of them becomes a participation: one line each, controls V02 to V56 of forms.

Headings are the variables of :class:`.forms.Form`; only the reference of the questionnaire is needed. A referential of communes by year
may stand beside it; without one nothing is said of communes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from passerelle.indicators.controls import Remark, remark
from passerelle.indicators.forms import Communes, Form, form_controls
from passerelle.indicators.participation import Labour
from passerelle.indicators.table import Table

REFERENCE = "form_id"
_YES_NO = {"yes": True, "no": False}
_DAYS = ("birth_date", "entry_date", "exit_date", "evidence_on")
_ANSWERED = ("is_indirect", "is_signed", "in_education_at_entry")
_WORDS = ("phone", "email", "referent", "postcode", "commune_code")
COLUMNS = (REFERENCE, *_DAYS, *_ANSWERED, *_WORDS, "typed_age", "labour_at_entry", "france_travail_category", "claimed")
COMMUNES = ("year", "commune_code", "postcode")
RESULTS = frozenset(f"EECR{number:02}" for number in range(1, 7))


def read_communes(path: Path) -> Mapping[int, Communes]:
    """The communes of each year with their postcodes. Raises DeliveryError for a wrong header, as every file of the interface."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for _, cells in Table(path, COMMUNES):
        if cells is not None and cells["year"].isdigit():
            found[int(cells["year"])][cells["commune_code"]].add(cells["postcode"])
    return {year: {code: frozenset(postcodes) for code, postcodes in held.items()} for year, held in found.items()}


def check_questionnaires(path: Path, communes: Mapping[int, Communes]) -> tuple[int, list[Remark]]:
    """How many questionnaires the file holds, and what is found in them by line. Raises DeliveryError when its header is wrong."""
    said: list[Remark] = []
    number = 0
    for line, cells in Table(path, COLUMNS, optional=COLUMNS[1:]):
        number += 1
        if cells is None:
            said.append(remark("V41", line=line, detail="La ligne n’a pas le même nombre de valeurs que l’en-tête."))
            continue
        values, wrong = _parsed(cells)
        found = [*wrong, *form_controls(Form.model_validate(values), communes)]
        said += [one.model_copy(update={"line": line, "participant": cells[REFERENCE] or None}) for one in found]
    return number, said


def _parsed(cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Remark]]:
    """The variables of one line, and what cannot be read in it: a date that is none is kept as it was written, for V39."""
    values: dict[str, Any] = {}
    unread: list[str] = []
    wrong: list[Remark] = []
    for name, text in cells.items():
        if not text or name == REFERENCE:
            continue
        try:
            values[name] = _value(name, text)
        except (KeyError, ValueError):
            if name in _DAYS:
                unread.append(text)
            wrong += _unreadable(name, text)
    return {**values, "raw_dates": tuple(unread)}, wrong


def _unreadable(name: str, text: str) -> Iterator[Remark]:
    if name not in _DAYS:
        yield remark("V40", detail=f"{name} : valeur hors de la liste, ou qui n’est pas un nombre.")
    elif not text.replace(".", "").isdigit():
        yield remark("V12", detail=f"{name} : date attendue : AAAA-MM-JJ, existant au calendrier.")


def _value(name: str, text: str) -> Any:
    if name in _DAYS:
        return date.fromisoformat(text)
    if name in _ANSWERED:
        return _YES_NO[text]
    if name == "labour_at_entry":
        return Labour(text)
    if name == "typed_age":
        return int(text)
    if name == "claimed":
        codes = frozenset(text.split("+"))
        if not codes <= RESULTS:
            raise ValueError
        return codes
    return text
