"""CRI: what of a file is in the warehouse, and the code 0 to 3."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from passerelle.findings import LineCounts
from passerelle.receipt.model import (
    ChangeCounts,
    CorrectionFile,
    DeliveryFacts,
    IgnoredLines,
    Integration,
    Kind,
    OpenFindings,
    Outcome,
    PeopleCounts,
    Receipt,
    StepResult,
    number,
)
from passerelle.receipt.phrases import NOTHING_TO_DO, PARTS_COME_BACK, document_steps, none_of, resend, with_contact
from passerelle.receipt.wording import agreed, counted, french_number, sentence

_ANSWERS = {
    Integration.FULL: ("Fichier intégré", Outcome.INTEGRATED),
    Integration.WITH_FINDINGS: ("Fichier intégré, avec des observations", Outcome.INTEGRATED_WITH_FINDINGS),
    Integration.PARTIAL: ("Fichier partiellement intégré", Outcome.PARTLY_INTEGRATED),
    Integration.NONE: ("Fichier non intégré", Outcome.NOT_INTEGRATED),
}
_LOADING = {Integration.PARTIAL: StepResult.PARTIAL, Integration.NONE: StepResult.NOT_DONE}


class Loaded(BaseModel):
    """What came of a file that went through all stages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    counts: LineCounts
    people: PeopleCounts | None = None
    observations: int = 0
    """How many findings did not keep their line from being loaded."""
    parts_set_aside: int = 0
    """How many findings set aside only a part of a dossier, whose other parts are loaded."""
    ignored: tuple[IgnoredLines, ...] = ()
    changes: ChangeCounts | None = None
    correction: CorrectionFile | None = None
    """The file of what was set aside, when one is left in the outbox."""
    open: OpenFindings | None = None
    """What remains to be corrected in all deliveries of this sender and feed."""


def integration(facts: DeliveryFacts, made_at: datetime, loaded: Loaded) -> Receipt:
    """CRI: what was loaded, set aside and ignored. Raises InvariantError when the counts do not add up."""
    code = integration_code(loaded)
    headline, outcome = _ANSWERS[code]
    return Receipt(
        kind=Kind.CRI,
        number=number(Kind.CRI, facts),
        delivery=facts,
        made_at=made_at,
        outcome=outcome,
        code=code,
        headline=headline,
        summary=_summary(facts, loaded),
        next_steps=_next_steps(facts, code, loaded),
        steps=document_steps(
            facts,
            StepResult.DONE if code is Integration.FULL else StepResult.WITH_FINDINGS,
            _LOADING.get(code, StepResult.DONE),
            "" if code is Integration.NONE else counted(loaded.counts.accepted, facts.unit, "chargé"),
        ),
        counts=loaded.counts,
        ignored=loaded.ignored,
        changes=loaded.changes,
        people=loaded.people,
        correction=loaded.correction,
        open=loaded.open,
    )


def not_integrated(facts: DeliveryFacts, made_at: datetime, reason: str) -> Receipt:
    """CRI code 3 of a delivery that a person of the Département refused or withdrew, for this reason (French, as typed)."""
    headline, outcome = _ANSWERS[Integration.NONE]
    return Receipt(
        kind=Kind.CRI,
        number=number(Kind.CRI, facts),
        delivery=facts,
        made_at=made_at,
        outcome=outcome,
        code=Integration.NONE,
        headline=headline,
        summary=f"{sentence(reason)} Aucune donnée de ce fichier n’est utilisée.".lstrip(),
        next_steps=(f"Voyez avec le Département ce qu’il faut renvoyer{with_contact(facts)}.",),
        steps=document_steps(facts, StepResult.DONE, StepResult.NOT_DONE),
    )


def integration_code(loaded: Loaded) -> Integration:
    """0 all of it, 1 all of it but there are observations, 2 a part, 3 nothing although there was something to load."""
    if loaded.counts.set_aside and not loaded.counts.accepted:
        return Integration.NONE
    if loaded.counts.set_aside or loaded.parts_set_aside:
        return Integration.PARTIAL
    return Integration.WITH_FINDINGS if loaded.observations else Integration.FULL


def _summary(facts: DeliveryFacts, loaded: Loaded) -> str:
    counts, unit = loaded.counts, facts.unit
    if not counts.received:
        return f"{none_of(unit)} dans ce fichier : il n’y avait rien à charger."
    if not counts.accepted:
        return f"{none_of(unit)} sur {french_number(counts.received)} n’a été {agreed('chargé', 1, unit)}."
    told = f"{counted(counts.accepted, unit, 'chargé')} sur {french_number(counts.received)}"
    return f"{told}{', sans quelques éléments mis à part' if loaded.parts_set_aside and unit == 'dossier' else ''}."


def _next_steps(facts: DeliveryFacts, code: Integration, loaded: Loaded) -> tuple[str, ...]:
    remains = loaded.open is not None and any(file.delivery_id != facts.delivery_id for file in loaded.open.files)
    still = ("Corrigez aussi ce qui reste ouvert dans vos envois précédents : voir « Ce qui reste à corriger ».",) if remains else ()
    control = number(Kind.CC, facts)
    if code is Integration.FULL:
        return (f"Pour ce fichier, {NOTHING_TO_DO[0].lower()}{NOTHING_TO_DO[1:]}", *still) if still else (NOTHING_TO_DO,)
    if code is Integration.WITH_FINDINGS:
        return (
            "Rien à renvoyer pour cette fois.",
            f"Lisez les observations du compte rendu de contrôle {control} avant le prochain envoi.",
            *still,
        )
    amount = loaded.counts.set_aside
    return (
        f"Ouvrez le compte rendu de contrôle {control} : il dit, règle par règle, ce qu’il faut corriger.",
        resend(facts, amount, loaded.correction) if amount else PARTS_COME_BACK,
        *still,
    )
