"""A feed of fixed width in a zip archive, which no contract of the product is: from its sample to its tables, with one bad line."""

from __future__ import annotations

from pathlib import Path

import fixed_feed
import installation
from fixed_feed import FEED, SENDER
from passerelle import gateway, journey
from passerelle.contract.load import find
from passerelle.derive.mutate import mutate
from passerelle.ledger.states import State
from servers import Sftp

ROWS = 40


def test_a_file_of_fixed_width_in_an_archive_is_published_but_for_its_bad_line(
    tmp_path: Path, sftp_server: Sftp, warehouse_url: str
) -> None:
    contracts = fixed_feed.contracts_with_it(tmp_path / "contracts", "zip")
    place = installation.build(tmp_path, sftp_server, warehouse_url, [SENDER], contracts=contracts, feeds={SENDER: FEED})
    good = place.sample(SENDER, ROWS).path
    place.drop(SENDER, good)
    with gateway.opened(place.settings) as opened:
        (first,) = journey.run(opened)
        assert (first.state, first.lines_accepted) == (State.PUBLISHED, ROWS)
        staged = installation.rows(opened, "select count(*), min(_line), max(_line) from staging.mission_locale__suivi__v2__jeune")
        assert staged == [(ROWS, 1, ROWS)]

        bad = mutate(find(contracts, FEED), good, "short_line", tmp_path / "bad")
        place.drop(SENDER, bad, good.name.replace("0000001", "0000002"))
        second = next(delivery for delivery in journey.run(opened) if delivery.file_name != good.name)
        assert (second.state, second.lines_accepted) == (State.PUBLISHED, ROWS - 1)
        assert any(name.startswith("CORRECTION_") for name in place.outbox(SENDER))
