"""One participation, as its partner or the file recorded it at one moment: a version.

Nothing is ever filled in: what is missing is ``None``, and says so through :func:`missing`.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from passerelle.errors import InvariantError
from passerelle.indicators.parameters import Rules


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Status(StrEnum):
    """Where the record stands with whoever enters it."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class Sex(StrEnum):
    """Regulation (EU) 2021/1057, Annex I: female, male, non-binary according to national law."""

    FEMALE = "F"
    MALE = "M"
    NON_BINARY = "N"


class Labour(StrEnum):
    """Situation on the labour market at entry: exactly one."""

    UNEMPLOYED = "unemployed"
    INACTIVE = "inactive"
    EMPLOYED = "employed"


class Origin(_Frozen):
    """Where a version comes from: a line of the file given, or of a partner's delivery."""

    line: int | None = None
    delivery_id: int | None = None
    feed: str | None = None
    sender: str | None = None


class Participation(_Frozen):
    """One version of one participation; ``None`` means missing."""

    participation_id: str
    operation_id: str
    participant_id: str
    """Pseudonymous key of the person, stable inside the operation; never a name or a NIR."""
    status: Status
    recorded_on: date
    recorded_at: datetime | None = None
    """Finer than the day, where the source knows it; only orders the versions of one day."""
    sex: Sex | None = None
    birth_date: date | None = None
    entry_date: date | None = None
    """Day of the first action."""
    exit_date: date | None = None
    labour_at_entry: Labour | None = None
    unemployment_months: int | None = Field(default=None, ge=0)
    """Read only when unemployed."""
    in_education_at_entry: bool | None = None
    isced_level: int | None = Field(default=None, ge=0, le=8)
    """Highest level attained."""
    direct_support_days: int | None = Field(default=None, ge=0)
    origin: Origin = Origin()


class Entry(_Frozen):
    """What a complete participation says of the person on the day of entry: all that the indicators look at."""

    sex: Sex
    entry_date: date
    age: int
    """In completed years."""
    labour: Labour
    unemployment_months: int | None
    isced_level: int


def age_at(birth_date: date, day: date) -> int:
    """Age in completed years; somebody born on 29 February gets older on 1 March in common years.

    >>> age_at(date(2004, 2, 29), date(2022, 2, 28)), age_at(date(2004, 2, 29), date(2022, 3, 1))
    (17, 18)
    """
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def missing(participation: Participation, rules: Rules) -> tuple[str, ...]:
    """The columns of Annex I point 1.1 that are empty: one is enough to keep the person out of every indicator (Art. 17(5))."""
    needed = ["sex", "birth_date", "entry_date", "labour_at_entry", "isced_level"]
    if participation.labour_at_entry is Labour.UNEMPLOYED and rules.unemployment_months_required:
        needed.append("unemployment_months")
    return tuple(column for column in needed if getattr(participation, column) is None)


def contradiction(participation: Participation, rules: Rules) -> str | None:
    """Why the dates cannot all be true, as a French sentence; None when they can."""
    entry, birth, leaving = participation.entry_date, participation.birth_date, participation.exit_date
    if entry is None:
        return None
    if birth is not None and birth > entry:
        return "La date de naissance est postérieure à la date d’entrée."
    if birth is not None and age_at(birth, entry) > rules.highest_age:
        return f"L’âge à l’entrée dépasserait {rules.highest_age} ans : vérifier la date de naissance et la date d’entrée."
    if leaving is not None and leaving < entry:
        return "La date de sortie est antérieure à la date d’entrée."
    return None


def entry_of(participation: Participation) -> Entry:
    """The entry data of a complete participation; InvariantError when something is missing (the caller must have looked)."""
    sex, labour, isced = participation.sex, participation.labour_at_entry, participation.isced_level
    birth_date, entry_date = participation.birth_date, participation.entry_date
    if sex is None or labour is None or isced is None or birth_date is None or entry_date is None:
        raise InvariantError("An incomplete participation reached the computation of the indicators.")
    return Entry(
        sex=sex,
        entry_date=entry_date,
        age=age_at(birth_date, entry_date),
        labour=labour,
        unemployment_months=participation.unemployment_months if labour is Labour.UNEMPLOYED else None,
        isced_level=isced,
    )
