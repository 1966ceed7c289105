"""Sentences and steps that several documents share."""

from __future__ import annotations

from passerelle.findings import Effect
from passerelle.receipt.model import (
    CorrectionFile,
    DeliveryFacts,
    Kind,
    OpenFindings,
    Outcome,
    Receipt,
    Step,
    StepResult,
    Threshold,
    number,
)
from passerelle.receipt.wording import Unit, agreed, french_datetime, french_number, many, percent

NOTHING_TO_DO = "Vous n’avez rien à faire."
PARTS_COME_BACK = "Corrigez ces éléments dans votre logiciel : ils reviendront dans votre prochain envoi. Inutile de renvoyer le reste."

EFFECT_TONES = {Effect.REFUSE: "bad", Effect.SET_ASIDE: "warning", Effect.SET_ASIDE_LINE: "warning", Effect.WARN: "notice"}
"""The colour beside the words of an effect; never the only thing that tells them apart."""


def feed_phrase(facts: DeliveryFacts) -> str:
    """The feed by name and contract version, as a sentence continues with it."""
    version = f" (contrat version {facts.contract_version})" if facts.contract_version else ""
    return f"« {facts.feed_name or facts.feed} »{version}"


def with_contact(facts: DeliveryFacts) -> str:
    """`` (contact)``, or nothing when the installation names none."""
    return f" ({facts.contact})" if facts.contact else ""


def none_of(unit: Unit) -> str:
    """``Aucune ligne`` / ``Aucun dossier``."""
    return f"Aucun{'e' if unit == 'ligne' else ''} {unit}"


def these(amount: int, unit: Unit) -> str:
    """``cette ligne``, ``ce dossier``, ``ces 12 lignes``."""
    if amount > 1:
        return f"ces {french_number(amount)} {unit}s"
    return f"{'cette' if unit == 'ligne' else 'ce'} {unit}"


def resend(facts: DeliveryFacts, amount: int, correction: CorrectionFile | None = None) -> str:
    """How to send again what was set aside, and only that; in a trial nothing was sent yet."""
    if facts.trial:
        return f"Corrigez {these(amount, facts.unit)}, vérifiez de nouveau le fichier, puis déposez-le."
    if correction is not None:
        return (
            f"Le fichier « {correction.name} », dans votre dossier de retours, ne contient que "
            f"{these(correction.records, facts.unit)}. {how_to_return(correction, facts.unit)}"
        )
    if facts.unit == "dossier":
        return (
            f"Corrigez {these(amount, facts.unit)} dans votre logiciel : la version corrigée peut revenir dans votre prochain envoi. "
            "Ne modifiez pas le fichier à la main."
        )
    return (
        f"Déposez {these(amount, facts.unit)} corrigée{'s' if amount > 1 else ''} dans un nouveau fichier, sous un nouveau nom "
        "(date ou numéro suivant). Inutile de renvoyer le reste."
    )


def how_to_return(correction: CorrectionFile, unit: Unit) -> str:
    """What to do with the file of what was set aside."""
    name = "sous un nouveau nom (date ou numéro suivant)"
    if correction.return_as:
        name = "sous le même nom" if correction.return_as == correction.name else f"sous le nom « {correction.return_as} »"
    which = "-les" if correction.records > 1 else "-le" if unit == "dossier" else "-la"
    return f"Corrigez{which}, puis déposez ce fichier {name}. Inutile de renvoyer le reste."


def held_steps(facts: DeliveryFacts) -> tuple[str, ...]:
    """What a partner does while a person decides."""
    return (
        f"Attendez : une personne du Département examine ce fichier et décide{with_contact(facts)}.",
        "Si vous savez déjà que le fichier est mauvais, prévenez-la et déposez le bon sous un nouveau nom.",
    )


def document_steps(facts: DeliveryFacts, control: StepResult, loading: StepResult, detail: str = "") -> tuple[Step, ...]:
    """The three steps a partner follows, one per document, each with the number of its document; ``detail`` is about the last."""
    kinds = (Kind.AR, Kind.CC, Kind.CRI)
    results = (StepResult.DONE, control, loading)
    details = [number(kind, facts) if result is not StepResult.NOT_DONE else "" for kind, result in zip(kinds, results, strict=True)]
    if detail:
        details[-1] = f"{details[-1]} : {detail}" if details[-1] else detail
    return tuple(
        Step(name=name, result=result, detail=told)
        for name, result, told in zip(("Réception", "Contrôle", "Intégration"), results, details, strict=True)
    )


def effect_words(effect: Effect, receipt: Receipt) -> str:
    """What became of the place where a rule is broken, truthfully for this document."""
    unit = receipt.delivery.unit
    if effect is Effect.REFUSE:
        return "Fichier refusé"
    if effect is Effect.WARN:
        return "Observation"
    thing: Unit | str = "élément" if effect is Effect.SET_ASIDE_LINE and unit == "dossier" else unit
    if receipt.delivery.trial or receipt.outcome is Outcome.REFUSED:
        return f"{thing.capitalize()} à corriger"
    return f"{thing.capitalize()} {agreed('mis à part', 1, unit)}"


def threshold_words(threshold: Threshold, unit: Unit) -> str:
    """``34 % des lignes mises à part, pour 10 % admis``; of one rule: ``34 % des lignes concernées``."""
    concerned = agreed("concerné", 2, unit) if threshold.rule else agreed("mis à part", 2, unit)
    return f"{percent(threshold.share)} des {unit}s {concerned}, pour {percent(threshold.limit)} admis au plus"


def open_words(found: OpenFindings) -> str:
    """What was corrected and what remains, in one or two sentences."""
    done = ""
    if found.closed_now:
        is_corrected = "sont corrigées" if found.closed_now > 1 else "est corrigée"
        done = f"Grâce à ce fichier, {many(found.closed_now, 'anomalie')} de vos envois précédents {is_corrected}."
    if not found.still_open:
        return f"{done} Il ne reste rien à corriger.".lstrip()
    since = f" ; la plus ancienne date du {french_datetime(found.since)}" if found.since else ""
    number = f" (livraison n° {found.oldest})" if found.oldest is not None else ""
    return f"{done} Il reste {many(found.still_open, 'anomalie')} à corriger{since}{number}.".lstrip()
