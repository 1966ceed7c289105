"""`passerelle esf`: the ESF+ indicators of a file, and the workbook of an operation.

Exit status: 0 done and clean, 1 done with findings or refused, 2 wrong usage or configuration, 3 try again later, 4 a bug of ours.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle import settings
from passerelle.cli import esf_follow_up, esf_proposals, esf_snapshot
from passerelle.cli.edge import exit_status
from passerelle.cli.edge import out as console
from passerelle.errors import DeliveryError
from passerelle.indicators import extract as extracts
from passerelle.indicators.compute import compute
from passerelle.indicators.definitions import INDICATORS, Kind
from passerelle.indicators.identities import PERSON_COLUMNS
from passerelle.indicators.intake import Remark, Severity, read_operations, read_participations
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.report import OperationReport, Report, refused_json
from passerelle.indicators.settle import Reason
from passerelle.indicators.table import ESTIMATES, EVENTS, SIX_MONTHS, Table
from passerelle.indicators.wording import COLUMNS, NOT_COLLECTED, REASONS, SEVERITIES
from passerelle.warehouse.connect import open_engine

app = typer.Typer(help="Indicateurs FSE+ : calcul et extraits.", no_args_is_help=True, add_completion=False)

_SHOWN = 20
"""Findings shown on the terminal; all of them are in the JSON and the workbook."""
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def _file(words: str) -> Any:
    return typer.Option(exists=True, dir_okay=False, readable=True, metavar="FICHIER", help=words)


def _cutoff() -> Any:
    return typer.Option(formats=["%Y-%m-%d"], metavar="AAAA-MM-JJ", help="Date d’arrêté, incluse.")


@app.command(epilog="Exemple : passerelle esf indicators --participations participations.csv --cutoff 2025-12-31 --json")
def indicators(
    participations: Annotated[Path, _file("Les participations (CSV).")],
    cutoff: Annotated[datetime, _cutoff()],
    events: Annotated[Path | None, _file("Les événements de sortie (CSV ; en-tête vérifié seulement).")] = None,
    six_months: Annotated[Path | None, _file("Les situations à six mois (CSV ; en-tête vérifié seulement).")] = None,
    operations: Annotated[Path | None, _file("Les opérations à restituer, même sans participant (CSV).")] = None,
    estimates: Annotated[Path | None, _file("Les estimations (CSV ; en-tête vérifié seulement).")] = None,
    rules: Annotated[Path | None, _file("Les paramètres que la règle laisse au choix (YAML ou JSON).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Un document JSON plutôt que des tableaux.")] = False,
) -> None:
    """Calcule les indicateurs d’entrée EECO01 à EECO11 d’un fichier de participations, par opération et par sexe."""
    with exit_status():
        chosen = load_rules(rules)
        try:
            later = _not_yet({"events": events, "six-months": six_months, "estimates": estimates})
            known, remarks = read_operations(operations) if operations else ((), ())
            intake = read_participations(participations)
        except DeliveryError as error:
            if not as_json:
                raise
            finding = Remark(rule=error.rule, severity=Severity.ERROR, line=error.line, message=error.message)
            _print_json(refused_json(cutoff.date(), chosen, finding))
            raise typer.Exit(1) from None
        intake = intake.model_copy(update={"operations": known, "remarks": (*intake.remarks, *remarks, *later)})
        report = compute(intake, cutoff.date(), chosen)
        if as_json:
            _print_json(report.as_json())
        else:
            _print_report(report)
        raise typer.Exit(1 if report.remarks else 0)


@app.command(epilog="Exemple : passerelle esf extract --operation 2023-AG-01 --cutoff 2025-12-31 --out extraits/")
def extract(
    cutoff: Annotated[datetime, _cutoff()],
    out: Annotated[Path, typer.Option(metavar="CHEMIN", help="Le classeur (.xlsx) à écrire, ou le dossier où l’écrire.")],
    operation: Annotated[str | None, typer.Option(metavar="ID", help="Une seule opération ; toutes sans cette option.")] = None,
    rules: Annotated[Path | None, _file("Les paramètres que la règle laisse au choix (YAML ou JSON).")] = None,
) -> None:
    """Écrit le classeur des indicateurs FSE+ : chiffres, participants sous référence, exclus et contrôles."""
    with exit_status():
        engine = open_engine(settings.load().warehouse_url())
        try:
            report = extracts.report_of(engine, operation, cutoff.date(), load_rules(rules))
        finally:
            engine.dispose()
        path = extracts.write(report, operation, out)
        counted = sum(len(one.counted) for one in report.operations)
        left_out = sum(len(one.excluded) for one in report.operations) + len(report.nameless)
        typer.echo(f"Classeur écrit : {path}")
        typer.echo(f"{len(report.operations)} opération(s), {counted} participants comptés, {left_out} participations exclues.")
        if report.remarks:
            typer.echo(f"{len(report.remarks)} observation(s), feuille « Contrôles ».")
        raise typer.Exit(1 if report.remarks else 0)


def _not_yet(files: dict[str, Path | None]) -> list[Remark]:
    headers = {"events": EVENTS, "six-months": SIX_MONTHS, "estimates": ESTIMATES}
    given = [name for name, path in files.items() if path is not None and Table(path, headers[name]).columns]
    if not given:
        return []
    options = ", ".join(f"--{name}" for name in given)
    message = f"{options} : en-tête vérifié, contenu non utilisé ; résultats et estimations ne sont pas encore calculés dans cette version."
    return [Remark(rule="esf.not_yet_computed", severity=Severity.WARNING, message=message)]


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _print_report(report: Report) -> None:
    console.print(f"Indicateurs FSE+ arrêtés au {report.cutoff:%d/%m/%Y}, règles {escape(report.rules.version)}")
    for operation in report.operations:
        _print_operation(operation)
    if report.nameless:
        console.print(f"Lignes rejetées dont l’opération est illisible : {len(report.nameless)}")
    if report.remarks:
        _print_remarks(report)


def _print_operation(operation: OperationReport) -> None:
    grid = RichTable(title=f"Opération {escape(operation.operation_id)}", title_justify="left")
    grid.add_column("Code", no_wrap=True)
    grid.add_column("Indicateur", ratio=1)
    for name in COLUMNS.values():
        grid.add_column(name, justify="right", no_wrap=True)
    for indicator in INDICATORS:
        cells = operation.cells(indicator)
        if indicator.kind is Kind.NOT_COLLECTED:
            continue
        grid.add_row(indicator.code, indicator.name, *(str(cells.get(column, "")) for column in PERSON_COLUMNS))
    console.print(grid)
    others = [indicator.code for indicator in INDICATORS if indicator.kind is Kind.NOT_COLLECTED]
    console.print(f"{NOT_COLLECTED.capitalize()} : {others[0]} à {others[5]}, {others[6]} à {others[-1]}.")
    excluded = [f"{REASONS[Reason(name)].lower()} {number}" for name, number in operation.excluded_by_reason.items() if number]
    console.print(f"{operation.received} reçues = {len(operation.counted)} comptées + {len(operation.excluded)} exclues", end="")
    console.print(f" ({', '.join(excluded)})." if excluded else ".")


def _print_remarks(report: Report) -> None:
    grid = RichTable(title=f"Observations ({len(report.remarks)})", title_justify="left")
    for name in ("Ligne", "Opération", "Gravité", "Observation"):
        grid.add_column(name)
    for remark in report.remarks[:_SHOWN]:
        severity = f"[{_STYLES[remark.severity]}]{SEVERITIES[remark.severity]}[/]"
        grid.add_row(str(remark.line or ""), escape(remark.operation or ""), severity, escape(remark.message))
    console.print(grid)
    if len(report.remarks) > _SHOWN:
        console.print(f"… et {len(report.remarks) - _SHOWN} autres : toutes sont dans --json.")


app.add_typer(esf_snapshot.app, name="snapshot")
app.add_typer(esf_proposals.app, name="proposals")
app.registered_commands += [*esf_snapshot.trace_app.registered_commands, *esf_follow_up.app.registered_commands]
