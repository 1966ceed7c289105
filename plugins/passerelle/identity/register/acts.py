"""Who decides, when and why; and what may be written as a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from passerelle.errors import ConfigurationError
from passerelle.identity.normalise import fold

_NUMBER = re.compile(r"(?:\d[ .-]?){8,}")
_SHORTEST = 4
"""A shorter name is too often an ordinary word."""


@dataclass(frozen=True, slots=True)
class Act:
    """One decision of a person; ``author`` is the authenticated login, never an argument."""

    author: str
    reason: str
    at: datetime
    second_reader: str | None = None


def refuse_personal(reason: str, names: Iterable[str | None]) -> None:
    """Raises ConfigurationError when the reason is empty, holds a long number, or one of these names: reasons are kept for ever."""
    if not reason.strip():
        raise ConfigurationError("Indiquez le motif de la décision (--reason).")
    if _NUMBER.search(reason):
        raise ConfigurationError("Le motif contient un numéro : il est gardé sans limite, écrivez-le sans numéro. Rien n'a été changé.")
    words = set(fold(reason).split())
    if any(len(word) >= _SHORTEST and word in words for name in names for word in fold(name).split()):
        raise ConfigurationError("Le motif contient un nom de la personne : il est gardé sans limite, reformulez-le. Rien n'a été changé.")
