"""Sentences and steps that several documents share."""

from __future__ import annotations

from passerelle.receipt.model import DeliveryFacts, Step, StepResult
from passerelle.receipt.wording import Unit, french_number

NOTHING_TO_DO = "Vous n’avez rien à faire."


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


def resend(facts: DeliveryFacts, amount: int) -> str:
    """How to send again what was set aside, and only that; in a trial nothing was sent yet."""
    if facts.trial:
        return f"Corrigez {these(amount, facts.unit)}, vérifiez de nouveau le fichier, puis déposez-le."
    if facts.unit == "dossier":
        return (
            f"Corrigez {these(amount, facts.unit)} dans votre logiciel : la version corrigée peut revenir dans votre prochain envoi. "
            "Ne modifiez pas le fichier à la main."
        )
    return (
        f"Déposez {these(amount, facts.unit)} corrigée{'s' if amount > 1 else ''} dans un nouveau fichier, sous un nouveau nom "
        "(date ou numéro suivant). Inutile de renvoyer les autres."
    )


def held_steps(facts: DeliveryFacts) -> tuple[str, ...]:
    """What a partner does while a person decides."""
    return (
        f"Attendez : une personne du Département examine ce fichier et décide{with_contact(facts)}.",
        "Si vous savez déjà que le fichier est mauvais, prévenez-la et déposez le bon sous un nouveau nom.",
    )


def document_steps(control: StepResult, loading: StepResult, detail: str = "") -> tuple[Step, ...]:
    """The three steps a partner follows, one per document; ``detail`` is about the last."""
    return (
        Step(name="Réception", result=StepResult.DONE),
        Step(name="Contrôle", result=control),
        Step(name="Intégration", result=loading, detail=detail),
    )
