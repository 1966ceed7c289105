"""``passerelle sample``: a synthetic file, as the partner would send it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from passerelle.cli.certificate import Certificate, certificate_in, is_missing
from passerelle.cli.edge import contracts_root, exit_status, out
from passerelle.contract.load import find
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.errors import ConfigurationError

app = typer.Typer(add_completion=False)


@app.command(epilog="Exemple : passerelle sample caf/rsa_beneficiaires_mensuel --rows 1000 --seed 1 --out essai")
def sample(
    feed: Annotated[str, typer.Argument(help="Le flux (ex. ccas/accompagnement).", metavar="FLUX")],
    out_dir: Annotated[Path, typer.Option("--out", help="Dossier où écrire le fichier.")],
    rows: Annotated[int, typer.Option(min=1, help="Nombre de lignes, ou de dossiers en XML.")] = 1000,
    seed: Annotated[int, typer.Option(help="Même graine, même fichier.")] = 1,
    defects: Annotated[float, typer.Option(min=0, max=1, help="Part des lignes à laquelle un défaut est donné.")] = 0.0,
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Date du fichier (aujourd'hui par défaut).")] = None,
    certificate: Certificate = None,
    contracts: Annotated[Path | None, typer.Option(help="Dossier des contrats.", file_okay=False)] = None,
) -> None:
    """Écrit un fichier inventé, nommé et formé comme le partenaire l'enverrait. Sans défaut demandé, il est conforme."""
    with exit_status():
        contract = find(contracts_root(contracts), feed)
        key = certificate_in(certificate)
        if is_missing(contract, key):
            raise ConfigurationError(
                f"Les fichiers du flux {contract.id} sont chiffrés (OpenPGP) : donnez avec --certificate la clé publique à laquelle "
                "chiffrer celui-ci."
            )
        as_of = (day or datetime.now(UTC)).date()
        request = SampleRequest(rows=rows, seed=seed, as_of=as_of, defects=defects)
        made = write_sample(contract, out_dir, request=request, certificate=key)
        out.print(str(made.path), markup=False)
        for defect in made.defects:
            out.print(f"  défaut donné : ligne {defect.line}, {defect.column} ({defect.kind})", markup=False)
