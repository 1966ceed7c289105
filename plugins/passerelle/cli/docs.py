"""``passerelle docs``: writes the generated pages, or says which are stale."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passerelle.cli.edge import err, exit_status, out
from passerelle.cli.reference.gather import leftovers, pages, stale

app = typer.Typer(add_completion=False)

_REPOSITORY = Path(__file__).resolve().parents[3]


@app.command(epilog="Exemple : passerelle docs --check")
def docs(
    check: Annotated[bool, typer.Option("--check", help="N'écrit rien : nomme les pages périmées.")] = False,
    root: Annotated[
        Path, typer.Option(file_okay=False, help="Le dépôt ; par défaut celui du programme.", show_default=False)
    ] = _REPOSITORY,
) -> None:
    """Engendre les pages de docs/reference à partir du programme et des contrats, ou vérifie qu'elles sont à jour."""
    with exit_status():
        made = pages(root)
    wrong = stale(root, made)
    if check:
        for path in wrong:
            err.print(f"périmée : {path}", markup=False, style="red")
        if wrong:
            err.print("Lancez `make docs`, relisez les pages, et joignez-les au changement.", markup=False)
            raise typer.Exit(1)
        out.print(f"{len(made)} pages, toutes à jour.")
        return
    for path in leftovers(root, made):
        (root / path).unlink()
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="\n")
    out.print(f"{len(made)} pages, {len(wrong)} changées.")
