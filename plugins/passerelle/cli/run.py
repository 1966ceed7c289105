"""``passerelle run``: every waiting file through all stages, in this process, without Airflow."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from passerelle import gateway, journey
from passerelle.cli.deliveries import as_row, show_table
from passerelle.cli.edge import exit_status
from passerelle.ledger.states import State

app = typer.Typer(add_completion=False)


@app.command(epilog="Exemple : passerelle run --feed ccas/accompagnement")
def run(
    feed: Annotated[str | None, typer.Option(help="Ce flux seulement.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Une réponse JSON.")] = False,
    expectations: Annotated[bool, typer.Option(help="Vérifier ensuite la vraisemblance (Great Expectations).")] = True,
) -> None:
    """Relève les dépôts de tous les expéditeurs et mène chaque livraison jusqu'à l'entrepôt ou au refus, avec ses accusés."""
    with exit_status(), gateway.opened() as opened:
        touched = journey.run(opened, [feed] if feed else None, with_expectations=expectations)
    if as_json:
        typer.echo(json.dumps([as_row(delivery) for delivery in touched], ensure_ascii=False, indent=2, default=str))
    else:
        show_table(touched)
    if any(delivery.state is not State.PUBLISHED or delivery.lines_set_aside for delivery in touched):
        raise typer.Exit(1)
