"""What an extract leaves to be chosen: threshold of small cells, when an entry is late, length of lists. None of it changes a figure."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from passerelle.errors import ConfigurationError


class Parameters(BaseModel):
    """One complete set; what each means, and its source, is in ``data/parameters.yml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(min_length=1)
    small_cell_threshold: int = Field(ge=2)
    """Numbers of people from 1 to one less than this are hidden outside the restricted circle."""
    late_entry_days: int = Field(ge=0)
    rows_per_sheet: int = Field(ge=1, le=1_000_000)

    def described(self) -> list[dict[str, Any]]:
        """Every parameter as :meth:`passerelle.indicators.parameters.Rules.described` tells those of the computation."""
        own = default_parameters()
        return [
            {
                "name": name,
                "value": getattr(self, name),
                "is_default": getattr(self, name) == getattr(own, name),
                "source": about["source"],
                "certainty": about["certainty"],
                "sentence": about["sentence"].format(value=getattr(self, name)),
            }
            for name, about in _document()["parameters"].items()
        ]


@cache
def _document() -> dict[str, Any]:
    text = files("passerelle.indicators.extracts").joinpath("data/parameters.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@cache
def default_parameters() -> Parameters:
    """The product's own parameters."""
    read = _document()
    return Parameters.model_validate({"version": read["version"], **{name: one["value"] for name, one in read["parameters"].items()}})


def load_parameters(path: Path | None) -> Parameters:
    """The parameters of a file (YAML or JSON), or the product's own when there is none. Raises ConfigurationError naming what is wrong."""
    if path is None:
        return default_parameters()
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigurationError(f"Le fichier de paramètres {path} est illisible ({type(error).__name__}).") from error
    if not isinstance(raw, dict) or not raw.get("version"):
        raise ConfigurationError(f"Le fichier de paramètres {path} doit porter une clé « version », imprimée dans l’extrait.")
    try:
        return Parameters.model_validate({**default_parameters().model_dump(), **raw})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        known = ", ".join(Parameters.model_fields)
        raise ConfigurationError(f"Le fichier de paramètres {path} n’est pas valable : {wrong}. Clés connues : {known}.") from None
