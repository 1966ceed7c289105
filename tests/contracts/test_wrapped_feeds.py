"""The battery for a feed of fixed width in each envelope, which no contract of the product has: a contract's file is all it takes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import battery
import fixed_feed
import mistakes
from battery import CLEAR, Said, said
from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.checks.typed_rows import typed_rows
from passerelle.contract.load import find
from passerelle.contract.model import Contract
from passerelle.derive.mutate import Mutation, mutate, mutations
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic import wrapping
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.derive.tables import staging_table
from passerelle.findings import Effect, Verdict
from passerelle.readers.openpgp import Unlock

ROWS = 20
KEY = wrapping.new_key()
UNLOCK = Unlock(KEY)
ENVELOPES = {"bare": (), "gzip": ("gzip",), "zip": ("zip",), "openpgp": ("openpgp", "gzip")}
WHOLE = {Mutation.EMPTY, Mutation.TRUNCATED, Mutation.NOT_WRAPPED, Mutation.ALTERED, Mutation.SECOND_FILE, Mutation.OTHER_KEY}
"""Told of the envelope; each decryption is a process of its own, so of encrypted files only these are tried, and two of what is inside."""
INSIDE = {Mutation.IMPOSSIBLE_DATE, Mutation.WRONG_COUNT}


@dataclass(frozen=True)
class Feed:
    """One contract, and its good file."""

    contract: Contract
    name: str
    data: bytes

    @property
    def inside(self) -> bytes:
        return wrapping.unwrapped(self.contract, self.data, KEY)


@cache
def feed_in(envelope: str) -> Feed:
    with TemporaryDirectory() as folder:
        contract = find(fixed_feed.contracts_with_it(Path(folder) / "contracts", *ENVELOPES[envelope]), fixed_feed.FEED)
        request = SampleRequest(rows=ROWS, seed=3, as_of=date(2026, 11, 20))
        path = write_sample(contract, Path(folder), request=request, certificate=wrapping.certificate_of(KEY)).path
        return Feed(contract, path.name, path.read_bytes())


def judged(feed: Feed, data: bytes) -> Inspection:
    seen = inspect(feed.contract, io.BytesIO(data), UNLOCK)
    assert seen.counts.add_up
    return seen


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_its_synthetic_file_is_accepted_and_fits_its_staging_table(envelope: str) -> None:
    feed = feed_in(envelope)
    seen = judged(feed, feed.data)
    assert (seen.verdict, said(seen), seen.counts.accepted) == (Verdict.ACCEPTED, set(), ROWS)
    table = feed.contract.record_table
    (chunk,) = [chunk for chunk in chunks(feed.contract, io.BytesIO(feed.data), UNLOCK) if chunk.tables]
    batch = typed_rows(feed.contract, table, chunk.tables[table.name], CLEAR)
    assert batch.schema.names == [column.name for column in staging_table(feed.contract, table).columns][1:]
    assert batch.num_rows == ROWS
    written = feed.inside.decode(feed.contract.layout.encoding).splitlines()
    assert [line[:10].strip() for line in written[:ROWS]] == batch.column("numero").to_pylist()


def cases() -> list[tuple[str, Mutation]]:
    found = [(envelope, kind) for envelope in ENVELOPES for kind in mutations(feed_in(envelope).contract)]
    return [(envelope, kind) for envelope, kind in found if envelope != "openpgp" or kind in WHOLE | INSIDE]


def expected(feed: Feed, kind: Mutation, bad: bytes) -> set[Said]:
    if not feed.contract.layout.envelope:
        return mistakes.expected(feed.contract, kind, feed.data, bad)
    if kind is Mutation.TRUNCATED:
        return {Said("envelope", None, Effect.REFUSE)}
    if kind in WHOLE:
        return mistakes.expected(feed.contract, kind, feed.data, bad)
    return mistakes.expected(feed.contract, kind, feed.inside, wrapping.unwrapped(feed.contract, bad, KEY))


@pytest.mark.parametrize(("envelope", "kind"), cases())
def test_a_mistake_is_told_with_its_line_and_without_a_personal_value(envelope: str, kind: Mutation, tmp_path: Path) -> None:
    feed = feed_in(envelope)
    (tmp_path / feed.name).write_bytes(feed.data)
    bad = mutate(feed.contract, tmp_path / feed.name, kind, tmp_path / "bad", key=KEY).read_bytes()
    seen = judged(feed, bad)
    assert said(seen) == expected(feed, kind, bad)
    values = battery.personal_values(wrapping.without_envelope(feed.contract), feed.inside)
    assert len(values) > ROWS
    assert battery.leaks(values, battery.everything_told(seen, feed.name, bad, tmp_path / "bad")) == []
