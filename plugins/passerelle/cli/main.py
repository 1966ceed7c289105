"""The ``passerelle`` command. Each group of commands is a module of its own, loaded only when it is called.

So ``passerelle check`` starts without a database driver, and ``--version`` without anything.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from passerelle import __version__
from passerelle.cli.edge import DEBUG

_COMMANDS = {
    "check": ("passerelle.cli.check", "Ce que la passerelle répondrait à un fichier ; sans serveur ni base."),
    "contracts": ("passerelle.cli.contracts", "Les contrats : liste, détail, vérification."),
    "deliveries": ("passerelle.cli.deliveries", "Les livraisons : liste, détail, décisions, retour en arrière."),
    "demo": ("passerelle.cli.demo", "Toute la chaîne sur de vrais serveurs, avec des données inventées."),
    "docs": ("passerelle.cli.docs", "Engendre les pages de référence, ou vérifie qu'elles sont à jour."),
    "doctor": ("passerelle.cli.doctor", "Ce qui est joignable, ce qui est mal réglé, et le remède."),
    "esf": ("passerelle.cli.esf", "Indicateurs FSE+ : calcul et extraits."),
    "identity": ("passerelle.cli.identity", "Qui est qui : revue, décisions, retours en arrière ; rapprocher deux fichiers."),
    "install": ("passerelle.cli.install", "Prépare une installation : clés et schéma de l'entrepôt."),
    "run": ("passerelle.cli.run", "Prend tout ce qui attend et le mène à travers les étapes, sans Airflow."),
    "sample": ("passerelle.cli.sample", "Un fichier inventé, tel que le partenaire l'enverrait."),
}


class _Lazy(TyperGroup):
    """A group whose commands are modules."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        module, words = _COMMANDS[cmd_name]
        command = get_command(import_module(module).app)
        command.name = cmd_name
        command.help = command.help or words
        command.short_help = words
        return command


app = typer.Typer(cls=_Lazy, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def passerelle(
    debug: Annotated[bool, typer.Option("--debug", help="En cas d'erreur, montrer la trace complète.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Affiche la version.")] = False,
) -> None:
    """Passerelle : l'échange de fichiers d'un Département avec ses partenaires de l'insertion."""
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if debug:
        os.environ[DEBUG] = "1"


def main() -> None:
    """Entry point of the console script."""
    app()
