"""``passerelle check``: what the gateway would answer to a file, on anyone's desk, without server or database."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import wrap_file

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import inspect
from passerelle.cli.edge import contracts_root, err, exit_status, out
from passerelle.contract.load import feed_ids, find, load_all
from passerelle.contract.model import Contract
from passerelle.derive.synthetic.wrapping import without_envelope
from passerelle.errors import ConfigurationError
from passerelle.findings import Verdict
from passerelle.receipt import build
from passerelle.receipt.model import DeliveryFacts, IgnoredLines, Receipt, Threshold, file_names
from passerelle.receipt.page import render
from passerelle.receipt.workbook import DetailRow, render_workbook

app = typer.Typer(add_completion=False)

_LONG = 20_000_000
"""Bytes from which the check takes long enough to show its progress."""
_LISTED = 1_000
"""Findings in the JSON answer; ``findings_total`` says how many there are."""
_SHOWN_PER_RULE = 50
_VERDICTS = {
    Verdict.ACCEPTED: ("[green]Accepté[/]", "le fichier est conforme."),
    Verdict.ACCEPTED_WITH_FINDINGS: ("[yellow]Accepté avec observations[/]", "ce qui est bon serait chargé."),
    Verdict.HELD: ("[yellow]Retenu[/]", "une personne du Département devrait décider."),
    Verdict.REFUSED: ("[red]Refusé[/]", "rien ne serait chargé."),
}


@app.command(epilog="Exemple : passerelle check ACCOMPAGNEMENT_26540123400017_20261120.csv --json")
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Le fichier à vérifier.", metavar="FICHIER")],
    feed: Annotated[str | None, typer.Option(help="Le flux, si le nom du fichier ne le dit pas (ex. ccas/accompagnement).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Une réponse JSON.")] = False,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Dossier où écrire le compte rendu (page HTML, classeur XLSX, JSON).")
    ] = None,
    contracts: Annotated[Path | None, typer.Option(help="Dossier des contrats.", file_okay=False)] = None,
    is_unwrapped: Annotated[
        bool, typer.Option("--unwrapped", help="Le fichier n'est pas encore dans son enveloppe (gzip, zip, OpenPGP).")
    ] = False,
) -> None:
    """Vérifie un fichier avant de l'envoyer : la réponse que la passerelle ferait. Rien n'est transmis."""
    with exit_status():
        contract = _contract(contracts_root(contracts), file, feed)
        if is_unwrapped:
            contract = without_envelope(contract)
        inspection = _inspect(contract, file)
        receipt = _receipt(contract, file, inspection)
        if out_dir is not None:
            _write(receipt, inspection, out_dir)
        if as_json:
            typer.echo(json.dumps(answer(contract, file, inspection), ensure_ascii=False, indent=2))
        else:
            _tell(receipt, inspection, out_dir)
    if inspection.verdict is not Verdict.ACCEPTED:
        raise typer.Exit(1)


def answer(contract: Contract, file: Path, inspection: Inspection) -> dict[str, Any]:
    """The JSON answer: delivery, verdict, lines, the first findings and their total."""
    kept = ("rule", "severity", "line", "column", "record", "message", "expected", "fix", "proposal")
    findings = [{name: getattr(finding, name) for name in kept} for _, finding, _ in islice(inspection.findings(), _LISTED)]
    return {
        "delivery": {
            "file": file.name,
            "feed": contract.id,
            "contract_version": contract.version,
            "sha256": _sha256(contract, file, inspection),
            "bytes": file.stat().st_size,
        },
        "verdict": inspection.verdict.value,
        "lines": inspection.counts.model_dump(),
        "findings": findings,
        "findings_total": inspection.total,
    }


def _inspect(contract: Contract, file: Path) -> Inspection:
    """The judgement, with a progress bar on a terminal for what takes long: the file is read twice."""
    with file.open("rb") as opened:
        if not err.is_terminal or file.stat().st_size < _LONG:
            return inspect(contract, opened)
        with wrap_file(opened, file.stat().st_size, description="Contrôle", console=err, transient=True) as watched:
            return inspect(contract, watched)


def _contract(root: Path, file: Path, feed: str | None) -> Contract:
    if feed is not None:
        known = feed_ids(root)
        if feed not in known:
            raise ConfigurationError(f"Aucun flux ne s'appelle « {feed} ». Flux connus : {', '.join(known)}.")
        return find(root, feed)
    contracts, _ = load_all(root)
    matching = [contract for contract in contracts if re.fullmatch(contract.layout.name_pattern, file.name)]
    if len(matching) == 1:
        return matching[0]
    names = "\n".join(f"  {one.id} : {name.name}" for one, name in zip(contracts, build.expected_names(contracts), strict=True))
    raise ConfigurationError(
        f"Le nom du fichier « {file.name} » ne dit pas de quel flux il s'agit. Renommez-le, ou précisez le flux avec --feed :\n{names}"
    )


def _receipt(contract: Contract, file: Path, inspection: Inspection) -> Receipt:
    now = datetime.now(UTC).replace(microsecond=0)
    facts = DeliveryFacts(
        trial=True,
        feed=contract.id,
        feed_name=contract.name,
        contract_version=contract.version,
        unit="dossier" if contract.is_grouped else "ligne",
        file_name=file.name,
        sha256=_sha256(contract, file, inspection),
        bytes=file.stat().st_size,
        received_at=now,
    )
    blank = inspection.counts.ignored
    checked = build.Checked(
        verdict=inspection.verdict,
        counts=inspection.counts,
        findings=inspection.first(_SHOWN_PER_RULE),
        totals=inspection.totals(),
        thresholds=tuple(Threshold(**limit._asdict()) for limit in inspection.limits),
        labels=build.column_labels(contract),
        ignored=(IgnoredLines(reason="ligne vide", count=blank),) if blank else (),
        reason=inspection.reason,
        unverified=inspection.unverified,
    )
    return build.conformity(facts, now, checked)


def _sha256(contract: Contract, file: Path, inspection: Inspection) -> str:
    """Of the file as it is: what the survey saw of a wrapped one is its inside."""
    if inspection.survey is not None and not contract.layout.envelope:
        return inspection.survey.sha256
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _write(receipt: Receipt, inspection: Inspection, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = file_names(receipt)
    (folder / names["json"]).write_text(receipt.to_json(), encoding="utf-8")
    (folder / names["html"]).write_text(render(receipt), encoding="utf-8")
    render_workbook(receipt, (DetailRow.of(finding) for _, finding, _ in inspection.findings()), folder / names["xlsx"])


def _tell(receipt: Receipt, inspection: Inspection, folder: Path | None) -> None:
    word, meaning = _VERDICTS[inspection.verdict]
    counts = inspection.counts
    out.print(f"{word} : {meaning}")
    out.print(f"{counts.received} reçues = {counts.accepted} bonnes + {counts.set_aside} à corriger + {counts.ignored} ignorées")
    for group in receipt.groups[:20]:
        lines = ", ".join(map(str, group.lines[:8]))
        out.print(f"\n• {group.message}", markup=False)
        word = "ligne" if len(group.lines) == 1 else "lignes"
        out.print(f"  {group.count} fois{f', {word} {lines}' if lines else ''}{'…' if len(group.lines) > 8 else ''}", markup=False)
        proposed = [f"ligne {example.line} : {example.proposal}" for example in group.examples if example.proposal]
        for text in (group.expected, group.fix, *proposed[:3]):
            if text:
                out.print(f"  {text}", markup=False)
    if inspection.unverified:
        out.print(f"\nRéférentiel non disponible ici, références non vérifiées : {', '.join(inspection.unverified)}", markup=False)
    if folder is not None:
        out.print(f"\nCompte rendu : {folder / file_names(receipt)['html']}", markup=False)
