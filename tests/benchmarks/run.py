"""Benchmarks: how fast files are read and checked (as ratios to a bare read in the same run), how right and fast persons are matched, how
fast ESF+ indicators are computed.

Nothing is asserted here. ``--only`` leaves parts out; ``--rows``, ``--megabytes``, ``--identity-…`` and ``--esf-…`` make them smaller.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import identity_daily
from contract import LARGE, write_large
from csv_jobs import check_csv, read_csv
from esf_bench import add_options as add_esf_options
from esf_bench import measure_esf
from identity_bench import add_options, measure_identity
from identity_report import Report
from load_job import check_and_stage
from measure import Cost, measured
from peers import check_frictionless, check_great_expectations, check_pydantic, frictionless_python
from rich.console import Console
from rich.table import Table as RichTable
from xml_jobs import check_national, check_xml, flatten_xml, parse_xml, write_flow

from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.warehouse.migrate import upgrade

_FEW_ROWS, _FEW_DOSSIERS = 1_000, 20
"""Of the small files each job reads before the clock starts."""
_DOSSIERS_PER_MEGABYTE = 228


def main() -> None:
    """Makes the files, measures, prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=("files", "identity", "esf"), help="one of the three parts")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--megabytes", type=int, default=300)
    options.add_argument(
        "--national",
        type=float,
        default=0,
        metavar="GB",
        help="a national month of this size as well (12 takes more than ten minutes)",
    )
    options.add_argument("--without-peers", action="store_true", help="leave the other tools out")
    add_options(options)
    identity_daily.add_options(options)
    add_esf_options(options)
    chosen = options.parse_args()
    for name, part in (("files", _files), ("identity", _identity), ("esf", _esf)):
        if chosen.only in (None, name):
            part(chosen)


def _esf(chosen: argparse.Namespace) -> None:
    report = Report(Console(), "Indicateurs FSE+")
    with tempfile.TemporaryDirectory() as name:
        measure_esf(report, Path(name), chosen)
    report.end()


def _identity(chosen: argparse.Namespace) -> None:
    report = Report(Console())
    with tempfile.TemporaryDirectory() as name:
        measure_identity(report, Path(name), chosen)
        identity_daily.measure_daily(report, Path(name), chosen)
    report.end()


def _files(chosen: argparse.Namespace) -> None:
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
    few = folder / "few.csv"
    write_large(csv, chosen.rows)
    write_large(few, _FEW_ROWS)
    bare = measured(read_csv, csv, first=few)
    _add(table, "CSV : lecture nue (pyarrow)", bare, "1")
    checked = measured(check_csv, csv, first=few)
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
    xml = write_flow(folder / "flow", chosen.megabytes * _DOSSIERS_PER_MEGABYTE)
    few = write_flow(folder / "few", _FEW_DOSSIERS)
    size = xml.stat().st_size / 1e6
    bare, bare_by_the_clock = measured(parse_xml, xml, first=few), measured(parse_xml, xml, first=few, cores=2)
    _add(table, f"XML {size:.0f} Mo : iterparse nu (lxml)", bare, "1")
    flat = measured(flatten_xml, xml, first=few)
    _add(table, "XML : lecture et mise en tables, un cœur", flat, f"{bare.cpu / flat.cpu:.2f} × la vitesse")
    checked = measured(check_xml, xml, first=few)
    _add(table, "XML : lecture, mise en tables et contrôle, un cœur", checked, f"{bare.cpu / checked.cpu:.2f} × la vitesse")
    both = measured(check_xml, xml, first=few, cores=2)
    _add(table, "XML : lecture, mise en tables et contrôle, deux cœurs", both, f"{bare_by_the_clock.wall / both.wall:.2f} × la vitesse")
    if chosen.national:
        console.print(f"XML : mois national de {chosen.national:g} Go, engendré à la lecture …")
        cost = measured(check_national, write_flow(folder / "month", 2_000), str(int(chosen.national * 1e9)), repeat=1, cores=2)
        _add(table, f"XML : mois national de {chosen.national:g} Go", cost, f"{chosen.national * 1000 / cost.wall:.0f} Mo/s")


def _add(table: RichTable, name: str, cost: Cost, ratio: str) -> None:
    """A row of the table, told at once as well: a later measure may be interrupted."""
    Console().print(f"  {name} : {cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {ratio}, {cost.peak:.0f} Mo")
    table.add_row(name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", ratio, f"{cost.peak:.0f}")


if __name__ == "__main__":
    main()
