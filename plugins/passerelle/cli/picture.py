"""Writes the waterfall of a pair where the reader wants it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from passerelle.errors import ConfigurationError
from passerelle.identity.picture import html, svg
from passerelle.identity.waterfall import Waterfall, told

_MADE: Final = {".svg": svg, ".html": html}
Picture = Annotated[Path | None, typer.Option("--picture", metavar="IMAGE", help="Où écrire l'image du score (.svg ou .html).")]


def check_name(to: Path | None) -> None:
    """Raises ConfigurationError before any work when no picture can be written under this name."""
    if to is not None and to.suffix.lower() not in _MADE:
        raise ConfigurationError(f"{to.name} : l'image s'écrit en .svg ou en .html.")


def write_picture(account: Waterfall, to: Path, subject: str) -> None:
    """The picture under this name, by its ending. Raises ConfigurationError when it cannot be written there."""
    check_name(to)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(_MADE[to.suffix.lower()](account, subject), encoding="utf-8")
    except OSError:
        raise ConfigurationError(f"{to} : impossible d'y écrire.") from None


def as_json(account: Waterfall) -> dict[str, Any]:
    """The account for a program: bits as numbers, words as a reader is told."""
    verdict = account.verdict
    return {
        "verdict": verdict.verdict,
        "rule": verdict.rule,
        "explanation": verdict.words,
        "start": round(account.start, 3),
        "steps": [
            {"name": step.name, "field": step.field, "level": step.level, "words": step.words, "bits": round(step.bits, 3)}
            for step in account.steps
        ],
        "score": round(account.total, 3),
        "told": [f"{what} : {words}, {bits} bits" for what, words, bits in told(account)],
    }
