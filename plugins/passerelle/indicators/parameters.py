"""The points where the law or the managing authority leaves a choice, as named and dated parameters.

Their defaults, sources and sentences are data (``data/rules.yml`` of this package). A file given by ``--rules`` (YAML or JSON, a plain
mapping of names to values) replaces the parameters it names and must have its own ``version``, which is printed with every figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from passerelle.errors import ConfigurationError
from passerelle.indicators.participation import Answered, Labour, Nationality, Outcome

YOUNG_BELOW = 25
"""Age under which the rules of 2014-2020 had a shorter long-term unemployment."""
Needed = Literal["sex", "birth_date", "entry_date", "labour_at_entry", "isced_level", "in_education_at_entry"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LongTermUnemployment(_Frozen):
    """From when on, and after how many months, unemployment is long."""

    since: date
    over_months: int = Field(default=12, ge=0)
    """Long-term when the months of unemployment are more than this (exactly as many is not enough)."""
    under_25_over_months: int | None = Field(default=None, ge=0)
    """The same for people under 25 at entry; empty: as for everyone."""


class Rules(_Frozen):
    """One complete set of choices; what each means, and its source, is in ``data/rules.yml``."""

    version: str = Field(min_length=1)
    """Name of the set, printed with every figure."""
    long_term_unemployment: tuple[LongTermUnemployment, ...] = Field(min_length=1)
    """In order of ``since``; the last one in force on the day of entry applies, the first one to entries before it."""
    unemployment_months_required: bool
    not_participant_up_to_days: int = Field(ge=0)
    company_support_operations: tuple[str, ...]
    complete_record: tuple[Needed, ...]
    complete_record_objective_l: tuple[Needed, ...]
    complete_record_annex_2: tuple[Needed, ...]
    objectives_without_full_annex_1: tuple[str, ...]
    highest_age: int = Field(ge=1)
    plausible_dates: tuple[date, date]
    expected_ages: dict[str, tuple[int, int]]
    programme_dates: tuple[date, date]
    entry_outside_operation: Literal["reject", "warn"]
    immediate_result_days: int = Field(ge=0)
    situation_before_exit: Literal["ignored", "in_force"]
    same_day_precedence: tuple[Outcome, ...] = Field(min_length=4, max_length=4)
    eecr01_reference: tuple[Labour, ...]
    eecr04_reference: tuple[Labour, ...]
    eecr05_reference: tuple[Labour, ...]
    eecr06_reference: tuple[Labour, ...]
    education_unknown_counts: bool
    six_months: int = Field(ge=1)
    six_months_tolerance_days: int = Field(ge=0)
    six_months_outside: Literal["count", "ignore"]
    sample_denominator: Literal["sampled", "respondents"]
    third_country_groups: tuple[Nationality, ...]
    refusal_accepted_for: tuple[Answered, ...]
    attempt_expected_for: tuple[Answered | Literal["nationality_group"], ...]
    not_collectable: tuple[Answered, ...]
    estimates_accepted_for: tuple[str, ...]
    incomplete_alert_rate: float = Field(ge=0, le=1)
    late_exit_months: int = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        since = [rule.since for rule in self.long_term_unemployment]
        if since != sorted(set(since)):
            raise ValueError("long_term_unemployment must be in order of 'since', without a date twice")
        if set(self.same_day_precedence) != set(Outcome):
            raise ValueError("same_day_precedence must name each situation once")
        if not {"sex", "entry_date"} <= {*self.complete_record_annex_2} & {*self.complete_record_objective_l}:
            raise ValueError("sex and entry_date are needed in every complete record: figures are by sex and by half-year of entry")
        if not {"sex", "birth_date", "entry_date", "labour_at_entry", "isced_level"} <= {*self.complete_record}:
            raise ValueError("complete_record must hold all of Annex I point 1.1 (Art. 17(5))")
        if {*self.eecr05_reference} & {*self.eecr06_reference}:
            raise ValueError("eecr05_reference and eecr06_reference must not overlap (ID8)")
        return self

    def replaced(self, values: Mapping[str, Any]) -> Rules:
        """The same rules with other values for the named parameters. Raises pydantic's ValidationError."""
        return Rules.model_validate({**self.model_dump(), **values})

    def described(self) -> list[dict[str, Any]]:
        """Every parameter for the header of an extract: name, value, whether it is the default, source, certainty, sentence."""
        own, values = default_rules(), self.model_dump(mode="json")
        return [
            {
                "name": name,
                "value": values[name],
                "is_default": values[name] == own.model_dump(mode="json")[name],
                "source": about["source"],
                "certainty": about["certainty"],
                "sentence": _sentence(self, name, about),
            }
            for name, about in document()["parameters"].items()
        ]

    def sentences(self) -> tuple[str, ...]:
        """The choices in French, for the person who signs the figures."""
        return tuple(item["sentence"] for item in self.described())


@cache
def document() -> dict[str, Any]:
    """The package's own file of rules, as read: version, facts, parameters with their sources."""
    text = files("passerelle.indicators").joinpath("data/rules.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@cache
def default_rules() -> Rules:
    """The product's own rules."""
    read = document()
    return Rules.model_validate({"version": read["version"], **{name: about["value"] for name, about in read["parameters"].items()}})


def load_rules(path: Path | None) -> Rules:
    """The rules of a file, or the product's own when there is none. Raises ConfigurationError naming the wrong keys."""
    if path is None:
        return default_rules()
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"Le fichier de règles {path} est illisible ({type(error).__name__}).") from error
    if not isinstance(raw, dict) or not raw.get("version"):
        raise ConfigurationError(f"Le fichier de règles {path} doit porter une clé « version », imprimée avec les chiffres.")
    try:
        return default_rules().replaced(raw)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        known = ", ".join(Rules.model_fields)
        raise ConfigurationError(f"Le fichier de règles {path} n’est pas valable : {wrong}. Clés connues : {known}.") from None


_WORDS = {True: "oui", False: "non"}


def _sentence(rules: Rules, name: str, about: Mapping[str, Any]) -> str:
    if name == "long_term_unemployment":
        return " ".join(_long_term(rule) for rule in rules.long_term_unemployment)
    value = getattr(rules, name)
    return str(about["sentence"]).format(value=f"{value:.0%}".replace("%", " %") if isinstance(value, float) else _shown(value))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Mapping):
        return "; ".join(f"{key} : {_shown(held)}" for key, held in value.items()) or "aucun"
    if isinstance(value, tuple | list):
        between = " à " if len(value) == 2 and not isinstance(value[0], str) else ", "
        return between.join(_shown(held) for held in value) or "aucune"
    return str(document()["words"].get(value, value))


def _long_term(rule: LongTermUnemployment) -> str:
    young = rule.under_25_over_months
    ages = ", quel que soit l’âge" if young is None else f" ({young} mois avant {YOUNG_BELOW} ans)"
    return f"Chômage de longue durée : plus de {rule.over_months} mois{ages}, entrées à compter du {rule.since:%d/%m/%Y}."
