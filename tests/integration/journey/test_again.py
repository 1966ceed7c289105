"""Everything may run twice, and at the same time: the result is that of one run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest

import oracle
from installation import AS_OF, FEEDS, Installation
from passerelle import journey
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from passerelle.warehouse.connect import lock
from runners import DONE, Runners


def drop_one_of_each(place: Installation) -> None:
    for sender in ("caf", "francetravail", "ccas-valcombe"):
        place.drop(sender, place.sample(sender, 15).path)


def test_a_second_run_changes_nothing(place: Installation, opened: Gateway) -> None:
    drop_one_of_each(place)
    oracle.run(opened)
    before, outbox = oracle.dump(opened), place.outbox("caf")

    again = oracle.run(opened)

    assert again == ()
    assert oracle.dump(opened) == before
    assert place.outbox("caf") == outbox


def test_a_stage_that_runs_again_for_a_published_delivery_changes_nothing(place: Installation, opened: Gateway) -> None:
    drop_one_of_each(place)
    ids = [delivery.delivery_id for delivery in oracle.run(opened)]
    before = oracle.dump(opened)

    for name in journey.STAGES:
        assert journey.run_stage(opened, name, ids) == tuple(ids)

    assert oracle.dump(opened) == before


@pytest.mark.parametrize("count", [2, 4])
def test_runners_side_by_side_load_each_of_eight_files_once(
    count: int, place: Installation, opened: Gateway, started_runners: Runners
) -> None:
    for number in range(4):
        place.drop("caf", place.sample("caf", 8, seed=number, day=AS_OF + timedelta(number)).path)
    for number in range(2):
        for sender in ("francetravail", "ccas-valcombe"):
            place.drop(sender, place.sample(sender, 8, seed=10 + number, day=AS_OF + timedelta(number)).path)

    ended = started_runners.run(place.settings, [None] * count)
    oracle.run(opened)

    outcomes = Counter(end.outcome for end in ended)
    assert set(outcomes) <= {DONE, "BusyError"}
    oracle.at_rest(place, opened)
    tables = oracle.dump(opened)
    assert [row["state"] for row in tables["ledger.delivery"]] == [State.PUBLISHED] * 8
    assert len(tables["staging.caf__rsa_beneficiaires_mensuel__v1__dossier"]) == 4 * 8
    assert len(tables["staging.france_travail__inscriptions__v1__inscription"]) == 2 * 8
    assert len(tables["staging.ccas__accompagnement__v1__accompagnement"]) == 2 * 8
    assert not tables["ledger.alert"]


def test_the_command_that_finds_another_run_at_work_ends_with_status_3_and_one_sentence(place: Installation, opened: Gateway) -> None:
    place.drop("caf", place.sample("caf", 5).path)
    command = [sys.executable, "-c", "from passerelle.cli.main import main; main()", "run", "--feed", FEEDS["caf"]]
    paths = os.pathsep.join(path for path in sys.path if path)

    with lock(opened.engine, f"inbox {FEEDS['caf']} caf"):
        environment = {**os.environ, "PASSERELLE_SETTINGS": str(place.settings), "PYTHONPATH": paths}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 3
    assert "Another run is at work" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert len(list(place.inbox("caf").iterdir())) == 1
    assert oracle.dump(opened)["ledger.delivery"] == []
