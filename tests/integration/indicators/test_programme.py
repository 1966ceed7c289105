"""``passerelle esf programme``: the lines of Tables 6 and 10 out of every snapshot frozen at a day."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from participants import CUT_OFF, LATER, OPERATION, desk, entry
from passerelle.cli import esf
from passerelle.indicators.parameters import default_rules
from passerelle.indicators.snapshot.freeze import freeze
from passerelle.indicators.snapshot.propose import Request, propose

OTHER, FAR = "FSE-2025-AG-02", "FSE-2025-AG-03"
pytestmark = pytest.mark.usefixtures("place")


def run(*words: object) -> Result:
    return CliRunner().invoke(esf.app, ["programme", "--cut-off", str(CUT_OFF), *map(str, words)])


def frozen(warehouse: Engine, operation: str, **rules: Any) -> None:
    chosen = default_rules().replaced({"version": "essai", **rules}) if rules else default_rules()
    made = propose(warehouse, Request(operation, CUT_OFF, "agent-1", LATER, chosen))
    freeze(warehouse, made.snapshot_id, "agent-2", LATER)


@pytest.fixture
def three(warehouse: Engine) -> Engine:
    """Beside the operation of three people: one of two in the same line, one of these in both; one alone in another region."""
    with desk(warehouse) as office:
        rows = [entry("anne", "Q1", operation_id=OTHER, key="a"), entry("gil", "Q2", sex="M", operation_id=OTHER, key="b")]
        rows += [entry("hugo", "Q3", sex="M", operation_id=FAR, key="c")]
        office.deliver("fse/autres", LATER.replace(year=2025, month=12), {"participation": rows}, sender="ccas")
        query = """insert into esf.operation (operation_id, specific_objective, priority, region_category, annex, recorded_at, recorded_by)
                   values (:operation, 'h', '1', :region, 'I', '2025-02-01Z', 'agent-1')"""
        for operation, region in ((OPERATION, "transition"), (OTHER, "transition"), (FAR, "less_developed")):
            office.connection.execute(text(query), {"operation": operation, "region": region})
    return warehouse


def test_the_lines_add_up_what_was_frozen_and_say_of_which_snapshots(three: Engine) -> None:
    for operation in (OPERATION, OTHER, FAR):
        frozen(three, operation)

    told = json.loads(run("--json").stdout)
    lines = {line["region_category"]: line for line in told["groups"]}
    assert (lines["transition"]["operations"], lines["less_developed"]["operations"]) == ([OPERATION, OTHER], [FAR])
    assert lines["transition"]["indicators"]["EECO01"] == {"F": 3, "M": 2, "N": 0, "T": 5}, "two operations are two participations"
    assert lines["less_developed"]["indicators"]["EECO02"]["T"] == 1
    assert lines["transition"]["combined"]["EECO02+04"]["M"] == 2
    assert [one["operation"] for one in told["snapshots"]] == [OPERATION, OTHER, FAR]
    assert all(len(one["sha256"]) == 64 for one in told["snapshots"])
    assert "3 arrêté(s) figé(s)" in run().output


def test_without_a_frozen_snapshot_or_with_two_sets_of_rules_no_line_is_made(three: Engine) -> None:
    propose(three, Request(FAR, CUT_OFF, "agent-1", LATER, default_rules()))
    assert run().exit_code == 2, "what is only proposed is no line"
    frozen(three, OPERATION)
    frozen(three, OTHER, late_exit_months=2)
    refused = run("--json")
    assert (refused.exit_code, "règles" in refused.output) == (2, True)
