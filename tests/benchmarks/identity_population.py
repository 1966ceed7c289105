"""The invented populations on which matching is measured, and how hard each is."""

from __future__ import annotations

import json
from pathlib import Path

from passerelle.population.measures import measure
from passerelle.population.options import Options
from passerelle.population.sources import make_files, write_files

STANDARD, FEW_NIRS, STRESS = "standard", "NIR 60/50 %", "jumeaux"
SCENARIOS = (STANDARD, FEW_NIRS, STRESS)
"""As the options give it; NIR present 60 % in one file and 50 % in the other; the same with four times as many twins."""
LEFT, RIGHT, TRUTH = "caf.parquet", "france_travail.parquet", "truth.parquet"


def make_population(folder: Path, scenario: str, seed: str, records: str) -> None:
    """Two files of so many records each, the truth, and ``hardness.json``."""
    options = Options(seed=int(seed), records=int(records)).of_two()
    if scenario == FEW_NIRS:
        options = options.of_few_nirs()
    elif scenario == STRESS:
        options = options.stressed()
    files = make_files(options)
    write_files(files, folder)
    found = measure(files)
    between = [one for one in found.same_nir if one.left != one.right]
    (folder / "hardness.json").write_text(
        json.dumps(
            {
                "people": found.people,
                "twins": found.twins,
                "both_twins": found.both_twins,
                "same_civil_status": found.same_civil_status,
                "same_names": found.same_names,
                "same_nir": {"wrong": sum(one.wrong for one in between), "pairs": sum(one.pairs for one in between)},
            }
        ),
        encoding="utf-8",
    )
