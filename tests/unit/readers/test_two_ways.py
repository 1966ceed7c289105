"""An XML file may be read many dossiers at once or element by element: both ways must tell the same, whatever is in the file."""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from battery import ROWS, XML, contract_of, sample
from passerelle.contract.model import Contract
from passerelle.errors import DeliveryError
from passerelle.readers import bulk, pieces, tagged
from passerelle.readers.markup import PADDING, tags_of
from passerelle.readers.rows import Chunk


def read(contract: Contract, data: bytes, *, at_once: bool, piece: int = 3000) -> Any:
    """What the file says, row by row and value by value with its line; or why it is refused."""
    plain = patch.object(tagged.Pieces, "__init__", _never_plain) if not at_once else patch.object(pieces, "_PIECE", piece)
    with plain:
        try:
            return _told(contract, list(tagged.read(contract, io.BytesIO(data))))
        except DeliveryError as error:
            return (error.rule, error.message, error.line)


_made = pieces.Pieces.__init__


def _never_plain(self: pieces.Pieces, *arguments: Any) -> None:
    _made(self, *arguments)
    self.is_plain = False


def _told(contract: Contract, chunks: list[Chunk]) -> Any:
    rows: dict[str, list[Any]] = {}
    for chunk in chunks:
        for name, found in chunk.tables.items():
            columns = [column.name for column in contract.table(name).columns]
            assert found.values.schema.names == columns
            assert all(field.type == pa.string() for field in found.values.schema)
            lines = [found.lines_of(column, range(len(found))) for column in columns]
            parts = [part.to_pylist() for part in (found.row, found.line, found.record, found.parent)]
            outer = contract.table(name).role in ("header", "footer")
            told = zip(*parts, found.values.to_pylist(), *lines, strict=True)
            rows.setdefault(name, []).extend(row[1:] if outer else row for row in told)
    odd = Counter((oddity.kind, oddity.line, oddity.record, oddity.what) for chunk in chunks for oddity in chunk.oddities)
    return sum(chunk.records for chunk in chunks), rows, odd


def both_ways_agree(contract: Contract, data: bytes) -> None:
    one, other = read(contract, data, at_once=True), read(contract, data, at_once=False)
    first = data.find(f"<{contract.layout.record}".encode())
    if isinstance(one[0], str) and (one[0] == "file.encoding" or other[2] == 1 or one[2] <= data[:first].count(b"\n") + 1):
        # What breaks the header shows where it begins, or where the first dossier ends; a parser says where it stood when it met a byte,
        # and of an unknown entity sometimes nothing but line 1.
        one, other = one[:2], other[:2]
    assert one == other


def test_a_byte_that_is_not_of_the_encoding_has_its_true_line(contract: Contract) -> None:
    _, good = sample(contract.id, 6)
    place = good.rindex(f"</{contract.layout.record}>".encode()) - 100
    place = good.rindex(b">", 0, place) + 1
    told = read(contract, good[:place] + b"\x81" + good[place:], at_once=True)
    assert (told[0], told[2]) == ("file.encoding", good[:place].count(b"\n") + 1)


SOME = ("caf/rsa_beneficiaires_mensuel", "caf/rsa_instruction")
"""What matters here is the markup, not the feed."""


@pytest.fixture(params=[feed for feed in XML if feed in SOME])
def contract(request: pytest.FixtureRequest) -> Contract:
    return contract_of(request.param)


def test_a_good_file_is_read_at_once_and_tells_the_same(contract: Contract) -> None:
    _, data = sample(contract.id)
    both_ways_agree(contract, data)
    original = tagged._Reading.elements

    def elements(self: tagged._Reading, file: Any, before: int) -> Any:
        text = file.read()
        assert len(text) < 3000, "a good file is left to the parser"
        return original(self, io.BytesIO(text), before)

    with patch.object(tagged._Reading, "elements", elements):
        assert read(contract, data, at_once=True)[0] == ROWS


@pytest.mark.parametrize("size", [500, 5_000, 20_000, 10_000_000])
def test_the_size_of_a_piece_changes_nothing(contract: Contract, size: int) -> None:
    _, data = sample(contract.id)
    assert read(contract, data, at_once=True, piece=size) == read(contract, data, at_once=False)


_SPOTS = {
    "comment": b"<!-- </%(record)s> & < > -->",
    "data section": b"<![CDATA[ <x> ]]>",
    "instruction": b"<?php echo 1 ?>",
    "unknown": b"<NOUVEAU>1</NOUVEAU>",
    "unknown with a family": b"<NOUVEAU><A>1</A><B/><NOUVEAU>2</NOUVEAU></NOUVEAU>",
    "empty unknown": b"<NOUVEAU />",
    "text": b" texte ",
    "closed twice": b"</%(record)s>",
    "open": b"<%(record)s>",
    "lone less": b"<",
    "lone greater": b">",
    "entity": b"&amp;",
    "unknown entity": b"&nbsp;",
    "character reference": b"&#233;",
    "control character": b"\x01",
    "blank line": b"\r\n  \t\n",
    "bare return": b"\r",
    "accent": "é".encode("cp1252"),
    "not of the encoding": b"\x81",
    "footer": b"<TransmissionFlux/>",
}


@pytest.mark.parametrize("spot", _SPOTS)
@given(data=st.data())
@settings(max_examples=5, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_something_unusual_anywhere_is_told_the_same(contract: Contract, spot: str, data: st.DataObject) -> None:
    _, good = sample(contract.id, 6)
    place, boundary = data.draw(st.tuples(st.integers(0, len(good)), st.booleans()))
    if boundary:
        place = good.rfind(b">", 0, place) + 1
    both_ways_agree(contract, good[:place] + _SPOTS[spot].replace(b"%(record)s", contract.layout.record.encode()) + good[place:])


@given(data=st.data())
@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tags_that_were_changed_are_told_the_same(contract: Contract, data: st.DataObject) -> None:
    """A tag renamed, given an attribute, emptied, repeated or removed."""
    _, good = sample(contract.id, 6)
    found = list(re.finditer(rb"<(/?)(\w+)>", good))
    for match in data.draw(st.lists(st.sampled_from(found), min_size=1, max_size=3, unique_by=lambda one: one.start())):
        change = data.draw(
            st.sampled_from([b"<\\1\\2X>", b'<\\1\\2 a="1">', b"<\\2/>", b"<\\2 />", b"", b"<\\1\\2><\\1\\2>", b"<\\1\\2 >"])
        )
        new = match.expand(change.replace(b"\\\\", b"\\"))
        good = good.replace(match[0], new, 1) if data.draw(st.booleans()) else good[: match.start()] + new + good[match.end() :]
    both_ways_agree(contract, good)


def test_lines_are_right_past_65535(contract: Contract) -> None:
    _, good = sample(contract.id, 6)
    start = good.index(f"<{contract.layout.record}".encode())
    both_ways_agree(contract, good[:start] + b"\n" * 70_000 + good[start:])


def test_tags_are_refused_unless_they_are_plain() -> None:
    def tags(text: bytes) -> object:
        return tags_of(bytearray(text + bytes(PADDING)), len(text))

    assert tags(b"<a><b>1</b> <c/></a>\n<a></a>") is not None
    for odd in (
        b"<a>",
        b"</a>",
        b"<a></b>",
        b"<a><b></a></b>",
        b"<a>1<b/></a>",
        b"<a><b/>1</a>",
        b"<a><b></b>1</a>",
        b"<>",
        b"< a></ a>",
        b"",
    ):
        assert tags(odd) is None or odd == b"< a></ a>", odd


def test_the_walker_is_not_asked_where_bulk_can_read(contract: Contract) -> None:
    _, good = sample(contract.id)
    with patch.object(bulk.BulkReader, "chunk", return_value=None):
        assert read(contract, good, at_once=True) == read(contract, good, at_once=False)
