"""What a file refers to is looked up in the list the warehouse holds: its newest file, with its corrections, and never one withdrawn."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

import installation
import oracle
from installation import AS_OF, Installation, product_contract, rows
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from passerelle.receipt.model import Receipt, Step
from passerelle.steps import decide
from servers import Sftp

SENDER, OTHER = "ccas-valcombe", "ccas-aubremont"
STRUCTURES, COMMUNES, SUPPORT = "referentiels/structures", "referentiels/communes", "ccas/accompagnement"
KNOWN, UNKNOWN = "26540123400017", "26540123400058"
ROWS = 12


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path) -> Installation:
    """An installation with two senders, each of which sends the lists, and files that refer to them."""
    feeds = {SENDER: STRUCTURES, OTHER: STRUCTURES}
    made = installation.build(tmp_path, sftp_server, warehouse, (SENDER, OTHER), contracts=hasty_contracts, feeds=feeds)
    settings = yaml.safe_load(made.settings.read_text(encoding="utf-8"))
    for sender in settings["senders"]:
        sender["feeds"] = [STRUCTURES, COMMUNES, SUPPORT]
    made.settings.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return made


def made(place: Installation, feed: str, day: date, changes: dict[int, dict[str, str]], keep: set[str] | None = None) -> Path:
    """A synthetic file with other values in some rows; of a list, only the rows whose first value is among ``keep``."""
    request = SampleRequest(rows=60 if feed == COMMUNES else ROWS, seed=1, as_of=day)
    path = write_sample(product_contract(feed), place.folder / "made", request=request).path
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    for row, values in changes.items():
        found[row].update(values)
    found = [row for row in found if keep is None or next(iter(row.values())) in keep]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]), delimiter=";", lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    return path


def delivered(place: Installation, opened: Gateway, path: Path, sender: str = SENDER) -> int:
    """The id of the delivery made of this file, which is published."""
    place.drop(sender, path)
    (delivery,) = oracle.run(opened)
    assert delivery.state == State.PUBLISHED
    return delivery.delivery_id


def listed(place: Installation, opened: Gateway, *sirets: str, day: date = AS_OF, sender: str = SENDER) -> int:
    return delivered(place, opened, made(place, STRUCTURES, day, {}, set(sirets)), sender)


_days = (AS_OF + timedelta(days=number) for number in range(1, 10_000))


def told(place: Installation, opened: Gateway, siret: str = UNKNOWN) -> list[tuple[object, ...]]:
    """The findings about a new file whose third line names this structure and no known commune."""
    path = made(place, SUPPORT, next(_days), {1: {"siret_structure": siret}})
    delivery_id = delivered(place, opened, path)
    assert rows(opened, f"select lines_accepted, lines_set_aside from ledger.delivery where delivery_id = {delivery_id}") == [(ROWS, 0)]
    return rows(opened, f"select rule, line, message from ledger.finding_told where delivery_id = {delivery_id} order by ordinal")


def consistency(opened: Gateway, delivery_id: int) -> Step:
    """The step of the delivery's CC at which values are compared."""
    ((body,),) = rows(opened, f"select body from ledger.receipt where delivery_id = {delivery_id} and kind = 'CC'")
    return Receipt.from_json(str(body)).steps[4]


MISSING = [
    (
        "accompagnement.siret_structure.reference",
        3,
        f"SIRET de la structure : la valeur « {UNKNOWN} » ne figure pas dans la liste « Référentiel des structures ».",
    )
]


def test_before_the_list_came_nothing_is_judged_and_the_control_says_so(place: Installation, opened: Gateway) -> None:
    assert told(place, opened) == []
    step = consistency(opened, 1)
    assert step.detail == (
        "aucune anomalie ; référentiel jamais reçu : références non vérifiées (Code INSEE de la commune, SIRET de la structure)"
    )

    listed(place, opened, KNOWN)
    assert told(place, opened) == MISSING
    step = consistency(opened, 3)
    assert step.detail == "1 anomalie, 1 règle ; référentiel jamais reçu : références non vérifiées (Code INSEE de la commune)"


def test_what_is_not_in_the_list_is_told_and_loaded(place: Installation, opened: Gateway) -> None:
    listed(place, opened, KNOWN)
    delivered(place, opened, made(place, COMMUNES, AS_OF, {}))
    path = made(place, SUPPORT, AS_OF, {1: {"siret_structure": UNKNOWN}, 4: {"code_commune": "98765"}})

    delivery_id = delivered(place, opened, path)

    columns = "rule, effect, line, column_name"
    assert rows(opened, f"select {columns} from ledger.finding_told where delivery_id = {delivery_id} order by ordinal") == [
        ("accompagnement.siret_structure.reference", "warn", 3, "siret_structure"),
        ("accompagnement.code_commune.reference", "warn", 6, "code_commune"),
    ]
    assert rows(opened, "select count(*) from staging.ccas__accompagnement__v1__accompagnement") == [(ROWS,)]
    assert consistency(opened, delivery_id).detail == "2 anomalies, 2 règles"
    shown = [path.read_bytes() for path in (place.sftp.root(SENDER) / "retours").iterdir() if path.suffix in (".json", ".html")]
    assert any(UNKNOWN.encode() in content for content in shown)
    assert not any(b"98765" in content for content in shown), "where a person lives"
    oracle.at_rest(place, opened)


def test_the_newest_list_counts_and_one_withdrawn_does_not(place: Installation, opened: Gateway) -> None:
    listed(place, opened, KNOWN, UNKNOWN)
    assert told(place, opened) == []

    newer = listed(place, opened, KNOWN, day=AS_OF + timedelta(days=30))
    assert told(place, opened) == MISSING

    listed(place, opened, KNOWN, UNKNOWN, "26540123400025", day=AS_OF - timedelta(days=30))
    assert told(place, opened) == MISSING, "an older list that comes later is still older"

    decide.undo(opened, newer, "agent", "Essai.")
    assert told(place, opened) == []


def test_each_sender_of_a_list_has_its_own_part_of_it(place: Installation, opened: Gateway) -> None:
    listed(place, opened, KNOWN)
    listed(place, opened, UNKNOWN, sender=OTHER, day=AS_OF - timedelta(days=30))
    assert told(place, opened) == []
    assert [rule for rule, *_ in told(place, opened, "26540123400025")] == ["accompagnement.siret_structure.reference"]


def test_a_correction_of_the_list_completes_it(place: Installation, opened: Gateway) -> None:
    path = made(place, STRUCTURES, AS_OF, {}, {KNOWN, UNKNOWN})
    good = path.read_text(encoding="utf-8")
    header, first, second = good.splitlines()
    assert second.startswith(UNKNOWN)
    many = [first, *_others(place)]
    path.write_text("\n".join([header, *many, second.replace(UNKNOWN, UNKNOWN[:-1])]) + "\n", encoding="utf-8")
    delivered(place, opened, path)
    assert told(place, opened) == MISSING

    (correction,) = (place.sftp.root(SENDER) / "retours").glob("CORRECTION_*")
    fixed = place.folder / correction.name
    fixed.write_text(correction.read_text(encoding="utf-8").replace(UNKNOWN[:-1], UNKNOWN), encoding="utf-8")
    delivered(place, opened, fixed)

    assert told(place, opened) == []


def _others(place: Installation) -> list[str]:
    """So many other structures that one bad line is no reason to hold the file."""
    request = SampleRequest(rows=60, seed=1, as_of=AS_OF)
    path = write_sample(product_contract(STRUCTURES), place.folder / "others", request=request).path
    return [line for line in path.read_text(encoding="utf-8").splitlines()[1:] if not line.startswith((KNOWN, UNKNOWN))]
