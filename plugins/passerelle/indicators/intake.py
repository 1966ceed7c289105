"""What came in: the versions that can be read, the rows that cannot, and what is said about them.

``read_participations`` reads the file of ``passerelle esf indicators --participations``. A value outside its closed list, a date that
does not exist or a key that is missing rejects the row, with a remark that gives the line and never the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from passerelle.indicators.participation import Labour, Origin, Participation, Sex, Status
from passerelle.indicators.table import OPERATIONS, Table

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NIR = re.compile(r"[12]\d{4}(\d{2}|2[AB])\d{6}(\d{2})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,5}", re.ASCII)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Severity(StrEnum):
    """Whether something was left out of the figures, or only needs a look."""

    ERROR = "error"
    WARNING = "warning"


class Remark(_Frozen):
    """One thing to correct or to know; French, never a personal value."""

    rule: str
    severity: Severity
    operation: str | None = None
    participant: str | None = None
    line: int | None = None
    message: str


class Rejected(_Frozen):
    """A row that cannot be used; the keys are there when they could be read."""

    participation_id: str | None = None
    operation_id: str = ""
    """Empty when the row does not say it."""
    participant_id: str | None = None
    recorded_on: date | None = None
    reason: str
    """French."""
    origin: Origin = Origin()


class Intake(_Frozen):
    """All that was received, before anything is counted."""

    participations: tuple[Participation, ...] = ()
    """Every version that can be read, in the order received."""
    rejected: tuple[Rejected, ...] = ()
    remarks: tuple[Remark, ...] = ()
    operations: tuple[str, ...] = ()
    """Operations to report even when nobody entered them."""


def _code(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"code attendu : {', '.join(allowed)}")
        return text

    return parse


def _key(text: str) -> str:
    if _NIR.fullmatch(text):
        raise ValueError("clé pseudonyme attendue, celle-ci a la forme d’un numéro de sécurité sociale")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise ValueError("date attendue : AAAA-MM-JJ, existant au calendrier") from None


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
            raise ValueError(f"nombre entier attendu, de {low} à {high}")
        return int(text)

    return parse


def _yes(text: str) -> bool:
    return _code("yes", "no")(text) == "yes"


_ANSWER = _code("yes", "no", "refused", "not_collected")
_PARSERS: dict[str, Callable[[str], object]] = {
    "participation_id": _key,
    "operation_id": str,
    "participant_id": _key,
    "status": _code(*Status),
    "sex": _code(*Sex),
    "birth_date": _day,
    "entry_date": _day,
    "exit_date": _day,
    "labour_at_entry": _code(*Labour),
    "unemployment_months": _whole(0, 999),
    "in_education_at_entry": _yes,
    "isced_level": _whole(0, 8),
    "disability": _ANSWER,
    "nationality_group": _code("french", "eu", "third_country", "stateless", "not_collected"),
    "foreign_background": _ANSWER,
    "minority": _ANSWER,
    "housing_exclusion": _ANSWER,
    "rural": _code("yes", "no", "unknown"),
    "direct_support_days": _whole(0, 99999),
    "attempt_on": _day,
    "recorded_on": _day,
}
PARTICIPATIONS = tuple(_PARSERS)
"""The headings of the file of participations."""
_KEYS = ("participation_id", "operation_id", "participant_id", "status", "recorded_on")
_LATER = ("disability", "nationality_group", "foreign_background", "minority", "housing_exclusion", "rural", "attempt_on")
"""Checked, but used by no indicator of this release."""
_OPTIONAL = (*_LATER, "exit_date", "in_education_at_entry", "direct_support_days")


def read_participations(path: Path) -> Intake:
    """Every row of the file, readable or rejected. Raises DeliveryError when the whole file must be refused."""
    table = Table(path, PARTICIPATIONS, _OPTIONAL)
    remarks: list[Remark] = []
    if table.absent:
        message = f"Colonnes absentes, tenues pour vides : {', '.join(table.absent)}."
        remarks.append(Remark(rule="esf.file.columns", severity=Severity.WARNING, line=1, message=message))
    readable: list[Participation] = []
    rejected: list[Rejected] = []
    for line, cells in table:
        parsed, wrong = _parse(cells)
        if not wrong:
            readable.append(Participation.model_validate({**parsed, "origin": Origin(line=line)}))
            continue
        row = _rejected(parsed, wrong, line)
        rejected.append(row)
        remarks += [
            Remark(
                rule=rule,
                severity=Severity.ERROR,
                operation=row.operation_id or None,
                participant=row.participant_id,
                line=line,
                message=text,
            )
            for rule, text in wrong
        ]
    if not readable and not rejected:
        remarks.append(Remark(rule="esf.file.empty", severity=Severity.WARNING, message="Le fichier ne contient aucune participation."))
    return Intake(participations=tuple(readable), rejected=tuple(rejected), remarks=tuple(remarks))


def read_operations(path: Path) -> tuple[tuple[str, ...], tuple[Remark, ...]]:
    """The operations of the file, and a remark for each one whose objective follows other rules than this release knows."""
    operations: list[str] = []
    remarks: list[Remark] = []
    for line, cells in Table(path, OPERATIONS):
        if cells is None or not cells["operation_id"]:
            message = "Ligne du fichier des opérations illisible ou sans identifiant d’opération."
            remarks.append(Remark(rule="esf.operation.row", severity=Severity.ERROR, line=line, message=message))
            continue
        operations.append(cells["operation_id"])
        if cells["specific_objective"] == "l" or cells["annex"] == "II":
            message = "Objectif l) ou annexe II : règles propres non appliquées dans cette version, l’annexe I complète est utilisée."
            remark = Remark(rule="esf.operation.objective", severity=Severity.WARNING, operation=operations[-1], line=line, message=message)
            remarks.append(remark)
    return tuple(dict.fromkeys(operations)), tuple(remarks)


def _parse(cells: dict[str, str] | None) -> tuple[dict[str, object], list[tuple[str, str]]]:
    if cells is None:
        return {}, [("esf.row.shape", "La ligne n’a pas le même nombre de valeurs que l’en-tête, ou un guillemet n’est pas fermé.")]
    parsed: dict[str, object] = {}
    wrong: list[tuple[str, str]] = []
    for column, text in cells.items():
        try:
            value = _PARSERS[column](text) if text else None
        except ValueError as error:
            wrong.append((f"esf.{column}.value", f"{column} : {error}."))
            continue
        if value is None and column in _KEYS:
            wrong.append((f"esf.{column}.missing", f"{column} : valeur obligatoire manquante."))
        elif column not in _LATER:
            parsed[column] = value
    return parsed, wrong


def _rejected(parsed: dict[str, object], wrong: list[tuple[str, str]], line: int) -> Rejected:
    keys = {column: parsed[column] for column in ("participation_id", "operation_id", "participant_id", "recorded_on") if column in parsed}
    reason = " ".join(text for _, text in wrong)
    return Rejected.model_validate({**keys, "reason": reason, "origin": Origin(line=line)})
