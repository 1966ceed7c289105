"""Benchmarks: CPU seconds as ratios to a bare read of the same file in the same run, and peak memory.

Each measure is a process of its own, repeated, the best kept: the machines are shared and noisy, a ratio of best runs is not.
Nothing is asserted here. ``--rows`` and ``--megabytes`` make it smaller.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
from contract import LARGE, write_large
from lxml import etree
from national import NationalMonth
from peers import check_frictionless, check_great_expectations, check_pydantic, frictionless_python
from rich.console import Console
from rich.table import Table as RichTable

from passerelle.checks.inspector import inspect
from passerelle.contract.load import find
from passerelle.contract.model import Contract
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.keys import Keys
from passerelle.ledger import deliveries
from passerelle.ledger.states import State
from passerelle.readers import tagged
from passerelle.settings import Settings
from passerelle.steps import check, stage
from passerelle.vault import Vault
from passerelle.warehouse.connect import open_engine, transaction
from passerelle.warehouse.migrate import upgrade

ROOT = Path(__file__).resolve().parents[2]
RSA = "caf/rsa_beneficiaires_mensuel"


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    cpu: float
    """Seconds, user and system, of the process and those it started."""
    wall: float
    peak: float
    """Largest resident memory of the process, MB."""


def measured(job: Callable[..., None], *arguments: Any, repeat: int = 3, cores: int = 1) -> Cost:
    """The cheapest of several runs, each in a fresh process on so many cores: by processor time, or on several cores by the clock."""
    context = multiprocessing.get_context("spawn")
    costs = []
    for _ in range(repeat):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(sender, job, arguments, cores))
        process.start()
        sender.close()
        try:
            costs.append(receiver.recv())
        except EOFError:
            raise SystemExit(f"{job.__name__} failed: see above.") from None
        process.join()
    return min(costs, key=lambda cost: cost.cpu if cores == 1 else cost.wall)


def _child(sender: Any, job: Callable[..., None], arguments: tuple[Any, ...], cores: int) -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    began, clock = sum(os.times()[:4]), time.monotonic()
    job(*arguments)
    cpu, wall = sum(os.times()[:4]) - began, time.monotonic() - clock
    # Not getrusage: there a child begins with its parent's peak.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    sender.send(Cost(cpu, wall, peak / 1000))


def read_csv(path: Path) -> None:
    """A bare Arrow read of the file, all text, in blocks."""
    types = {column.source: pa.string() for column in LARGE.record_table.columns}
    reader = pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, block_size=8 << 20),
        parse_options=pacsv.ParseOptions(delimiter=";"),
        convert_options=pacsv.ConvertOptions(column_types=types),
    )
    for _ in reader:
        pass


def check_csv(path: Path) -> None:
    """The check of the gateway."""
    with path.open("rb") as file:
        inspect(LARGE, file)


def parse_xml(path: Path) -> None:
    """A bare lxml iterparse by dossier."""
    for _, element in etree.iterparse(str(path), events=("end",), tag="InfosFoyerRSA"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def flatten_xml(path: Path) -> None:
    """Parse and flatten, without the check."""
    with path.open("rb") as file:
        for _ in tagged.read(find(ROOT / "contracts", RSA), file):
            pass


def check_xml(path: Path) -> None:
    """Parse, flatten and check."""
    with path.open("rb") as file:
        inspect(find(ROOT / "contracts", RSA), file)


def check_national(folder: Path, size: int) -> None:
    """The check of a national month that is made while it is read."""
    request = SampleRequest(rows=2_000, seed=3, as_of=date(2026, 11, 20))
    contract = find(ROOT / "contracts", RSA)
    month = NationalMonth(write_sample(contract, folder, request=request).path, size)
    seen = inspect(contract, io.BufferedReader(month, 1 << 20))
    if (seen.verdict.value, seen.counts.accepted) != ("accepted", month.dossiers):
        raise SystemExit(f"{seen.verdict}: {seen.reason} {seen.counts}")


class _Bench(Gateway):
    """A gateway whose only contract is the benchmark's."""

    def contract(self, feed: str) -> Contract:
        return LARGE


def check_and_stage(path: Path, url: str, folder: Path) -> None:
    """Both stages on the kept file, PostgreSQL's own work not counted (it is another process)."""
    settings = Settings.model_validate(
        {
            "territory": "Banc d'essai",
            **{name: folder for name in ("contracts", "expectations", "vault", "keys", "work")},
            "warehouse_url_file": folder / "url",
            "senders": [
                {
                    "id": "banc",
                    "name": "Banc",
                    "feeds": [LARGE.id],
                    "sftp": {"host": "127.0.0.1", "username": "x", "private_key_file": "x", "host_key": "x"},
                }
            ],
        }
    )
    (folder / "url").write_text(url, encoding="utf-8")
    keys = Keys(bytes(32), bytes(32), bytes(range(64)))
    gateway = _Bench(settings, open_engine(url), Vault(folder, keys.vault), keys, lambda: datetime.now(UTC))
    with gateway.vault.writer() as writer, path.open("rb") as file:
        while block := file.read(1 << 20):
            writer.write(block)
        sha256 = writer.keep()
    with transaction(gateway.engine) as connection:
        at = gateway.now()
        values = {
            "feed": LARGE.id,
            "series": LARGE.tells,
            "sender": "banc",
            "file_name": str(at),
            "remote_name": b"",
            "remote_mtime": 0,
            "sha256": sha256 + str(at),
        }
        entered = deliveries.enter(connection, {**values, "bytes": 0, "state": State.RECEIVED, "received_at": at, "stamp": at})
        connection.exec_driver_sql(f"update ledger.delivery set sha256 = '{sha256}' where delivery_id = {entered.delivery_id}")
    check.run(gateway, entered.delivery_id)
    stage.run(gateway, entered.delivery_id)
    with transaction(gateway.engine) as connection:
        connection.exec_driver_sql(
            f"update ledger.delivery set sha256 = sha256 || '-{entered.delivery_id}' where delivery_id = {entered.delivery_id}"
        )


def main() -> None:
    """Makes the files, measures, prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--megabytes", type=int, default=300)
    options.add_argument(
        "--national", type=float, default=0, metavar="GB", help="a national month of this size as well (12 takes 10 minutes)"
    )
    options.add_argument("--without-peers", action="store_true", help="leave the other tools out")
    chosen = options.parse_args()
    console = Console()
    table = RichTable(
        "mesure", "s CPU", "s", "rapport", "crête Mo", title="Rapports à une lecture nue du même fichier, dans la même exécution"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _csv(console, table, folder, chosen)
        _xml(console, table, folder, chosen)
    console.print(table)


def _csv(console: Console, table: RichTable, folder: Path, chosen: argparse.Namespace) -> None:
    console.print(f"CSV : {chosen.rows} lignes × {len(LARGE.record_table.columns)} colonnes …")
    csv = folder / "large.csv"
    write_large(csv, chosen.rows)
    bare = measured(read_csv, csv)
    _add(table, "CSV : lecture nue (pyarrow)", bare, "1")
    checked = measured(check_csv, csv)
    _add(table, "CSV : contrôle", checked, f"{checked.cpu / bare.cpu:.2f} × le CPU")
    if not chosen.without_peers:
        _peers(console, table, folder, chosen.rows, csv, bare)
    with EmbeddedPostgres(folder / "pg") as postgres:
        url = postgres.create_database("bench")
        upgrade(url)
        (folder / "work").mkdir()
        staged = measured(check_and_stage, csv, url, folder / "work", repeat=1)
    _add(table, "CSV : coffre, contrôle et chargement", staged, f"{staged.cpu / bare.cpu:.2f} × le CPU")
    csv.unlink()


def _peers(console: Console, table: RichTable, folder: Path, rows: int, csv: Path, bare: Cost) -> None:
    """The other tools on the same file and rules; frictionless on a tenth of it, for it takes minutes."""
    for words, job in (("pydantic, ligne à ligne", check_pydantic), ("Great Expectations (pandas)", check_great_expectations)):
        console.print(f"CSV : {words} …")
        cost = measured(job, csv, repeat=1)
        _add(table, f"CSV : {words}", cost, f"{cost.cpu / bare.cpu:.1f} × le CPU")
    tenth = folder / "tenth.csv"
    write_large(tenth, rows // 10)
    console.print("CSV : frictionless, sur un dixième du fichier …")
    cost = measured(check_frictionless, tenth, frictionless_python(folder / "frictionless"), repeat=1)
    _add(table, "CSV : frictionless, un dixième du fichier", cost, f"{10 * cost.cpu / bare.cpu:.0f} × le CPU (fois dix)")


def _xml(console: Console, table: RichTable, folder: Path, chosen: argparse.Namespace) -> None:
    console.print(f"XML : flux RSA d'environ {chosen.megabytes} Mo …")
    request = SampleRequest(rows=max(1, chosen.megabytes * 228), seed=3, as_of=date(2026, 11, 20))
    xml = write_sample(find(ROOT / "contracts", RSA), folder, request=request).path
    size = xml.stat().st_size / 1e6
    bare, bare_by_the_clock = measured(parse_xml, xml), measured(parse_xml, xml, cores=2)
    _add(table, f"XML {size:.0f} Mo : iterparse nu (lxml)", bare, "1")
    flat = measured(flatten_xml, xml)
    _add(table, "XML : lecture et mise en tables, un cœur", flat, f"{bare.cpu / flat.cpu:.2f} × la vitesse")
    checked = measured(check_xml, xml)
    _add(table, "XML : lecture, mise en tables et contrôle, un cœur", checked, f"{bare.cpu / checked.cpu:.2f} × la vitesse")
    both = measured(check_xml, xml, cores=2)
    _add(table, "XML : lecture, mise en tables et contrôle, deux cœurs", both, f"{bare_by_the_clock.wall / both.wall:.2f} × la vitesse")
    if chosen.national:
        console.print(f"XML : mois national de {chosen.national:g} Go, engendré à la lecture …")
        cost = measured(check_national, folder, int(chosen.national * 1e9), repeat=1, cores=2)
        _add(table, f"XML : mois national de {chosen.national:g} Go", cost, f"{chosen.national * 1000 / cost.wall:.0f} Mo/s")


def _add(table: RichTable, name: str, cost: Cost, ratio: str) -> None:
    table.add_row(name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", ratio, f"{cost.peak:.0f}")


if __name__ == "__main__":
    main()
