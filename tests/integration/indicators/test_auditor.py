"""As an auditor does: a frozen snapshot is written out, computed again from its files alone without any warehouse, and compared."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from participants import CUT_OFF, LATER, OPERATION, desk, entry, leaving
from passerelle.cli import esf
from passerelle.indicators.snapshot.grants import estimated, record

OTHER = next(account for account in pwd.getpwall() if account.pw_uid != os.getuid())
BEFORE = datetime(2025, 12, 31, 22, 40, tzinfo=UTC)
"""After the other deliveries of that day, and still that day in Paris."""
pytestmark = pytest.mark.usefixtures("place")
GIVEN = ("participations", "events", "six-months", "operations", "estimates", "rules")
DESCRIBED = (
    "operation_id;specific_objective;priority;region_category;start;end;annex;target_indicators;entities_public;entities_sme\n"
    f"{OPERATION};h;1;transition;2025-01-01;2026-12-31;I;;;\n"
)
ESTIMATED = f"operation_id;indicator;sex;value;method;recorded_on\n{OPERATION};EECO16;T;1;échantillon de 2;2025-12-01\n"


def here(*words: object) -> Any:
    """A command of the gateway, with its warehouse."""
    result = CliRunner().invoke(esf.app, [*map(str, words), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def elsewhere(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """The same commands on a machine that has the product and the files, neither settings nor a database."""
    alone = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(folder), "COLUMNS": "200"}
    command = [sys.executable, "-c", "from passerelle.cli.main import main; main()", "esf", *map(str, words)]
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def dossier(warehouse: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The files of a frozen snapshot: results, a return, an incomplete entry, one day of support; corrected in the warehouse since."""
    with desk(warehouse) as office:
        everyone = [
            entry("anne", "P1"),
            entry("berthe", "P2", nationality_group="third_country"),
            entry("carl", "P3", sex="M"),
            entry("anne", "P7", entry_date=date(2025, 9, 1)),
            entry("dora", "P4", isced_level=None),
            entry("emil", "P5", sex="M", direct_support_days=1),
        ]
        office.deliver("fse/entrees", BEFORE, {"participation": everyone})
        gone = [
            leaving("anne", "P1", date(2025, 6, 30)),
            leaving("anne", "P7", date(2025, 11, 15)),
            leaving("carl", "P3", date(2025, 6, 15)),
        ]
        office.deliver("fse/sorties", BEFORE, {"participation_exit": gone})
        job = {"who": "anne", "key": "E1", "operation_id": OPERATION, "event_date": date(2025, 11, 20), "event": "employed"}
        office.deliver("fse/evenements", BEFORE, {"participation_event": [job]})
        works = {"who": "carl", "key": "O1", "operation_id": OPERATION, "observed_on": date(2025, 12, 15), "situation": "employed"}
        office.deliver("fse/six_mois", BEFORE, {"participation_observation": [works]})
        (tmp_path / "operations.csv").write_text(DESCRIBED, encoding="utf-8")
        record(office.connection, tmp_path / "operations.csv", "agent-1", BEFORE)
        (tmp_path / "estimates.csv").write_text(ESTIMATED, encoding="utf-8")
        estimated(office.connection, tmp_path / "estimates.csv", "agent-1", BEFORE)
    number = here("snapshot", "propose", OPERATION, "--cut-off", CUT_OFF)["snapshot"]
    with monkeypatch.context() as other:
        other.setattr(os, "getuid", lambda: OTHER.pw_uid)
        here("snapshot", "freeze", number)
    with desk(warehouse) as office:
        office.deliver("fse/entrees", LATER, {"participation": [entry("berthe", "P2", labour_at_entry="inactive")]})
        office.undo(1, LATER)
    here("snapshot", "show", number, "--out", tmp_path / "dossier")
    return tmp_path / "dossier"


def computed(dossier: Path, cutoff: date = CUT_OFF) -> subprocess.CompletedProcess[str]:
    files = {name: next(dossier.glob(f"{name.replace('-', '_')}.*"), None) for name in GIVEN}
    words = [word for name, path in files.items() if path is not None for word in (f"--{name}", path)]
    return elsewhere(dossier, "indicators", *words, "--cutoff", cutoff, "--json")


def test_the_microdata_of_a_frozen_snapshot_give_its_figures_again_and_compare_says_so(dossier: Path, tmp_path: Path) -> None:
    again = computed(dossier)
    assert again.returncode == 1, "there are findings: an incomplete record"
    (tmp_path / "again.json").write_text(again.stdout, encoding="utf-8")
    figures = json.loads(again.stdout)["operations"][OPERATION]
    codes = ("EECO01", "EECO02", "EECO13", "EECO16", "EECR04", "EECR05")
    assert [figures[code]["T"] for code in codes] == [3, 3, 1, 1, 1, 1]
    left_out = {reason: number for reason, number in json.loads(again.stdout)["excluded"][OPERATION].items() if number}
    assert left_out == {"incomplete": 1, "not_participant": 1, "merged_reentry": 1}

    found = elsewhere(tmp_path, "compare", dossier / "figures.json", tmp_path / "again.json")
    assert (found.returncode, "Les deux documents concordent." in found.stdout) == (0, True), found.stdout + found.stderr
    told = json.loads(elsewhere(tmp_path, "compare", dossier / "figures.json", tmp_path / "again.json", "--json").stdout)
    assert (told["agree"], told["same_cutoff"], told["same_rules"], told["differences"]) == (True, True, True, [])
    assert told["compared"] > 200


def test_one_answer_altered_in_the_microdata_is_told_by_compare(dossier: Path, tmp_path: Path) -> None:
    path = dossier / "participations.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(";third_country;", ";french;"), encoding="utf-8")
    (tmp_path / "again.json").write_text(computed(dossier).stdout, encoding="utf-8")

    found = elsewhere(tmp_path, "compare", dossier / "figures.json", tmp_path / "again.json", "--json")
    assert found.returncode == 1
    told = {(one["indicator"], one["column"], one["left"], one["right"]) for one in json.loads(found.stdout)["differences"]}
    assert ("EECO13", "F", 1, 0) in told


def test_another_cut_off_does_not_agree(dossier: Path, tmp_path: Path) -> None:
    (tmp_path / "again.json").write_text(computed(dossier, date(2026, 12, 31)).stdout, encoding="utf-8")

    assert elsewhere(tmp_path, "compare", dossier / "figures.json", tmp_path / "again.json").returncode == 1
