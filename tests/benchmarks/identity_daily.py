"""The daily path: what a delivery costs against a large register, and whether the order of deliveries changes who is who.

Times are goals for a register of a million on two quiet cores; of a smaller one they are only told. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any, Final

from identity_delta import MATCHING, SIZES, deliver
from identity_orders import deliver_in_orders
from identity_report import Report, share
from measure import measured
from rich.console import Console

_MILLION: Final = 1_000_000
_LIMITS: Final = dict(zip(SIZES, (0.05, 0.5, 1.0), strict=True))
"""Seconds for a delivery of so many records, matching alone."""
_WITH_WRITING: Final = 5
"""Times as long with everything written."""
_SAME: Final = 0.9999


def add_options(options: argparse.ArgumentParser) -> None:
    """The options of this part."""
    options.add_argument("--identity-register", type=int, default=_MILLION, metavar="N", help="records of the register; 0: not timed")
    options.add_argument("--identity-singles", type=int, default=100, metavar="N", help="deliveries of one record")
    options.add_argument(
        "--identity-orders", type=int, default=10_000, metavar="N", help="records of the files delivered in three orders; 0: none"
    )
    options.add_argument("--identity-orders-seeds", type=int, nargs="+", default=[20261102], metavar="SEED", help="of their populations")


def measure_daily(report: Report, folder: Path, chosen: argparse.Namespace) -> None:
    """Goals 6 and 7, each told at once."""
    if chosen.identity_register:
        report.begin(f"Livraisons à un registre de {chosen.identity_register} enregistrements")
        _times(report, _ran(deliver, folder / "deltas", str(chosen.identity_register), str(chosen.identity_singles)))
    if chosen.identity_orders:
        report.begin(f"Les mêmes livraisons dans trois ordres, {chosen.identity_orders} enregistrements dans la plus grande")
        seeds = map(str, chosen.identity_orders_seeds)
        for one in _ran(deliver_in_orders, folder / "orders", str(chosen.identity_orders), *seeds):
            _orders(report, one)


def _ran(job: Any, here: Path, *sizes: str) -> Any:
    here.mkdir()
    measured(job, here, *sizes, repeat=1, cores=2)
    (told,) = here.glob("*.json")
    return json.loads(told.read_text(encoding="utf-8"))


def _times(report: Report, told: dict[str, Any]) -> None:
    for one in told["measures"]:
        size, seconds = one["size"], one["seconds"]
        if not seconds:
            continue
        limit = _LIMITS[size] * (1 if one["work"] == MATCHING else _WITH_WRITING)
        words = f"6. {one['layers']}, {size} sur {told['register']}, {one['work']}, au plus {limit:g} s"
        if size == 1 and len(seconds) > 1:
            cost = statistics.quantiles(seconds, n=20)[-1]
            found = f"{cost:.3f} s au 95e centile (médiane {statistics.median(seconds):.3f} s, {len(seconds)} mesures)"
        else:
            cost = statistics.median(seconds)
            found = f"{cost:.3f} s (passages : {', '.join(f'{each:.3f}' for each in seconds)} s)"
        report.goal(words, found, cost <= limit if told["register"] >= _MILLION else None)


def _orders(report: Report, told: dict[str, Any]) -> None:
    name, count = f"7. graine {told['seed']}, {told['layers']}, autre ordre de livraisons", told["records"]
    report.goal(f"{name} : paires réunies dans l'un, ni réunies ni en revue dans l'autre, aucune", str(told["lost"]), told["lost"] == 0)
    same = count - told["apart_decided"]
    report.goal(f"{name} : mêmes personnes une fois la file tranchée, au moins {_SAME:.2%}", share(same, count), same / count >= _SAME)
    asked = ", ".join(map(str, told["asked"]))
    report.goal(f"   {told['layers']} : mêmes personnes avant toute relecture", share(count - told["apart"], count), None)
    report.goal(f"   {told['layers']} : questions en revue, par ordre", asked, None)


def main() -> None:
    """Reads the options, measures, prints."""
    options = argparse.ArgumentParser(description=__doc__)
    add_options(options)
    report = Report(Console())
    with tempfile.TemporaryDirectory() as name:
        measure_daily(report, Path(name), options.parse_args())
    report.end()


if __name__ == "__main__":
    main()
