"""``passerelle esf proposals``: what the feeds let one propose, what a person confirms or refuses, what must be collected.

Who decides is the login of the process; nothing personal is printed.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table as RichTable

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.cli.login import login
from passerelle.indicators.feeds import collect
from passerelle.indicators.feeds import proposals as kept
from passerelle.indicators.feeds.proposals import Verdict
from passerelle.indicators.snapshot.moment import day_of
from passerelle.warehouse.connect import transaction

app = typer.Typer(help="Propositions FSE+ tirées des flux : à confirmer, à refuser, à recueillir.", add_completion=False)

_Numbers = Annotated[list[int], typer.Argument(metavar="N°…", help="Numéros des propositions.")]
_Reason = Annotated[str, typer.Option(help="Pourquoi ; gardé sans limite : n’écrivez ni nom ni numéro.")]
_Operation = Annotated[str | None, typer.Option(metavar="ID", help="Une seule opération ; toutes sans cette option.")]
_Json = Annotated[bool, typer.Option("--json", help="Une réponse JSON.")]
_SHOWN = ("proposal_id", "operation_id", "participation_id", "person_id", "variable", "value", "happened_at", "rule", "basis")
_SOURCE = ("feed", "sender", "delivery_id", "line", "recorded_at", "made_at")


@app.callback(invoke_without_command=True, epilog="Exemple : passerelle esf proposals --operation FSE-2026-INS-01")
def proposals(context: typer.Context, operation: _Operation = None, as_json: _Json = False) -> None:
    """Cherche dans les flux ce qui peut être proposé, puis liste ce qui attend une décision ; fin 1 s’il en reste."""
    if context.invoked_subcommand is not None:
        return
    with exit_status(), gateway.opened() as opened:
        looked = kept.look(opened, operation)
        with transaction(opened.engine) as connection:
            found = kept.waiting(connection, operation, looked)
    if as_json:
        _print(
            {
                "added": looked.added,
                "waiting": len(found),
                "proposals": [{name: row[name] for name in (*_SHOWN, *_SOURCE)} for row in found],
            }
        )
    else:
        out.print(f"{looked.added} proposition(s) nouvelle(s), {len(found)} en attente.")
        _show(found)
    raise typer.Exit(1 if found else 0)


@app.command(epilog="Exemple : passerelle esf proposals confirm 4 5 --reason 'Vu en entretien'")
def confirm(numbers: _Numbers, reason: _Reason) -> None:
    """Confirme des propositions : elles comptent à partir d’aujourd’hui, sous votre nom."""
    _decide(numbers, kept.CONFIRMED, reason)


@app.command(epilog="Exemple : passerelle esf proposals refuse 6 --reason 'Le contrat a été rompu'")
def refuse(numbers: _Numbers, reason: _Reason) -> None:
    """Refuse des propositions ; une proposition confirmée à tort se refuse aussi, les deux décisions sont gardées."""
    _decide(numbers, kept.REFUSED, reason)


@app.command("to-collect", epilog="Exemple : passerelle esf proposals to-collect --operation FSE-2026-INS-01 --json")
def to_collect(operation: _Operation = None, as_json: _Json = False) -> None:
    """Ce que personne ne sait encore, par participation et par variable, et pourquoi aucun flux ne le donne."""
    with exit_status(), gateway.opened() as opened:
        found = collect.to_collect(opened, operation, day_of(opened.now()))
    if as_json:
        named = ("operation_id", "participation_id", "variable", "reason")
        _print([{**{name: getattr(one, name) for name in named}, "proposals": list(one.proposals)} for one in found])
    else:
        grid = RichTable()
        for name in ("Opération", "Participation", "Variable", "À faire"):
            grid.add_column(name, overflow="fold")
        for one in found:
            waiting = ", ".join(map(str, one.proposals))
            grid.add_row(one.operation_id, one.participation_id, one.variable, f"confirmer n° {waiting}" if waiting else one.reason)
        out.print(grid)
        asked = sum(1 for one in found if not one.proposals)
        out.print(f"{asked} donnée(s) à recueillir, {len(found) - asked} à confirmer.")
    raise typer.Exit(1 if found else 0)


def _decide(numbers: list[int], word: str, reason: str) -> None:
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        kept.decide(connection, numbers, Verdict(word, login(), reason, opened.now()))
    out.print(f"{len(set(numbers))} proposition(s) {'confirmée' if word == kept.CONFIRMED else 'refusée'}(s).")


def _show(found: list[dict[str, Any]]) -> None:
    grid = RichTable()
    for name in ("N°", "Opération", "Participation", "Variable", "Valeur", "Au", "Sur quoi", "Source"):
        grid.add_column(name, overflow="fold")
    for row in found:
        source = f"{row['sender']}, livraison {row['delivery_id']}, ligne {row['line']}"
        place = row["participation_id"] or "nouvelle"
        day = f"{row['happened_at']:%d/%m/%Y}"
        grid.add_row(str(row["proposal_id"]), row["operation_id"], place, row["variable"], row["value"], day, row["basis"], source)
    out.print(grid)


def _print(body: Any) -> None:
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))
