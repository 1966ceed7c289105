"""``passerelle identity``, what people decide about who is who: same, different, merge, split, never, always, undo.

Who decides is the login of the session. Nothing personal is printed; reasons are kept for ever and must hold neither name nor number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Connection

from passerelle import gateway
from passerelle.cli import register_audit, register_view
from passerelle.cli.edge import exit_status, out
from passerelle.cli.login import login
from passerelle.cli.register_told import Verdict, print_json, proposal_words
from passerelle.identity.register import proposals, review, suggestions
from passerelle.identity.register.acts import Act
from passerelle.identity.register.proposals import Intent, Outcome
from passerelle.warehouse.connect import transaction

app = typer.Typer(
    help="Qui est qui : file de revue, décisions, retours en arrière, explications.", no_args_is_help=True, add_completion=False
)

_Left = Annotated[UUID, typer.Argument(metavar="A", help="Identifiant d'une personne ou d'un enregistrement.")]
_Right = Annotated[UUID, typer.Argument(metavar="B", help="Identifiant de l'autre.")]
_Suggestion = Annotated[int, typer.Argument(metavar="N°", help="Numéro de la suggestion.")]
_Reason = Annotated[str, typer.Option(help="Pourquoi ; gardé sans limite : n'écrivez ni nom ni numéro.")]
_Json = Annotated[bool, typer.Option("--json", help="Une réponse JSON.")]
_Work = Callable[[Connection, Act], Outcome]


@app.command(epilog="Exemple : passerelle identity decide 12 same --reason 'Pièce d’identité vue'")
def decide(suggestion: _Suggestion, verdict: Verdict, reason: _Reason, as_json: _Json = False) -> None:
    """Tranche une suggestion : same (même personne), different (jamais la même), unsure (à un autre de voir).

    Si l'une des personnes a un droit RSA ouvert, « same » est proposé et attend la confirmation d'un autre agent (fin 1).
    """
    _act(lambda connection, act: review.decide(connection, suggestion, verdict.value, act), reason, as_json)


@app.command(epilog="Exemple : passerelle identity merge 0b6c… 91fe… --reason 'Dossier transféré'")
def merge(left: _Left, right: _Right, reason: _Reason, as_json: _Json = False) -> None:
    """Réunit deux personnes : l'identifiant le plus ancien reste, l'autre y mène pour toujours."""
    _submit(Intent("merge", {"a": str(left), "b": str(right)}), reason, as_json)


@app.command(epilog="Exemple : passerelle identity split 0b6c… 77aa… --reason 'Deux jumeaux confondus'")
def split(
    person: Annotated[UUID, typer.Argument(metavar="PERSONNE", help="Identifiant de la personne.")],
    records: Annotated[list[UUID], typer.Argument(metavar="ENREGISTREMENT…", help="Enregistrements qui parlent de quelqu'un d'autre.")],
    reason: _Reason,
    as_json: _Json = False,
) -> None:
    """Sépare des enregistrements d'une personne : ils en reçoivent une nouvelle, et aucune règle ne les réunira."""
    _submit(Intent("split", {"person": str(person), "records": [str(record) for record in records]}), reason, as_json)


@app.command(epilog="Exemple : passerelle identity always 0b6c… 91fe… --reason 'Changement de nom vérifié'")
def always(left: _Left, right: _Right, reason: _Reason, as_json: _Json = False) -> None:
    """Deux personnes ou enregistrements sont toujours la même personne ; les réunit s'il le faut."""
    _submit(Intent("always", {"a": str(left), "b": str(right)}), reason, as_json)


@app.command(epilog="Exemple : passerelle identity never 0b6c… 91fe… --reason 'Père et fils homonymes'")
def never(left: _Left, right: _Right, reason: _Reason, as_json: _Json = False) -> None:
    """Deux personnes ou enregistrements ne sont jamais la même personne, quoi que disent les règles."""
    _act(lambda connection, act: Outcome(review.never(connection, left, right, act), None, {}), reason, as_json)


@app.command(epilog="Exemple : passerelle identity undo 31 --reason 'Réunis par erreur'")
def undo(
    event: Annotated[int, typer.Argument(metavar="N°", help="Numéro de l'événement (identity history).")],
    reason: _Reason,
    as_json: _Json = False,
) -> None:
    """Défait un événement, même si d'autres livraisons sont arrivées depuis ; fin 1 si un enregistrement a été déplacé entre-temps."""
    _submit(Intent("undo", {"event": event}), reason, as_json)


@app.command(epilog="Exemple : passerelle identity confirm 4")
def confirm(
    proposal: Annotated[
        int | None, typer.Argument(metavar="[N°]", help="Numéro de la proposition ; sans lui, celles qui attendent.")
    ] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Ne pas donner suite.")] = False,
    as_json: _Json = False,
) -> None:
    """Confirme ce qu'un autre agent a proposé au sujet de personnes dont un droit RSA est ouvert."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        if proposal is None:
            found = proposals.waiting(connection)
        elif refuse:
            proposals.refuse(connection, proposal, login(), opened.now())
        else:
            done = proposals.confirm(connection, proposal, login(), opened.now())
    if proposal is None:
        _show_proposals(found, as_json)
    elif refuse:
        _say(Outcome(None, None, {"refused": proposal}), as_json, f"Proposition {proposal} abandonnée.")
    else:
        _told(done, as_json)


@app.command(epilog="Exemple : passerelle identity take 12 --due 2026-12-01")
def take(
    suggestion: _Suggestion,
    due: Annotated[str | None, typer.Option(help="Jour avant lequel elle sera tranchée (AAAA-MM-JJ).")] = None,
) -> None:
    """Prend une suggestion à son compte."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        suggestions.take(connection, suggestion, login(), register_view.day(due))
    out.print(f"Suggestion {suggestion} : à vous.")


def _submit(intent: Intent, reason: str, as_json: bool) -> None:
    _act(lambda connection, act: proposals.submit(connection, intent, act), reason, as_json)


def _act(work: _Work, reason: str, as_json: bool) -> None:
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        done = work(connection, Act(login(), reason, opened.now()))
    _told(done, as_json)


def _told(done: Outcome, as_json: bool) -> None:
    """Says what was done; ends with 1 when it waits for someone, or could not be done whole."""
    if done.proposal_id is not None:
        words = (
            f"Proposé sous le n° {done.proposal_id} : un droit RSA est ouvert, un autre agent doit confirmer "
            f"(passerelle identity confirm {done.proposal_id})."
        )
    elif done.event_id is not None:
        words = f"Fait : événement n° {done.event_id} (passerelle identity undo {done.event_id} pour revenir en arrière)."
    else:
        words = "Noté : la suggestion reste à trancher."
    _say(done, as_json, words)
    if done.proposal_id is not None or done.told.get("elsewhere"):
        raise typer.Exit(1)


_WORDS: Mapping[str, str] = {
    "survivor": "Personne gardée",
    "merged": "Identifiant qui y mène désormais",
    "person": "Personne",
    "new_person": "Nouvelle personne",
    "persons": "Personnes",
    "records": "Enregistrements déplacés",
    "elsewhere": "Restés où ils sont, déplacés depuis par une autre décision",
    "to_review": "Arrivés depuis, mis en revue",
}


def _say(done: Outcome, as_json: bool, words: str) -> None:
    if as_json:
        body = {"event": done.event_id, "proposal": done.proposal_id, **done.told}
        print_json(body)
        return
    out.print(words, markup=False)
    for name, value in done.told.items():
        if name in _WORDS and value:
            out.print(f"{_WORDS[name]} : {', '.join(value) if isinstance(value, list) else value}", markup=False)


def _show_proposals(found: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for row in found:
        out.print(proposal_words(row), markup=False)
    if not found:
        out.print("Rien n'attend de confirmation.")


app.registered_commands += register_view.app.registered_commands
app.add_typer(register_audit.app, name="audit")
