"""``passerelle esf programme``: the lines of Tables 6 and 10 at a cut-off, out of every frozen snapshot."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.indicators.definitions import INDICATORS
from passerelle.indicators.identities import PERSON_COLUMNS
from passerelle.indicators.report import GroupReport
from passerelle.indicators.snapshot.programme import programme as lines_of
from passerelle.indicators.wording import COLUMNS, STATUSES

app = typer.Typer(add_completion=False)


@app.command("programme", epilog="Exemple : passerelle esf programme --cut-off 2026-06-30 --json")
def programme(
    cut_off: Annotated[datetime, typer.Option("--cut-off", formats=["%Y-%m-%d"], metavar="AAAA-MM-JJ", help="Date des arrêtés figés.")],
    as_json: Annotated[bool, typer.Option("--json", help="Une réponse JSON.")] = False,
) -> None:
    """Les lignes du programme (priorité, objectif spécifique, catégorie de région) : la somme des arrêtés figés à une date."""
    with exit_status(), gateway.opened() as opened:
        found = lines_of(opened.engine, cut_off.date())
    if as_json:
        body = {
            "cutoff": cut_off.date().isoformat(),
            "snapshots": [{"snapshot": one.snapshot_id, "operation": one.operation_id, "sha256": one.sha256} for one in found.snapshots],
            "groups": [one.as_json() for one in found.lines],
        }
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    out.print(f"{len(found.snapshots)} arrêté(s) figé(s) au {cut_off:%d/%m/%Y}.")
    for line in found.lines:
        _print_line(line)


def _print_line(line: GroupReport) -> None:
    named = " / ".join(part or "–" for part in line.group)
    grid = RichTable(title=f"Ligne {escape(named)}", title_justify="left")
    for name in ("Code", "Indicateur", *COLUMNS.values()):
        grid.add_column(name)
    for indicator in INDICATORS:
        cell = line.table[indicator.code]
        said = f" ({STATUSES[cell.status]})" if cell.status else ""
        grid.add_row(indicator.code, indicator.name + said, *(str(cell.figures.get(column, "")) for column in PERSON_COLUMNS))
    out.print(grid)
