"""Who plays in the demonstration: its partners and what each of them drops, read from ``partners.yaml``. No code knows a partner."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from passerelle.contract.model import Contract
from passerelle.derive.mutate import Mutation
from passerelle.errors import ConfigurationError
from passerelle.population.people import Organisation


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Frozen):
    """One file of a partner."""

    feed: str
    day: Literal[1, 2] = 1
    """When it is dropped and the date it bears: the day before the demonstration, or that day."""
    sequence: int = 1
    """Its number, where the name has one."""
    rows: int | None = None
    """Lines or dossiers at most; None: everyone the partner knows."""
    defects: float = Field(default=0, ge=0, le=1)
    """Share of lines or dossiers that hold a mistake by chance."""
    breaks: tuple[Mutation, ...] = ()
    """Mistakes made on purpose, one after the other."""
    again: bool = False
    """The content is that of the partner's first file of this feed."""
    name: str = ""
    """The name under which it is dropped; empty: the one the contract asks for."""
    corrected: bool = False
    """What is set aside of it is corrected, and sent back on day 2; for formats of one line per row."""
    flaw: str = ""
    """What is wrong with it, in French."""
    ends: Literal["published", "refused", "duplicate", "quarantined"] = "published"
    """The state in which the gateway should leave it."""


class Partner(_Frozen):
    """One organisation, and its files in the order in which it makes them."""

    id: str
    name: str
    organisation: Organisation | None = None
    """It has only the households that this organisation pays."""
    share: tuple[int, int] = (0, 1)
    """It is number k (from 0) of n that share the territory's communes."""
    files: tuple[Part, ...] = Field(min_length=1)

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds it sends, in the order of its files."""
        return tuple(dict.fromkeys(part.feed for part in self.files))


def read_cast(contracts: Sequence[Contract]) -> tuple[Partner, ...]:
    """The partners; ConfigurationError when the file is wrong or names a feed that no partner can send."""
    text = files("passerelle.demo").joinpath("partners.yaml").read_text(encoding="utf-8")
    try:
        partners = TypeAdapter(tuple[Partner, ...]).validate_python(yaml.safe_load(text))
    except ValidationError as error:
        raise ConfigurationError(f"The demo's partners.yaml is wrong: {error}") from None
    inbound = {contract.id for contract in contracts if contract.direction == "inbound"}
    unknown = sorted({feed for partner in partners for feed in partner.feeds} - inbound)
    if unknown:
        raise ConfigurationError(f"The demo's partners.yaml names feeds that no partner can send: {', '.join(unknown)}.")
    return partners
