"""CC: what the check of a file found, grouped so that a partner can correct it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from passerelle.errors import DeliveryError
from passerelle.findings import Effect, Finding, LineCounts, Verdict
from passerelle.receipt.grouping import Grouping, group
from passerelle.receipt.model import CorrectionFile, DeliveryFacts, FindingGroup, IgnoredLines, Kind, Outcome, Receipt, number
from passerelle.receipt.phrases import NOTHING_TO_DO, PARTS_COME_BACK, held_steps, none_of, resend
from passerelle.receipt.stages import Course, control_steps
from passerelle.receipt.wording import agreed, counted, french_number, listed_lines, sentence

_MOST_CORRECTIONS = 4
"""Corrections named in the first screen; the others follow in the details."""
_MOST_NAMED_LINES = 3
"""With so few lines the first screen names them, else it says how many times."""


class Checked(Grouping):
    """What the check of a file found."""

    verdict: Verdict
    counts: LineCounts
    findings: Sequence[Finding] = ()
    ignored: tuple[IgnoredLines, ...] = ()
    reason: str = ""
    """REFUSED, HELD: why, in one French sentence."""
    unverified: tuple[str, ...] = ()
    """Names of the columns that refer to a list which was never received."""
    correction: CorrectionFile | None = None
    """The file of what was set aside, when one is left beside the document."""


def refusal(facts: DeliveryFacts, made_at: datetime, error: DeliveryError) -> Receipt:
    """CC of a file that cannot be read as what it claims to be."""
    finding = Finding(
        rule=error.rule,
        severity=Effect.REFUSE.severity,
        effect=Effect.REFUSE,
        line=error.line,
        message=error.message,
        expected=error.expected,
        fix=error.fix,
    )
    return conformity(facts, made_at, Checked(verdict=Verdict.REFUSED, counts=LineCounts(), findings=(finding,), reason=error.message))


def conformity(facts: DeliveryFacts, made_at: datetime, checked: Checked) -> Receipt:
    """CC: verdict, steps, counts and findings by rule. Raises InvariantError when the counts do not add up."""
    if facts.trial:
        checked = checked.model_copy(update={"keys": {}, "correction": None})
    groups = group(checked.findings, checked)
    unread = checked.verdict is Verdict.REFUSED and not checked.counts.received
    headline, summary = _words(facts, checked)
    return Receipt(
        kind=Kind.CC,
        number=number(Kind.CC, facts),
        delivery=facts,
        made_at=made_at,
        outcome=Outcome(checked.verdict.value),
        headline=headline,
        summary=summary,
        next_steps=_next_steps(facts, checked, groups),
        steps=control_steps(
            Course(facts=facts, verdict=checked.verdict, thresholds=checked.thresholds, unverified=checked.unverified), groups
        ),
        counts=None if unread else checked.counts,
        ignored=checked.ignored,
        groups=groups,
        findings_total=sum(item.count for item in groups),
        thresholds=checked.thresholds,
        correction=checked.correction,
    )


def _words(facts: DeliveryFacts, checked: Checked) -> tuple[str, str]:
    counts, unit = checked.counts, facts.unit
    several = counts.accepted > 1
    will = ("pourront" if several else "pourra") if facts.trial else ("vont" if several else "va")
    loading = (
        f"{counted(counts.accepted, unit)} sur {french_number(counts.received)} {will} être {agreed('chargé', counts.accepted, unit)}."
    )
    if checked.verdict is Verdict.REFUSED:
        kept = "Rien n’est chargé ; les données de vos envois précédents restent en place, inchangées."
        return "Fichier refusé", f"{sentence(checked.reason)} {kept}".lstrip()
    if checked.verdict is Verdict.HELD and facts.trial:
        reason = sentence(checked.reason)
        return "Fichier à corriger avant envoi", f"{reason} Tel quel, il attendrait une décision du Département.".lstrip()
    if checked.verdict is Verdict.HELD:
        reason = sentence(checked.reason) or (
            f"Trop d’anomalies pour charger sans avis : {counted(counts.set_aside, unit, 'mis à part')} "
            f"sur {french_number(counts.received)}."
        )
        # The check's own reason may already say that nothing is loaded.
        is_said = "rien n" in reason.casefold()
        return "Fichier en attente d’une décision", reason if is_said else f"{reason} Rien n’est chargé pour l’instant."
    if not counts.received:
        return "Fichier conforme, mais vide", f"{none_of(unit)} dans ce fichier : il n’y a rien à charger."
    if counts.set_aside:
        return f"Fichier accepté, {counted(counts.set_aside, unit, 'mis à part')}", loading
    if any(item.effect is Effect.SET_ASIDE_LINE for item in checked.findings):
        return "Fichier accepté, sauf quelques éléments mis à part", loading
    if checked.verdict is Verdict.ACCEPTED_WITH_FINDINGS:
        return "Fichier accepté, avec des observations", loading
    return "Fichier conforme", loading


def _next_steps(facts: DeliveryFacts, checked: Checked, groups: Sequence[FindingGroup]) -> tuple[str, ...]:
    if checked.verdict is Verdict.HELD and not facts.trial:
        return held_steps(facts)
    if checked.verdict is Verdict.REFUSED:
        blocking = [item for item in groups if item.effect is Effect.REFUSE] or list(groups)
        again = "Vérifiez de nouveau le fichier corrigé, puis déposez-le."
        if not facts.trial:
            again = "Déposez le fichier corrigé sous un nouveau nom (date ou numéro suivant)."
        return (*_corrections(facts, blocking), again)
    set_aside = [item for item in groups if item.effect in (Effect.SET_ASIDE, Effect.SET_ASIDE_LINE)]
    if checked.counts.set_aside:
        return (*_corrections(facts, set_aside), resend(facts, checked.counts.set_aside, checked.correction))
    if set_aside:
        again = "Vérifiez de nouveau le fichier corrigé, puis déposez-le." if facts.trial else PARTS_COME_BACK
        return (*_corrections(facts, set_aside), again)
    if groups:
        return (
            "Rien à renvoyer pour cette fois.",
            "Pour vos prochains envois, corrigez à la source les points décrits ci-dessous.",
        )
    return (NOTHING_TO_DO,)


def _corrections(facts: DeliveryFacts, groups: Sequence[FindingGroup]) -> tuple[str, ...]:
    named = tuple(_correction(item) for item in groups[:_MOST_CORRECTIONS])
    rest = len(groups) - len(named)
    if rest > 0:
        return (
            *named,
            f"Corrigez aussi {'les ' + french_number(rest) + ' autres points décrits' if rest > 1 else 'l’autre point décrit'} plus bas.",
        )
    return named or (f"Corrigez le fichier avec l’aide du Département{f' ({facts.contact})' if facts.contact else ''}.",)


def _correction(item: FindingGroup) -> str:
    where = f"« {item.label} »" if item.label else (f"« {item.column} »" if item.column else "")
    what = item.fix or item.expected or item.message
    times = f" ({french_number(item.count)} fois)" if item.count > 1 else ""
    if item.lines and item.count <= min(_MOST_NAMED_LINES, len(item.lines)):
        times = f" ({listed_lines(item.lines, item.count)})"
    if where:
        return f"{where}{times} : {what}"
    named = times.strip(" ()")
    return f"{named.capitalize()} : {what}" if named else what
