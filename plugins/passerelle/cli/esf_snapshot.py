"""``passerelle esf snapshot`` and ``passerelle esf trace``: figures that stay as they were, and what each is made of.

Who proposes and who freezes are the logins of the processes; nothing personal is printed.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table as RichTable

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.cli.login import login
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.indicators.compare import decreases
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import canonical, changes, engine, extracts, rural, store
from passerelle.indicators.snapshot.canonical_sql import UNMATCHED
from passerelle.indicators.snapshot.freeze import freeze as freeze_it
from passerelle.indicators.snapshot.propose import Request
from passerelle.indicators.snapshot.propose import propose as propose_it
from passerelle.indicators.snapshot.store import Snapshot
from passerelle.indicators.snapshot.tracing import SOURCES, Cell
from passerelle.indicators.snapshot.tracing import trace as trace_it
from passerelle.indicators.snapshot.verify import verify as verify_it
from passerelle.indicators.wording import STATUSES
from passerelle.warehouse.connect import transaction

app = typer.Typer(help="Arrêtés FSE+ : proposer, figer à deux, prouver.", no_args_is_help=True, add_completion=False)
trace_app = typer.Typer(add_completion=False)

_Number = Annotated[int, typer.Argument(metavar="N°", help="Numéro de l’arrêté (passerelle esf snapshot list).")]
_Operation = Annotated[str, typer.Argument(metavar="OPÉRATION", help="Numéro de l’opération cofinancée.")]
_Json = Annotated[bool, typer.Option("--json", help="Une réponse JSON.")]


@app.command(epilog="Exemple : passerelle esf snapshot propose FSE-2026-INS-01 --cut-off 2026-06-30")
def propose(
    operation: _Operation,
    cut_off: Annotated[datetime, typer.Option("--cut-off", formats=["%Y-%m-%d"], metavar="AAAA-MM-JJ", help="Date d’arrêté, incluse.")],
    rules: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, metavar="FICHIER", help="Paramètres que la règle laisse au choix.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Calcule l’opération telle que connue à la date d’arrêté et garde le calcul entier ; un autre agent le fige ensuite."""
    with exit_status(), gateway.opened() as opened:
        request = Request(operation, cut_off.date(), login(), opened.now(), load_rules(rules), rural.contract_of(opened))
        made = propose_it(opened.engine, request)
        told = _told(opened, made)
    if made.known_at == request.at:
        told["warning"] = "La journée d’arrêté n’est pas terminée : ce qui sera enregistré d’ici ce soir n’y est pas."
    _say(told, as_json, f"Arrêté n° {made.snapshot_id} proposé ; un autre agent fige : passerelle esf snapshot freeze {made.snapshot_id}")


@app.command(epilog="Exemple : passerelle esf snapshot freeze 12")
def freeze(snapshot: _Number, as_json: _Json = False) -> None:
    """Fige un arrêté proposé par un autre : vérifié d’abord, il ne change plus jamais."""
    with exit_status(), gateway.opened() as opened:
        made = freeze_it(opened.engine, snapshot, login(), opened.now())
        told = _told(opened, made)
    _say(told, as_json, f"Arrêté n° {snapshot} figé par {made.frozen_by}.")


@app.command("list", epilog="Exemple : passerelle esf snapshot list --operation FSE-2026-INS-01")
def listing(
    operation: Annotated[str | None, typer.Option(metavar="ID", help="Une seule opération.")] = None,
    as_json: _Json = False,
) -> None:
    """Les arrêtés, du plus récent au plus ancien."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        found = store.listed(connection, operation)
    if as_json:
        _print([_facts(one) for one in found])
        return
    grid = RichTable()
    for name in ("N°", "Opération", "Arrêté au", "Règles", "Proposé par", "Figé par", "Empreinte"):
        grid.add_column(name, no_wrap=name != "Règles")
    for one in found:
        day = f"{one.cut_off:%d/%m/%Y}"
        grid.add_row(
            str(one.snapshot_id), one.operation_id, day, one.rules_version, one.proposed_by, one.frozen_by or "à figer", one.sha256[:12]
        )
    out.print(grid)


@app.command(epilog="Exemple : passerelle esf snapshot show 12 --out dossier/")
def show(
    snapshot: _Number,
    folder: Annotated[
        Path | None, typer.Option("--out", file_okay=False, metavar="DOSSIER", help="Y écrire les fichiers de l’arrêté, pour un auditeur.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Ce qu’est un arrêté : dates, personnes, chiffres, changements depuis l’arrêté figé précédent."""
    with exit_status(), gateway.opened() as opened:
        with transaction(opened.engine) as connection:
            found = store.get(connection, snapshot)
            files = store.files(connection, snapshot)
        told = _told(opened, found)
        if folder is not None:
            _write(folder, files | {"manifest.json": found.manifest.encode("utf-8")})
            told["written"] = str(folder)
    told["figures"] = engine.document(files)["operations"]
    _say(told, as_json, f"Arrêté n° {snapshot}, {'figé' if found.is_frozen else 'à figer'}.")


@app.command(epilog="Exemple : passerelle esf snapshot verify 12")
def verify(snapshot: _Number, as_json: _Json = False) -> None:
    """Recalcule l’arrêté à partir de ses propres fichiers et compare : fin 0 si rien ne diffère, 1 sinon."""
    with exit_status(), gateway.opened() as opened:
        proof = verify_it(opened.engine, snapshot)
    body = {"snapshot": snapshot, "holds": proof.holds, "files": proof.files, "cells": proof.cells, "differences": list(proof.differences)}
    if as_json:
        _print(body)
    else:
        words = "identiques" if proof.holds else "différents"
        out.print(f"Arrêté n° {snapshot} : {proof.files} fichiers contrôlés, {proof.cells} chiffres recalculés, {words}.")
        for line in proof.differences:
            out.print(f"• {line}", markup=False)
    raise typer.Exit(0 if proof.holds else 1)


@app.command(epilog="Exemple : passerelle esf snapshot deliver")
def deliver() -> None:
    """Dépose les extraits des arrêtés figés dans le dossier des gestionnaires (paramètre funding_officers)."""
    with exit_status(), gateway.opened() as opened:
        sent = extracts.deliver(opened)
    out.print(f"{sent} fichier(s) déposé(s).")


@trace_app.command("trace", epilog="Exemple : passerelle esf trace FSE-2026-INS-01 EECO02 F --snapshot 12")
def trace(
    operation: _Operation,
    indicator: Annotated[str, typer.Argument(metavar="INDICATEUR", help="Code : EECO01 à EECR06, II.1 à II.8, ou une ligne combinée.")],
    column: Annotated[str, typer.Argument(metavar="COLONNE", help="F, M, N ou T.")],
    snapshot: Annotated[int, typer.Option("--snapshot", metavar="N°", help="Numéro de l’arrêté.")],
    as_json: _Json = False,
) -> None:
    """D’un chiffre aux participations qui le font, et de chacune au partenaire, au fichier, à la ligne et au récépissé."""
    with exit_status(), gateway.opened() as opened:
        found = trace_it(opened.engine, Cell(operation, indicator.upper(), column.upper()), snapshot)
    if as_json:
        _print(
            {
                "operation": operation,
                "indicator": found.cell.indicator,
                "column": found.cell.column,
                "snapshot": snapshot,
                "figure": found.figure,
                "status": found.status,
                "participations": list(found.participations),
            }
        )
        return
    said = f" ({STATUSES[found.status]})" if found.status else ""
    out.print(f"{found.cell.indicator} {found.cell.column}, arrêté n° {snapshot} : {found.figure}{said}", markup=False)
    grid = RichTable()
    for name in ("Participation", "Entrée", "Sortie", "Origine", "Expéditeur", "Fichier", "Ligne", "Récépissés"):
        grid.add_column(name, overflow="fold")
    for one in found.participations:
        for source in one["sources"]:
            place = (source["subject"], source["sender"], source["file_name"], source["line"], source["receipts"].replace("+", " "))
            grid.add_row(one["participation_id"], one["entry_date"], one["exit_date"] or "", *place)
    out.print(grid)


def _told(opened: Gateway, found: Snapshot) -> dict[str, Any]:
    told = _facts(found)
    with transaction(opened.engine) as connection:
        files = store.files(connection, found.snapshot_id)
        before = store.files(connection, found.previous_id) if found.previous_id is not None else None
    told["participations"] = {
        "counted": store.rows_of(engine.COUNTED, files[engine.COUNTED]),
        "excluded": store.rows_of(engine.EXCLUDED, files[engine.EXCLUDED]),
    }
    sources = canonical.read(files[SOURCES])
    told["exits_unmatched"] = sum(1 for row in sources if row["subject"] == UNMATCHED)
    told["changes"] = changes.summary(canonical.read(files[changes.CHANGES])) if changes.CHANGES in files else None
    told["decreases"] = [one.message for one in decreases(engine.document(before), engine.document(files))] if before else []
    return told


def _facts(found: Snapshot) -> dict[str, Any]:
    named = ("operation_id", "cut_off", "known_at", "rules_version", "engine_version", "sha256", "proposed_by", "proposed_at")
    return {
        "snapshot": found.snapshot_id,
        "state": "frozen" if found.is_frozen else "proposed",
        **{name: getattr(found, name) for name in named},
        "frozen_by": found.frozen_by,
        "frozen_at": found.frozen_at,
        "previous": found.previous_id,
    }


def _say(told: dict[str, Any], as_json: bool, words: str) -> None:
    if as_json:
        _print(told)
        return
    out.print(words, markup=False)
    day = datetime.fromisoformat(str(told["cut_off"]))
    out.print(f"Opération {told['operation_id']}, arrêtée au {day:%d/%m/%Y}, règles {told['rules_version']}.", markup=False)
    out.print(f"Participations : {told['participations']['counted']} comptées, {told['participations']['excluded']} exclues.", markup=False)
    out.print(f"Empreinte : {told['sha256']}", markup=False)
    for name, words_of in changes.WORDS.items():
        if told["changes"] and told["changes"][name]:
            out.print(f"{words_of} : {told['changes'][name]}", markup=False)
    if told["changes"] and told["changes"]["results_lost"]:
        out.print(f"Résultats qui ne comptent plus : {told['changes']['results_lost']}", markup=False)
    for message in told["decreases"]:
        out.print(message, markup=False)
    if told["exits_unmatched"]:
        out.print(f"Sorties sans participation connue dans l’opération : {told['exits_unmatched']}", markup=False)
    for name in ("warning", "written"):
        if name in told:
            out.print(told[name], markup=False)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, content in files.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"Le dossier {folder} ne peut pas être écrit ({type(error).__name__}).") from error


def _print(body: Any) -> None:
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))
