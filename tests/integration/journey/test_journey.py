"""One delivery's whole journey on real parts: SFTP server, vault, PostgreSQL; without Airflow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import installation
from installation import Installation, rows
from passerelle import gateway, journey
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from servers import Sftp


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse_url: str) -> Installation:
    return installation.build(tmp_path, sftp_server, warehouse_url)


@pytest.fixture
def opened(place: Installation) -> Iterator[Gateway]:
    with gateway.opened(place.settings) as found:
        yield found


def test_a_file_of_each_feed_is_published_and_answered(place: Installation, opened: Gateway) -> None:
    for sender in ("caf", "francetravail", "ccas-valcombe"):
        place.drop(sender, place.sample(sender, 60).path)

    done = journey.run(opened)

    assert [(delivery.sender, delivery.state) for delivery in done] == [
        ("caf", State.PUBLISHED),
        ("ccas-valcombe", State.PUBLISHED),
        ("francetravail", State.PUBLISHED),
    ]
    for delivery in done:
        assert delivery.counts.add_up
        assert delivery.lines_accepted == 60
        assert not list(place.inbox(delivery.sender).iterdir())
        kinds = {name.split("-")[0] for name in place.outbox(delivery.sender)}
        assert kinds == {"AR", "CC", "CRI"}
    assert rows(opened, "select count(*) from warehouse.portfolio")[0][0] > 60
    assert rows(opened, "select count(*) from esf.participation_current")[0][0] > 0
