"""The sum of the exclusions, the measures of quality and the alert on incomplete records, in the words every form of the extract prints."""

from __future__ import annotations

from passerelle.indicators.extracts.confidential import HIDDEN
from passerelle.indicators.extracts.content import NO_FIGURE, Extract, figure, percent
from passerelle.indicators.extracts.lines import Figure
from passerelle.indicators.page import Cell
from passerelle.indicators.settle import Reason
from passerelle.indicators.wording import NOT_COLLECTED

ALERT, KEPT = "ALERTE", "respecté"


def conservation(extract: Extract) -> str:
    """The sum, as it is printed in every form of the extract."""
    lines = extract.lines
    return f"{lines.received} reçues = {lines.counted} comptées + {lines.left_out} exclues"


def quality_rows(extract: Extract) -> list[tuple[str, Cell, str, str]]:
    """Measure, value, verdict, rule."""
    rules, told = extract.subject.rules, extract.lines.quality
    incomplete, limit, days = _incomplete(extract), percent(rules.incomplete_alert_rate), rules.immediate_result_days
    rate = extract.subject.section("quality")["incomplete_rate"]
    shown: Cell = figure(HIDDEN) if _is_hidden(extract) else (NO_FIGURE if rate is None else percent(rate), "right")
    verdict = HIDDEN if _is_hidden(extract) else ALERT if alert(extract) else KEPT
    law = "exclus de tous les indicateurs (règlement (UE) 2021/1057, art. 17(5))"
    return [
        ("Dossiers incomplets, en part des participants", shown, verdict, f"alerte au-delà de {limit}"),
        ("Dossiers incomplets", figure(incomplete), "", law),
        (f"Sorties sans situation connue dans les {days} jours", _people(told["exit_without_status"]), "", "ni résultat, ni échec"),
        (f"Sorties dont les {days} jours courent encore", _people(told["window_open"]), "", "à compléter avant le prochain arrêté"),
        ("Personnes à six mois de leur sortie", _people(told["due"]), "", "à interroger, ou à échantillonner"),
        ("… dont la situation a été demandée", _people(told["observed"]), "", ""),
        ("… dont jointes", _people(told["reached"]), "", "un injoignable reste au dénominateur"),
    ]


def alert(extract: Extract) -> bool:
    """Whether more participants than the limit have incomplete records."""
    rate = extract.subject.section("quality")["incomplete_rate"]
    return rate is not None and rate > extract.subject.rules.incomplete_alert_rate


def alert_shown(extract: Extract) -> bool:
    """Whether the extract says so: not where the numbers it follows from are hidden."""
    return alert(extract) and not _is_hidden(extract)


def alert_sentence(extract: Extract) -> str:
    """The alert in words."""
    limit = percent(extract.subject.rules.incomplete_alert_rate)
    return f"{ALERT} : plus de {limit} des participants ont un dossier incomplet (régularisation financière)."


def _is_hidden(extract: Extract) -> bool:
    return HIDDEN in (_incomplete(extract), extract.lines.counted)


def _incomplete(extract: Extract) -> Figure:
    return extract.lines.excluded.get(Reason.INCOMPLETE, 0)


def _people(number: Figure) -> Cell:
    return (NOT_COLLECTED, "muted") if number is None else figure(number)
