"""How the register is told in French: links, events, proposals, the weekly figure, and values of records where someone asked for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle.cli.edge import out
from passerelle.identity.register.suggestions import DIFFERENT, SAME, UNSURE

KINDS = {"merge": "réunion", "split": "séparation", "relink": "rattachement repris", "undo": "retour en arrière", "override": "consigne"}
"""Of an event."""
STATUS = {"active": "active", "merged_into": "réunie à une autre", "split": "séparée"}
"""Of a person."""
STATES = {
    "open": "à voir", "deferred": "laissée en suspens", "proposed": "attend confirmation", "decided": "tranchée", "withdrawn": "retirée",
}  # fmt: skip
"""Of a suggestion."""


class Verdict(StrEnum):
    """What a reviewer may say."""

    SAME = SAME
    DIFFERENT = DIFFERENT
    UNSURE = UNSURE


DECISIONS = {SAME: "la même personne", DIFFERENT: "deux personnes", UNSURE: "on ne sait pas"}
"""The same, in words."""
_PROPOSED = {"merge": "réunir", "split": "séparer", "always": "toujours la même personne", "undo": "revenir sur"}
_NUMBERS = {
    "nir": "NIR", "allocataire_number": "numéro d'allocataire", "dossier_number": "numéro de dossier",
    "france_travail_number": "numéro France Travail", "other_id": "identifiant interne",
}  # fmt: skip
_NUMBER_STATUS = {"declared": "déclaré", "certified": "certifié", "contested": "contesté : une autre personne l'a aussi"}
_FIELDS = {
    "source": "Source",
    "sender": "Expéditeur",
    "birth_name": "Nom de naissance",
    "usage_name": "Nom d'usage",
    "given_name": "Prénom",
    "other_given_names": "Autres prénoms",
    "birth_date": "Date de naissance",
    "birth_date_precision": "Précision",
    "birth_place_name": "Lieu de naissance",
    "sex": "Sexe",
    "role": "Rôle",
    "postcode": "Code postal",
    "commune_code": "Commune",
    "phone": "Téléphone",
    "email": "E-mail",
    "previous_dossier_number": "Ancien dossier",
    "has_nir": "NIR donné",
    "nir_valid": "NIR valide",
}


def print_json(body: Any) -> None:
    """The answer for a program; ids and dates as text."""
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))


def days(count: int) -> str:
    """An age, in words.

    >>> days(0), days(1), days(17)
    ("aujourd'hui", '1 jour', '17 jours')
    """
    return "aujourd'hui" if count == 0 else f"{count} jour{'s' if count > 1 else ''}"


def show_weeks(weeks: Iterable[Mapping[str, Any]]) -> None:
    """The weekly figure: how many, how old, how right."""
    table = RichTable(box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in (
        "Semaine",
        "Arri-\nvées",
        "Tran-\nchées",
        "Dont\nmême",
        "Justes",
        "Délai\nmédian",
        "En at-\ntente",
        "Depuis",
        "Liens\nauto",
        "Repris",
    ):
        table.add_column(name, justify="left" if name == "Semaine" else "right", no_wrap=True)
    for row in weeks:
        right = "" if row["right_pct"] is None else f"{row['right_pct']:.0f}\u202f%"
        median = "" if row["median_days"] is None else f"{row['median_days']:.1f}\u202fj".replace(".", ",")
        oldest = "" if row["oldest_days"] is None else f"{row['oldest_days']}\u202fj"
        counts = [str(row[name]) for name in ("made", "decided", "same")]
        last = [str(row[name]) for name in ("linked", "taken_back")]
        table.add_row(row["week"].strftime("%d/%m/%y"), *counts, right, median, str(row["waiting"]), oldest, *last)
    out.print(table)
    out.print(
        "Justes : ce que la machine supposait (« même »), parmi les tranchées. Repris : liens faits par une règle, défaits par un agent.",
        markup=False,
    )


def show_values(ids: Sequence[UUID], stated: Mapping[UUID, Mapping[str, Any]]) -> None:
    """The records side by side; nothing when no value was asked for."""
    if not stated:
        return
    table = RichTable("", *(str(record)[:8] + "…" for record in ids), box=SIMPLE, pad_edge=False)
    for name, words in _FIELDS.items():
        table.add_row(words, *(escape(_plain(stated[record][name])) for record in ids))
    out.print(table)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return told_day(value)
    return "" if value is None else str(value)


def show_fields(fields: Iterable[Mapping[str, str]]) -> None:
    """A comparison, one field a line."""
    for field in fields:
        out.print(f"  {field['field']} : {field['words']}", markup=False)


def show_link(link: Mapping[str, Any]) -> None:
    """When, which record, whose it was made, by whom and by which rule; then the comparison."""
    until = f", jusqu'au {told_day(link['revoked_at'])}" if link["revoked_at"] else ""
    who = "automatiquement" if link["automatic"] else f"par {link['decided_by']}"
    score = "" if link["score"] is None else f", score {link['score']:.1f}".replace(".", ",")
    out.print(
        f"{told_day(link['decided_at'])}{until} : enregistrement {link['record_id']} ({link['source']}) rattaché {who} "
        f"à {link['person_id']} ({link['rule']}{score}). {link['explanation']}",
        markup=False,
    )
    show_fields(link["fields"])


def show_number(number: Mapping[str, Any]) -> None:
    """A number the person was given: which, by whom, when; never the number."""
    kind, status = _NUMBERS.get(number["kind"], number["kind"]), _NUMBER_STATUS[number["status"]]
    period = f"du {told_day(number['first_seen'])} au {told_day(number['last_seen'])}"
    out.print(f"{kind} {number['value_hash'][:12]}… ({status}), dit par {number['source']}, {period}", markup=False)


def event_words(event: Mapping[str, Any]) -> str:
    """An event in one line."""
    words = f"{told_day(event['at'])} : événement n° {event['event_id']}, {KINDS[event['kind']]}, par {who(event)} : {event['reason']}"
    if event["undoes"]:
        words += f" (défait le n° {event['undoes']})"
    return words + (f" (défait par le n° {event['undone_by']})" if event["undone_by"] else "")


def proposal_words(row: Mapping[str, Any]) -> str:
    """A proposal in one line, with what to type."""
    number, about = row["proposal_id"], _about(row["subject"])
    return (
        f"n° {number}, du {told_day(row['made_at'])}, par {row['author']} : {_PROPOSED[row['kind']]} {about}. Motif : {row['reason']} "
        f"(passerelle identity confirm {number}, ou avec --refuse)"
    )


def _about(subject: Mapping[str, Any]) -> str:
    """What a proposal is about: an event; records of a person; or two of either, and the suggestion it answers."""
    if "event" in subject:
        return f"l'événement n° {subject['event']}"
    if "records" in subject:
        return f"de {subject['person']} : {', '.join(subject['records'])}"
    return f"{subject['a']} et {subject['b']}" + (f" (suggestion {subject['suggestion']})" if "suggestion" in subject else "")


def who(row: Mapping[str, Any]) -> str:
    """Who decided, and who confirmed."""
    return f"{row['author']} et {row['second_reader']}" if row["second_reader"] else str(row["author"])


def told_day(at: date | datetime | None) -> str:
    """A day as it is written in French."""
    return at.strftime("%d/%m/%Y") if at else ""
