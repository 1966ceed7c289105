"""The calendar proposes, people freeze, alerts come and go, and frozen extracts lie in the funding officers' folder."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

from participants import OPERATION, desk
from passerelle import gateway, settings
from passerelle.deliver import outgoing as sending
from passerelle.errors import ConfigurationError, DeliveryError, TransientError
from passerelle.gateway import Gateway
from passerelle.indicators.extracts import subjects
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import extracts, half_years, store
from passerelle.indicators.snapshot.freeze import freeze
from passerelle.indicators.snapshot.moment import day_of
from passerelle.indicators.snapshot.propose import Request
from passerelle.ledger import outgoing
from passerelle.warehouse.connect import transaction
from servers import Sftp

FIRST = datetime(2026, 1, 1, 4, tzinfo=UTC)
FIFTH = datetime(2026, 1, 5, 4, tzinfo=UTC)
RECIPIENT = "mission-locale"


@pytest.fixture
def opened(warehouse: Engine, place: Path, sftp_server: Sftp) -> Iterator[Gateway]:
    """An installation whose funding officers have a folder; it is the morning of 1 January 2026."""
    content = yaml.safe_load(place.read_text(encoding="utf-8"))
    account = sftp_server.account(RECIPIENT).model_dump(mode="json")
    content["senders"].append({"id": RECIPIENT, "name": "Gestionnaires", "feeds": [], "sftp": account})
    content["funding_officers"] = RECIPIENT
    place.write_text(yaml.safe_dump(content), encoding="utf-8")
    with gateway.opened(place) as found:
        yield at(found, FIRST)


def at(opened: Gateway, moment: datetime) -> Gateway:
    return dataclasses.replace(opened, now=lambda: moment)


def alerts(opened: Gateway) -> list[str]:
    with opened.engine.connect() as connection:
        return list(connection.execute(text("select message from ledger.alert where closed_at is null")).scalars())


def test_on_1_january_the_day_before_is_proposed_once_by_nobody_and_one_person_freezes_it(opened: Gateway) -> None:
    (number,) = half_years.propose_due(opened)
    assert half_years.propose_due(at(opened, FIFTH)) == [number]
    with transaction(opened.engine) as connection:
        proposed = store.get(connection, number)
    assert (str(proposed.cut_off), proposed.proposed_by) == ("2025-12-31", "gateway")
    assert freeze(opened.engine, number, "agent-1", FIFTH).is_frozen
    assert half_years.propose_due(at(opened, FIFTH)) == []


def test_an_alert_stands_until_the_snapshot_is_frozen_and_is_raised_once(opened: Gateway) -> None:
    (number,) = half_years.propose_due(opened)
    assert half_years.remind(opened) == half_years.remind(at(opened, FIFTH))
    assert alerts(opened) == [f"Opération {OPERATION} : l’arrêté au 31/12/2025 est à figer avant le 31/01/2026."]
    freeze(opened.engine, number, "agent-1", FIFTH)
    assert alerts(opened) == []
    assert half_years.remind(at(opened, FIFTH)) == []


def test_extracts_of_a_frozen_snapshot_are_delivered_once(opened: Gateway, sftp_server: Sftp) -> None:
    (number,) = half_years.propose_due(opened)
    assert extracts.deliver(opened) == 0, "what is not frozen goes nowhere"
    freeze(opened.engine, number, "agent-1", FIFTH)
    assert extracts.deliver(opened) == 5
    assert extracts.deliver(opened) == 0
    folder = sftp_server.root(RECIPIENT) / "retours"
    stem = f"fse_arrete_{number:05}_{OPERATION}_2025-12-31"
    endings = (".xlsx", "_bilan.pdf", "_chiffres.json", "_indicateurs.csv", "_manifeste.json")
    assert sorted(path.name for path in folder.iterdir()) == [f"{stem}{ending}" for ending in endings]
    figures = json.loads((folder / f"{stem}_chiffres.json").read_text(encoding="utf-8"))
    assert figures["operations"][OPERATION]["EECO01"]["T"] == 3
    with zipfile.ZipFile(folder / f"{stem}.xlsx") as book:
        assert b"EECO01" in book.read("xl/sharedStrings.xml")


def test_a_server_that_is_down_gets_the_extracts_later(opened: Gateway, sftp_server: Sftp) -> None:
    (number,) = half_years.propose_due(opened)
    freeze(opened.engine, number, "agent-1", FIFTH)
    sftp_server.server.stop()
    with pytest.raises(TransientError):
        extracts.deliver(opened)
    sftp_server.server.start()
    assert extracts.deliver(opened) == 5


def test_a_run_killed_between_outbox_and_ledger_sends_the_same_again(
    opened: Gateway, sftp_server: Sftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = half_years.propose_due(opened)
    freeze(opened.engine, number, "agent-1", FIFTH)
    with monkeypatch.context() as patch:
        patch.setattr(outgoing, "note_sent", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            extracts.deliver(opened)
    folder = sftp_server.root(RECIPIENT) / "retours"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(before) == 1
    assert sending.send(opened, opened.settings.sender(RECIPIENT)) == 5
    assert before.items() <= {path.name: path.read_bytes() for path in folder.iterdir()}.items()


def test_without_a_recipient_nothing_is_made(opened: Gateway) -> None:
    nobody = dataclasses.replace(opened, settings=opened.settings.model_copy(update={"funding_officers": None}))
    with pytest.raises(ConfigurationError, match="funding_officers"):
        extracts.deliver(nobody)
    assert settings.load().funding_officers == RECIPIENT


def test_the_state_of_today_holds_exits_events_and_what_was_just_published(opened: Gateway) -> None:
    with desk(opened.engine) as office:
        job = {"who": "anne", "key": "E1", "operation_id": OPERATION, "event_date": date(2025, 12, 20), "event": "employed"}
        office.deliver("fse/evenements", FIRST, {"participation_event": [job]})
    figures = today(opened, FIFTH)
    assert (figures["EECO01"]["T"], figures["EECR04"]["T"]) == (3, 1)
    assert today(opened, FIRST.replace(hour=3))["EECR04"] == {"status": "not_collected"}
    with pytest.raises(DeliveryError, match="aucun extrait"):
        today(opened, datetime(2025, 1, 1, tzinfo=UTC))


def today(opened: Gateway, moment: datetime) -> Mapping[str, Mapping[str, Any]]:
    """The figures of the day of a moment, as an extract that nobody proposed prints them."""
    request = Request(OPERATION, day_of(moment), half_years.PROPOSER, moment, load_rules(None))
    (subject,) = subjects.provisional(opened.engine, request)
    return subject.figures
