"""kill -9 anywhere between the sender's inbox and the last receipt: the next run finishes, and nothing is lost or doubled."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import comparison
import installation
import oracle
from installation import FEEDS, Installation
from passerelle import gateway
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.derive.mutate import Mutation, mutate
from passerelle.derive.sample import SampleFile, write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from runners import PLACES, PLACES_OF_CORRECTIONS, Runners
from servers import Sftp

DOSSIERS = 12
SENDERS = ("caf", "francetravail", "ccas-valcombe")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SampleFile]:
    folder = tmp_path_factory.mktemp("files")
    request = SampleRequest(rows=DOSSIERS, seed=5, as_of=installation.AS_OF)
    return {sender: write_sample(installation.product_contract(FEEDS[sender]), folder, request=request) for sender in SENDERS}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same keys for every installation, so that their contents can be compared."""
    folder = tmp_path_factory.mktemp("keys") / "keys"
    installation.keys.create(folder)
    return folder


@pytest.fixture(params=[("caf",)], ids="+".join)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path, keys: Path
) -> Installation:
    shutil.copytree(keys, tmp_path / "keys")
    return installation.build(tmp_path, sftp_server, warehouse, request.param, contracts=hasty_contracts)


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory,
    _embedded_sftp: Sftp,
    postgres: EmbeddedPostgres,
    _warehouse_template: str,
    hasty_contracts: Path,
    keys: Path,
    files: dict[str, SampleFile],
) -> dict[str, Any]:
    """What is in the warehouse after a run that nothing stopped; per set of senders."""
    found = {}
    for senders in (("caf",), tuple(files)):
        _embedded_sftp.empty()
        folder = tmp_path_factory.mktemp("undisturbed")
        shutil.copytree(keys, folder / "keys")
        name = f"undisturbed_{len(senders)}"
        place = installation.build(
            folder, _embedded_sftp, postgres.create_database(name, template=_warehouse_template), senders, contracts=hasty_contracts
        )
        for sender in senders:
            place.drop(sender, files[sender].path)
        with gateway.opened(place.settings) as opened:
            oracle.run(opened)
            oracle.at_rest(place, opened)
            found[senders] = comparison.content(opened.engine)
        postgres.drop_database(name)
    return found


@pytest.fixture
def opened(place: Installation) -> Iterator[Gateway]:
    with gateway.opened(place.settings) as found:
        yield found


def test_an_undisturbed_run_loads_every_dossier_and_every_person_of_the_file(
    undisturbed: dict[Any, dict[str, Any]], files: dict[str, SampleFile]
) -> None:
    text = files["caf"].path.read_text(encoding="cp1252")
    content = undisturbed[("caf",)]
    staged = {name.rpartition("__")[2]: len(rows) for name, rows in content.items() if name.startswith("staging.")}
    assert staged["dossier"] == text.count("<InfosFoyerRSA>") == DOSSIERS
    assert staged["personne"] == text.count("<Personne>") == len(content["identity.sighting"])
    assert len(content["warehouse.rsa_right"]) == len(re.findall(r"<NATPREST>RSA</NATPREST>\s*<ROLEPERS>(?:DEM|CJT)", text))


@pytest.mark.parametrize("where", PLACES)
def test_a_run_that_is_killed_is_finished_by_the_next(
    where: str,
    place: Installation,
    started_runners: Runners,
    undisturbed: dict[Any, Any],
    files: dict[str, SampleFile],
    opened: Gateway,
) -> None:
    place.drop("caf", files["caf"].path)

    (ended,) = started_runners.run(place.settings, [where])
    oracle.run(opened)

    assert ended.killed, f"the run never came to: {where}"
    oracle.at_rest(place, opened)
    assert comparison.content(opened.engine) == undisturbed[("caf",)]


@pytest.mark.parametrize("place", [SENDERS], indirect=True, ids="+".join)
@pytest.mark.parametrize("seed", range(3))
def test_after_several_kills_at_random_places_all_feeds_are_as_if_nothing_had_happened(
    seed: int,
    place: Installation,
    started_runners: Runners,
    undisturbed: dict[Any, Any],
    files: dict[str, SampleFile],
    opened: Gateway,
) -> None:
    for sender, file in files.items():
        place.drop(sender, file.path)

    for where in random.Random(seed).sample(sorted(PLACES), 4):
        started_runners.run(place.settings, [where])
    oracle.run(opened)

    oracle.at_rest(place, opened)
    assert comparison.content(opened.engine) == undisturbed[tuple(files)]
    assert [row[5] for row in comparison.content(opened.engine)["ledger.delivery"]] == [State.PUBLISHED] * 3


@pytest.mark.parametrize("where", PLACES_OF_CORRECTIONS)
def test_a_run_that_is_killed_over_what_was_set_aside_is_finished_by_the_next(
    where: str, place: Installation, started_runners: Runners, opened: Gateway
) -> None:
    good = place.sample("caf", 25).path
    broken = mutate(installation.product_contract(FEEDS["caf"]), good, Mutation.IMPOSSIBLE_DATE, place.folder / "broken")
    kills = []
    for path in (broken, good):
        place.drop("caf", path, path.name.replace("20261120", "20261127") if path is not broken else None)
        kills += started_runners.run(place.settings, [where])
        oracle.run(opened)
        oracle.at_rest(place, opened)

    assert any(ended.killed for ended in kills), f"the run never came to: {where}"
    (correction,) = (place.sftp.root("caf") / "retours").glob("CORRECTION_*")
    assert correction.read_bytes().count(b"<InfosFoyerRSA>") == 1
    assert installation.rows(opened, "select delivery_id, closed_by from ledger.set_aside") == [(1, 2)]
    assert not list((place.sftp.root("caf") / "retours").glob(".*"))
