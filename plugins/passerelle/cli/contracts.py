"""``passerelle contracts``: list, show and lint the contracts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle.cli.certificate import Certificate, certificate_in, is_missing
from passerelle.cli.edge import contracts_root, err, exit_status, out
from passerelle.contract.diff import Difference, Verdict, compare
from passerelle.contract.load import SUFFIX, feed_ids, find, load_all, load_loose
from passerelle.contract.model import Contract
from passerelle.errors import ConfigurationError
from passerelle.kit.build import write_kit

_VERDICTS = {
    Verdict.COMPATIBLE: "[green]compatible[/]",
    Verdict.NOTICE: "[yellow]à annoncer[/]",
    Verdict.BREAKING: "[red]incompatible[/]",
}

app = typer.Typer(
    help="Les contrats : liste, détail, vérification, comparaison, dossier du partenaire.", no_args_is_help=True, add_completion=False
)
_Root = Annotated[Path | None, typer.Option("--contracts", help="Dossier des contrats.", file_okay=False)]


@app.command("list", epilog="Exemple : passerelle contracts list")
def list_contracts(contracts: _Root = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Les flux et leur version."""
    with exit_status():
        good, broken = load_all(contracts_root(contracts))
    if as_json:
        typer.echo(json.dumps([{"id": c.id, "version": c.version, "name": c.name, "source": c.source} for c in good], ensure_ascii=False))
    else:
        table = RichTable("Flux", "Version", "Nom", "Format", "Tables")
        for contract in good:
            table.add_row(contract.id, contract.version, contract.name, contract.layout.format, str(len(contract.tables)))
        out.print(table)
    for error in broken:
        err.print(str(error), markup=False, style="red")
    if broken:
        raise typer.Exit(1)


@app.command(epilog="Exemple : passerelle contracts lint")
def lint(contracts: _Root = None) -> None:
    """Vérifie tous les contrats : fichier, ligne et remède pour chaque faute."""
    with exit_status():
        good, broken = load_all(contracts_root(contracts))
    for error in broken:
        err.print(str(error), markup=False, style="red")
    out.print(f"{len(good)} contrats valides, {len(broken)} à corriger.")
    if broken:
        raise typer.Exit(1)


@app.command(epilog="Exemple : passerelle contracts show ccas/accompagnement")
def show(feed: Annotated[str, typer.Argument(metavar="FLUX")], contracts: _Root = None) -> None:
    """Ce que dit un contrat : tables, colonnes, types, classification."""
    with exit_status():
        contract = find(contracts_root(contracts), feed)
    out.print(f"[bold]{contract.name}[/] ({contract.id}, version {contract.version})")
    out.print(f"{contract.purpose}\nFichier : {contract.layout.name_template}", markup=False)
    for table in contract.tables:
        rows = RichTable("Colonne", "Dans le fichier", "Libellé", "Type", "Classification", title=table.label or table.name)
        for column in table.columns:
            needed = "*" if column.required else ""
            rows.add_row(column.name + needed, column.source, column.label, column.type, column.classification)
        out.print(rows)


@app.command(epilog="Exemple : passerelle contracts docs ccas/accompagnement --out dossiers")
def docs(
    out_dir: Annotated[Path, typer.Option("--out", help="Dossier où écrire ; un sous-dossier par flux.", file_okay=False)],
    feed: Annotated[str | None, typer.Argument(metavar="FLUX", help="Le flux ; sans lui, tous.")] = None,
    contracts: _Root = None,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Date de l'exemple (aujourd'hui par défaut).")
    ] = None,
    certificate: Certificate = None,
) -> None:
    """Le dossier du partenaire : une page à lire, un fichier d'exemple, un fichier vide, la liste des règles avec leurs codes."""
    with exit_status():
        root = contracts_root(contracts)
        as_of = (day or datetime.now(UTC)).date()
        key = certificate_in(certificate)
        for name in [feed] if feed is not None else feed_ids(root):
            contract = find(root, name)
            written = write_kit(contract, out_dir / name.replace("/", "_"), as_of, key)
            out.print(str(written[0]), markup=False)
            if is_missing(contract, key):
                words = (
                    "l'exemple n'est donné qu'en clair. Pour y joindre le même, chiffré, et la clé publique, donnez-la avec --certificate."
                )
                err.print(f"{name} : ses fichiers sont chiffrés (OpenPGP), et {words}", markup=False, style="yellow")


@app.command(epilog="Exemple : passerelle contracts diff anciens/ccas/accompagnement.odcs.yaml contracts/ccas/accompagnement.odcs.yaml")
def diff(
    old: Annotated[Path, typer.Argument(metavar="ANCIEN", exists=True, help="Le contrat en vigueur, ou le dossier des contrats.")],
    new: Annotated[Path, typer.Argument(metavar="NOUVEAU", exists=True, help="Le contrat proposé, ou le dossier des contrats.")],
    contracts: _Root = None,
    as_json: Annotated[bool, typer.Option("--json", help="Une réponse JSON.")] = False,
) -> None:
    """Ce qui change entre deux versions : compatible, à annoncer au partenaire, ou incompatible.

    Un changement incompatible sans nouvelle version majeure est refusé (code de sortie 1), comme un numéro qui n'augmente pas assez.
    """
    with exit_status():
        found = [compare(*pair) for pair in _pairs(old, new, contracts)]
    if as_json:
        typer.echo(json.dumps([_as_data(one) for one in found], ensure_ascii=False, indent=2))
    else:
        for one in found:
            _tell(one)
    if any(one.is_refused for one in found):
        raise typer.Exit(1)


def _pairs(old: Path, new: Path, contracts: Path | None) -> list[tuple[Contract, Contract]]:
    if old.is_dir() is not new.is_dir():
        raise ConfigurationError("Donnez deux fichiers de contrat, ou deux dossiers de contrats.")
    if not old.is_dir():
        return [(load_loose(old, _root_of(old, contracts)), load_loose(new, _root_of(new, contracts)))]
    before, after = set(feed_ids(old)), set(feed_ids(new))
    for feed in sorted(before ^ after):
        err.print(f"{feed} : {'flux ajouté' if feed in after else 'flux retiré'}", markup=False)
    return [(load_loose(old / f"{feed}{SUFFIX}", old), load_loose(new / f"{feed}{SUFFIX}", new)) for feed in sorted(before & after)]


def _root_of(path: Path, contracts: Path | None) -> Path:
    """Where the code lists of a contract are: beside its partner's folder, else those of the installation."""
    near = path.resolve().parents[1]
    return near if (near / "codes").is_dir() else contracts_root(contracts)


def _as_data(found: Difference) -> dict[str, object]:
    words = {"verdict": found.verdict.value, "needed_version": found.needed_version, "refused": found.is_refused}
    return {**found.model_dump(mode="json"), **words}


def _tell(found: Difference) -> None:
    sense = "reçu d'un partenaire" if found.direction == "inbound" else "envoyé par le Département"
    out.print(f"[bold]{found.feed}[/] ({sense}) : {found.old_version} → {found.new_version}")
    if not found.changes:
        out.print("  Aucun changement.")
        return
    table = RichTable("Effet", "Où", "Quoi", "Avant", "Après")
    for change in found.changes:
        what = f"{change.what}\n[dim]{change.why}[/]" if change.why else change.what
        table.add_row(_VERDICTS[change.verdict], change.place, what, escape(change.old), escape(change.new))
    out.print(table)
    if found.is_refused:
        out.print(f"[red]Refusé[/] : ces changements demandent au moins la version {found.needed_version}.")
    else:
        out.print(f"Le numéro de version convient ({found.needed_version} au moins).")
