"""``passerelle install``: the keys and the warehouse schema of an installation."""

from __future__ import annotations

import typer

from passerelle import keys, settings
from passerelle.cli.edge import exit_status, out
from passerelle.warehouse.connect import translated_errors
from passerelle.warehouse.migrate import upgrade

app = typer.Typer(help="Prépare une installation : clés et schéma de l'entrepôt.", no_args_is_help=True, add_completion=False)


@app.command("keys", epilog="Exemple : passerelle install keys")
def make_keys() -> None:
    """Crée les clés qui manquent ; n'en remplace jamais une."""
    with exit_status():
        found = settings.load()
        keys.create(found.keys)
        out.print(f"Clés prêtes dans {found.keys}. Gardez-en une copie hors de cette machine : sans elles, rien ne se relit.")


@app.command(epilog="Exemple : passerelle install warehouse")
def warehouse() -> None:
    """Met le schéma de l'entrepôt à jour (sans effet s'il l'est déjà)."""
    with exit_status(), translated_errors():
        upgrade(settings.load().warehouse_url())
        out.print("Le schéma de l'entrepôt est à jour.")
