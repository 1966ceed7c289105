"""``passerelle esf forms``: the controls of questionnaires before they are entered; needs neither server nor database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle.cli.edge import exit_status, out
from passerelle.indicators.controls import Severity
from passerelle.indicators.questionnaires import check_questionnaires, read_communes
from passerelle.indicators.wording import SEVERITIES

app = typer.Typer(add_completion=False)


@app.command("forms", epilog="Exemple : passerelle esf forms questionnaires.csv --communes communes.csv --json")
def forms(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FICHIER", help="Les questionnaires, un par ligne (CSV).")],
    communes: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, metavar="FICHIER", help="Communes par année (CSV) ; sans elles, rien n’en est dit."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Une réponse JSON.")] = False,
) -> None:
    """Contrôle des questionnaires avant leur saisie : contact, commune, âge saisi, justificatif, inscription, résultats cochés."""
    with exit_status():
        number, found = check_questionnaires(file, read_communes(communes) if communes else {})
    if as_json:
        body = {"received": number, "findings": [one.model_dump(mode="json") for one in found]}
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        grid = RichTable("Ligne", "Questionnaire", "Règle", "Gravité", "Observation")
        for one in found:
            grid.add_row(str(one.line), escape(one.participant or ""), one.rule, SEVERITIES[one.severity], escape(one.message))
        if found:
            out.print(grid)
        out.print(f"{number} questionnaire(s), {len(found)} observation(s).")
    raise typer.Exit(1 if any(one.severity is not Severity.INFO for one in found) else 0)
