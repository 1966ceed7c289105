"""A feed whose files come encrypted, compressed, without header and with a last line of count goes all the way, and stays encrypted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import fourth_feed
import installation
from fourth_feed import FEED, SENDER
from installation import Installation, rows
from passerelle import gateway, journey
from passerelle.contract.load import find
from passerelle.derive.mutate import mutate
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic import wrapping
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from servers import Sftp

ROWS = 40
KEY = wrapping.new_key()


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse_url: str) -> Installation:
    contracts = fourth_feed.contracts_with_it(tmp_path / "contracts")
    path = contracts / f"{FEED}.odcs.yaml"
    text = path.read_text(encoding="utf-8").replace(r"\.txt'", r"\.txt\.gz\.gpg'").replace('{sequence}.txt"', '{sequence}.txt.gz.gpg"')
    more = "header: false\n          trailer: { marker: FIN, count: 2 }\n          envelope: [openpgp, gzip]\n          settleSeconds: 0"
    path.write_text(text.replace("settleSeconds: 0", more), encoding="utf-8")
    made = installation.build(tmp_path, sftp_server, warehouse_url, [SENDER], contracts=contracts, feeds={SENDER: FEED})
    (tmp_path / "keys" / "openpgp.key").write_bytes(KEY)
    settings = yaml.safe_load(made.settings.read_text(encoding="utf-8")) | {"openpgp_key_file": "keys/openpgp.key"}
    made.settings.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return made


@pytest.fixture
def opened(place: Installation) -> Iterator[Gateway]:
    with gateway.opened(place.settings) as found:
        yield found


def test_an_encrypted_file_is_published_and_one_in_clear_is_refused(place: Installation, opened: Gateway, tmp_path: Path) -> None:
    contract = find(place.contracts, FEED)
    request = SampleRequest(rows=ROWS, seed=1, as_of=installation.AS_OF)
    good = write_sample(contract, tmp_path / "good", request=request, certificate=wrapping.certificate_of(KEY)).path
    clear = mutate(contract, good, "not_wrapped", tmp_path / "bad", key=KEY)
    place.drop(SENDER, good)
    place.drop(SENDER, clear, good.name.replace("0000001", "0000002"))

    deliveries = {delivery.file_name: delivery for delivery in journey.run(opened)}

    accepted, refused = (deliveries[name] for name in sorted(deliveries))
    assert (accepted.state, accepted.lines_accepted) == (State.PUBLISHED, ROWS)
    assert accepted.sha256 == hashlib.sha256(good.read_bytes()).hexdigest()
    assert rows(opened, "select count(*), max(_line) from staging.mission_locale__suivi__v2__jeune") == [(ROWS, ROWS)]
    assert refused.state is State.REFUSED
    assert "n'est pas chiffré" in (refused.reason or "")
