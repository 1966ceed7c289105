"""``passerelle esf snapshot`` and ``trace`` on a real warehouse: what is typed, read, and with which status it ends."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from participants import CUT_OFF, LATER, OPERATION, desk, entry
from passerelle.cli import esf

OTHER = next(account for account in pwd.getpwall() if account.pw_uid != os.getuid())
pytestmark = pytest.mark.usefixtures("warehouse", "place")


def run(*words: object) -> Result:
    return CliRunner().invoke(esf.app, [str(word) for word in words])


def answer(*words: object, status: int = 0) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def log_in_as_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: OTHER.pw_uid)


def test_two_logins_make_a_snapshot_that_can_be_proved_shown_and_traced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = answer("snapshot", "propose", OPERATION, "--cut-off", CUT_OFF)
    number = made["snapshot"]
    assert (made["state"], made["proposed_by"]) == ("proposed", pwd.getpwuid(os.getuid()).pw_name)
    assert made["participations"] == {"counted": 3, "excluded": 0}
    log_in_as_another(monkeypatch)
    frozen = answer("snapshot", "freeze", number)
    assert (frozen["state"], frozen["frozen_by"]) == ("frozen", OTHER.pw_name)
    assert answer("snapshot", "verify", number)["holds"]
    assert [one["snapshot"] for one in answer("snapshot", "list")] == [number]
    shown = answer("snapshot", "show", number, "--out", tmp_path / "dossier")
    assert shown["figures"][OPERATION]["EECO01"]["T"] == 3
    traced = answer("trace", OPERATION, "EECO02", "F", "--snapshot", number)
    assert traced["figure"] == len(traced["participations"]) == 2
    assert "CRI-2026-" in run("trace", OPERATION, "EECO02", "F", "--snapshot", number).output


def test_a_figure_that_falls_since_the_frozen_snapshot_is_told_for_somebody_to_explain(
    monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    """ID11."""
    first = answer("snapshot", "propose", OPERATION, "--cut-off", CUT_OFF)
    assert first["decreases"] == []
    with monkeypatch.context() as patch:
        log_in_as_another(patch)
        answer("snapshot", "freeze", first["snapshot"])
    with desk(warehouse) as office:
        office.deliver("fse/entrees", LATER, {"participation": [entry("carl", "P3", sex="M", labour_at_entry="inactive")]})

    later = answer("snapshot", "propose", OPERATION, "--cut-off", "2026-06-30")
    assert any(line.startswith("ID11 : EECO02 passe de 3 à 2") for line in later["decreases"])
    assert "ID11 : EECO02 passe de 3 à 2" in run("snapshot", "show", later["snapshot"]).output


def test_no_variable_of_the_environment_makes_two_of_one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    number = answer("snapshot", "propose", OPERATION, "--cut-off", CUT_OFF)["snapshot"]
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "someone-else")
    result = run("snapshot", "freeze", number)
    assert result.exit_code == 2
    assert answer("snapshot", "list")[0]["state"] == "proposed"


def test_what_does_not_exist_is_said_in_a_sentence(warehouse: Engine) -> None:
    assert run("snapshot", "freeze", 99).exit_code == 2
    assert run("snapshot", "propose", "INCONNUE", "--cut-off", CUT_OFF).exit_code == 1
    assert run("snapshot", "propose", OPERATION, "--cut-off", "2999-12-31").exit_code == 2
