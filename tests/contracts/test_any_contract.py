"""The battery is for contracts of any layout: dropped among the others, those that no partner of the product has pass it as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

import fixed_feed
import fourth_feed

ROOT = Path(__file__).resolve().parents[2]
BATTERY = ("tests/contracts/test_battery.py", "tests/contracts/test_hostile.py", "tests/contracts/test_bad_delimited.py", "tests/unit/kit")


def add_without_header(root: Path) -> None:
    """A feed without header, with a last line of count, in an archive."""
    contract = yaml.safe_load(fourth_feed.CONTRACT.read_text(encoding="utf-8"))
    layout = contract["servers"][0]["customProperties"][0]["value"]
    layout |= {"namePattern": r"NU_(?P<date>[0-9]{8})\.zip", "nameTemplate": "NU_{date}.zip", "header": False, "envelope": ["zip"]}
    layout["trailer"] = {"marker": "FIN", "count": 2}
    path = root / "mission_locale" / "nu.odcs.yaml"
    path.write_text(yaml.safe_dump(contract | {"id": "mission_locale/nu"}, allow_unicode=True), encoding="utf-8")


def test_files_of_fixed_width_or_without_header_in_an_envelope_pass_the_battery(tmp_path: Path) -> None:
    root = fixed_feed.contracts_with_it(tmp_path / "contracts", "openpgp", "gzip")
    for path in root.glob("*/*.odcs.yaml"):
        if path.parent.name != "mission_locale":
            path.unlink()
    add_without_header(root)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "mission_locale", *BATTERY]
    environment = os.environ | {"PASSERELLE_CONTRACTS": str(root)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-3_000:]
    assert " passed" in done.stdout
