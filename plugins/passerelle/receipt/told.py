"""What page and workbook both print of a receipt, as rows of words and numbers: said once, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from passerelle.receipt.kinds import Integration, Kind, Outcome
from passerelle.receipt.model import ChangeCounts, CorrectionFile, Example, FindingGroup, OpenFindings, Receipt
from passerelle.receipt.phrases import how_to_return
from passerelle.receipt.wording import agreed, counted, french_datetime, french_number, human_size, listed_lines

_BIG = 1_000
"""Bytes from which the exact size is given beside the rounded one."""


class Row(NamedTuple):
    """A label with what stands beside it."""

    label: str
    value: str
    look: str = ""
    """``sub`` a part of the row above, ``total``, ``code`` a technical value, ``name`` one that the partner chose."""


def accepted_word(receipt: Receipt) -> str:
    """What became of the good lines, truthfully for each answer."""
    unit = receipt.delivery.unit
    if receipt.kind is Kind.CRI:
        return agreed("chargé", 2, unit).capitalize()
    if receipt.outcome is Outcome.REFUSED:
        return f"Sans anomalie, mais non {agreed('chargé', 2, unit)}"
    good = "Bonnes" if unit == "ligne" else "Bons"
    return f"{good}, en attente" if receipt.outcome is Outcome.HELD else f"{good} à charger"


def aside_word(receipt: Receipt) -> str:
    """What became of the bad ones."""
    unit = receipt.delivery.unit
    if receipt.outcome is Outcome.REFUSED:
        return f"Non {agreed('chargé', 2, unit)}"
    return "À corriger" if receipt.delivery.trial else agreed("mis à part", 2, unit).capitalize()


def heading(group: FindingGroup) -> str:
    """The message, after the French name of the column unless it begins with it."""
    if not group.label or group.message.startswith(group.label):
        return group.message
    return f"{group.label} : {group.message}"


def places(group: FindingGroup) -> str:
    """Where the rule is broken; findings without a line are counted only."""
    if not group.lines:
        return "tout le fichier" if group.count == 1 else f"{french_number(group.count)} fois"
    return listed_lines(group.lines, max(group.count, len(group.lines)))


def messages_differ(group: FindingGroup) -> bool:
    """Whether the examples say anything that the heading does not."""
    return any(example.message != group.message for example in group.examples)


def shown_examples(group: FindingGroup) -> tuple[Example, ...]:
    """The examples that say something the heading, or one above them, does not: a message, a proposal, a key."""
    told = group.examples if messages_differ(group) else tuple(example for example in group.examples if example.proposal)
    first: dict[tuple[str, str, str | None], Example] = {}
    for example in told:
        first.setdefault((example.message, example.proposal, example.key), example)
    return tuple(first.values())


def own_keys(group: FindingGroup) -> list[str]:
    """The sender's own keys of the examples."""
    return [example.key for example in group.examples if example.key]


def count_rows(receipt: Receipt) -> Iterator[Row]:
    """The conservation law, ending with what was received; nothing when nothing could be counted."""
    counts, unit = receipt.counts, receipt.delivery.unit
    if counts is None:
        return
    yield Row(accepted_word(receipt), french_number(counts.accepted))
    yield Row(aside_word(receipt), french_number(counts.set_aside))
    yield Row(f"{agreed('ignoré', 2, unit).capitalize()} (prévu par le contrat)", french_number(counts.ignored))
    for item in receipt.ignored:
        yield Row(f"dont : {item.reason}", french_number(item.count), "sub")
    yield Row(agreed("reçu", 2, unit).capitalize(), french_number(counts.received), "total")


def change_rows(receipt: Receipt) -> Iterator[Row]:
    """Created, updated, unchanged, and what was set aside."""
    if receipt.changes is None:
        return
    yield Row("Créées", french_number(receipt.changes.created))
    yield Row("Mises à jour", french_number(receipt.changes.updated))
    yield Row("Inchangées", french_number(receipt.changes.unchanged))
    if receipt.counts is not None:
        yield Row(
            f"{receipt.delivery.unit.capitalize()}s {agreed('mis à part', 2, receipt.delivery.unit)}",
            french_number(receipt.counts.set_aside),
        )


def changes_caption(changes: ChangeCounts) -> str:
    """What :func:`change_rows` counts."""
    if changes.counted == "person":
        return "Personnes dont ce fichier a créé ou changé les données."
    return (
        "Informations (un droit, un rendez-vous, un contrat…) que ce fichier a créées ou changées ; une personne peut en avoir plusieurs."
    )


def people_rows(receipt: Receipt) -> Iterator[Row]:
    """Known, new, to be looked at."""
    if receipt.people is None:
        return
    yield Row("Déjà connues", french_number(receipt.people.known))
    yield Row("Nouvelles", french_number(receipt.people.new))
    yield Row("À vérifier par le Département (rien à faire pour vous)", french_number(receipt.people.to_review))


def hidden_open(found: OpenFindings) -> int:
    """Open findings of files that are not in the list because it is full."""
    return found.still_open - sum(file.count for file in found.files)


def correction_rows(receipt: Receipt) -> Iterator[Row]:
    """The file to correct and to send again."""
    file: CorrectionFile | None = receipt.correction
    if file is not None:
        yield Row("Nom", file.name, "name")
        yield Row("Contient", f"{counted(file.records, receipt.delivery.unit)} à corriger, et rien d’autre")
        yield Row("Comment le renvoyer", how_to_return(file, receipt.delivery.unit))


def fact_rows(receipt: Receipt) -> Iterator[Row]:
    """The file, and how it was recognised."""
    facts = receipt.delivery
    exact = f" ({french_number(facts.bytes)} octets)" if facts.bytes >= _BIG else ""
    yield Row("Nom", facts.file_name, "name")
    yield Row("Taille", f"{human_size(facts.bytes)}{exact}")
    yield Row(f"{'Vérifié' if facts.trial else 'Reçu'} le", f"{french_datetime(facts.received_at)} (heure de Paris)")
    if facts.feed:
        yield Row("Échange reconnu", f"{facts.feed_name or facts.feed}, contrat version {facts.contract_version}")
        yield Row("Code de l’échange", facts.feed, "code")
    if facts.sender_name:
        yield Row("Expéditeur", facts.sender_name)
    if facts.delivery_id is not None:
        yield Row("Livraison", f"n° {facts.delivery_id}")
    if receipt.code is not None:
        every = ", ".join(f"{code.value} {code.french}" for code in Integration)
        yield Row("Code d’intégration", f"{receipt.code.value} ({every})")
    yield Row("Empreinte SHA-256", facts.sha256, "code")
    if facts.contract_sha256:
        yield Row("Empreinte du contrat", facts.contract_sha256, "code")
