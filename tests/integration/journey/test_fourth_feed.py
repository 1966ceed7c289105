"""A feed added by one file goes all the way: from the partner's SFTP folder to the tables others read, receipts included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import fourth_feed
import installation
from fourth_feed import FEED, SENDER
from installation import Installation, rows
from passerelle import gateway, journey
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from servers import Sftp

ROWS = 40


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse_url: str) -> Installation:
    contracts = fourth_feed.contracts_with_it(tmp_path / "contracts")
    return installation.build(tmp_path, sftp_server, warehouse_url, [SENDER], contracts=contracts, feeds={SENDER: FEED})


@pytest.fixture
def opened(place: Installation) -> Iterator[Gateway]:
    with gateway.opened(place.settings) as found:
        yield found


def test_one_file_added_brings_a_partners_rows_to_the_warehouse(place: Installation, opened: Gateway) -> None:
    place.drop(SENDER, place.sample(SENDER, ROWS).path)

    (delivery,) = journey.run(opened)

    assert (delivery.feed, delivery.state, delivery.lines_accepted) == (FEED, State.PUBLISHED, ROWS)
    assert rows(opened, "select count(*) from staging.mission_locale__suivi__v2__jeune") == [(ROWS,)]
    assert rows(opened, "select count(*) from warehouse.designation_current where structure_name = 'Mission locale'") == [(ROWS,)]
    staged = rows(opened, "select count(*) from staging.mission_locale__suivi__v2__jeune where rendez_vous is not null")
    assert rows(opened, "select count(*) from warehouse.appointment_current") == staged
    assert {name.split("-")[0] for name in place.outbox(SENDER)} == {"AR", "CC", "CRI"}
