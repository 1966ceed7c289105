"""`passerelle esf`: the ESF+ indicators of a file, and the workbook of an operation.

Exit status: 0 done and clean, 1 done with findings or refused, 2 wrong usage or configuration, 3 try again later, 4 a bug of ours.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle.cli import esf_extract, esf_follow_up, esf_forms, esf_operations, esf_programme, esf_proposals, esf_snapshot
from passerelle.cli.edge import exit_status
from passerelle.cli.edge import out as console
from passerelle.errors import DeliveryError
from passerelle.indicators import compare as comparing
from passerelle.indicators.compute import compute
from passerelle.indicators.controls import Remark, Severity
from passerelle.indicators.definitions import ANNEX_2, INDICATORS
from passerelle.indicators.document_text import document_text
from passerelle.indicators.identities import PERSON_COLUMNS
from passerelle.indicators.intake import Files, read_files
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.report import OperationReport, Report, refused_json
from passerelle.indicators.settle import Reason
from passerelle.indicators.wording import COLUMNS, REASONS, SEVERITIES, STATUSES

app = typer.Typer(help="Indicateurs FSE+ : calcul et extraits.", no_args_is_help=True, add_completion=False)

_SHOWN = 20
"""Findings shown on the terminal; all of them are in the JSON and the workbook."""
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


def _file(words: str) -> Any:
    return typer.Option(exists=True, dir_okay=False, readable=True, metavar="FICHIER", help=words)


def _cutoff() -> Any:
    return typer.Option(formats=["%Y-%m-%d"], metavar="AAAA-MM-JJ", help="Date d’arrêté, incluse.")


@app.command(
    epilog="Exemple : passerelle esf indicators --participations participations.csv --events evenements.csv --cutoff 2025-12-31 --json"
)
def indicators(
    participations: Annotated[Path, _file("Les participations (CSV).")],
    cutoff: Annotated[datetime, _cutoff()],
    events: Annotated[Path | None, _file("Les événements de sortie (CSV) ; sans eux, EECR01 à EECR04 sont non collectés.")] = None,
    six_months: Annotated[Path | None, _file("Les situations à six mois (CSV) ; sans elles, EECR05 et EECR06 sont non collectés.")] = None,
    operations: Annotated[Path | None, _file("Les opérations, à restituer même sans participant (CSV).")] = None,
    estimates: Annotated[Path | None, _file("Les estimations fondées (CSV).")] = None,
    rules: Annotated[Path | None, _file("Les paramètres que la règle laisse au choix (YAML ou JSON).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Un document JSON plutôt que des tableaux.")] = False,
) -> None:
    """Calcule les indicateurs communs FSE+ de fichiers : par opération, par ligne de programme, par semestre et par sexe.

    Sans base de données : un auditeur recalcule ainsi un arrêté à partir de ses microdonnées.
    """
    with exit_status():
        chosen = load_rules(rules)
        given = Files(participations=participations, events=events, six_months=six_months, operations=operations, estimates=estimates)
        try:
            intake = read_files(given)
        except DeliveryError as error:
            if not as_json:
                raise
            finding = Remark(rule=error.rule, severity=Severity.ERROR, line=error.line, message=error.message)
            _print_json(refused_json(cutoff.date(), chosen, finding))
            raise typer.Exit(1) from None
        report = compute(intake, cutoff.date(), chosen)
        if as_json:
            _print_json(report.document())
        else:
            _print_report(report)
        raise typer.Exit(_status(report))


@app.command(epilog="Exemple : passerelle esf compare arrete-2025.json recalcul.json")
def compare(
    left: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, metavar="DOCUMENT", help="Un document de « esf indicators --json ».")
    ],
    right: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="AUTRE", help="L’autre document.")],
    as_json: Annotated[bool, typer.Option("--json", help="Un document JSON plutôt que des tableaux.")] = False,
) -> None:
    """Compare deux documents de chiffres : les mêmes au même arrêté, et chacun juste en lui-même."""
    with exit_status():
        found = comparing.compare(comparing.read_document(left), comparing.read_document(right))
        if as_json:
            _print_json({"agree": found.agree, **found.model_dump(mode="json")})
        else:
            _print_comparison(found)
        raise typer.Exit(0 if found.agree else 1)


def _print_comparison(found: comparing.Comparison) -> None:
    if not found.same_cutoff:
        console.print("Les deux documents n’ont pas la même date d’arrêté : les écarts sont une évolution.")
    if not found.same_rules:
        console.print("Les deux documents n’ont pas les mêmes règles de calcul.")
    console.print(f"{found.compared} valeurs comparées, {len(found.differences)} écart(s), {len(found.findings)} observation(s).")
    grid = RichTable("Opération", "Indicateur", "Colonne", "Premier", "Second", title="Écarts", title_justify="left")
    for one in found.differences[:_SHOWN]:
        grid.add_row(*(escape(str("–" if value is None else value)) for value in one.model_dump().values()))
    if found.differences:
        console.print(grid)
    if len(found.differences) > _SHOWN:
        console.print(f"… et {len(found.differences) - _SHOWN} autres : tous sont dans --json.")
    for remark in found.findings[:_SHOWN]:
        console.print(f"{remark.rule} {escape(remark.operation or '')} : {escape(remark.message)}")
    if found.agree:
        console.print("Les deux documents concordent.")


def _status(report: Report) -> int:
    """1 when something was left out or needs a look; what is only said for the record does not count."""
    found = report.findings.by_severity
    return 1 if found[Severity.ERROR] or found[Severity.WARNING] else 0


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.writelines(document_text(document))


def _print_report(report: Report) -> None:
    computed = report.computed
    console.print(f"Indicateurs FSE+ arrêtés au {report.cutoff:%d/%m/%Y}, règles {escape(report.rules.version)}")
    for operation in report.operations:
        _print_operation(operation)
    if nameless := sum(computed.excluded[-1].values()):
        console.print(f"Lignes rejetées dont l’opération est illisible : {nameless}")
    counted, left_out = len(computed.view.persons), computed.settlement.left_out
    console.print(f"Ensemble : {computed.settlement.received} participations reçues = {counted} comptées + {left_out} exclues.")
    if len(report.findings):
        _print_remarks(report)


def _print_operation(operation: OperationReport) -> None:
    grid = RichTable(title=f"Opération {escape(operation.operation_id)}", title_justify="left")
    grid.add_column("Code", no_wrap=True)
    grid.add_column("Indicateur", ratio=1)
    for name in COLUMNS.values():
        grid.add_column(name, justify="right", no_wrap=True)
    second = operation.annex_2 or {}
    for indicator, cell in [
        *((one, operation.table[one.code]) for one in INDICATORS),
        *((one, second[one.code]) for one in ANNEX_2 if second),
    ]:
        said = STATUSES.get(cell.status or "", "")
        figures = [str(cell.figures.get(column, "")) for column in PERSON_COLUMNS]
        grid.add_row(indicator.code, f"{indicator.name} ({said})" if said else indicator.name, *figures)
    console.print(grid)
    excluded = [f"{REASONS[Reason(name)].lower()} {number}" for name, number in operation.excluded_by_reason.items() if number]
    left_out = operation.received - operation.counted_number
    console.print(f"{operation.received} reçues = {operation.counted_number} comptées + {left_out} exclues", end="")
    console.print(f" ({', '.join(excluded)})." if excluded else ".")
    quality = operation.quality()
    if quality["exit_without_status"] or quality["window_open"]:
        console.print(f"Sorties non renseignées : {quality['exit_without_status']} ; délai encore ouvert : {quality['window_open']}.")


def _print_remarks(report: Report) -> None:
    grid = RichTable(title=f"Observations ({len(report.findings)})", title_justify="left")
    for name in ("Ligne", "Opération", "Règle", "Gravité", "Observation"):
        grid.add_column(name)
    order = list(Severity)
    for remark in sorted(report.findings, key=lambda one: order.index(one.severity))[:_SHOWN]:
        severity = f"[{_STYLES[remark.severity]}]{SEVERITIES[remark.severity]}[/]"
        grid.add_row(str(remark.line or ""), escape(remark.operation or ""), remark.rule, severity, escape(remark.message))
    console.print(grid)
    console.print("Par règle : " + ", ".join(f"{rule} {number}" for rule, number in sorted(report.findings.by_rule.items())) + ".")
    if len(report.findings) > _SHOWN:
        console.print(f"… et {len(report.findings) - _SHOWN} autres : toutes sont dans --json.")


app.add_typer(esf_snapshot.app, name="snapshot")
app.add_typer(esf_proposals.app, name="proposals")
app.registered_commands += [
    *esf_snapshot.trace_app.registered_commands,
    *esf_operations.app.registered_commands,
    *esf_programme.app.registered_commands,
    *esf_forms.app.registered_commands,
    *esf_follow_up.app.registered_commands,
    *esf_extract.app.registered_commands,
]
