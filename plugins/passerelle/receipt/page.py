"""One receipt as one HTML file: no script, no outside asset; for a screen, a phone, a printer and a screen reader."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from passerelle.receipt import phrases, told
from passerelle.receipt.model import Receipt, file_names
from passerelle.receipt.wording import agreed, french_datetime, french_number, many, typeset

_MARKS = {"good": "✓", "notice": "i", "warning": "!", "bad": "✕"}


def render(receipt: Receipt) -> str:
    """The page, complete and self-contained; the same receipt always gives the same text."""
    return _template().render(receipt=receipt, facts=receipt.delivery, mark=_MARKS[receipt.outcome.tone], names=file_names(receipt))


def _moment(moment: datetime) -> str:
    return typeset(french_datetime(moment))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("passerelle.receipt"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment, "number": french_number, "fr": typeset}
    environment.globals |= {
        "agreed": agreed,
        "effect_tones": phrases.EFFECT_TONES,
        "effect_words": phrases.effect_words,
        "many": many,
        "open_words": phrases.open_words,
        "threshold_words": phrases.threshold_words,
        "told": told,
    }
    return environment.get_template("receipt.html.j2")
