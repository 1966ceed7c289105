"""The layout of the participants' file of Ma Démarche FSE+, as data: which column says which canonical variable, in which codes.

The official layout is not public: the profile of this package is a hypothesis and says so. Another one is a file of the same form.
"""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from passerelle.errors import ConfigurationError
from passerelle.indicators.definitions import INDICATORS
from passerelle.indicators.snapshot import canonical

EXIT = "last_exit_date"
"""The exit of the last participation of the person, empty while one is open; ``exit_date`` is that of the first."""
VARIABLES = (*canonical.PARTICIPATIONS, EXIT)
_RESULTS = frozenset(one.code for one in INDICATORS if one.holds is not None)


class Standing(StrEnum):
    """Where a layout comes from."""

    HYPOTHESIS = "hypothesis"
    OFFICIAL = "official"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(_Model):
    """One column of the file; it says a variable, whether somebody is in an indicator, or always the same."""

    title: str = Field(min_length=1)
    variable: str | None = Field(default=None, alias="from")
    indicator: str | None = None
    constant: str | None = None
    codes: dict[str, str] | None = None
    """Canonical code → code of the file; a code that is not here cannot be written and is told."""
    required: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if sum(one is not None for one in (self.variable, self.indicator, self.constant)) != 1:
            raise ValueError(f"{self.title}: exactly one of from, indicator, constant")
        if self.variable is not None and self.variable not in VARIABLES:
            raise ValueError(f"{self.title}: unknown variable {self.variable}")
        if self.indicator is not None and self.indicator not in _RESULTS:
            raise ValueError(f"{self.title}: unknown indicator {self.indicator}")
        return self


class Profile(_Model):
    """One layout in one version."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    status: Standing
    source: str = Field(min_length=1)
    """The document the layout was read in."""
    encoding: str = "utf-8"
    delimiter: str = Field(default=";", min_length=1, max_length=1)
    date_format: str = "%d/%m/%Y"
    max_rows: int | None = Field(default=None, ge=1)
    """How many rows a file may hold; more make several files. None: no limit known."""
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_writable(self) -> Self:
        titles = [one.title for one in self.columns]
        if len(set(titles)) != len(titles):
            raise ValueError("columns: a title stands twice")
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(f"encoding: {self.encoding} is unknown") from None
        return self

    @property
    def label(self) -> str:
        """What names the files made by it: a hypothesis is never taken for the official layout."""
        return f"{'HYPOTHESE' if self.status is Standing.HYPOTHESIS else 'officiel'}_{self.version}"


def load_profile(path: Path | None = None) -> Profile:
    """The profile of a file, or the package's hypothesis. Raises ConfigurationError naming what is wrong."""
    shipped = files("passerelle.indicators.extracts").joinpath("data/ma_demarche_hypothese.yml")
    try:
        raw: Any = yaml.safe_load((path or shipped).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"Le profil {path} est illisible ({type(error).__name__}).") from error
    try:
        return Profile.model_validate(raw)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        raise ConfigurationError(f"Le profil {path} n’est pas valable : {wrong}.") from None
