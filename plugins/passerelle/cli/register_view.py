"""``passerelle identity``, what people read: the queue, a suggestion, a person's history, why two records are one.

No value is shown unless ``--values`` asks for it, and that is written down with the login.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.errors import ConfigurationError
from passerelle.identity.reasons import EXPLANATIONS
from passerelle.identity.register import access, history, review, suggestions
from passerelle.identity.register.access import Reader
from passerelle.warehouse.connect import transaction

app = typer.Typer(add_completion=False)

_Json = Annotated[bool, typer.Option("--json", help="Une réponse JSON.")]
Values = Annotated[bool, typer.Option("--values", help="Avec les valeurs d'état civil ; la consultation est inscrite au journal.")]
_KINDS = {"merge": "réunion", "split": "séparation", "relink": "rattachement repris", "undo": "retour en arrière", "override": "consigne"}
_STATUS = {"active": "active", "merged_into": "réunie à une autre", "split": "séparée"}
_STATES = {"open": "à voir", "deferred": "laissée en suspens", "proposed": "attend confirmation"}
_FIELDS = {
    "source": "Source",
    "sender": "Expéditeur",
    "birth_name": "Nom de naissance",
    "usage_name": "Nom d'usage",
    "given_name": "Prénom",
    "other_given_names": "Autres prénoms",
    "birth_date": "Date de naissance",
    "birth_date_precision": "Précision",
    "sex": "Sexe",
    "role": "Rôle",
    "postcode": "Code postal",
    "birth_place_name": "Lieu de naissance",
    "phone": "Téléphone",
    "email": "E-mail",
    "has_nir": "NIR donné",
    "nir_valid": "NIR valide",
}


def day(given: str | None) -> datetime | None:
    """The day of an option; ConfigurationError when it is none."""
    try:
        return None if given is None else datetime.fromisoformat(given).replace(tzinfo=UTC)
    except ValueError:
        raise ConfigurationError(f"« {given} » n'est pas une date (AAAA-MM-JJ).") from None


def print_json(body: Any) -> None:
    """The answer for a program; ids and dates as text."""
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))


@app.command("review", epilog="Exemple : passerelle identity review --reason same_nir --limit 20")
def list_queue(
    reason: Annotated[str | None, typer.Option(help="Ce motif seulement (same_nir, other_nir, two_persons…).")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Seulement celles que j'ai prises.")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: _Json = False,
) -> None:
    """Ce qui attend une décision : d'abord ce qui bloque un droit ouvert, puis le plus ancien ; et le chiffre de chaque semaine."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        at = opened.now()
        found = review.waiting(connection, at, reason=reason, mine=getpass.getuser() if mine else None)
        weeks = review.weeks(connection, at)
    oldest = max((row["age_days"] for row in found), default=0)
    if as_json:
        print_json({"waiting": len(found), "oldest_days": oldest, "suggestions": found[:limit], "weeks": weeks})
        return
    table = RichTable("N°", "Motif", "Bloque", "Âge (j)", "État", box=SIMPLE, pad_edge=False)
    for row in found[:limit]:
        state = _STATES[row["state"]] + (f", {row['assignee']}" if row["assignee"] else "")
        blocks = ", ".join(row["blocks"]) or "rien"
        table.add_row(str(row["suggestion_id"]), escape(row["explanation"]), blocks, str(row["age_days"]), escape(state))
    out.print(table)
    out.print(f"{len(found)} en attente, la plus ancienne depuis {oldest} jours.")
    _show_weeks(weeks)


def _show_weeks(weeks: Iterable[Mapping[str, Any]]) -> None:
    names = ("Semaine du", "reçues", "tranchées", "même", "autre", "en suspens", "jours (médiane)", "liens auto", "repris")
    table = RichTable(*names, box=SIMPLE, pad_edge=False)
    for row in weeks:
        numbers = [row[name] for name in ("made", "decided", "same", "different", "unsure")]
        median = "" if row["median_days"] is None else f"{row['median_days']:.1f}".replace(".", ",")
        table.add_row(row["week"].strftime("%d/%m/%Y"), *map(str, numbers), median, str(row["linked"]), str(row["taken_back"]))
    out.print(table)


@app.command(epilog="Exemple : passerelle identity show 12 --values")
def show(
    suggestion: Annotated[int, typer.Argument(metavar="N°", help="Numéro de la suggestion.")],
    values: Values = False,
    as_json: _Json = False,
) -> None:
    """Une suggestion : les deux enregistrements côte à côte, champ par champ, et pourquoi la machine hésite."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        found = suggestions.get(connection, suggestion)
        other = found["compared_with"] or found["candidate"]
        told = history.why(connection, found["record_id"], other)
        reader = Reader(getpass.getuser(), opened.now(), f"identity show {suggestion}")
        stated = access.values_of(connection, _ids(told), reader) if values else {}
    explanation = EXPLANATIONS.get(found["reason"], "")
    if as_json:
        kept = {name: value for name, value in found.items() if name != "evidence"}
        print_json({**kept, "explanation": explanation, "fields": told["fields"], "values": _by_id(stated)})
        return
    out.print(f"Suggestion {suggestion} ({_STATES.get(found['state'], found['state'])}) : {explanation}", markup=False)
    out.print(f"Enregistrement {found['record_id']}, de la personne {found['holder']} ; peut-être {found['candidate']}.", markup=False)
    _show_fields(told["fields"])
    show_values(_ids(told), stated)


@app.command("history", epilog="Exemple : passerelle identity history 0b6c…")
def show_history(
    person: Annotated[UUID, typer.Argument(metavar="PERSONNE", help="Identifiant, même ancien.")], as_json: _Json = False
) -> None:
    """Tout ce qui est arrivé à une personne : liens, décisions, identifiants."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        told = history.history(connection, person)
    if as_json:
        print_json(told)
        return
    out.print(f"Personne {person} : {_STATUS[told['status']]}.", markup=False)
    if told["resolved"] != person:
        out.print(f"Cet identifiant mène à {told['resolved']}.", markup=False)
    for link in told["links"]:
        _show_link(link)
    for event in told["events"]:
        out.print(_event_words(event), markup=False)
    for number in told["identifiers"]:
        period = f"du {_date(number['first_seen'])} au {_date(number['last_seen'])}"
        out.print(f"{number['kind']} {number['value_hash'][:12]}… ({number['status']}) dit par {number['source']}, {period}", markup=False)


@app.command("why", epilog="Exemple : passerelle identity why 0b6c… 91fe…")
def show_why(
    left: Annotated[UUID, typer.Argument(metavar="A", help="Personne ou enregistrement.")],
    right: Annotated[UUID, typer.Argument(metavar="B", help="Personne ou enregistrement.")],
    values: Values = False,
    as_json: _Json = False,
) -> None:
    """Pourquoi deux enregistrements, ou deux personnes, sont ou ne sont pas la même personne."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        told = history.why(connection, left, right)
        reader = Reader(getpass.getuser(), opened.now(), f"identity why {left} {right}")
        stated = access.values_of(connection, _ids(told), reader) if values else {}
    if as_json:
        print_json({**told, "values": _by_id(stated)})
        return
    out.print("C'est la même personne." if told["same"] else "Ce sont deux personnes.")
    _show_fields(told["fields"])
    rule = told["rule_today"]
    out.print(f"Règle : {rule['id']}. {rule['explanation']}" if rule else "Aucune règle ne les rapproche.", markup=False)
    for link in told["links"]:
        _show_link(link)
    for order in told["overrides"]:
        word = "jamais" if order["kind"] == "never" else "toujours"
        out.print(f"Consigne : {word} la même personne, par {_who(order)} le {_date(order['made_at'])} : {order['reason']}", markup=False)
    show_values(_ids(told), stated)


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
    return "" if value is None else str(value)


def _show_fields(fields: Iterable[Mapping[str, str]]) -> None:
    for field in fields:
        out.print(f"  {field['field']} : {field['words']}", markup=False)


def _show_link(link: Mapping[str, Any]) -> None:
    until = f", jusqu'au {_date(link['revoked_at'])}" if link["revoked_at"] else ""
    who = "automatiquement" if link["automatic"] else f"par {link['decided_by']}"
    out.print(
        f"{_date(link['decided_at'])}{until} : enregistrement {link['record_id']} ({link['source']}) rattaché {who} à {link['person_id']}, "
        f"{link['rule']}. {link['explanation']}",
        markup=False,
    )
    _show_fields(link["fields"])


def _event_words(event: Mapping[str, Any]) -> str:
    words = f"{_date(event['at'])} : événement n° {event['event_id']}, {_KINDS[event['kind']]}, par {_who(event)} : {event['reason']}"
    if event["undoes"]:
        words += f" (défait le n° {event['undoes']})"
    return words + (f" (défait par le n° {event['undone_by']})" if event["undone_by"] else "")


def _who(row: Mapping[str, Any]) -> str:
    return f"{row['author']} et {row['second_reader']}" if row["second_reader"] else str(row["author"])


def _date(at: datetime | None) -> str:
    return at.strftime("%d/%m/%Y") if at else ""


def _ids(told: Mapping[str, Any]) -> list[UUID]:
    return [record for record in told["records"] if record is not None]


def _by_id(stated: Mapping[UUID, Mapping[str, Any]]) -> dict[str, Any]:
    return {str(record): dict(values) for record, values in stated.items()}
