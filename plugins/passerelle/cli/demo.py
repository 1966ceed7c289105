"""``passerelle demo``: the whole gateway on real servers, with invented partners."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from passerelle.cli.edge import exit_status
from passerelle.demo.run import run_demo, stop_demo

app = typer.Typer(add_completion=False)


@app.command(epilog="Exemple : passerelle demo --households 500 --keep")
def demo(
    households: Annotated[int, typer.Option(min=200, help="Nombre de foyers du territoire inventé.")] = 2_000,
    keep: Annotated[bool, typer.Option("--keep", help="Laisser les serveurs tourner à la fin.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Arrêter la démonstration laissée en marche.")] = False,
    output: Annotated[Path, typer.Option(file_okay=False, help="Dossier des résultats, refait à chaque fois.")] = Path("demo-output"),
) -> None:
    """PostgreSQL, SFTP et Airflow réels : des partenaires inventés déposent leurs fichiers, tout s'exécute, et le résultat s'affiche."""
    console = Console()
    with exit_status():
        status = stop_demo(output, console) if stop else run_demo(households, keep, output, console)
    raise typer.Exit(status)
