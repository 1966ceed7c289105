"""ESF+ files taken all the way: what they state reaches a snapshot, and what other feeds hold can be read for proposals."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

import installation
import oracle
from installation import Installation, rows
from passerelle.contract.load import find
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.indicators.feeds import evidence, proposals
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import canonical, engine, rural, store
from passerelle.indicators.snapshot.moment import day_of
from passerelle.indicators.snapshot.propose import Request, propose
from passerelle.indicators.snapshot.verify import verify
from passerelle.warehouse.connect import transaction
from servers import Sftp

SENDER = "ccas-valcombe"
ENTRIES, EXITS, EVENTS = "fse/participants_entrees", "fse/participants_sorties", "fse/participants_evenements"
SIX_MONTHS = "fse/participants_six_mois"
OPERATION = "FSE-2026-INS-01"
PARTICIPANTS = (ENTRIES, EXITS, EVENTS, SIX_MONTHS)
FEEDS = ("referentiels/communes", "ccas/domiciliation", "caf/rsa_beneficiaires_mensuel", "caf/rsa_instruction", *PARTICIPANTS)


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path) -> Installation:
    """An installation with one sender that sends all these feeds."""
    made = installation.build(tmp_path, sftp_server, warehouse, (SENDER,), contracts=hasty_contracts, feeds={SENDER: ENTRIES})
    settings = yaml.safe_load(made.settings.read_text(encoding="utf-8"))
    settings["senders"][0]["feeds"] = list(FEEDS)
    made.settings.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return made


def take(place: Installation, opened: Gateway, *feeds: str) -> None:
    for feed in feeds:
        request = SampleRequest(rows=40, seed=1, as_of=installation.AS_OF)
        place.drop(SENDER, write_sample(find(place.contracts, feed), place.folder / "made", request=request).path)
    oracle.run(opened)


def test_what_the_four_files_say_is_in_the_snapshot_with_exits_events_later_situations_and_rural_level(
    place: Installation, opened: Gateway
) -> None:
    take(place, opened, "referentiels/communes", *PARTICIPANTS)
    now = datetime.now(UTC)
    request = Request(OPERATION, day_of(now), "agent-1", now, load_rules(None), opened.contract(rural.FEED))
    made = propose(opened.engine, request)

    with transaction(opened.engine) as connection:
        files = store.files(connection, made.snapshot_id)
        grid = rural.rurality(connection, opened.contract(rural.FEED), now)
    entered = canonical.read(files[engine.PARTICIPATIONS])
    counted = "select count(*) from esf.{} where operation_id = '" + OPERATION + "'"
    counting = [row for row in entered if row["status"] == "submitted"]
    assert [(len(counting),)] == rows(opened, counted.format("participation")) != [(0,)]
    assert [(len(entered) - len(counting),)] == rows(opened, counted.format("participation_pending")) != [(0,)], "no form disappears"
    assert {"submitted", "draft"} <= {row["status"] for row in entered} <= {"submitted", "draft", "withdrawn"}
    assert {row["disability"] for row in entered} <= {"yes", "no", "refused", "not_collected", ""}
    assert {row["nationality_group"] for row in entered} <= {"french", "eu", "third_country", "stateless", "not_collected", ""}
    left = rows(
        opened,
        f"""select count(*) from esf.participation p join esf.participation_exit x using (participation_number, operation_id)
            where operation_id = '{OPERATION}'""",
    )
    assert [(sum(bool(row["exit_date"]) for row in entered),)] == left
    sources = canonical.read(files["sources.csv"])
    out = [row for row in sources if row["subject"] in ("exit", "exit_unmatched")]
    assert [(len(out),)] == rows(opened, counted.format("participation_exit")), "no exit disappears"
    happened = canonical.read(files[engine.EVENTS])
    assert [(len(happened),)] == rows(opened, counted.format("participation_event")) != [(0,)]
    words = {"employed", "self_employed", "job_searching", "inactive", "in_education", "qualification"}
    assert {row["event"] for row in happened} <= words
    assert {row["withdrawn"] for row in happened} <= {"yes", "no"}
    later = canonical.read(files[engine.SIX_MONTHS])
    assert [(len(later),)] == rows(opened, counted.format("participation_observation")) != [(0,)]
    assert {row["situation"] for row in later} <= {"employed", "self_employed", "job_searching", "inactive", "unreachable"}
    assert {part for row in later for part in row["improvement"].split("+")} <= {"", "stability", "hours", "responsibility", "promotion"}
    assert set(grid.rural.values()) == {True, False}
    assert grid.year
    assert {row["rural"] for row in counting} <= {"yes", "no", "unknown"}
    assert verify(opened.engine, made.snapshot_id).holds


def test_staged_rows_are_read_with_the_person_they_are_about(place: Installation, opened: Gateway) -> None:
    take(place, opened, "ccas/domiciliation", "caf/rsa_beneficiaires_mensuel", "caf/rsa_instruction")
    with transaction(opened.engine) as connection:
        persons = [row[0] for row in rows(opened, "select distinct person_id from identity.link where revoked_at is null")]
        found = evidence.read(opened, connection, persons)
    read = {kind: sum(len(kinds.get(kind, ())) for kinds in found.values()) for kind in evidence.STAGED}
    expected = {
        evidence.DOMICILIATION: "ccas__domiciliation__v1__domiciliation",
        evidence.ACTIVITY: "caf__rsa_beneficiaires_mensuel__v1__activite",
        evidence.DIPLOMA: "caf__rsa_instruction__v1__personne",
        evidence.DIFFICULTY: "caf__rsa_instruction__v1__difficulte_sociale",
        evidence.HOUSEHOLD: "caf__rsa_beneficiaires_mensuel__v1__personne",
    }
    for kind, table in expected.items():
        assert [(read[kind],)] == rows(opened, f"select count(*) from staging.{table}") != [(0,)], kind
    assert proposals.look(opened).added == 0, "nobody takes part in an operation"
