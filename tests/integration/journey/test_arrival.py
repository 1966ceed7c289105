"""What lies in an inbox: half-written files, foreign names, links, the same file twice, another file under the same name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import installation
import oracle
from installation import FEEDS, Installation
from passerelle import gateway
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from passerelle.receipt.model import Receipt
from passerelle.settings import SftpAccount
from passerelle.steps import decide, receive
from runners import Place, intercept
from servers import OpenSsh, Sftp

CAF = "NRSACGIM_RSABEM_20261120_A000000{}.RCV"
OTHERS_FILE = "RSA_INSCRIPTION_20261120_DPT99.csv"


class OneAccount:
    """A real sshd behind the interface of the embedded server: all senders are one account."""

    def __init__(self, server: OpenSsh) -> None:
        self._server = server

    def account(self, _name: str) -> SftpAccount:
        return self._server.account

    def root(self, _name: str) -> Path:
        return self._server.root


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path) -> Installation:
    return installation.build(tmp_path, sftp_server, warehouse, ["caf", "msa"], contracts=hasty_contracts)


@pytest.fixture(params=["embedded", "openssh"])
def either(request: pytest.FixtureRequest, tmp_path: Path, warehouse: str, hasty_contracts: Path) -> Installation:
    """An installation with one sender, on the embedded server or on a real sshd; their paths differ, so does the sftp root."""
    if request.param == "embedded":
        return installation.build(tmp_path, request.getfixturevalue("sftp_server"), warehouse, ["caf"], contracts=hasty_contracts)
    server: Any = OneAccount(request.getfixturevalue("openssh_server"))
    return installation.build(tmp_path, server, warehouse, ["caf"], contracts=hasty_contracts)


@pytest.fixture
def opened_either(either: Installation) -> Iterator[Gateway]:
    with gateway.opened(either.settings) as found:
        yield found


def states(opened: Gateway) -> list[str]:
    return [row["state"] for row in sorted(oracle.dump(opened)["ledger.delivery"], key=lambda row: row["delivery_id"])]


def receipt(opened: Gateway, delivery_id: int, kind: str) -> Receipt:
    rows = oracle.dump(opened)["ledger.receipt"]
    (body,) = [row["body"] for row in rows if (row["delivery_id"], row["kind"]) == (delivery_id, kind)]
    return Receipt.from_json(body)


def persons(opened: Gateway) -> int:
    return len(oracle.dump(opened).get("staging.caf__rsa_beneficiaires_mensuel__v1__personne", []))


# Half-written files


@pytest.mark.parametrize("change", ["appended to", "replaced", "touched", "removed"])
def test_a_file_that_is_changed_while_it_is_fetched_is_not_taken_and_later_taken_whole(
    change: str, place: Installation, opened: Gateway
) -> None:
    whole = place.sample("caf", 30).path.read_bytes()
    target = place.inbox("caf") / CAF.format(1)
    target.write_bytes(whole[: len(whole) // 2])

    def meddle() -> None:
        if change == "appended to":
            with target.open("ab") as file:
                file.write(whole[len(whole) // 2 :])
        elif change == "replaced":
            target.with_suffix(".new").write_bytes(whole)
            target.with_suffix(".new").rename(target)
        elif change == "touched":
            os.utime(target, (1, 1))
        else:
            target.unlink()

    with pytest.MonkeyPatch.context() as patch:
        intercept(patch, Place("passerelle.vault:VaultWriter.write"), meddle)
        assert oracle.run(opened) == ()
    assert states(opened) == []
    target.write_bytes(whole)
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED]
    oracle.at_rest(place, opened)


def test_a_file_that_goes_away_after_the_listing_does_not_keep_the_others_waiting(place: Installation, opened: Gateway) -> None:
    gone = place.drop("caf", place.sample("caf", 5).path, CAF.format(1))
    place.drop("caf", place.sample("caf", 5, seed=2).path, CAF.format(2))

    with pytest.MonkeyPatch.context() as patch:
        intercept(patch, Place("passerelle.dropbox:Dropbox.waiting"), gone.unlink)
        oracle.run(opened)

    assert states(opened) == [State.PUBLISHED]


def test_temporary_and_hidden_names_are_left_alone_until_they_get_their_final_name(place: Installation, opened: Gateway) -> None:
    content = place.sample("caf", 5).path.read_bytes()
    inbox = place.inbox("caf")
    unfinished = [CAF.format(1) + suffix for suffix in (".part", ".tmp", ".filepart", ".PARTIAL")] + ["." + CAF.format(1)]
    for name in unfinished:
        (inbox / name).write_bytes(content)

    assert oracle.run(opened) == ()
    assert sorted(path.name for path in inbox.iterdir()) == sorted(unfinished)

    (inbox / unfinished[0]).rename(inbox / CAF.format(1))
    oracle.run(opened)
    assert states(opened) == [State.PUBLISHED]


@pytest.mark.parametrize("name", ["ACCOMPAGNEMENT_26540123400017_20261120.csv", "nom inconnu.csv"])
def test_a_file_that_must_settle_is_taken_only_when_two_observations_agree(
    name: str, tmp_path: Path, sftp_server: Sftp, warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = installation.build(tmp_path, sftp_server, warehouse, ["ccas-valcombe"])
    whole = place.sample("ccas-valcombe", 10).path.read_bytes()
    target = place.inbox("ccas-valcombe") / name
    target.write_bytes(whole[:1000])
    waits = []

    def still_written(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            target.write_bytes(whole)

    monkeypatch.setattr(receive, "_UNKNOWN_SETTLES", 5)
    monkeypatch.setattr(receive.time, "sleep", still_written)
    with gateway.opened(place.settings) as opened:
        assert oracle.run(opened) == ()
        assert states(opened) == []
        oracle.run(opened)
        assert states(opened) == [State.PUBLISHED if name.startswith("ACC") else State.QUARANTINED]
        oracle.at_rest(place, opened)
    assert waits == [5, 5]


# Names and kinds of files


def test_a_name_that_is_not_utf_8_is_answered_and_keeps_no_good_file_waiting(either: Installation, opened_either: Gateway) -> None:
    content = either.sample("caf", 8).path.read_bytes()
    either.drop("caf", either.sample("caf", 8, seed=2).path, CAF.format(2))
    (Path(os.fsdecode(os.fsencode(either.inbox("caf")) + b"/b\xe9n\xe9ficiaires.RCV"))).write_bytes(content)

    oracle.run(opened_either)

    assert sorted(states(opened_either)) == [State.PUBLISHED, State.QUARANTINED]
    (bad,) = [row for row in oracle.dump(opened_either)["ledger.delivery"] if row["state"] == State.QUARANTINED]
    assert bad["remote_name"] == b"b\xe9n\xe9ficiaires.RCV"
    answer = receipt(opened_either, bad["delivery_id"], "AR")
    assert answer.headline == "Nom de fichier non reconnu"
    assert answer.expected_names[0].name.startswith("NRSACGIM_RSABEM_")
    assert r"b\xe9n\xe9ficiaires.RCV" in answer.delivery.file_name
    oracle.at_rest(either, opened_either)


def test_links_folders_and_pipes_are_never_read(either: Installation, opened_either: Gateway) -> None:
    inbox = either.inbox("caf")
    outside = either.folder / "outside.RCV"
    outside.write_bytes(either.sample("caf", 5).path.read_bytes())
    (inbox / CAF.format(1)).symlink_to(outside)
    (inbox / CAF.format(2)).symlink_to("/etc/passwd")
    (inbox / CAF.format(3)).mkdir()
    os.mkfifo(inbox / CAF.format(4))
    either.drop("caf", outside, CAF.format(5))

    oracle.run(opened_either)

    assert [row["file_name"] for row in oracle.dump(opened_either)["ledger.delivery"]] == [CAF.format(5)]
    assert states(opened_either) == [State.PUBLISHED]
    assert len(list(inbox.iterdir())) == 4


HOSTILE = [
    "avec\nretour.csv",
    "=HYPERLINK(1).csv",
    "-rf",
    "\u202eRCV.txt",
    "zéro\u200bespace.csv",
    "😀.csv",
    "fin .csv ",
    "{{ jinja }}%(x)s.csv",
    "<script>alert(1)</script>'--.csv".replace("/", "∕"),
    "a" * 240 + ".csv",
    CAF.format(1) + "\n",
]


def test_hostile_names_are_quarantined_answered_and_moved_like_any_other_unknown_name(place: Installation, opened: Gateway) -> None:
    for number, name in enumerate(HOSTILE):
        (place.inbox("caf") / name).write_bytes(b"%d" % number)
    place.drop("caf", place.sample("caf", 5).path)

    oracle.run(opened)

    assert sorted(states(opened)) == sorted([State.PUBLISHED, *[State.QUARANTINED] * len(HOSTILE)])
    oracle.at_rest(place, opened)
    for name in place.outbox("caf"):
        assert name.isascii()
        assert name.isprintable()


def test_another_partners_file_in_an_inbox_is_unknown_there(place: Installation, opened: Gateway) -> None:
    place.drop("caf", place.sample("francetravail", 5).path)

    oracle.run(opened)

    assert states(opened) == [State.QUARANTINED]
    oracle.at_rest(place, opened)


def test_an_unknown_name_is_answered_with_the_names_that_are_expected_each_time_it_is_sent(place: Installation, opened: Gateway) -> None:
    for _ in range(2):
        place.drop("caf", place.sample("caf", 5).path, "rsa novembre.xml")
        oracle.run(opened)

    assert states(opened) == [State.QUARANTINED, State.DUPLICATE]
    for delivery_id in (1, 2):
        answer = receipt(opened, delivery_id, "AR")
        assert answer.headline == "Nom de fichier non reconnu"
        assert answer.expected_names
    place.drop("caf", place.sample("caf", 5).path, CAF.format(1))
    oracle.run(opened)
    assert states(opened)[-1] == State.PUBLISHED, "the same content under its right name is taken"


def test_a_broken_contract_of_a_senders_other_feed_keeps_no_good_file_waiting(tmp_path: Path, sftp_server: Sftp, warehouse: str) -> None:
    contracts = installation.hasty_contracts(tmp_path / "contracts")
    place = installation.build(tmp_path, sftp_server, warehouse, ["caf"], contracts=contracts)
    settings = yaml.safe_load(place.settings.read_text(encoding="utf-8"))
    settings["senders"][0]["feeds"] = [FEEDS["caf"], "caf/autre"]
    place.settings.write_text(yaml.safe_dump(settings), encoding="utf-8")
    (contracts / "caf" / "autre.odcs.yaml").write_text("kind: nothing\n", encoding="utf-8")
    place.drop("caf", place.sample("caf", 5).path)
    place.drop("caf", place.sample("caf", 5, seed=2).path, "peut-être de l'autre flux.csv")

    with gateway.opened(place.settings) as opened:
        with pytest.raises(ConfigurationError):
            oracle.run(opened)
        assert states(opened) == [State.PUBLISHED]
    assert [path.name for path in place.inbox("caf").iterdir()] == ["peut-être de l'autre flux.csv"]


def test_an_empty_file_is_answered_and_loads_nothing(either: Installation, opened_either: Gateway) -> None:
    (either.inbox("caf") / CAF.format(1)).touch()

    oracle.run(opened_either)

    assert states(opened_either) in ([State.REFUSED], [State.HELD])
    assert receipt(opened_either, 1, "CC").next_steps
    oracle.at_rest(either, opened_either)


# The same again


@pytest.mark.parametrize("name", [CAF.format(1), CAF.format(2)])
def test_the_same_content_again_is_a_duplicate_whatever_its_name_and_the_answer_says_so(
    name: str, place: Installation, opened: Gateway
) -> None:
    place.drop("caf", place.sample("caf", 8).path, CAF.format(1))
    oracle.run(opened)
    before = persons(opened)

    place.drop("caf", place.sample("caf", 8).path, name)
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED, State.DUPLICATE]
    assert persons(opened) == before
    answer = receipt(opened, 2, "AR")
    assert answer.headline == "Fichier déjà reçu"
    assert CAF.format(1) in answer.summary
    oracle.at_rest(place, opened)


def test_the_same_content_from_another_sender_is_no_duplicate(place: Installation, opened: Gateway) -> None:
    for sender in ("caf", "msa"):
        place.drop(sender, place.sample("caf", 8).path)
    oracle.run(opened)
    assert states(opened) == [State.PUBLISHED] * 2


@pytest.fixture
def held(place: Installation, opened: Gateway) -> int:
    """A delivery that is held: its name was published with another content."""
    place.drop("caf", place.sample("caf", 8).path, CAF.format(1))
    oracle.run(opened)
    place.drop("caf", place.sample("caf", 8, seed=2).path, CAF.format(1))
    oracle.run(opened)
    return 2


def test_another_content_under_a_published_name_is_held_and_someone_is_called(held: int, place: Installation, opened: Gateway) -> None:
    before = persons(opened)
    assert states(opened) == [State.PUBLISHED, State.HELD]
    assert receipt(opened, held, "AR").headline == "Fichier reçu, en attente d’une décision"
    assert [(row["kind"], row["delivery_id"]) for row in oracle.dump(opened)["ledger.alert"]] == [("held", held)]
    oracle.run(opened)
    assert persons(opened) == before, "nothing goes on by itself"
    oracle.at_rest(place, opened)


def test_a_held_delivery_that_is_released_is_published(held: int, place: Installation, opened: Gateway) -> None:
    decide.release(opened, held, "agent", "La CAF confirme.")
    oracle.run(opened)
    assert states(opened) == [State.PUBLISHED] * 2
    oracle.at_rest(place, opened)


def test_a_held_delivery_that_is_refused_is_answered_and_its_correction_is_taken_under_the_same_name(
    held: int, place: Installation, opened: Gateway
) -> None:
    decide.refuse(opened, held, "agent", "Mauvais mois.")
    oracle.run(opened)
    assert states(opened) == [State.PUBLISHED, State.REFUSED]
    assert "Mauvais mois" in receipt(opened, held, "CRI").summary

    decide.undo(opened, 1, "agent", "Le premier fichier est faux aussi.")
    place.drop("caf", place.sample("caf", 8, seed=3).path, CAF.format(1))
    oracle.run(opened)
    assert states(opened) == [State.UNDONE, State.REFUSED, State.PUBLISHED]


def test_a_decision_that_does_not_fit_the_state_is_refused_and_changes_nothing(held: int, opened: Gateway) -> None:
    before = oracle.dump(opened)
    decisions: list[tuple[Callable[..., object], int]] = [
        (decide.release, 1),
        (decide.refuse, 1),
        (decide.undo, held),
        (decide.replay, held),
        (decide.undo, 99),
    ]
    for decision, delivery_id in decisions:
        with pytest.raises(ConfigurationError):
            decision(opened, delivery_id, "agent", "Par erreur.")
    assert oracle.dump(opened) == before


def test_a_file_refused_at_its_check_is_corrected_under_the_same_name(place: Installation, opened: Gateway) -> None:
    good = place.sample("caf", 8).path.read_bytes()
    (place.inbox("caf") / CAF.format(1)).write_bytes(good[: len(good) // 2])
    oracle.run(opened)
    (place.inbox("caf") / CAF.format(1)).write_bytes(good)
    oracle.run(opened)
    assert states(opened) == [State.REFUSED, State.PUBLISHED]
    oracle.at_rest(place, opened)


def test_a_file_replaced_between_its_fetching_and_its_move_is_not_lost(place: Installation, opened: Gateway) -> None:
    target = place.drop("caf", place.sample("caf", 5).path, CAF.format(1))
    newer = place.sample("caf", 9, seed=2).path.read_bytes()

    with pytest.MonkeyPatch.context() as patch:
        intercept(patch, Place("passerelle.dropbox:Dropbox.move_aside", after=False), lambda: target.write_bytes(newer))
        oracle.run(opened)
    assert target.exists()
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED, State.HELD]
