"""``passerelle deliveries``: what came, what became of it, and what a person decides about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.cli.login import login
from passerelle.deliver import receipts as sent
from passerelle.gateway import Gateway
from passerelle.ledger import deliveries, documents
from passerelle.ledger.deliveries import Delivery
from passerelle.receipt.model import Receipt
from passerelle.steps import decide
from passerelle.warehouse.connect import transaction

app = typer.Typer(help="Les livraisons : liste, détail, décisions, retour en arrière.", no_args_is_help=True, add_completion=False)
_Id = Annotated[int, typer.Argument(metavar="N°", help="Numéro de la livraison.")]
_Reason = Annotated[str, typer.Option(help="Pourquoi ; gardé au registre et dit au partenaire.")]
_Json = Annotated[bool, typer.Option("--json", help="Une réponse JSON.")]


def as_row(delivery: Delivery) -> dict[str, Any]:
    """The delivery for a JSON answer."""
    return delivery.model_dump(mode="json", exclude={"remote_name", "remote_mtime"})


def show_table(found: Iterable[Delivery]) -> None:
    """The deliveries as a table on the terminal, readable at 80 columns."""
    table = RichTable(box=SIMPLE, pad_edge=False)
    table.add_column("N°", justify="right", no_wrap=True)
    table.add_column("Livraison", overflow="fold", ratio=1)
    table.add_column("État", no_wrap=True)
    for name in ("lues", "chargées", "à part", "connues", "nouv.", "à revoir"):
        table.add_column(name, justify="right", no_wrap=True)
    for delivery in found:
        numbers = (
            delivery.lines_received,
            delivery.lines_accepted,
            delivery.lines_set_aside,
            delivery.people_known,
            delivery.people_new,
            delivery.people_review,
        )
        cells = ["" if number is None else str(number) for number in numbers]
        name = escape(f"{delivery.feed}\n{delivery.sender}\n{delivery.file_name}")
        table.add_row(str(delivery.delivery_id), name, delivery.state.value, *cells)
    out.print(table)


@app.command("list", epilog="Exemple : passerelle deliveries list --state held")
def list_deliveries(
    feed: Annotated[str | None, typer.Option(help="Ce flux seulement.")] = None,
    state: Annotated[str | None, typer.Option(help="Cet état seulement (held, refused, published…).")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: _Json = False,
) -> None:
    """Les dernières livraisons."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        found = deliveries.listed(connection, feed=feed, state=state, limit=limit)
    if as_json:
        typer.echo(json.dumps([as_row(delivery) for delivery in found], ensure_ascii=False, indent=2))
    else:
        show_table(found)


@app.command(epilog="Exemple : passerelle deliveries show 12")
def show(delivery_id: _Id, as_json: _Json = False) -> None:
    """Une livraison et ses accusés."""
    with exit_status(), gateway.opened() as opened, transaction(opened.engine) as connection:
        delivery = deliveries.get(connection, delivery_id)
        receipts = [Receipt.from_json(document.body) for document in documents.receipts_of(connection, delivery_id)]
    if as_json:
        body = as_row(delivery) | {"receipts": [receipt.model_dump(mode="json") for receipt in receipts]}
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    show_table([delivery])
    if delivery.reason:
        out.print(delivery.reason, markup=False)
    if delivery.corrects:
        out.print(f"Corrige la livraison n° {delivery.corrects}.")
    if delivery.facts_created is not None:
        out.print(
            f"Personnes : {delivery.facts_created} créées, {delivery.facts_updated} mises à jour, {delivery.facts_unchanged} inchangées."
        )
    for receipt in receipts:
        out.print(f"{receipt.number} : {receipt.headline}. {receipt.summary}", markup=False)


@app.command(epilog="Exemple : passerelle deliveries release 12 --reason 'Volume confirmé par la CAF'")
def release(delivery_id: _Id, reason: _Reason) -> None:
    """Laisse passer une livraison retenue."""
    _decide(lambda opened: decide.release(opened, delivery_id, login(), reason))


@app.command(epilog="Exemple : passerelle deliveries refuse 12 --reason 'Fichier du mois précédent'")
def refuse(delivery_id: _Id, reason: _Reason) -> None:
    """Refuse une livraison retenue ; le partenaire en est averti."""
    _decide(lambda opened: decide.refuse(opened, delivery_id, login(), reason))


@app.command(epilog="Exemple : passerelle deliveries undo 12 --reason 'Fichier envoyé par erreur'")
def undo(delivery_id: _Id, reason: _Reason) -> None:
    """Retire une livraison publiée : ce qui était là avant se montre de nouveau."""
    _decide(lambda opened: decide.undo(opened, delivery_id, login(), reason))


@app.command(epilog="Exemple : passerelle deliveries replay 12 --reason 'Contrat corrigé'")
def replay(delivery_id: _Id, reason: _Reason) -> None:
    """Reprend une livraison publiée, retirée ou refusée depuis le fichier gardé ; `passerelle run` ou Airflow fait la suite."""
    _decide(lambda opened: decide.replay(opened, delivery_id, login(), reason))


@app.command(epilog="Exemple : passerelle deliveries resend 12")
def resend(delivery_id: _Id) -> None:
    """Redépose les accusés d'une livraison, inchangés, au prochain passage."""
    with exit_status(), gateway.opened() as opened:
        out.print(f"{decide.resend(opened, delivery_id)} accusés seront redéposés au prochain passage.")


@app.command(epilog="Exemple : passerelle deliveries receipts 12 --out /tmp/accuses")
def receipts(
    delivery_id: _Id,
    out_dir: Annotated[Path, typer.Option("--out", help="Dossier où écrire les documents.", file_okay=False)],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Avec les clés de l'expéditeur, comme dans son dossier de retours : pour lui seul.")
    ] = False,
) -> None:
    """Réédite les accusés d'une livraison depuis le registre, à l'identique."""
    with exit_status(), gateway.opened() as opened:
        for path in sent.write_again(opened, delivery_id, out_dir, with_keys=with_keys):
            out.print(str(path), markup=False, soft_wrap=True)


def _decide(action: Callable[[Gateway], Delivery]) -> None:
    with exit_status(), gateway.opened() as opened:
        moved = action(opened)
    show_table([moved])
