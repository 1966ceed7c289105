"""``passerelle identity audit``: links drawn at random by stratum of risk, judged blind, and the error bound they prove."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table as RichTable

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.cli.login import login
from passerelle.cli.register_told import Verdict, print_json, show_values
from passerelle.identity.register import access, audit
from passerelle.identity.register.access import Reader
from passerelle.warehouse.connect import transaction

app = typer.Typer(help="Contrôle à l'aveugle des liens automatiques, par strate de risque.", no_args_is_help=True, add_completion=False)

_Json = Annotated[bool, typer.Option("--json", help="Une réponse JSON.")]


@app.command(epilog="Exemple : passerelle identity audit draw --per-stratum 100 --seed 1")
def draw(
    per_stratum: Annotated[int, typer.Option(min=1, help="Liens tirés dans chaque strate.")] = 100,
    seed: Annotated[int, typer.Option(help="La même graine tire le même échantillon du même registre.")] = 1,
    as_json: _Json = False,
) -> None:
    """Tire au sort des liens que la machine a faits, par strate de risque."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        drawn = audit.draw(connection, per_stratum, seed, (login(), opened.now()))
    if as_json:
        print_json(drawn)
        return
    for name, count in drawn.items():
        out.print(f"{count} lien{'s' if count > 1 else ''} : {audit.STRATA[name]}", markup=False)
    out.print("Juger : passerelle identity audit next, puis passerelle identity audit judge N° same|different|unsure.", markup=False)


@app.command("next", epilog="Exemple : passerelle identity audit next --limit 1")
def show_next(limit: Annotated[int, typer.Option(min=1)] = 1, as_json: _Json = False) -> None:
    """Les paires à juger, avec les valeurs d'état civil et sans la règle ni la strate ; la consultation est inscrite au journal."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        pairs = audit.unjudged(connection, limit)
        records = list(dict.fromkeys(record for _, *both in pairs for record in both))
        stated = access.values_of(connection, records, Reader(login(), opened.now(), "identity audit next")) if records else {}
    if as_json:
        print_json([{"pair": number, "records": [stated[left], stated[right]]} for number, left, right in pairs])
        return
    for number, left, right in pairs:
        out.print(f"Paire {number} (passerelle identity audit judge {number} same|different|unsure)", markup=False)
        show_values((left, right), stated)
    if not pairs:
        out.print("Aucune paire n'attend de verdict.")


@app.command(epilog="Exemple : passerelle identity audit judge 7 same")
def judge(
    pair: Annotated[int, typer.Argument(metavar="N°", help="Numéro de la paire.")],
    verdict: Annotated[Verdict, typer.Argument(help="La même personne, deux personnes, ou on ne sait pas.")],
) -> None:
    """Inscrit un verdict ; il ne se change plus."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        audit.judge(connection, pair, verdict.value, (login(), opened.now()))
    out.print(f"Paire {pair} : inscrit.")


@app.command(epilog="Exemple : passerelle identity audit report")
def report(as_json: _Json = False) -> None:
    """Par strate : jugés, faux, et le taux d'erreur que le contrôle exclut (95 %) ; un verdict « unsure » compte comme faux."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        found = audit.report(connection)
    if as_json:
        print_json(found)
    elif not found:
        out.print("Rien n'a été tiré au sort : passerelle identity audit draw.")
    else:
        table = RichTable("Strate", "liens", "tirés", "jugés", "faux", "douteux", "au plus (à 95 %)", box=SIMPLE, pad_edge=False)
        for row in found:
            bound = f"{100 * row['upper_bound']:.3g}\u202f%".replace(".", ",")
            numbers = [str(row[name]) for name in ("population", "drawn", "judged", "wrong", "unsure")]
            table.add_row(row["words"], *numbers, bound)
        out.print(table)
    if any(row["wrong"] for row in found):
        raise typer.Exit(1)
