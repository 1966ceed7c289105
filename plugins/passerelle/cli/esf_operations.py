"""``passerelle esf operations`` and ``estimates``: what the Département itself states of its operations, kept in versions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.cli.login import login
from passerelle.indicators.snapshot.grants import estimated, record
from passerelle.warehouse.connect import transaction

app = typer.Typer(add_completion=False)


@app.command("operations", epilog="Exemple : passerelle esf operations operations.csv")
def operations(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FICHIER", help="Les opérations (CSV).")],
) -> None:
    """Note ce que dit la convention de chaque opération ; la version précédente est gardée."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        named = record(connection, file, login(), opened.now())
    out.print(f"{len(named)} opération(s) notée(s) : {', '.join(named)}", markup=False)


@app.command("estimates", epilog="Exemple : passerelle esf estimates estimations.csv")
def estimates(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FICHIER", help="Les estimations fondées (CSV).")],
) -> None:
    """Note les estimations fondées d’opérations, avec leur méthode ; la version précédente est gardée."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        named = estimated(connection, file, login(), opened.now())
    out.print(f"Estimations notées pour {len(named)} opération(s) : {', '.join(named)}", markup=False)
