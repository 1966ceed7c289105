"""Whatever bytes a partner sends, the answer is a judgement: no other error than one for the partner, and counts that add up."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from invented_contracts import XML, column
from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.contract.model import Calendar, Contract, Ignored, Layout, Table
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.errors import DeliveryError
from passerelle.findings import Verdict
from passerelle.readers import delimited, tagged
from passerelle.readers.survey import survey

LINE_END = re.compile(rb"\r\n|\r|\n")


def small(encoding: str) -> Contract:
    """Two columns and a third that is left out on purpose."""
    return Contract(
        id="a/b",
        version="1.0.0",
        name="Essai",
        source="a",
        layout=Layout(
            format="delimited",
            encoding=encoding,
            name_pattern="x",
            name_template="x",
            ignored=(Ignored(path="note", reason="Inutile."),),
            max_line_bytes=300,
        ),
        tables=(Table(name="t", columns=(column("a"), column("b")), key=("a",)),),
        calendar=Calendar(frequency="daily"),
        retention_months=1,
        hold_above=1.0,
    )


UTF8, CP1252 = small("utf-8"), small("cp1252")


def judged(contract: Contract, data: bytes) -> Inspection:
    """The judgement, and the laws every judgement keeps."""
    seen = inspect(contract, io.BytesIO(data))
    assert seen.counts.add_up
    assert seen.total == len(list(seen.findings()))
    for rule, finding, record in seen.findings():
        assert finding.message
        assert "{value}" not in finding.message
        assert finding.line is None or 1 <= finding.line <= len(LINE_END.findall(data)) + 1
        assert rule.id == finding.rule
        assert record < max(seen.counts.received, 1)
    if seen.verdict is Verdict.REFUSED:
        assert seen.counts.accepted == 0
        assert seen.reason
    return seen


# Delimited

TOKENS = [
    b";",
    b'"',
    b"\n",
    b"\r\n",
    b"\r",
    b";x;y\n",
    b"1;2;3\n",
    b'"1;2";"3"\n',
    b"x",
    b" ",
    b'""',
    b"\\.",
    b"\xc3\xa9",
    b"\xe9",
    b"\xff",
    b"\0",
]
PIECES = st.lists(st.sampled_from(TOKENS) | st.binary(max_size=3), max_size=40).map(b"".join)
HEADERS = st.sampled_from([b"a;b;note\n", b"note;a;b\r\n", b"b;a\r", b'"a";"b";x;x\n', b"a;b", b""])
BLOCKS = st.sampled_from([24, 64, 8 << 20])
"""Sizes of what Arrow reads at a time: rows, and quotes, over several blocks."""


def _rows_are_their_lines(contract: Contract, data: bytes, seen: Inspection) -> None:
    """Every row judged is the text of its line, where no quote changes it."""
    lines = LINE_END.split(data)
    header = [name.strip() for name in lines[0].decode(contract.layout.encoding).replace('"', "").split(";")]
    places = [header.index(name) for name in ("a", "b")]
    found: list[int] = []
    for chunk in chunks(contract, io.BytesIO(data)):
        for rows in chunk.tables.values():
            found += rows.line.to_pylist()
            for line, values in zip(rows.line.to_pylist(), rows.values.to_pylist(), strict=True):
                text = lines[line - 1]
                if b'"' not in text:
                    cells = text.decode(contract.layout.encoding).split(";")
                    assert [values["a"] or "", values["b"] or ""] == [cells[place] for place in places]
    assert found == sorted(set(found))
    assert len(found) >= seen.counts.accepted


@given(header=HEADERS, body=PIECES, block=BLOCKS, contract=st.sampled_from([UTF8, CP1252]))
@example(header=b"a;b;note\n", body=b'1;2;"3\n4;5;6', block=8 << 20, contract=UTF8)
@example(header=b"a;b;note\n", body=b'1;2;"3\r4;5;6\r', block=24, contract=UTF8)
@example(header=b"a;b;note\n", body=b'1;2;3\n"', block=24, contract=UTF8)
@example(header=b"a;b;note\n", body=b"\n" * 30 + b"1;2;3", block=24, contract=CP1252)
@example(header=b'"a";"b";x;x\n', body=b"\r\n".join([b"1;2;3;4"] * 30), block=24, contract=CP1252)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_every_line_of_a_delimited_file_is_accounted_for(header: bytes, body: bytes, block: int, contract: Contract) -> None:
    data = header + body
    with patch.object(delimited, "_BLOCK", block):
        seen = judged(contract, data)
        if seen.survey is None:
            return
        lines = LINE_END.split(data)
        assert seen.survey.lines == len(lines) - (lines[-1] == b"")
        assert seen.counts.received == seen.survey.lines - 1
        if seen.verdict is not Verdict.REFUSED:
            _rows_are_their_lines(contract, data, seen)


@given(data=st.binary(max_size=200), contract=st.sampled_from([UTF8, CP1252]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_bytes_in_place_of_a_delimited_file_are_judged(data: bytes, contract: Contract) -> None:
    judged(contract, data)


@given(body=PIECES, size=st.integers(1, 7))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_survey_does_not_depend_on_how_the_bytes_come(body: bytes, size: int) -> None:
    class Slow(io.BytesIO):
        def read(self, count: int | None = -1, /) -> bytes:
            return super().read(size)

    def told(file: io.BytesIO) -> tuple[object, ...] | None:
        try:
            found = survey(CP1252.layout, file)
        except DeliveryError:
            return None
        return found.sha256, found.size, found.lines, found.has_quotes, found.ends_with_line_end

    assert told(Slow(body)) == told(io.BytesIO(body))


def test_a_quote_over_more_than_a_block_is_refused() -> None:
    data = b'a;b;note\n1;"' + b"x;y;z\n" * 200
    with patch.object(delimited, "_BLOCK", 64):
        seen = judged(UTF8, data)
    assert (seen.verdict, [finding.rule for _, finding, _ in seen.findings()]) == (Verdict.REFUSED, ["file.quoting"])
    assert seen.counts.received == seen.counts.set_aside == 200


# XML


@pytest.fixture(scope="module")
def good() -> bytes:
    with TemporaryDirectory() as folder:
        return write_sample(XML, Path(folder), request=SampleRequest(rows=3, seed=1, as_of=date(2026, 3, 2))).path.read_bytes()


MARKUP = [
    b"<Foyer>",
    b"</Foyer>",
    b"<Racine>",
    b"<Personne>",
    b"</Personne>",
    b"<Entete/>",
    b"<Pied/>",
    b"<X/>",
    b"<X>",
    b"&amp;",
    b"&x;",
    b"<!-- -->",
]
MARKUP += [
    b"<![CDATA[x]]>",
    b"<?x?>",
    b"\n",
    b"\xe9",
    b"\xc3\xa9",
    b"\0",
    b"<",
    b">",
    b"<!DOCTYPE x>",
    b"]]>",
    b"9" * 30,
    b"<NUMDEMRSA>1</NUMDEMRSA>",
]
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(MARKUP) | st.binary(max_size=4)), min_size=1, max_size=3)


@given(edits=EDITS, per_chunk=st.sampled_from([1, 2, 2_000]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_dossier_of_an_xml_file_is_accounted_for(good: bytes, edits: list[tuple[float, int, bytes]], per_chunk: int) -> None:
    data = good
    for place, gone, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + gone :]
    with patch.object(tagged, "_DOSSIERS_PER_CHUNK", per_chunk):
        seen = judged(XML, data)
        if seen.verdict is not Verdict.REFUSED:
            read = list(chunks(XML, io.BytesIO(data)))
            assert sum(chunk.records for chunk in read) == seen.counts.received
            for chunk in read:
                parents = set(chunk.tables["household"].row.to_pylist()) if "household" in chunk.tables else set()
                people = chunk.tables.get("person")
                assert people is None or set(people.parent.to_pylist()) <= parents


@given(data=st.binary(max_size=200))
@example(data=b"<Racine/>")
@example(data=b"<?xml version='1.0' encoding='utf-16'?><Racine/>")
@example(data=b"<Racine>" * 300)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_bytes_in_place_of_an_xml_file_are_judged(data: bytes) -> None:
    assert judged(XML, data).verdict is Verdict.REFUSED
