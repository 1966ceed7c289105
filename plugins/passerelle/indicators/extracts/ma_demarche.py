"""The participants' file of Ma Démarche FSE+: the participations that count, laid out by a profile.

A value that the profile has no code for, or a required one that is missing, leaves its cell empty and is told: nothing is guessed.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import date

from passerelle.errors import ConfigurationError
from passerelle.indicators.extracts.profiles import EXIT, Column, Profile, Standing
from passerelle.indicators.extracts.subject import Row, Subject
from passerelle.indicators.extracts.table_csv import harmless
from passerelle.indicators.extracts.variables import DAYS

NOT_OFFICIAL = "HYPOTHÈSE, format non officiel : ne pas déposer"
"""The title of the first column that only a hypothesis has."""


@dataclass(frozen=True)
class Made:
    """The files and what could not be written."""

    files: tuple[bytes, ...]
    """One, or several where the profile limits the rows."""
    rows: int
    missing: tuple[str, ...]
    """French, one per column and cause, with how many rows; never a value of a person."""


def ma_demarche(subject: Subject, profile: Profile) -> Made:
    """The file of everybody who counts. Raises ConfigurationError when its encoding cannot write a value."""
    told: Counter[str] = Counter()
    rows = [[*_mark(profile), *(_cell(column, row, subject, profile, told) for column in profile.columns)] for row in subject.counted]
    size = profile.max_rows or max(len(rows), 1)
    files = tuple(_file(profile, rows[start : start + size]) for start in range(0, max(len(rows), 1), size))
    return Made(files, len(rows), tuple(f"{cause} : {number} ligne(s)." for cause, number in sorted(told.items())))


def _cell(column: Column, counted: Row, subject: Subject, profile: Profile, told: Counter[str]) -> str:
    value = _value(column, counted, subject)
    if not value and column.constant is None:
        if column.required:
            told[f"« {column.title} » est exigée et manque"] += 1
        return ""
    if column.codes is None:
        return _written(column, value, profile)
    if value not in column.codes:
        told[f"« {column.title} » : le profil n’a pas de code pour « {value} »"] += 1
        return ""
    return column.codes[value]


def _value(column: Column, counted: Row, subject: Subject) -> str:
    if column.constant is not None:
        return column.constant
    if column.indicator is not None:
        return _answer(column.indicator, counted, subject)
    if column.variable == EXIT:
        return counted["exit_date"]
    return subject.participations[counted["participation_id"]][column.variable or ""]


def _answer(indicator: str, counted: Row, subject: Subject) -> str:
    """``yes``, ``no``, or nothing: before the exit, and of an exit without known situation, there is no answer (V26)."""
    if indicator in counted["indicators"].split("+"):
        return "yes"
    if indicator.startswith("EECR"):
        return "no" if counted["exit_date"] and counted["participant_id"] in subject.with_events else ""
    return "no" if "T" in subject.figures.get(indicator, {}) else ""


def _written(column: Column, value: str, profile: Profile) -> str:
    if column.variable in DAYS or column.variable == EXIT:
        return date.fromisoformat(value).strftime(profile.date_format)
    return harmless(value)


def _mark(profile: Profile) -> list[str]:
    """What the first cell of every row of a hypothesis says: its file name may be changed, its rows are not taken for official ones."""
    return [profile.version] if profile.status is Standing.HYPOTHESIS else []


def _file(profile: Profile, rows: list[list[str]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=profile.delimiter, lineterminator="\r\n")
    writer.writerow([*([NOT_OFFICIAL] if _mark(profile) else []), *(column.title for column in profile.columns)])
    writer.writerows(rows)
    try:
        return stream.getvalue().encode(profile.encoding)
    except UnicodeEncodeError:
        raise ConfigurationError(
            f"Le codage {profile.encoding} du profil {profile.version} ne sait pas écrire toutes les valeurs."
        ) from None
