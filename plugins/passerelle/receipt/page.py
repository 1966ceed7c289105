"""One receipt as one HTML file: no script, no outside asset; for a screen, a phone, a printer and a screen reader."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from passerelle.findings import Effect
from passerelle.receipt.model import FindingGroup, Kind, Outcome, Receipt
from passerelle.receipt.wording import agreed, counted, french_datetime, french_number, human_size, listed_lines, typeset

_MARKS = {"good": "✓", "notice": "i", "warning": "!", "bad": "✕"}
_EFFECTS = {
    Effect.REFUSE: ("bad", "Fichier refusé"),
    Effect.SET_ASIDE: ("warning", "Mis à part"),
    Effect.SET_ASIDE_LINE: ("warning", "Ligne mise à part"),
    Effect.WARN: ("notice", "Chargé, à corriger"),
}


def render(receipt: Receipt) -> str:
    """The page, complete and self-contained; the same receipt always gives the same text."""
    return _template().render(
        receipt=receipt,
        facts=receipt.delivery,
        mark=_MARKS[receipt.outcome.tone],
        accepted_word=_accepted_word(receipt),
        aside_word=_aside_word(receipt),
        heading=_heading,
        effects=_EFFECTS,
        places=_places,
    )


def _accepted_word(receipt: Receipt) -> str:
    """What became of the good lines, truthfully for each answer."""
    unit = receipt.delivery.unit
    if receipt.kind is Kind.CRI:
        return agreed("chargé", 2, unit).capitalize()
    if receipt.outcome is Outcome.REFUSED:
        return f"Sans anomalie, mais non {agreed('chargé', 2, unit)}"
    good = "Bonnes" if unit == "ligne" else "Bons"
    return f"{good}, en attente" if receipt.outcome is Outcome.HELD else f"{good} à charger"


def _aside_word(receipt: Receipt) -> str:
    unit = receipt.delivery.unit
    if receipt.outcome is Outcome.REFUSED:
        return f"Non {agreed('chargé', 2, unit)}"
    return agreed("mis à part", 2, unit).capitalize()


def _heading(group: FindingGroup) -> str:
    """The message, after the French name of the column unless it begins with it."""
    if not group.label or group.message.startswith(group.label):
        return group.message
    return f"{group.label} : {group.message}"


def _places(group: FindingGroup) -> str:
    """Where the rule is broken; findings without a line are counted only."""
    if not group.lines:
        return "tout le fichier" if group.count == 1 else f"{french_number(group.count)} fois"
    return listed_lines(group.lines, max(group.count, len(group.lines)))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("passerelle.receipt"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": french_datetime, "number": french_number, "size": human_size, "fr": typeset}
    environment.globals |= {"counted": counted, "agreed": agreed}
    return environment.get_template("receipt.html.j2")
