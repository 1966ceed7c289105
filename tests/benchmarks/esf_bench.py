"""ESF+: every common indicator with every breakdown, of a synthetic programme, from its files and from a warehouse.

The goals: a million participations in ten seconds and two gigabytes on two cores, ten times as many in twelve times that. Each time stands
beside what the same files take to be read and the same rows to be copied, in the same run: machines differ, ratios less.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from esf_jobs import indicators, read_bare, write_participations
from esf_warehouse import bare_copy, compare_counts, fill_warehouse, from_snapshot, from_warehouse, keep_snapshot
from identity_report import Report
from measure import Cost, measured

from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.warehouse.migrate import upgrade

_FEW = 1_000
"""Participations each job computes before the clock starts."""
_SECONDS, _MEGABYTES = 10, 2_000
_MILLION = 1_000_000
_GROWTH, _LONGER = 10, 12


def add_options(options: argparse.ArgumentParser) -> None:
    """The options of this part."""
    options.add_argument("--esf-participations", type=int, default=_MILLION, metavar="N", help="participations of the programme")
    options.add_argument("--esf-repeat", type=int, default=3, metavar="TIMES", help="how often each time is taken; the best counts")
    options.add_argument("--without-esf-growth", action="store_true", help="leave the programme ten times as large out")
    options.add_argument("--without-esf-warehouse", action="store_true", help="leave the warehouse out (filling it takes minutes)")


def measure_esf(report: Report, folder: Path, chosen: argparse.Namespace) -> None:
    """Every measure asked for, each told at once."""
    size = chosen.esf_participations
    report.begin(f"FSE+ : un programme de {_number(size)} participations, ses événements et ses situations à six mois")
    few, many = write_participations(folder / "few", _FEW), write_participations(folder / "many", size)
    bare = measured(read_bare, many, first=few, repeat=chosen.esf_repeat, cores=2)
    report.told("lecture nue des mêmes fichiers (pyarrow)", bare)
    cost = measured(indicators, many, first=few, repeat=chosen.esf_repeat, cores=2)
    _told(
        report, f"{_number(size)} participations, depuis les fichiers", cost, size, f"{cost.cpu / bare.cpu:.1f} × le CPU de la lecture nue"
    )
    if not chosen.without_esf_warehouse:
        _warehouse(report, folder, size, chosen.esf_repeat)
    for path in many.iterdir():
        path.unlink()
    if not chosen.without_esf_growth:
        _growth(report, folder, size, cost)


def _growth(report: Report, folder: Path, size: int, cost: Cost) -> None:
    report.begin(f"FSE+ : un programme de {_number(_GROWTH * size)} participations")
    large = write_participations(folder / "large", _GROWTH * size)
    longer = measured(indicators, large, first=folder / "few", repeat=1, cores=2)
    times = longer.wall / cost.wall
    words = f"{_number(_GROWTH * size)} participations, depuis les fichiers : au plus {_LONGER} fois le temps de {_number(size)}"
    report.goal(words, f"{longer.wall:.1f} s, {times:.1f} fois, crête {longer.peak / 1000:.2f} Go", times <= _LONGER)


def _warehouse(report: Report, folder: Path, size: int, repeat: int) -> None:
    """From what partners delivered, and again from what a snapshot kept of it."""
    report.begin(f"FSE+ : le même programme dans un entrepôt ({_number(size)} participations, deux livraisons entières)")
    with EmbeddedPostgres(folder / "pg") as postgres:
        small, url = postgres.create_database("few"), postgres.create_database("many")
        for target, source in ((small, "few"), (url, "many")):
            upgrade(target)
            fill_warehouse(folder / source, target)
        bare = measured(bare_copy, folder / "many", url, repeat=repeat, cores=2)
        report.told("copie nue des mêmes lignes (COPY)", bare)
        # The clock of the wall: most of the work is PostgreSQL's, whose processor time is not this process's.
        cost = measured(from_warehouse, folder / "many", url, repeat=repeat, cores=2)
        ratio = f"{cost.wall / bare.wall:.1f} × la durée de la copie nue"
        _told(report, f"{_number(size)} participations, depuis les livraisons de l'entrepôt", cost, size, ratio)
        report.goal(
            "fichiers et entrepôt donnent les mêmes chiffres", f"{_number(compare_counts(folder / 'many'))} personnes comptées", True
        )
        keep_snapshot(url)
        again = measured(from_snapshot, folder / "many", url, repeat=repeat, cores=2)
        _told(report, f"{_number(size)} participations, recalculées depuis l'arrêté gardé dans l'entrepôt", again, size, "")


def _told(report: Report, words: str, cost: Cost, size: int, ratio: str) -> None:
    """A time as a goal where there is one, which is for a million."""
    found = f"{cost.wall:.1f} s, crête {cost.peak / 1000:.2f} Go{f', {ratio}' if ratio else ''}"
    reached = cost.wall <= _SECONDS and cost.peak < _MEGABYTES if size == _MILLION else None
    report.goal(f"{words} : au plus {_SECONDS} s et {_MEGABYTES / 1000:.0f} Go" if size == _MILLION else words, found, reached)


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")
