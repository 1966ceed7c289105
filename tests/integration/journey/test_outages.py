"""The warehouse or a sender's server fails in the middle: we hear so in time, nothing is half done, the next run finishes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

import installation
import oracle
from installation import FEEDS, Installation
from passerelle import gateway, journey
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.demo.sftp import write_key_pair
from passerelle.errors import BusyError, ConfigurationError, TransientError
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from passerelle.steps import stage
from runners import PLACES, Place, intercept
from servers import Sftp

TIMEOUT = 1.2


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path) -> Installation:
    senders = ["caf", "msa", "francetravail"]
    return installation.build(tmp_path, sftp_server, warehouse, senders, contracts=hasty_contracts, timeout_seconds=TIMEOUT)


@pytest.fixture
def cut(postgres: EmbeddedPostgres, opened: Gateway) -> Iterator[Callable[..., None]]:
    """Ends sessions of the warehouse from outside; given a condition on pg_stat_activity, only those."""
    engine = sa.create_engine(postgres.url("postgres"), isolation_level="AUTOCOMMIT")
    database = opened.engine.url.database

    def end(condition: str = "true") -> None:
        query = f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{database}' and {condition}"
        with engine.connect() as connection:
            connection.execute(sa.text(query))

    yield end
    engine.dispose()


@pytest.fixture
def server(sftp_server: Sftp) -> Iterator[int]:
    """The id of the SFTP server's process; it goes on at the end whatever a test did to it."""
    process = sftp_server.server.process
    assert process is not None
    yield process.pid
    os.kill(process.pid, signal.SIGCONT)


def change_account(place: Installation, sender: str, **values: Any) -> None:
    settings = yaml.safe_load(place.settings.read_text(encoding="utf-8"))
    next(entry for entry in settings["senders"] if entry["id"] == sender)["sftp"].update(values)
    place.settings.write_text(yaml.safe_dump(settings), encoding="utf-8")


def states(opened: Gateway) -> list[str]:
    return [row["state"] for row in oracle.dump(opened)["ledger.delivery"]]


def test_without_the_warehouse_the_file_stays_in_the_inbox_until_it_is_back(place: Installation, warehouse: str) -> None:
    dropped = place.drop("caf", place.sample("caf", 8).path)
    secret = place.folder / "warehouse.url"
    secret.write_text(sa.make_url(warehouse).set(port=1).render_as_string(hide_password=False), encoding="utf-8")

    with gateway.opened(place.settings) as opened, pytest.raises(TransientError):
        journey.run(opened)
    assert dropped.exists()

    secret.write_text(warehouse, encoding="utf-8")
    with gateway.opened(place.settings) as opened:
        assert [delivery.state for delivery in oracle.run(opened)] == [State.PUBLISHED]
        oracle.at_rest(place, opened)


@pytest.mark.parametrize(
    "where",
    [
        "receive, receipt made but not committed",
        "check, findings written",
        "stage, in the middle of the load",
        "stage, some tables moved",
        "reconcile, people written",
        "publish, some facts written",
        "publish, receipt made but not committed",
    ],
)
def test_a_run_whose_sessions_are_cut_is_told_to_try_again_and_the_next_one_finishes(
    where: str, place: Installation, opened: Gateway, cut: Callable[..., None]
) -> None:
    place.drop("caf", place.sample("caf", 12).path)

    with pytest.MonkeyPatch.context() as patch:
        intercept(patch, PLACES[where], cut)
        with pytest.raises(TransientError):
            journey.run(opened, with_expectations=False)
    if where.startswith("receive"):
        assert states(opened) == []
        assert len(list(place.inbox("caf").iterdir())) == 1
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED]
    oracle.at_rest(place, opened)
    assert not oracle.dump(opened)["ledger.alert"], "an outage is no bug: nobody is called"


@pytest.mark.parametrize("name", journey.STAGES)
def test_a_run_that_lost_its_lock_to_another_does_nothing_more(
    name: str, place: Installation, opened: Gateway, cut: Callable[..., None]
) -> None:
    place.drop("caf", place.sample("caf", 12).path)
    writes = Place(f"passerelle.steps.{name}:transaction", after=False, nth=2)
    if name == "stage":
        writes = Place("passerelle.steps.stage:_move", after=False)

    def overtake() -> None:
        cut("state = 'idle'")
        with gateway.opened(place.settings) as other:
            oracle.run(other)

    with pytest.MonkeyPatch.context() as patch:
        intercept(patch, writes, overtake)
        with pytest.raises(BusyError):
            journey.run(opened, with_expectations=False)

    assert states(opened) == [State.PUBLISHED]
    oracle.at_rest(place, opened)
    assert not oracle.dump(opened)["ledger.alert"]


def test_rows_the_database_refuses_for_good_are_a_bug_and_not_tried_as_an_outage(
    place: Installation, opened: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.drop("caf", place.sample("caf", 8).path)
    made = stage.load_table

    def strict(*arguments: Any) -> sa.Table:
        table = made(*arguments)
        table.append_constraint(sa.CheckConstraint("_line < 0"))
        return table

    monkeypatch.setattr(stage, "load_table", strict)
    with pytest.raises(Exception, match="SQLSTATE 23514") as refusal:
        journey.run(opened, with_expectations=False)

    assert not isinstance(refusal.value, TransientError)
    assert [row["message"] for row in oracle.dump(opened)["ledger.alert"]] == ["stage: InvariantError"]
    assert states(opened) == [State.CHECKED]


STALLS = {
    "at the login": Place("paramiko:SSHClient.connect", after=False),
    "during the login": Place("paramiko.auth_handler:AuthHandler.auth_publickey", after=False),
    "when asked for file transfer": Place("paramiko:Channel.invoke_subsystem", after=False),
    "when asked for the list": Place("passerelle.dropbox:Dropbox.waiting", after=False),
    "in the middle of a file": Place("passerelle.vault:VaultWriter.write"),
    "when a file is moved": Place("passerelle.dropbox:Dropbox.move_aside", after=False),
    "when a receipt is left": Place("passerelle.dropbox:Dropbox.leave", after=False),
}


@pytest.mark.parametrize("where", STALLS)
def test_a_server_that_falls_silent_is_given_up_in_time_and_visited_again(
    where: str, place: Installation, opened: Gateway, server: int
) -> None:
    place.drop("francetravail", place.sample("francetravail", 300).path)
    threads = threading.active_count()
    began = time.monotonic()

    with pytest.MonkeyPatch.context() as patch:
        intercept(patch, STALLS[where], lambda: os.kill(server, signal.SIGSTOP))
        if where == "when a receipt is left":
            journey.run(opened, [FEEDS["francetravail"]], with_expectations=False)
        else:
            with pytest.raises(TransientError):
                journey.run(opened, [FEEDS["francetravail"]], with_expectations=False)
    took = time.monotonic() - began
    os.kill(server, signal.SIGCONT)

    assert took < 3 * TIMEOUT + 3
    while threading.active_count() > threads and time.monotonic() < began + took + 5:
        time.sleep(0.05)
    assert threading.active_count() == threads
    taken = where in ("when a file is moved", "when a receipt is left")
    assert bool(states(opened)) == taken
    oracle.run(opened)
    assert states(opened) == [State.PUBLISHED]
    oracle.at_rest(place, opened)


def test_a_server_that_dies_in_the_middle_of_a_file_leaves_no_trace_of_it(
    place: Installation, opened: Gateway, sftp_server: Sftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.drop("caf", place.sample("caf", 60).path)
    intercept(monkeypatch, STALLS["in the middle of a file"], sftp_server.server.stop)

    with pytest.raises(TransientError):
        journey.run(opened, with_expectations=False)

    assert states(opened) == []
    assert not list((place.folder / "vault").rglob("*.part"))
    sftp_server.server.start()
    oracle.run(opened)
    oracle.at_rest(place, opened)


def test_a_server_that_is_down_does_not_keep_another_senders_file_waiting(place: Installation, opened: Gateway, sftp_server: Sftp) -> None:
    place.drop("msa", place.sample("msa", 8).path)
    change_account(place, "caf", port=1)

    with gateway.opened(place.settings) as changed, pytest.raises(TransientError, match="does not answer"):
        journey.run(changed, with_expectations=False)

    assert states(opened) == [State.PUBLISHED]


def test_when_the_server_is_down_while_receipts_are_sent_they_are_kept_and_sent_by_the_next_run(
    place: Installation, opened: Gateway, sftp_server: Sftp
) -> None:
    place.drop("francetravail", place.sample("francetravail", 8).path)
    with pytest.MonkeyPatch.context() as patch:
        intercept(patch, Place("passerelle.journey:STAGES.check", after=False), sftp_server.server.stop)
        journey.run(opened, [FEEDS["francetravail"]], with_expectations=False)
    assert states(opened) == [State.PUBLISHED]
    assert [name.split("-")[0] for name in place.outbox("francetravail")] == ["AR"] * 3

    sftp_server.server.start()
    oracle.run(opened)

    oracle.at_rest(place, opened)


def test_another_host_key_is_refused_before_anything_is_read_and_someone_is_called_once(
    place: Installation, opened: Gateway, tmp_path: Path
) -> None:
    place.drop("caf", place.sample("caf", 8).path)
    place.drop("msa", place.sample("msa", 8).path)
    change_account(place, "caf", host_key=write_key_pair(tmp_path / "other"))

    for _ in range(2):
        with gateway.opened(place.settings) as changed, pytest.raises(ConfigurationError, match="another host key"):
            journey.run(changed, with_expectations=False)

    tables = oracle.dump(opened)
    assert [(row["sender"], row["state"]) for row in tables["ledger.delivery"]] == [("msa", State.PUBLISHED)]
    assert len(list(place.inbox("caf").iterdir())) == 1
    (alert,) = tables["ledger.alert"]
    assert alert["sender"] == "caf"
    assert alert["message"].count("SHA256:") == 2, "both fingerprints, for the telephone call with the partner"


@pytest.mark.parametrize(("key", "told"), [("stranger", "refuses the key"), ("missing", "is missing"), ("stranger.pub", "cannot be used")])
def test_a_key_that_does_not_open_the_door_is_ours_to_correct(
    key: str, told: str, place: Installation, opened: Gateway, sftp_server: Sftp
) -> None:
    place.drop("caf", place.sample("caf", 8).path)
    change_account(place, "caf", private_key_file=str(sftp_server.keys / key))

    with gateway.opened(place.settings) as changed, pytest.raises(ConfigurationError, match=told):
        journey.run(changed, with_expectations=False)

    assert len(list(place.inbox("caf").iterdir())) == 1
    assert states(opened) == []


def test_a_missing_inbox_is_not_taken_for_an_empty_one(place: Installation, opened: Gateway) -> None:
    place.inbox("caf").rmdir()
    with pytest.raises(TransientError, match="cannot be listed"):
        journey.run(opened, with_expectations=False)


def test_without_the_done_folder_files_are_loaded_once_all_the_same_and_moved_when_it_is_back(place: Installation, opened: Gateway) -> None:
    done = place.sftp.root("caf") / "traites"
    done.rmdir()
    for seed in (1, 2):
        place.drop("caf", place.sample("caf", 8, seed=seed).path, f"NRSACGIM_RSABEM_20261120_A000000{seed}.RCV")

    for _ in range(2):
        with pytest.raises(TransientError, match="moved aside"):
            journey.run(opened, with_expectations=False)
    assert states(opened) == [State.PUBLISHED] * 2

    done.mkdir()
    oracle.run(opened)
    assert states(opened) == [State.PUBLISHED] * 2
    oracle.at_rest(place, opened)


def test_a_full_disk_leaves_nothing_behind_and_the_file_where_it_was(
    place: Installation, opened: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.drop("caf", place.sample("caf", 8).path)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("passerelle.vault.os.fsync", full)
        with pytest.raises(TransientError, match="ENOSPC"):
            journey.run(opened, with_expectations=False)

    assert states(opened) == []
    assert not list((place.folder / "vault").rglob("*.part"))
    oracle.run(opened)
    oracle.at_rest(place, opened)
