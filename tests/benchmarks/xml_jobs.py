"""The RSA flow: a bare parse, the flattening, the gateway's check, and a national month."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

from lxml import etree
from national import NationalMonth

from passerelle.checks.inspector import inspect
from passerelle.contract.load import find
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.readers import tagged

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = find(ROOT / "contracts", "caf/rsa_beneficiaires_mensuel")


def write_flow(folder: Path, dossiers: int) -> Path:
    """A synthetic month of so many dossiers."""
    folder.mkdir(exist_ok=True)
    return write_sample(CONTRACT, folder, request=SampleRequest(rows=dossiers, seed=3, as_of=date(2026, 11, 20))).path


def parse_xml(path: Path) -> None:
    """A bare lxml iterparse by dossier."""
    for _, element in etree.iterparse(str(path), events=("end",), tag="InfosFoyerRSA"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def flatten_xml(path: Path) -> None:
    """Parse and flatten, without the check."""
    with path.open("rb") as file:
        for _ in tagged.read(CONTRACT, file):
            pass


def check_xml(path: Path) -> None:
    """Parse, flatten and check."""
    with path.open("rb") as file:
        inspect(CONTRACT, file)


def check_national(path: Path, size: str) -> None:
    """The check of a month of so many bytes, made while it is read from the dossiers of a small one."""
    month = NationalMonth(path, int(size))
    seen = inspect(CONTRACT, io.BufferedReader(month, 1 << 20))
    if (seen.verdict.value, seen.counts.accepted) != ("accepted", month.dossiers):
        raise SystemExit(f"{seen.verdict}: {seen.reason} {seen.counts}")
