"""The closed vocabularies of the ESF+ files."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where the record stands with whoever enters it; of two versions of one day, the later in this list speaks."""

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


class Answer(StrEnum):
    """What somebody said to a question of Annex I point 1.2."""

    YES = "yes"
    NO = "no"
    REFUSED = "refused"
    NOT_COLLECTED = "not_collected"


class Answered(StrEnum):
    """The columns that take an :class:`Answer`."""

    DISABILITY = "disability"
    FOREIGN_BACKGROUND = "foreign_background"
    MINORITY = "minority"
    HOUSING_EXCLUSION = "housing_exclusion"


class Nationality(StrEnum):
    """Groups of nationalities; Switzerland, the EEA and the United Kingdom are third countries (EECO13 counts non-EU citizens)."""

    FRENCH = "french"
    EU = "eu"
    THIRD_COUNTRY = "third_country"
    STATELESS = "stateless"
    NOT_COLLECTED = "not_collected"


class Outcome(StrEnum):
    """Situation on the labour market after leaving; unemployed after leaving is ``job_searching``."""

    EMPLOYED = "employed"
    SELF_EMPLOYED = "self_employed"
    JOB_SEARCHING = "job_searching"
    INACTIVE = "inactive"
