"""What was set aside goes back to its sender as a file of only that; corrected and dropped, it completes the first one."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import comparison
import oracle
from installation import AS_OF, FEEDS, Installation, product_contract, rows
from passerelle.derive.mutate import Mutation, mutate
from passerelle.gateway import Gateway
from passerelle.ledger import aside as ledger_aside
from passerelle.ledger.states import State
from passerelle.steps import decide
from passerelle.warehouse.connect import transaction

SENDERS = ["caf", "ccas-valcombe", "francetravail"]
ENCODINGS = {"caf": "cp1252", "ccas-valcombe": "utf-8", "francetravail": "cp1252"}
BAD_DATES = {"caf": "1980-02-31", "ccas-valcombe": "31/02/1980", "francetravail": "31/02/1980"}
GOOD_DATES = {"caf": "1980-02-28", "ccas-valcombe": "28/02/1980", "francetravail": "28/02/1980"}
CURRENT = {"caf": "rsa_right_current", "ccas-valcombe": "designation_current", "francetravail": "registration_current"}
ROWS = 20


def outbox(place: Installation, sender: str, pattern: str) -> list[Path]:
    return sorted((place.sftp.root(sender) / "retours").glob(pattern))


def told(place: Installation, sender: str, delivery_id: int, kind: str) -> dict[str, Any]:
    """The document as the partner's program reads it in the outbox."""
    (path,) = outbox(place, sender, f"{kind}-*-{delivery_id:06d}_*.json")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def states(opened: Gateway) -> list[object]:
    return [state for (state,) in rows(opened, "select state from ledger.delivery order by delivery_id")]


def aside(opened: Gateway) -> list[tuple[object, ...]]:
    return rows(opened, "select delivery_id, record_key, closed_by from ledger.set_aside order by delivery_id, record")


def still_open(opened: Gateway) -> int:
    return sum(closed_by is None for _, _, closed_by in aside(opened))


def open_now(place: Installation, sender: str, delivery_id: int) -> tuple[int, dict[int, int]]:
    """What the delivery's CRI says: how many findings it closed, and in which deliveries how many are open."""
    told_open = told(place, sender, delivery_id, "CRI")["open"]
    files = {file["delivery_id"]: file["count"] for file in told_open["files"]}
    assert sum(files.values()) == told_open["still_open"]
    return told_open["closed_now"], files


def open_files(opened: Gateway, sender: str) -> dict[int, int]:
    """What the ledger says is open, by delivery."""
    with transaction(opened.engine) as connection:
        return {file.delivery_id: file.findings for file in ledger_aside.open_files(connection, FEEDS[sender], sender)}


def drop_broken(place: Installation, opened: Gateway, sender: str, number: int = ROWS) -> Path:
    """A file with one wrong birth date is taken; the correction file that comes back."""
    good = place.sample(sender, number).path
    place.drop(sender, mutate(product_contract(FEEDS[sender]), good, Mutation.IMPOSSIBLE_DATE, place.folder / "broken"))
    oracle.run(opened)
    (found,) = outbox(place, sender, "CORRECTION_*")
    return found


def corrected(path: Path, sender: str, place: Installation) -> Path:
    """What an agent does: opens the file, writes the right date, saves it under the same name."""
    text = path.read_bytes().decode(ENCODINGS[sender])
    assert BAD_DATES[sender] in text
    target = place.folder / "corrected" / path.name
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(text.replace(BAD_DATES[sender], GOOD_DATES[sender]).encode(ENCODINGS[sender]))
    return target


# The round trip


@pytest.mark.parametrize("sender", SENDERS)
def test_a_correction_file_corrected_and_dropped_completes_the_first_file(sender: str, place: Installation, opened: Gateway) -> None:
    correction = drop_broken(place, opened, sender)
    control = told(place, sender, 1, "CC")
    assert control["correction"] == {"name": correction.name, "records": 1, "return_as": correction.name}
    assert told(place, sender, 1, "CRI")["open"]["still_open"] == 1
    before = rows(opened, f"select count(*) from warehouse.{CURRENT[sender]}")[0][0]
    assert still_open(opened) == 1

    place.drop(sender, corrected(correction, sender, place))
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED] * 2
    assert aside(opened)[0][1:] == (aside(opened)[0][1], 2)
    answer = told(place, sender, 2, "CRI")
    assert answer["counts"]["accepted"] == 1
    assert answer["open"]["closed_now"] == 1
    assert answer["open"]["still_open"] == 0
    assert answer["changes"]["created"] == answer["people"]["known"] + answer["people"]["new"] + answer["people"]["to_review"]
    after = rows(opened, f"select count(*) from warehouse.{CURRENT[sender]}")[0][0]
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after > before, "nobody of the first file lost what it said, and the set aside record came to it"
    oracle.at_rest(place, opened)


@pytest.mark.parametrize("sender", SENDERS)
def test_a_file_and_its_correction_give_what_the_right_file_would_have_given(sender: str, place: Installation, opened: Gateway) -> None:
    good = place.sample(sender, ROWS).path
    columns = "person_id, sender, fact_key, stamp"
    place.drop(sender, corrected(drop_broken(place, opened, sender), sender, place))
    oracle.run(opened)
    completed = rows(opened, f"select {columns} from warehouse.{CURRENT[sender]}")
    fixed = place.folder / "whole" / good.name
    fixed.parent.mkdir()
    broken = (place.folder / "broken" / good.name).read_bytes().decode(ENCODINGS[sender])
    fixed.write_bytes(broken.replace(BAD_DATES[sender], GOOD_DATES[sender]).encode(ENCODINGS[sender]))

    for delivery_id in (2, 1):
        decide.undo(opened, delivery_id, "agent", "Essai.")
    place.drop(sender, fixed)
    oracle.run(opened)

    assert states(opened) == [State.UNDONE, State.UNDONE, State.PUBLISHED]
    assert sorted(rows(opened, f"select {columns} from warehouse.{CURRENT[sender]}"), key=repr) == sorted(completed, key=repr)


def test_the_correction_file_holds_the_partners_own_bytes_and_announces_their_number(place: Installation, opened: Gateway) -> None:
    correction = drop_broken(place, opened, "caf")
    sent = (place.folder / "broken" / place.sample("caf", ROWS).path.name).read_bytes()
    content = correction.read_bytes()

    (dossier,) = re.findall(rb"<InfosFoyerRSA>.*?</InfosFoyerRSA>", content, re.DOTALL)
    assert dossier in sent
    assert content.split(b"<InfosFoyerRSA>")[0] == sent.split(b"<InfosFoyerRSA>")[0]
    footer = content.split(b"</InfosFoyerRSA>")[-1]
    assert footer == sent.split(b"</InfosFoyerRSA>")[-1].replace(b"<NBTOTDOSRSATRANSM>20<", b"<NBTOTDOSRSATRANSM>1<")


def test_only_the_sender_finds_its_correction_file_and_its_own_keys(place: Installation, opened: Gateway) -> None:
    drop_broken(place, opened, "ccas-valcombe")
    place.drop("caf", place.sample("caf", 5).path)
    oracle.run(opened)

    assert not outbox(place, "caf", "CORRECTION_*")
    ((_, key, _),) = aside(opened)
    assert re.fullmatch(r"S-2026-[0-9]{4}", str(key))
    assert key in outbox(place, "ccas-valcombe", "CC-*.html")[0].read_text(encoding="utf-8")
    assert all(key not in str(body) for (body,) in rows(opened, "select body from ledger.receipt"))


def test_nothing_is_left_to_correct_when_nothing_was_set_aside(place: Installation, opened: Gateway) -> None:
    place.drop("caf", place.sample("caf", 5).path)
    oracle.run(opened)
    assert not outbox(place, "caf", "CORRECTION_*")
    assert told(place, "caf", 1, "CC")["correction"] is None


# Again, still wrong, not ours


def test_the_same_correction_again_is_a_duplicate_and_changes_nothing(place: Installation, opened: Gateway) -> None:
    right = corrected(drop_broken(place, opened, "caf"), "caf", place)
    place.drop("caf", right)
    oracle.run(opened)
    before = comparison.content(opened.engine)["warehouse.rsa_right"]

    place.drop("caf", right)
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED, State.PUBLISHED, State.DUPLICATE]
    assert comparison.content(opened.engine)["warehouse.rsa_right"] == before
    oracle.at_rest(place, opened)


def test_a_correction_that_is_still_wrong_comes_back_as_a_correction_of_the_correction(place: Installation, opened: Gateway) -> None:
    first = drop_broken(place, opened, "ccas-valcombe")
    place.drop("ccas-valcombe", first)
    oracle.run(opened)

    (second,) = outbox(place, "ccas-valcombe", "CORRECTION_000002_*")
    assert states(opened) == [State.PUBLISHED] * 2, "it does not wait for a person: one bad line of one is no broken export"
    assert second.name == first.name.replace("000001", "000002")
    assert second.read_bytes() == first.read_bytes()
    assert told(place, "ccas-valcombe", 2, "CRI")["code"] == 3
    assert open_now(place, "ccas-valcombe", 2) == (0, {2: 1}), "what is wrong in the correction takes the place of what was wrong before"
    decide.undo(opened, 2, "agent", "Essai.")
    assert open_files(opened, "ccas-valcombe") == {1: 1}
    decide.replay(opened, 2, "agent", "Essai.")
    oracle.run(opened)
    assert open_files(opened, "ccas-valcombe") == {2: 1}

    place.drop("ccas-valcombe", corrected(second, "ccas-valcombe", place))
    oracle.run(opened)

    assert open_now(place, "ccas-valcombe", 3) == (1, {})
    assert still_open(opened) == 0
    assert {closed_by for _, _, closed_by in aside(opened)} == {3}
    assert rows(opened, "select corrects, original from ledger.delivery order by 1 nulls first") == [(None, None), (1, 1), (2, 1)]


def test_an_agent_may_correct_again_what_it_had_corrected_under_the_same_name(place: Installation, opened: Gateway) -> None:
    right = corrected(drop_broken(place, opened, "francetravail"), "francetravail", place)
    place.drop("francetravail", right)
    oracle.run(opened)
    changed = right.read_bytes().replace(b"28/02/1980", b"27/02/1980")
    right.write_bytes(changed)
    place.drop("francetravail", right)
    oracle.run(opened)
    assert states(opened) == [State.PUBLISHED] * 3


def test_a_correction_of_a_delivery_that_is_not_the_senders_is_set_apart_and_told(place: Installation, opened: Gateway) -> None:
    right = corrected(drop_broken(place, opened, "caf"), "caf", place)
    stranger = right.name.replace("000001", "000999")
    place.drop("caf", right, stranger)
    place.drop("ccas-valcombe", place.sample("ccas-valcombe", 5).path, "CORRECTION_000001_ACCOMPAGNEMENT_26540123400017_20261120.csv")
    oracle.run(opened)

    assert sorted(map(str, states(opened))) == [State.PUBLISHED, State.QUARANTINED, State.QUARANTINED]
    for sender, delivery_id in rows(opened, "select sender, delivery_id from ledger.delivery where state = 'quarantined'"):
        assert "correction de la livraison" in told(place, str(sender), int(str(delivery_id)), "AR")["summary"]
    place.drop("caf", right)
    oracle.run(opened)
    assert State.PUBLISHED in states(opened)[1:], "under its right name the same content is taken"


# Closing and undoing


def test_an_undo_of_the_correction_opens_the_findings_again_and_a_replay_closes_them(place: Installation, opened: Gateway) -> None:
    place.drop("caf", corrected(drop_broken(place, opened, "caf"), "caf", place))
    oracle.run(opened)
    completed = rows(opened, "select count(*) from warehouse.rsa_right_current")

    decide.undo(opened, 2, "agent", "Essai.")
    assert still_open(opened) == 1
    assert rows(opened, "select count(*) from warehouse.rsa_right_current") < completed

    decide.replay(opened, 2, "agent", "Essai.")
    oracle.run(opened)
    assert still_open(opened) == 0
    assert rows(opened, "select count(*) from warehouse.rsa_right_current") == completed


def test_a_replay_of_the_first_file_leaves_closed_what_was_closed(place: Installation, opened: Gateway) -> None:
    place.drop("caf", corrected(drop_broken(place, opened, "caf"), "caf", place))
    oracle.run(opened)
    before = comparison.content(opened.engine)["ledger.set_aside"]

    decide.replay(opened, 1, "agent", "Essai.")
    oracle.run(opened)

    assert comparison.content(opened.engine)["ledger.set_aside"] == before
    assert still_open(opened) == 0


def test_the_next_file_that_brings_the_record_right_closes_it_an_older_one_that_comes_late_does_not(
    place: Installation, opened: Gateway
) -> None:
    drop_broken(place, opened, "ccas-valcombe")
    place.drop("ccas-valcombe", place.sample("ccas-valcombe", ROWS, day=AS_OF - timedelta(7)).path)
    oracle.run(opened)
    assert still_open(opened) == 1

    place.drop("ccas-valcombe", place.sample("ccas-valcombe", ROWS, day=AS_OF + timedelta(7)).path)
    oracle.run(opened)

    assert still_open(opened) == 0
    assert told(place, "ccas-valcombe", 3, "CRI")["open"]["closed_now"] == 1


def test_records_without_a_readable_key_are_closed_when_their_correction_comes_back_whole(place: Installation, opened: Gateway) -> None:
    good = place.sample("ccas-valcombe", 40).path
    lines = good.read_bytes().splitlines(keepends=True)
    key = lines[5].split(b";")[0]
    lines[5] = b";" + lines[5].split(b";", 1)[1]
    place.drop("ccas-valcombe", write(place, good.name, b"".join(lines)))
    oracle.run(opened)
    assert aside(opened) == [(1, None, None)]
    (correction,) = outbox(place, "ccas-valcombe", "CORRECTION_*")
    assert correction.read_bytes() == lines[0] + lines[5]

    place.drop("ccas-valcombe", write(place, correction.name, lines[0] + key + lines[5]))
    oracle.run(opened)

    assert aside(opened) == [(1, None, 2)]


def test_records_without_a_readable_key_that_come_back_wrong_count_once_and_are_closed_along_the_chain(
    place: Installation, opened: Gateway
) -> None:
    good = place.sample("ccas-valcombe", 40).path
    lines = good.read_bytes().splitlines(keepends=True)
    without = [b";" + line.split(b";", 1)[1] for line in lines]
    place.drop("ccas-valcombe", write(place, good.name, b"".join([*lines[:5], *without[5:8], *lines[8:]])))
    oracle.run(opened)
    assert open_now(place, "ccas-valcombe", 1) == (0, {1: 3})
    (first,) = outbox(place, "ccas-valcombe", "CORRECTION_*")

    place.drop("ccas-valcombe", write(place, first.name, lines[0] + without[5]))
    oracle.run(opened)
    assert open_now(place, "ccas-valcombe", 2) == (0, {1: 3, 2: 1}), "one of three lines came back: nobody can say which"

    place.drop("ccas-valcombe", write(place, first.name, lines[0] + lines[5] + b"".join(without[6:8])))
    oracle.run(opened)
    assert open_now(place, "ccas-valcombe", 3) == (0, {3: 2}), "a correction that came back whole takes the place of all before it"

    (second,) = outbox(place, "ccas-valcombe", "CORRECTION_000003_*")
    place.drop("ccas-valcombe", write(place, second.name, lines[0] + b"".join(lines[6:8])))
    oracle.run(opened)
    assert open_now(place, "ccas-valcombe", 4) == (2, {})
    assert {(delivery_id, closed_by) for delivery_id, _, closed_by in aside(opened)} == {(1, 4), (2, 4), (3, 4)}


def write(place: Installation, name: str, content: bytes) -> Path:
    path = place.folder / "by hand" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_line_corrected_alone_takes_nothing_from_its_persons_other_lines(place: Installation, opened: Gateway) -> None:
    """A person registered twice, one line of which was set aside: the correction speaks of the person, and of that line only."""
    good = place.sample("francetravail", 30).path
    lines = good.read_bytes().splitlines(keepends=True)
    header = lines[0].decode("cp1252").strip().split(";")
    date = header.index("date")
    again = lines[3].decode("cp1252").split(";")
    again[date] = "31/02/2026"
    place.drop("francetravail", write(place, good.name, b"".join([*lines, ";".join(again).encode("cp1252")])))
    oracle.run(opened)
    number = again[header.index("identifiantpe")]
    query = f"select registered_on from warehouse.registration_current where france_travail_number = '{number}' order by 1"
    (first,) = rows(opened, query)

    (correction,) = outbox(place, "francetravail", "CORRECTION_*")
    place.drop("francetravail", write(place, correction.name, correction.read_bytes().replace(b"31/02/2026", b"02/01/2026")))
    oracle.run(opened)

    assert states(opened) == [State.PUBLISHED] * 2
    assert len(rows(opened, query)) == 2
    assert first in rows(opened, query)
    assert told(place, "francetravail", 2, "CRI")["changes"]["updated"] == 1


def test_of_a_fact_told_in_a_file_and_in_its_correction_the_corrections_counts(place: Installation, opened: Gateway) -> None:
    correction = drop_broken(place, opened, "ccas-valcombe")
    good = place.sample("ccas-valcombe", ROWS).path.read_bytes().splitlines(keepends=True)
    header = good[0].decode("utf-8-sig").strip().split(";")
    loaded = good[9].decode().rstrip("\r\n").split(";")
    assert loaded[0] not in correction.read_text(encoding="utf-8")
    loaded[header.index("referent")] = "Mme Corrigée"
    with_more = corrected(correction, "ccas-valcombe", place)
    with_more.write_bytes(with_more.read_bytes() + ";".join(loaded).encode() + b"\n")
    count = rows(opened, "select count(*) from warehouse.designation_current where role_code = 'social'")[0][0]

    place.drop("ccas-valcombe", with_more)
    oracle.run(opened)

    names = rows(opened, "select referent_name from warehouse.designation_current where role_code = 'social'")
    assert [name for (name,) in names].count("Mme Corrigée") == 1
    assert len(names) == int(str(count)) + 1


def test_a_held_delivery_gives_its_correction_file_once_it_is_released(place: Installation, opened: Gateway) -> None:
    place.drop("caf", place.sample("caf", 30, defects=0.5).path)
    oracle.run(opened)
    assert states(opened) == [State.HELD]
    assert not outbox(place, "caf", "CORRECTION_*")

    decide.release(opened, 1, "agent", "Accepté.")
    oracle.run(opened)

    (correction,) = outbox(place, "caf", "CORRECTION_*")
    assert told(place, "caf", 1, "CRI")["correction"]["name"] == correction.name
    assert correction.read_bytes().count(b"<InfosFoyerRSA>") == still_open(opened)


def test_a_resend_leaves_the_correction_file_again_as_long_as_something_is_open(place: Installation, opened: Gateway) -> None:
    correction = drop_broken(place, opened, "caf")
    content = correction.read_bytes()
    correction.unlink()
    decide.resend(opened, 1)
    oracle.run(opened)
    assert correction.read_bytes() == content

    place.drop("caf", corrected(correction, "caf", place))
    oracle.run(opened)
    correction.unlink()
    decide.resend(opened, 1)
    oracle.run(opened)
    assert not correction.exists()
