"""Whatever text comes: every line is a row, blank, odd or the last one, at its true place, however the file is cut into blocks."""

from __future__ import annotations

import io
import re
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from invented_contracts import column
from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.contract.model import Calendar, Contract, Layout, Table, Trailer
from passerelle.findings import Verdict
from passerelle.readers import delimited, fixed, survey, wide
from passerelle.readers.characters import Lines
from text_contracts import variant

LINE_END = re.compile(rb"\r\n|\r|\n")
BLOCKS = st.sampled_from([1, 7, 24, 64, 8 << 20])


def _contract(format_: str, **layout: object) -> Contract:
    place = {"a": {"start": 1, "width": 2}, "b": {"start": 4, "width": 3}} if format_ == "fixed" else {"a": {}, "b": {}}
    return Contract(
        id="a/b",
        version="1.0.0",
        name="Essai",
        source="a",
        layout=Layout.model_validate({"format": format_, "encoding": "utf-8", "name_pattern": "x", "name_template": "x", **layout}),
        tables=(Table(name="t", columns=tuple(column(name, **place[name]) for name in ("a", "b"))),),
        calendar=Calendar(frequency="daily"),
        retention_months=1,
        hold_above=1.0,
    )


FIXED = _contract("fixed")
FIXED_LATIN = variant(FIXED, encoding="iso-8859-15")
BARE = _contract("delimited", header=False, trailer=Trailer(marker="T", count=2))


def judged(contract: Contract, data: bytes) -> Inspection:
    seen = inspect(contract, io.BytesIO(data))
    assert seen.counts.add_up
    for _, finding, record in seen.findings():
        assert finding.line is None or 1 <= finding.line <= len(LINE_END.findall(data)) + 1
        assert record < max(seen.counts.received, 1)
    return seen


def cells(contract: Contract, data: bytes) -> dict[int, dict[str, str | None]]:
    """The values of every row, by line."""
    return {
        line: values
        for chunk in chunks(contract, io.BytesIO(data))
        for rows in chunk.tables.values()
        for line, values in zip(rows.line.to_pylist(), rows.values.to_pylist(), strict=True)
    }


# Fixed width

WORDS = ["ab cde", "é  œ€x", "  漢 字漢", " ", "      ", "ab", "abcdefg", "T    3", "x\ty  z"]
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS) | st.text("aé œ", max_size=8), ENDS), max_size=30)


@given(lines=TEXTS, block=BLOCKS, is_ended=st.booleans())
@example(lines=[("ab cde", "\r\n")] * 9, block=7, is_ended=True)
@example(lines=[("éééééé", "\r")] * 9, block=7, is_ended=False)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_every_line_of_a_fixed_file_is_accounted_for(lines: list[tuple[str, str]], block: int, is_ended: bool) -> None:
    text = "".join(line + end for line, end in lines)
    text = text if is_ended else text.removesuffix("\n").removesuffix("\r")
    contract = FIXED if any("漢" in line for line, _ in lines) else FIXED_LATIN
    data = text.encode(contract.layout.encoding)
    with patch.object(fixed, "_BLOCK", block):
        seen = judged(contract, data)
        physical = re.split(r"\r\n|\r|\n", text)
        physical = physical[:-1] if physical[-1] == "" else physical
        if seen.survey is None or seen.verdict is Verdict.REFUSED:
            return
        assert seen.counts.received == len(physical)
        good = {at: line for at, line in enumerate(physical, start=1) if len(line) == 6 and line.strip()}
        assert cells(contract, data) == {at: {"a": line[:2].rstrip() or None, "b": line[3:].rstrip() or None} for at, line in good.items()}
        assert seen.counts.ignored == sum(not line.strip() for line in physical)
        odd = {at: len(line) for at, line in enumerate(physical, start=1) if line.strip() and len(line) != 6}
        told = {finding.line: int(re.findall(r"\((\d+)", finding.message)[0]) for _, finding, _ in seen.findings()}
        assert told == odd


@given(data=st.binary(max_size=200), contract=st.sampled_from([FIXED, FIXED_LATIN]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_bytes_in_place_of_a_fixed_file_are_judged(data: bytes, contract: Contract) -> None:
    judged(contract, data)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-15", "cp1252", "cp850", "ascii", "utf-16", "shift_jis"])
def test_places_are_counted_in_characters_in_every_encoding(encoding: str) -> None:
    text = {"ascii": "abcd", "shift_jis": "漢a字b"}.get(encoding, "éaèb")
    lines = Lines(
        f"{text}\n{text[::-1]}\n".encode("utf-8" if encoding == "utf-16" else encoding), "utf-8" if encoding == "utf-16" else encoding
    )
    assert lines.widths().tolist() == [4, 4]
    for start in range(4):
        for stop in range(start, 5):
            assert lines.cut(start, stop).to_pylist() == [text[start:stop], text[::-1][start:stop]]


def test_numbers_lose_the_blanks_before_them_and_texts_do_not() -> None:
    columns = (column("a", start=1, width=4), column("b", start=5, width=4, type="integer"))
    contract = FIXED.model_copy(update={"tables": (Table(name="t", columns=columns),)})
    assert cells(contract, b"  x   12\n    x   \n") == {1: {"a": "  x", "b": "12"}, 2: {"a": None, "b": "x"}}


def test_a_file_cut_inside_its_last_line_is_refused() -> None:
    for data, rule in (
        (b"ab cde\nab c", "file.truncated"),
        (b"ab cde\nab c\n", "structure.width"),
        (b"ab cde\nab cdef", "structure.width"),
    ):
        assert [(finding.rule, finding.line) for _, finding, _ in judged(FIXED, data).findings()] == [(rule, 2)]


def test_a_byte_order_mark_takes_no_place() -> None:
    data = "éb cde\nab cde\n".encode("utf-8-sig")
    assert cells(FIXED, data) == {1: {"a": "éb", "b": "cde"}, 2: {"a": "ab", "b": "cde"}}


def test_what_stands_between_the_columns_is_nobodys() -> None:
    assert cells(FIXED, b"abXcde\n") == {1: {"a": "ab", "b": "cde"}}


# Delimited, without header, with a trailer

TOKENS = [b";", b'"', b"\n", b"\r\n", b"\r", b"1;2\n", b'"1";"2"\n', b"T;3\n", b"T", b"x", b"\xc3\xa9", b";\n", b"1;2;3\n"]
PIECES = st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join)


@given(body=PIECES, end=st.sampled_from([b"T;0", b"T;1\n", b"T;2\r\n\r\n", b"T;3\n", b'"T";4\n', b"T;5", b"1;2"]), block=BLOCKS)
@example(body=b'1;2\n"3;4\n5;6\n', end=b"T;3\n", block=7)
@example(body=b"1;2\nx\n5;6\n", end=b"T;3\n", block=24)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_every_line_before_the_trailer_is_accounted_for(body: bytes, end: bytes, block: int) -> None:
    data = body + end
    with patch.object(delimited, "_BLOCK", max(block, 24)):
        seen = judged(BARE, data)
        if seen.verdict is Verdict.REFUSED:
            return
        lines = LINE_END.split(data)
        lines = lines[:-1] if lines[-1] == b"" else lines
        assert seen.counts.received == len(lines) - 1
        announced = int(re.findall(rb'T"?;(\d)', data)[-1])
        assert announced <= seen.counts.received - seen.counts.ignored
        found = cells(BARE, data)
        for line, values in found.items():
            if b'"' not in lines[line - 1]:
                assert ";".join(values[name] or "" for name in ("a", "b")).encode() == lines[line - 1]
        assert len(found) == seen.counts.accepted


@pytest.mark.parametrize("last", [b"T;1", b'"T";1', b" T ;x", b"T", b"T;1;2", b'"T";1;2;3'])
def test_a_trailer_before_the_last_line_is_told_with_its_line(last: bytes) -> None:
    seen = judged(BARE, b"1;2\n" + last + b"\n3;4\nT;3\n")
    assert [(finding.rule, finding.line) for _, finding, _ in seen.findings()] == [("file.trailer", 2)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("block", [5, 1 << 20])
def test_the_trailer_is_found_in_every_encoding_and_however_the_bytes_come(encoding: str, block: int) -> None:
    contract = variant(BARE, encoding=encoding.removesuffix("-sig"))
    rows = "é;2\n" * 20_000
    with patch.object(survey, "_BLOCK", block):
        for text, count in ((f"{rows}T;20000\n", 20_000), ("T;0", 0), ("é;2\nT;1\n\n", 1)):
            seen = judged(contract, text.encode(encoding))
            assert ([finding.rule for _, finding, _ in seen.findings()], seen.counts.accepted) == ([], count)


# Wide characters


@given(body=PIECES, size=st.integers(1, 9), encoding=st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_wide_text_is_judged_as_the_same_text_in_utf_8(body: bytes, size: int, encoding: str) -> None:
    class Slow(io.BytesIO):
        def read(self, count: int | None = -1, /) -> bytes:
            return super().read(size)

    plain = variant(BARE, trailer=None)
    text = "1;2\n" + body.decode()
    seen, same = inspect(variant(plain, encoding=encoding), Slow(text.encode(encoding))), judged(plain, text.encode())
    assert (seen.verdict, seen.counts) == (same.verdict, same.counts)
    assert [(rule.id, finding.line) for rule, finding, _ in seen.findings()] == [
        (rule.id, finding.line) for rule, finding, _ in same.findings()
    ]


def test_a_mark_says_which_byte_comes_first_and_nothing_is_guessed() -> None:
    contract = variant(BARE, trailer=None, encoding="utf-16")
    text = "é;2\n"
    for data in (text.encode("utf-16"), b"\xfe\xff" + text.encode("utf-16-be"), b"\xff\xfe" + text.encode("utf-16-le")):
        assert cells(contract, data) == {1: {"a": "é", "b": "2"}}
    for data in (text.encode("utf-16-le"), text.encode(), text.encode("cp1252"), text.encode("utf-8-sig")):
        assert [finding.rule for _, finding, _ in inspect(contract, io.BytesIO(data)).findings()] == ["file.encoding"]
    little = variant(contract, encoding="utf-16-le")
    for data in (text.encode("utf-16-le"), b"\xff\xfe" + text.encode("utf-16-le")):
        assert cells(little, data) == {1: {"a": "é", "b": "2"}}
    for data in (text.encode(), b"1;2\n" * 9, b"\xfe\xff" + text.encode("utf-16-be")):
        assert [finding.rule for _, finding, _ in inspect(little, io.BytesIO(data)).findings()] == ["file.encoding"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_a_name_whose_bytes_look_like_a_line_end_is_read_whole(encoding: str) -> None:
    contract = variant(BARE, trailer=None, header=True, encoding=encoding)
    (told,) = [finding for _, finding, _ in inspect(contract, io.BytesIO("a;noteĊ;b\n1;2;3\n".encode(encoding))).findings()]
    assert (told.rule, told.column) == ("structure.unknown_column", "noteĊ")


def test_half_a_character_at_the_end_is_no_text() -> None:
    contract = variant(BARE, trailer=None, encoding="utf-16")
    (told,) = [finding for _, finding, _ in inspect(contract, io.BytesIO("1;2\n3;4\n".encode("utf-16")[:-1])).findings()]
    assert (told.rule, told.line) == ("file.encoding", 2)


def test_wide_text_can_be_read_from_any_place() -> None:
    text = "é" * 3_000_000 + "fin"
    _, file = wide.as_utf8(variant(BARE, encoding="utf-16"), io.BytesIO(text.encode("utf-16")))
    for place in (6_000_000, 10, 5_999_998, 0):
        file.seek(place)
        assert (file.tell(), file.read(4)) == (place, text.encode()[place : place + 4])
