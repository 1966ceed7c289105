"""A correction file is wrapped as its contract says, always the same way, so that it can come back as it is."""

from __future__ import annotations

import io
from contextlib import ExitStack

import pytest

import text_contracts
from invented_contracts import CSV
from passerelle.checks.replay import can_write
from passerelle.contract.model import Wrapping
from passerelle.deliver.correction import wrapped
from passerelle.errors import InvariantError
from passerelle.readers.envelope import opened

CONTENT = b"a;b\n1;2\n" * 1000


def wrap(envelope: tuple[Wrapping, ...]) -> bytes:
    out = io.BytesIO()
    with ExitStack() as stack:
        wrapped(text_contracts.variant(CSV, envelope=envelope), "SUIVI.csv.zip", out, stack).write(CONTENT)
    return out.getvalue()


@pytest.mark.parametrize("envelope", [(), ("gzip",), ("zip",), ("zip", "gzip"), ("gzip", "zip")])
def test_what_is_wrapped_opens_as_the_contract_says(envelope: tuple[Wrapping, ...]) -> None:
    made = wrap(envelope)
    with opened(text_contracts.variant(CSV, envelope=envelope), io.BytesIO(made)) as inside:
        assert inside.read() == CONTENT
    assert wrap(envelope) == made


def test_no_correction_is_made_of_what_only_its_recipient_may_open() -> None:
    assert not can_write(text_contracts.ENCRYPTED)
    assert can_write(text_contracts.ZIPPED)
    with pytest.raises(InvariantError):
        wrap(("openpgp",))
