"""``passerelle esf follow-up`` on a real warehouse: the frame without a name, the contacts apart, protected and noted."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from participants import CUT_OFF, LATER, OPERATION, desk, person
from passerelle.cli import esf
from passerelle.contract.load import find
from passerelle.derive.tables import staging_table
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import canonical
from passerelle.indicators.snapshot.freeze import freeze
from passerelle.indicators.snapshot.propose import Request, propose
from passerelle.settings import load

FEED = "fse/participants_entrees"
PHONE = "06 00 00 00 01"


def run(*words: object) -> Result:
    return CliRunner().invoke(esf.app, [str(word) for word in words])


@pytest.fixture
def frozen(warehouse: Engine, place: Path) -> None:
    """The snapshot of the year, frozen; Anne, who left, has given a phone."""
    made = propose(warehouse, Request(OPERATION, CUT_OFF, "agent-1", LATER, load_rules(None)))
    freeze(warehouse, made.snapshot_id, "agent-2", LATER)
    with warehouse.begin() as connection:
        connection.execute(text("update identity.sighting set table_name = 'entree' where table_name = 'participation'"))
    stated(warehouse, place, FEED, PHONE)


def stated(warehouse: Engine, place: Path, feed: str, phone: str) -> None:
    """Anne's phone, in the staged table of the first delivery of a feed that speaks of her."""
    contract = find(load(place).contracts, feed)
    table = staging_table(contract, contract.record_table)
    query = f"""
        insert into {table.fullname} (_delivery_id, _row, _line, _record, telephone)
        select s.delivery_id, s.row, s.row, 0, :phone from identity.sighting s join identity.link l using (record_id)
        where l.person_id = :anne and s.table_name = :name order by s.delivery_id limit 1
    """
    with warehouse.begin() as connection:
        table.create(connection)
        connection.execute(text(query), {"phone": phone, "anne": person("anne"), "name": contract.record_table.name})


@pytest.mark.usefixtures("frozen")
def test_the_frame_holds_no_contact_and_the_contacts_are_for_their_reader_only(warehouse: Engine, tmp_path: Path) -> None:
    folder, contacts = tmp_path / "enquete", tmp_path / "coordonnees" / "c.csv"
    words = ("follow-up", "h", "--cut-off", CUT_OFF, "--size", 5, "--seed", 7, "--out", folder)
    result = run(*words, "--contacts", contacts)
    assert result.exit_code == 0, result.output

    (base,) = folder.iterdir()
    first = base.read_bytes()
    (row,) = canonical.read(first)
    assert (row["participant_id"], row["six_months_on"], row["drawn"]) == (str(person("anne")), "2026-06-01", "yes")
    assert PHONE not in first.decode() + result.output
    assert stat.S_IMODE(contacts.stat().st_mode) == 0o600
    assert [one["phone"] for one in canonical.read(contacts.read_bytes())] == [PHONE]
    with warehouse.connect() as connection:
        assert list(connection.execute(text("select command, subject from identity.access")).all()) == [
            ("esf follow-up", str(person("anne")))
        ]
    assert run(*words).exit_code == 0
    assert base.read_bytes() == first, "the same seed draws the same"
    assert run(*words, "--contacts", contacts).exit_code == 2, "contacts are never written over a file"


@pytest.mark.usefixtures("frozen")
def test_of_two_phones_the_one_stated_last_is_given_whatever_feed_it_comes_from(warehouse: Engine, place: Path, tmp_path: Path) -> None:
    content = yaml.safe_load(place.read_text(encoding="utf-8"))
    content["senders"][0]["feeds"].append("ccas/domiciliation")
    place.write_text(yaml.safe_dump(content), encoding="utf-8")
    with desk(warehouse) as office:
        office.deliver("ccas/domiciliation", LATER, {"residence": [{"who": "anne", "commune_code": "99001"}]}, sender="ccas")
        office.connection.execute(text("update identity.sighting set table_name = 'domiciliation' where table_name = 'residence'"))
    stated(warehouse, place, "ccas/domiciliation", "06 00 00 00 02")

    words = ("follow-up", "h", "--cut-off", CUT_OFF, "--size", 5, "--seed", 7, "--out", tmp_path / "enquete")
    assert run(*words, "--contacts", tmp_path / "c.csv").exit_code == 0
    assert [one["phone"] for one in canonical.read((tmp_path / "c.csv").read_bytes())] == ["06 00 00 00 02"]


def test_without_a_frozen_snapshot_nothing_is_drawn(warehouse: Engine, place: Path, tmp_path: Path) -> None:
    propose(warehouse, Request(OPERATION, CUT_OFF, "agent-1", LATER, load_rules(None)))
    assert place.exists()
    assert run("follow-up", "h", "--cut-off", CUT_OFF, "--size", 5, "--seed", 7, "--out", tmp_path / "x").exit_code == 2
