"""``passerelle contracts``: list, show and lint the contracts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table as RichTable

from passerelle.cli.edge import contracts_root, err, exit_status, out
from passerelle.contract.load import find, load_all

app = typer.Typer(help="Les contrats : liste, détail, vérification.", no_args_is_help=True, add_completion=False)
_Root = Annotated[Path | None, typer.Option("--contracts", help="Dossier des contrats.", file_okay=False)]


@app.command("list", epilog="Exemple : passerelle contracts list")
def list_contracts(contracts: _Root = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Les flux et leur version."""
    with exit_status():
        good, broken = load_all(contracts_root(contracts))
    if as_json:
        typer.echo(json.dumps([{"id": c.id, "version": c.version, "name": c.name, "source": c.source} for c in good], ensure_ascii=False))
    else:
        table = RichTable("Flux", "Version", "Nom", "Format", "Tables")
        for contract in good:
            table.add_row(contract.id, contract.version, contract.name, contract.layout.format, str(len(contract.tables)))
        out.print(table)
    for error in broken:
        err.print(str(error), markup=False, style="red")
    if broken:
        raise typer.Exit(1)


@app.command(epilog="Exemple : passerelle contracts lint")
def lint(contracts: _Root = None) -> None:
    """Vérifie tous les contrats : fichier, ligne et remède pour chaque faute."""
    with exit_status():
        good, broken = load_all(contracts_root(contracts))
    for error in broken:
        err.print(str(error), markup=False, style="red")
    out.print(f"{len(good)} contrats valides, {len(broken)} à corriger.")
    if broken:
        raise typer.Exit(1)


@app.command(epilog="Exemple : passerelle contracts show ccas/accompagnement")
def show(feed: Annotated[str, typer.Argument(metavar="FLUX")], contracts: _Root = None) -> None:
    """Ce que dit un contrat : tables, colonnes, types, classification."""
    with exit_status():
        contract = find(contracts_root(contracts), feed)
    out.print(f"[bold]{contract.name}[/] ({contract.id}, version {contract.version})")
    out.print(f"{contract.purpose}\nFichier : {contract.layout.name_template}", markup=False)
    for table in contract.tables:
        rows = RichTable("Colonne", "Dans le fichier", "Libellé", "Type", "Classification", title=table.label or table.name)
        for column in table.columns:
            needed = "*" if column.required else ""
            rows.add_row(column.name + needed, column.source, column.label, column.type, column.classification)
        out.print(rows)
