"""``passerelle identity``, what people read: the queue, a suggestion, a person's history, why two records are one.

No value is shown unless ``--values`` asks for it, and that is written down with the login.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.cli.login import login
from passerelle.cli.picture import Picture, check_name, write_picture
from passerelle.cli.register_told import (
    DECISIONS,
    STATES,
    STATUS,
    days,
    event_words,
    print_json,
    show_fields,
    show_link,
    show_number,
    show_values,
    show_weeks,
    told_day,
    who,
)
from passerelle.errors import ConfigurationError
from passerelle.identity.reasons import EXPLANATIONS
from passerelle.identity.register import access, history, review, suggestions
from passerelle.identity.register.access import Reader
from passerelle.identity.register.account import account
from passerelle.warehouse.connect import transaction

app = typer.Typer(add_completion=False)

_Json = Annotated[bool, typer.Option("--json", help="Une réponse JSON.")]
Values = Annotated[bool, typer.Option("--values", help="Avec les valeurs d'état civil ; la consultation est inscrite au journal.")]


def day(given: str | None) -> datetime | None:
    """The day of an option; ConfigurationError when it is none."""
    try:
        return None if given is None else datetime.fromisoformat(given).replace(tzinfo=UTC)
    except ValueError:
        raise ConfigurationError(f"« {given} » n'est pas une date (AAAA-MM-JJ).") from None


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
        found = review.waiting(connection, at, reason=reason, mine=login() if mine else None)
        weeks = review.weeks(connection, at)
        if reason is not None and not found and reason not in EXPLANATIONS:
            raise ConfigurationError(f"Aucun motif ne s'appelle « {reason} » ; « identity review --json » donne ceux de la file.")
    oldest = max((row["age_days"] for row in found), default=0)
    if as_json:
        print_json({"waiting": len(found), "oldest_days": oldest, "suggestions": found[:limit], "weeks": weeks})
        return
    if found:
        _show_queue(found[:limit])
        more = f" ; {len(found) - limit} de plus : --limit {len(found)}" if len(found) > limit else ""
        out.print(f"{len(found)} en attente, la plus ancienne depuis {days(oldest)}{more}.")
        out.print("Voir : passerelle identity show N°. Trancher : passerelle identity decide N° same|different|unsure --reason '…'.")
    else:
        out.print("Rien n'attend de décision.")
    show_weeks(weeks)


def _show_queue(found: Iterable[Mapping[str, Any]]) -> None:
    table = RichTable("N°", "Motif", "Bloque", "Âge (j)", "État", box=SIMPLE, pad_edge=False)
    for row in found:
        state = STATES[row["state"]] + (f", {row['assignee']}" if row["assignee"] else "")
        blocks = ", ".join(row["blocks"]) or "rien"
        table.add_row(str(row["suggestion_id"]), escape(row["explanation"]), blocks, str(row["age_days"]), escape(state))
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
        reader = Reader(login(), opened.now(), f"identity show {suggestion}")
        stated = access.values_of(connection, _ids(told), reader) if values else {}
    explanation = EXPLANATIONS.get(found["reason"], "")
    if as_json:
        kept = {name: value for name, value in found.items() if name != "evidence"}
        print_json({**kept, "explanation": explanation, "fields": told["fields"], "values": _by_id(stated)})
        return
    out.print(f"Suggestion {suggestion} ({STATES[found['state']]}), du {told_day(found['made_at'])} : {explanation}", markup=False)
    holder = found["holder"] or "personne (sa livraison a été retirée)"
    out.print(f"Enregistrement {found['record_id']}, rattaché à {holder} ; peut-être {found['candidate']}.", markup=False)
    if found["assignee"]:
        until = f", à trancher avant le {told_day(found['due_at'])}" if found["due_at"] else ""
        out.print(f"Prise par {found['assignee']}{until}.", markup=False)
    show_fields(told["fields"])
    show_values(_ids(told), stated)
    if found["decision"]:
        second = f" et {found['second_reader']}" if found["second_reader"] else ""
        said = f"{DECISIONS[found['decision']]}, dit {found['decided_by']}{second} le {told_day(found['decided_at'])}"
        out.print(f"Décision : {said} : {found['decision_reason']}", markup=False)
    if found["state"] in ("open", "deferred"):
        out.print(f"Trancher : passerelle identity decide {suggestion} same|different|unsure --reason '…'", markup=False)


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
    out.print(f"Personne {person} : {STATUS[told['status']]}.", markup=False)
    if told["resolved"] != person:
        out.print(f"Cet identifiant mène à {told['resolved']}.", markup=False)
    for link in told["links"]:
        show_link(link)
    for event in told["events"]:
        out.print(event_words(event), markup=False)
    for number in told["identifiers"]:
        show_number(number)


@app.command("why", epilog="Exemple : passerelle identity why 0b6c… 91fe… --picture pourquoi.svg")
def show_why(
    left: Annotated[UUID, typer.Argument(metavar="A", help="Personne ou enregistrement.")],
    right: Annotated[UUID, typer.Argument(metavar="B", help="Personne ou enregistrement.")],
    values: Values = False,
    picture: Picture = None,
    as_json: _Json = False,
) -> None:
    """Pourquoi deux enregistrements, ou deux personnes, sont ou ne sont pas la même personne."""
    with exit_status():
        check_name(picture)
        with gateway.opened() as opened, transaction(opened.engine) as connection:
            told = history.why(connection, left, right)
            reader = Reader(login(), opened.now(), f"identity why {left} {right}")
            stated = access.values_of(connection, _ids(told), reader) if values else {}
            if picture is not None:
                write_picture(
                    account(connection, told), picture, f"Enregistrements {' et '.join(f'{str(one)[:8]}…' for one in _ids(told))}"
                )
    if as_json:
        print_json({**told, "values": _by_id(stated)})
        return
    _show_account(told, are_named=set(_ids(told)) == {left, right})
    show_values(_ids(told), stated)
    if picture is not None:
        out.print(f"Écrit : {picture}", markup=False)


def _show_account(told: Mapping[str, Any], *, are_named: bool) -> None:
    out.print("C'est la même personne." if told["same"] else "Ce sont deux personnes.")
    if told["records"][1] is not None and not are_named:
        out.print(f"Comparés : leurs enregistrements qui concordent le plus, {told['records'][0]} et {told['records'][1]}.", markup=False)
    show_fields(told["fields"])
    rule = told["rule_today"]
    if rule is None:
        out.print("Aucune règle ne les rapproche.")
    else:  # the ids of rules are capitals and a figure; others are reasons to look
        out.print(f"{'Règle' if rule['id'].isupper() else 'Motif de relecture'} : {rule['id']}. {rule['explanation']}", markup=False)
    for link in told["links"]:
        show_link(link)
    for order in told["overrides"]:
        word = "jamais" if order["kind"] == "never" else "toujours"
        out.print(f"Consigne : {word} la même personne, par {who(order)} le {told_day(order['made_at'])} : {order['reason']}", markup=False)


def _ids(told: Mapping[str, Any]) -> list[UUID]:
    return [record for record in told["records"] if record is not None]


def _by_id(stated: Mapping[UUID, Mapping[str, Any]]) -> dict[str, Any]:
    return {str(record): dict(values) for record, values in stated.items()}
