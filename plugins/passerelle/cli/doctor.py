"""``passerelle doctor``: what is reachable, what is misconfigured, and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Annotated

import typer
from sqlalchemy import text

from passerelle import dropbox, keys, settings
from passerelle.cli.edge import exit_status, out
from passerelle.contract.load import feed_ids, load_all
from passerelle.contract.model import Contract
from passerelle.errors import ConfigurationError, ContractError, PasserelleError
from passerelle.identity.register import audit
from passerelle.settings import Settings
from passerelle.warehouse.connect import open_engine, transaction

app = typer.Typer(add_completion=False)

_Loaded = Callable[[], tuple[tuple[Contract, ...], tuple[ContractError, ...]]]


@app.command(epilog="Exemple : passerelle doctor")
def doctor(quiet: Annotated[bool, typer.Option(help="Ne montrer que ce qui ne va pas.")] = False) -> None:
    """Vérifie réglages, clés, contrats, entrepôt et serveur de chaque expéditeur."""
    with exit_status():
        found = settings.load()
    wrong = 0
    for name, probe in _probes(found):
        try:
            said = probe()
        except PasserelleError as error:
            wrong += 1
            out.print(f"[red]✕[/] {name} : ", end="")
            out.print(str(error), markup=False)
            continue
        if not quiet:
            out.print(f"[green]✓[/] {name} : {said}")
    if wrong:
        raise typer.Exit(2)


def _probes(found: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "Clés", lambda: f"{keys.load(found.keys) and 'présentes'} dans {found.keys}"
    loaded = cache(partial(load_all, found.contracts))
    yield "Contrats", lambda: _contracts(loaded)
    yield "Flux des expéditeurs", lambda: _feeds(found, loaded)
    yield "Entrepôt", lambda: _warehouse(found)
    yield "Qui est qui", lambda: _identity(found)
    for sender in found.senders:
        yield f"Expéditeur {sender.id}", lambda sender=sender: _inbox(sender.sftp)  # type: ignore[misc]


def _contracts(loaded: _Loaded) -> str:
    good, broken = loaded()
    for error in broken:
        raise error
    return f"{len(good)} valides"


def _feeds(found: Settings, loaded: _Loaded) -> str:
    """Raises ConfigurationError when a sender is to send what no contract describes, or what the Département sends itself."""
    ours = {contract.id for contract in loaded()[0] if contract.direction == "outbound"}
    known = feed_ids(found.contracts)
    wrong = []
    for sender in found.senders:
        for feed in sender.feeds:
            if feed in ours:
                wrong.append(
                    f"« {feed} » est envoyé par le Département (direction: outbound) : {sender.id} ne peut pas le déposer. "
                    f"Retirez-le des `feeds` de {sender.id}."
                )
            elif feed not in known:
                wrong.append(f"« {feed} », parmi les `feeds` de {sender.id}, n'est le nom d'aucun contrat.")
    if wrong:
        raise ConfigurationError(" ".join(wrong))
    return f"{len({feed for sender in found.senders for feed in sender.feeds})} attendus"


def _warehouse(found: Settings) -> str:
    engine = open_engine(found.warehouse_url())
    try:
        with transaction(engine) as connection:
            version = connection.execute(text("select version_num from schema_version")).scalar_one()
        return f"joignable, schéma {version}"
    finally:
        engine.dispose()


def _identity(found: Settings) -> str:
    """Raises ConfigurationError when ranked candidates are to make links and no audit was recorded."""
    if found.identity_layer == "certain":
        return "règles certaines seulement"
    engine = open_engine(found.warehouse_url())
    try:
        with transaction(engine) as connection:
            audit.require(connection)
        return "règles certaines et candidats acceptés, contrôle à l'aveugle inscrit"
    finally:
        engine.dispose()


def _inbox(account: settings.SftpAccount) -> str:
    with dropbox.opened(account) as box:
        return f"joignable, {len(box.waiting())} fichiers en attente"
