"""AR: what is said as soon as a file is seen, before anyone looks inside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from passerelle.receipt.model import DeliveryFacts, ExpectedName, Foreign, Kind, Outcome, Receipt, StepResult, number
from passerelle.receipt.phrases import NOTHING_TO_DO, document_steps, feed_phrase, held_steps, with_contact
from passerelle.receipt.wording import french_datetime, human_duration, sentence


class Earlier(BaseModel):
    """The delivery a duplicate repeats."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delivery_id: int
    received_at: AwareDatetime
    file_name: Foreign


def acknowledge(facts: DeliveryFacts, made_at: datetime) -> Receipt:
    """AR: the file came, and is kept."""
    due = facts.received_at + timedelta(minutes=facts.promised_minutes)
    return Receipt(
        kind=Kind.AR,
        number=number(Kind.AR, facts),
        delivery=facts,
        made_at=made_at,
        outcome=Outcome.RECEIVED,
        headline="Fichier bien reçu",
        summary=f"Votre fichier est arrivé et il est conservé à l’identique. Il est reconnu : {feed_phrase(facts)}.",
        next_steps=(
            f"{NOTHING_TO_DO} Ne le déposez pas une seconde fois.",
            f"Le compte rendu de contrôle {number(Kind.CC, facts)} sera dans votre dossier de retours "
            f"au plus tard le {french_datetime(due)} (sous {human_duration(facts.promised_minutes)}).",
        ),
        steps=document_steps(facts, StepResult.WAITING, StepResult.WAITING),
    )


def duplicate(facts: DeliveryFacts, made_at: datetime, earlier: Earlier) -> Receipt:
    """AR of a file whose content was received before: nothing is loaded twice."""
    return Receipt(
        kind=Kind.AR,
        number=number(Kind.AR, facts),
        delivery=facts,
        made_at=made_at,
        outcome=Outcome.DUPLICATE,
        headline="Fichier déjà reçu",
        summary=(
            f"Ce fichier a exactement le même contenu que « {earlier.file_name} », reçu le "
            f"{french_datetime(earlier.received_at)} (livraison n° {earlier.delivery_id}). Rien n’est chargé une seconde fois."
        ),
        next_steps=(
            "Si c’est le même envoi, vous n’avez rien à faire : les comptes rendus du premier dépôt restent valables.",
            "Si vous vouliez envoyer d’autres données, vérifiez le fichier choisi, puis déposez le bon.",
        ),
        steps=document_steps(facts, StepResult.NOT_DONE, StepResult.NOT_DONE),
    )


def unknown_name(facts: DeliveryFacts, made_at: datetime, expected: Sequence[ExpectedName], reason: str | None = None) -> Receipt:
    """AR of a file whose name no contract of the sender recognises: it says which names are expected.

    ``reason``: what is wrong with the name, in French, when it is more than that.
    """
    first = "Renommez le fichier selon l’un des modèles ci-dessous."
    if not expected:
        first = f"Demandez au Département quel nom donner au fichier{with_contact(facts)}."
    return Receipt(
        kind=Kind.AR,
        number=number(Kind.AR, facts),
        delivery=facts,
        made_at=made_at,
        outcome=Outcome.UNKNOWN,
        headline="Nom de fichier non reconnu",
        summary=f"{sentence(reason or 'Le nom de ce fichier ne correspond à aucun des échanges convenus avec vous')} Rien n’a été chargé.",
        next_steps=(first, "Déposez-le de nouveau."),
        steps=document_steps(facts, StepResult.NOT_DONE, StepResult.NOT_DONE),
        expected_names=tuple(expected),
    )


def hold(facts: DeliveryFacts, made_at: datetime, reason: str) -> Receipt:
    """AR of a file that waits, before any check, until a person has looked (same name, other content)."""
    return Receipt(
        kind=Kind.AR,
        number=number(Kind.AR, facts),
        delivery=facts,
        made_at=made_at,
        outcome=Outcome.HELD,
        headline="Fichier reçu, en attente d’une décision",
        summary=f"{sentence(reason)} Rien n’est chargé pour l’instant.".lstrip(),
        next_steps=held_steps(facts),
        steps=document_steps(facts, StepResult.WAITING, StepResult.WAITING),
    )
