"""The points where the law or the managing authority leaves a choice, as named and dated parameters.

Nothing here is a fact of the regulation: whatever is one (age bands, ISCED bands) is in :mod:`passerelle.indicators.definitions`.
A file given by ``--rules`` (YAML or JSON) replaces the parameters it names and must have its own ``version``, which is printed
with every figure.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from passerelle.errors import ConfigurationError

YOUNG_BELOW = 25
"""Age under which the rules of 2014-2020 had a shorter long-term unemployment."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LongTermUnemployment(_Frozen):
    """From when on, and after how many months, unemployment is long."""

    since: date
    over_months: int = Field(default=12, ge=0)
    """Long-term when the months of unemployment are more than this (exactly as many is not enough)."""
    under_25_over_months: int | None = Field(default=None, ge=0)
    """The same for people under 25 at entry; empty: as for everyone."""

    def months(self, age: int) -> int:
        """The number of months that must be exceeded at this age."""
        if age < YOUNG_BELOW and self.under_25_over_months is not None:
            return self.under_25_over_months
        return self.over_months


class Rules(_Frozen):
    """One complete set of choices."""

    version: str = Field(default="fse-plus-2021-2027", min_length=1)
    """Name of the set, printed with every figure."""
    long_term_unemployment: tuple[LongTermUnemployment, ...] = Field(default=(LongTermUnemployment(since=date(2021, 1, 1)),), min_length=1)
    """In order of ``since``; the last one in force on the day of entry applies, the first one to entries before it."""
    unemployment_months_required: bool = True
    """Whether an unemployed person without months of unemployment is incomplete (EECO03 is part of Annex I point 1.1)."""
    not_participant_up_to_days: int = Field(default=1, ge=0)
    """Direct support of so many days or fewer does not make a participant (French practice: one day)."""
    highest_age: int = Field(default=100, ge=1)
    """A greater age at entry is taken for a wrong date: the participation is rejected."""
    incomplete_alert_rate: float = Field(default=0.35, ge=0, le=1)
    """Above this share of incomplete participants an operation is flagged (risk of financial correction at the CSF)."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        since = [rule.since for rule in self.long_term_unemployment]
        if since != sorted(set(since)):
            raise ValueError("long_term_unemployment must be in order of 'since', without a date twice")
        return self

    def long_term_months(self, age: int, entry_date: date) -> int:
        """The months of unemployment to exceed for EECO03, at this age and on this day of entry."""
        in_force = [rule for rule in self.long_term_unemployment if rule.since <= entry_date]
        return (in_force or list(self.long_term_unemployment))[-1 if in_force else 0].months(age)

    def sentences(self) -> tuple[str, ...]:
        """The choices in French, for the person who signs the figures."""
        return (
            *(_sentence(rule) for rule in self.long_term_unemployment),
            "Demandeur d’emploi sans durée de chômage : "
            + ("dossier incomplet, non compté." if self.unemployment_months_required else "compté, jamais de longue durée."),
            f"Accompagnement direct de {self.not_participant_up_to_days} jour(s) ou moins : la personne n’est pas un participant.",
            f"Âge à l’entrée supérieur à {self.highest_age} ans : date tenue pour erronée, ligne rejetée.",
            f"Alerte au-delà de {self.incomplete_alert_rate:.0%} de dossiers incomplets.".replace("%", " %"),
        )


def load_rules(path: Path | None) -> Rules:
    """The rules of a file, or the product's own when there is none. Raises ConfigurationError naming the wrong keys."""
    if path is None:
        return Rules()
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"Le fichier de règles {path} est illisible ({type(error).__name__}).") from error
    if not isinstance(raw, dict) or not raw.get("version"):
        raise ConfigurationError(f"Le fichier de règles {path} doit porter une clé « version », imprimée avec les chiffres.")
    try:
        return Rules.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        known = ", ".join(Rules.model_fields)
        raise ConfigurationError(f"Le fichier de règles {path} n’est pas valable : {wrong}. Clés connues : {known}.") from None


def _sentence(rule: LongTermUnemployment) -> str:
    young = rule.under_25_over_months
    ages = ", quel que soit l’âge" if young is None else f" ({young} mois avant {YOUNG_BELOW} ans)"
    return f"Chômage de longue durée : plus de {rule.over_months} mois{ages}, entrées à compter du {rule.since:%d/%m/%Y}."
