"""``passerelle esf extract``: workbook, table, signed-ready summary and, for the restricted role, microdata and Ma Démarche FSE+.

Exit status: 0 done and clean, 1 done with observations or refused, 2 wrong usage or configuration, 3 try again later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from passerelle import gateway
from passerelle.cli.edge import err, exit_status, out
from passerelle.cli.login import login
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.indicators.controls import Severity
from passerelle.indicators.extracts import bundle
from passerelle.indicators.extracts.content import Extract
from passerelle.indicators.extracts.ma_demarche import ma_demarche
from passerelle.indicators.extracts.measures import alert, conservation
from passerelle.indicators.extracts.parameters import load_parameters
from passerelle.indicators.extracts.profiles import Profile, Standing, load_profile
from passerelle.indicators.extracts.subject import Circle, Subject
from passerelle.indicators.extracts.subjects import of_snapshot, provisional
from passerelle.indicators.extracts.workbook import Say, in_silence
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import rural
from passerelle.indicators.snapshot.propose import Request

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class _Wanted:
    """What was asked for."""

    operation: str | None
    cut_off: datetime | None
    snapshot: int | None
    rules: Path | None
    circle: Circle
    profile: Profile | None


def _file(words: str, *names: str) -> Any:
    return typer.Option(*names, exists=True, dir_okay=False, readable=True, metavar="FICHIER", help=words)


@app.command(epilog="Exemple : passerelle esf extract --snapshot 12 --out extraits/ --targets cibles.csv")
def extract(
    folder: Annotated[Path, typer.Option("--out", metavar="CHEMIN", help="Le dossier où écrire ; un chemin en .xlsx : le classeur seul.")],
    snapshot: Annotated[int | None, typer.Option(metavar="N°", help="L’arrêté à extraire ; sans lui, un calcul provisoire.")] = None,
    operation: Annotated[str | None, typer.Option(metavar="ID", help="Une seule opération ; toutes sans cette option.")] = None,
    cutoff: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="AAAA-MM-JJ", help="Date d’arrêté d’un calcul provisoire.")
    ] = None,
    circle: Annotated[Circle, typer.Option(help="Qui lira : restreint (microdonnées), gestion, diffusion (petits effectifs masqués).")] = (
        Circle.OFFICERS
    ),
    targets: Annotated[Path | None, _file("Valeurs intermédiaires et cibles, datées (CSV).")] = None,
    rules: Annotated[Path | None, _file("Paramètres d’un calcul provisoire (YAML ou JSON).")] = None,
    parameters: Annotated[Path | None, _file("Paramètres de l’extrait, dont le seuil des petits effectifs (YAML).")] = None,
    for_platform: Annotated[bool, typer.Option("--ma-demarche", help="Aussi le fichier des participants ; cercle restreint.")] = False,
    profile: Annotated[Path | None, _file("Format de ce fichier (YAML) ; sans lui, une hypothèse.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Une réponse JSON.")] = False,
) -> None:
    """Écrit les extraits d’un arrêté, ou d’un calcul provisoire : classeur, tableau CSV et bilan PDF à signer."""
    with exit_status(), gateway.opened() as opened:
        layout = load_profile(profile) if for_platform or profile is not None else None
        wanted = _Wanted(operation, cutoff, snapshot, rules, circle, layout)
        held, chosen = load_parameters(parameters), bundle.targets_of(opened, targets)
        with _progress() as say:
            say("lecture de l’entrepôt et calcul")
            subjects = _subjects(opened, wanted)
            told = [_write(Extract(one, circle, chosen, held), layout, folder, say) for one in subjects]
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))
    else:
        _say(told)
    raise typer.Exit(1 if any(one["observations"] or one["not_written"] for one in told) else 0)


@contextmanager
def _progress() -> Iterator[Say]:
    """What is being made, on a terminal and until it is done; nothing elsewhere."""
    if not err.is_terminal:
        yield in_silence
        return
    with err.status("") as status:
        yield lambda words: status.update(f"Extraits FSE+ : {escape(words)} …")


def _subjects(opened: Gateway, wanted: _Wanted) -> tuple[Subject, ...]:
    if wanted.profile is not None and wanted.circle is not Circle.RESTRICTED:
        raise ConfigurationError("Le fichier de Ma démarche FSE+ contient des microdonnées : ajoutez --circle restreint.")
    if (wanted.snapshot is None) == (wanted.cut_off is None):
        raise ConfigurationError("Dites --snapshot (un arrêté) ou --cutoff (un calcul provisoire), l’un des deux.")
    if wanted.snapshot is not None and wanted.rules is not None:
        raise ConfigurationError("Un arrêté garde ses propres paramètres : --rules ne vaut que pour un calcul provisoire.")
    day = wanted.cut_off.date() if wanted.cut_off else opened.now().date()
    request = Request(wanted.operation or "", day, login(), opened.now(), load_rules(wanted.rules), rural.contract_of(opened))
    if wanted.snapshot is not None:
        found: tuple[Subject, ...] = (of_snapshot(opened.engine, wanted.snapshot, wanted.operation),)
    else:
        found = provisional(opened.engine, request)
    if wanted.circle is Circle.RESTRICTED:
        bundle.note(opened.engine, request, found)
    return found


def _write(extract: Extract, profile: Profile | None, folder: Path, say: Say) -> dict[str, Any]:
    name = extract.subject.operation_id
    files, missing = bundle.files_of(extract, lambda words: say(f"{name}, {words}")), tuple[str, ...]()
    if profile is not None:
        made = ma_demarche(extract.subject, profile)
        files, missing = files | bundle.participants_files(extract, profile, made), made.missing
    private = extract.circle is Circle.RESTRICTED
    if folder.suffix.lower() == bundle.WORKBOOK:
        content = files[f"{bundle.stem_of(extract.subject, extract.circle)}{bundle.WORKBOOK}"]
        written = bundle.write(folder.parent, {folder.name: content}, private=private)
    else:
        written = bundle.write(folder, files, private=private)
    findings = extract.subject.document["findings"]
    return {
        "operation": extract.subject.operation_id,
        "cutoff": extract.subject.cut_off,
        "state": extract.subject.state,
        "frozen": extract.subject.is_frozen,
        "circle": extract.circle,
        "files": [str(path) for path in written],
        "participations": conservation(extract),
        "alert": alert(extract),
        "hidden": extract.lines.hidden,
        "observations": sum(1 for one in findings if one["severity"] != Severity.INFO),
        "hypothesis": profile is not None and profile.status is Standing.HYPOTHESIS,
        "not_written": list(missing),
    }


def _say(told: list[dict[str, Any]]) -> None:
    for one in told:
        out.print(f"Opération {one['operation']}, au {one['cutoff']:%d/%m/%Y}. {one['state']}.", markup=False)
        for path in one["files"]:
            out.print(f"  {path}", markup=False)
        out.print(f"  {one['participations']}.", markup=False)
        if one["alert"]:
            out.print("  ALERTE : trop de dossiers incomplets (feuille « Qualité »).", markup=False)
        if one["hidden"]:
            out.print(f"  {one['hidden']} cases masquées (petits effectifs).", markup=False)
        if one["observations"]:
            where = "" if one["circle"] is Circle.PUBLIC else ", feuille « Observations »"
            out.print(f"  {one['observations']} observation(s){where}.", markup=False)
        if one["hypothesis"]:
            out.print("  Ma démarche FSE+ : format d’HYPOTHÈSE, à ne pas déposer (docs/gestionnaires/extraits-fse.md).", markup=False)
        for line in one["not_written"]:
            out.print(f"  {line}", markup=False)
