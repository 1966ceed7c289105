"""The demo: the whole gateway with real servers, invented partners that drop files, and what became of each file."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType

from rich.console import Console

from passerelle.checks.replay import corrected
from passerelle.demo.board import Delivery, export_portfolio, match, open_board
from passerelle.demo.exchange import Drop, drop, fetch
from passerelle.demo.files import put_right
from passerelle.demo.folder import DemoFolder, project
from passerelle.demo.journal import Journal
from passerelle.demo.stack import WAREHOUSE, Stack
from passerelle.demo.summary import Access, Result, print_summary
from passerelle.errors import TransientError
from passerelle.receipt.model import OpenFindings, Receipt
from passerelle.settings import load

_EXTRACT = "esf__extract"
_PATIENCE = {"dags": 60.0, "deliveries": 300.0, "extract": 90.0}
"""Seconds after which the demo gives up waiting."""


def run_demo(households: int, keep: bool, output: Path, console: Console) -> int:
    """Run everything once and print what came of it; 0 when every file ended as it should, 1 when one did not.

    Everything started is stopped again, whatever happens, unless ``keep`` asks to leave it running. ConfigurationError and
    TransientError when something cannot be started or does not finish in time.
    """
    folder = DemoFolder(output.resolve())
    folder.renew()
    with _termination_interrupts(), Journal(console) as journal:
        stack = Stack(folder, project(), journal)
        leave = False
        try:
            result = _play(stack, stack.start(households, datetime.now(UTC)))
            leave = keep
        finally:
            if not leave:
                journal.doing("Tout est arrêté …")
                stack.stop()
                journal.done("Tout ce qui a été démarré est arrêté")
    return print_summary(console, result, folder, _access(stack) if leave else None)


def stop_demo(output: Path, console: Console) -> int:
    """End the demo that was left running in this folder; 0, also when there was none."""
    stopped = DemoFolder(output.resolve()).stop_leftovers()
    console.print("Aucune démonstration n'était en cours." if not stopped else f"Démonstration arrêtée ({stopped} processus).")
    return 0


def _play(stack: Stack, drops: Sequence[Drop]) -> Result:
    journal, folder = stack.journal, stack.folder
    settings = load(folder.settings)
    _wait_for_dags(stack)
    own_keys = {sender.id: sender.sftp.model_copy(update={"private_key_file": folder.keys / sender.id}) for sender in settings.senders}
    engine = open_board(stack.postgres.url(WAREHOUSE))
    sent: list[Drop] = []
    dropped: dict[Drop, datetime] = {}
    deliveries: dict[Drop, Delivery | None] = {}
    receipts: dict[str, list[Path]] = {}
    for day in sorted({item.day for item in drops}):
        todays = [item for item in drops if item.day == day] + _corrections(stack, deliveries, receipts)
        sent += todays
        dropped |= drop(todays, own_keys)
        places = len({item.sender for item in todays})
        journal.done(f"{'Le lendemain : ' if deliveries else ''}{places} partenaires ont déposé {len(todays)} fichiers, chacun avec sa clé")
        deliveries = _wait_for_deliveries(journal, partial(match, engine, sent))
        receipts = fetch(own_keys, folder.receipts)
        journal.done(f"Les partenaires ont retiré {sum(map(len, receipts.values()))} fichiers de leurs dossiers de retours")
    if _EXTRACT in stack.airflow.dags():
        _extract(stack)
    return Result(
        deliveries=deliveries,
        dropped=dropped,
        names={sender.id: sender.name for sender in settings.senders},
        open={item: found for item, delivery in deliveries.items() if (found := _told_open(receipts[item.sender], delivery)) is not None},
        portfolio_lines=export_portfolio(engine, folder.portfolio),
        workbooks=tuple(sorted((folder.work / "esf").rglob("*.xlsx"))),
        failed_dags=stack.airflow.failed(),
        seconds=journal.seconds,
    )


def _corrections(stack: Stack, deliveries: Mapping[Drop, Delivery | None], receipts: Mapping[str, Sequence[Path]]) -> list[Drop]:
    """The correction files that partners found in their folders, put right, to be dropped as they are named."""
    made = []
    for item, delivery in deliveries.items():
        if item.clean is None or delivery is None or item.day != 1:
            continue
        given = next((path for path in receipts[item.sender] if corrected(path.name)[0] == delivery.delivery_id), None)
        if given is None:
            stack.journal.done(f"Rien à corriger dans {item.path.name} pour l'instant")
            continue
        path = item.path.with_name(given.name)
        path.write_bytes(put_right(given.read_bytes(), item))
        stack.journal.done(f"{given.name} : retiré, corrigé, prêt à être redéposé")
        flaw = f"ce qui était mis à part de la livraison n° {delivery.delivery_id}, corrigé"
        made.append(Drop(sender=item.sender, path=path, day=2, expected=frozenset({"published"}), flaw=flaw))
    return made


def _told_open(receipts: Sequence[Path], delivery: Delivery | None) -> OpenFindings | None:
    """What the delivery's CRI says of what is closed and what stays open; None when there is no CRI."""
    number = f"-{delivery.delivery_id:06d}_" if delivery else None
    cri = [path for path in receipts if number and path.name.startswith("CRI-") and number in path.name and path.suffix == ".json"]
    return Receipt.from_json(cri[0].read_text(encoding="utf-8")).open if cri else None


def _wait_for_dags(stack: Stack) -> None:
    """Return once Airflow has read the DAGs of all feeds."""
    stack.journal.doing("Airflow lit les DAG …")
    wanted = {f"feed__{contract.slug}" for contract in stack.contracts if contract.direction == "inbound"}
    missing = set(wanted)
    deadline = time.monotonic() + _PATIENCE["dags"]
    while time.monotonic() < deadline:
        missing -= stack.airflow.dags().keys()
        if not missing:
            stack.journal.done(f"Airflow a lu les DAG des {len(wanted)} flux à recevoir")
            return
        time.sleep(0.25)
    raise TransientError(f"Airflow has not read these DAGs in time: {', '.join(sorted(missing))}.")


def _wait_for_deliveries(journal: Journal, look: Callable[[], dict[Drop, Delivery | None]]) -> dict[Drop, Delivery | None]:
    """What became of every file, once all are finished, or when patience is over."""
    deadline = time.monotonic() + _PATIENCE["deliveries"]
    told = 0
    while True:
        found = look()
        finished = sum(1 for delivery in found.values() if delivery is not None and delivery.is_finished)
        if finished != told:
            told = finished
            journal.done(f"Fichiers traités, reçus compris : {finished} sur {len(found)}")
        if finished == len(found) or time.monotonic() > deadline:
            return found
        journal.doing(f"Airflow relève les dépôts et les traite : {finished} sur {len(found)} …")
        time.sleep(0.5)


def _extract(stack: Stack) -> None:
    """Ask for the ESF+ workbook and wait for it."""
    stack.journal.doing("Le classeur FSE+ est demandé …")
    run_id = stack.airflow.trigger(_EXTRACT)
    deadline = time.monotonic() + _PATIENCE["extract"]
    state = "queued"
    while state in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.5)
        state = next((run["state"] for run in stack.airflow.runs(_EXTRACT) if run["dag_run_id"] == run_id), "queued")
    stack.journal.done("Le classeur FSE+ est fait" if state == "success" else f"Le DAG {_EXTRACT} n'a pas abouti ({state})")


def _access(stack: Stack) -> Access:
    return Access(
        airflow=stack.airflow.address,
        password=stack.airflow.password,
        psql=stack.postgres.psql,
        password_file=stack.password_file,
        port=stack.postgres.port,
        sftp_port=stack.sftp.port,
    )


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: everything is stopped first."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
