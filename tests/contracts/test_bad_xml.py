"""What goes wrong in XML files, for every contract that describes one: nothing is dropped in silence, every line is the true one."""

from __future__ import annotations

import io
import re

import pytest

import battery
from battery import XML, Said, contract_of, judged, loaded_lines, physical_lines, said, sample
from passerelle.checks.inspector import chunks
from passerelle.contract.model import Contract, Table
from passerelle.derive.synthetic.scene import DateText
from passerelle.derive.synthetic.spoilable import code_column, date_column, unknown_code
from passerelle.findings import Effect, Verdict

COUNT = 6
FAR = 70_000
"""Blank lines: libxml2 keeps the lines of elements on 16 bits."""
ASIDE, REFUSED, WARNED = Effect.SET_ASIDE, Effect.REFUSE, Effect.WARN


@pytest.fixture(params=XML)
def contract(request: pytest.FixtureRequest) -> Contract:
    return contract_of(request.param).model_copy(update={"hold_above": 1.0})


@pytest.fixture
def good(contract: Contract) -> bytes:
    return sample(contract.id, COUNT)[1]


def outer(contract: Contract, role: str) -> list[str]:
    """The tags of headers or footers."""
    return [table.path.rsplit("/", 1)[-1] for table in contract.tables if table.role == role]


def element(data: bytes, tag: str) -> bytes:
    """The first element of this tag, whole."""
    found = re.search(rb"[ ]*<%b>.*?</%b>\n" % (tag.encode(), tag.encode()), data, re.DOTALL)
    assert found is not None
    return found[0]


def dossier(contract: Contract, data: bytes) -> bytes:
    return element(data, contract.layout.record)


def line_of(data: bytes, text: bytes) -> int:
    """The line on which this text, that stands there once, begins."""
    assert data.count(text) == 1
    return data.count(b"\n", 0, data.index(text)) + 1


def spoil(contract: Contract, data: bytes, nth: int = 0) -> tuple[bytes, Said]:
    """31 February in the n-th birth date of the file, and what must be found."""
    column = date_column(contract)
    tag = column.source.rsplit("/", 1)[-1].encode()
    places = [found.start(1) for found in re.finditer(rb"<%b>([^<]+)<" % tag, data)]
    at = places[nth]
    spoilt = data[:at] + DateText(column.format).impossible().encode() + data[data.index(b"<", at) :]
    return spoilt, Said("date", data.count(b"\n", 0, at) + 1, column.on_failure)


# Lines


def _own_lines(contract: Contract, data: bytes) -> None:
    """Every row's line is that of its element, every value's that of its own."""
    lines = physical_lines(data)
    for chunk in chunks(contract, io.BytesIO(data)):
        for name, rows in chunk.tables.items():
            table = contract.table(name)
            tag = contract.layout.record if table.path == "." else table.path.rsplit("/", 1)[-1]
            assert all(f"<{tag}>".encode() in lines[line - 1] for line in rows.line.to_pylist())
            for column in table.columns:
                for row in () if column.is_lifted else range(len(rows)):
                    text = rows.values.column(column.name)[row].as_py()
                    if text:
                        line = lines[rows.lines_of(column.name, [row])[0] - 1].decode(contract.layout.encoding)
                        assert f"<{column.source.rsplit('/', 1)[-1]}>" in line
                        assert text.strip() in line.replace("&amp;", "&")


def test_every_value_has_its_own_line(contract: Contract, good: bytes) -> None:
    _own_lines(contract, good)


def test_every_value_has_its_own_line_far_into_a_file(contract: Contract, good: bytes) -> None:
    at = good.index(f"<{contract.layout.root}>".encode()) + len(contract.layout.root) + 2
    _own_lines(contract, good[:at] + b"\n" * FAR + good[at:])


def test_a_mistake_far_into_a_file_has_its_true_line(contract: Contract, good: bytes) -> None:
    start = f"<{contract.layout.record}>".encode()
    at = good.rindex(start)
    far = good[:at] + b"\n" * FAR + good[at:]
    bad, expected = spoil(contract, far, -1)
    assert (expected.line or 0) > FAR
    assert said(judged(contract, bad)) == {expected}


def test_a_missing_value_has_the_line_of_its_block(contract: Contract, good: bytes) -> None:
    column = date_column(contract)
    table = next(table for table in contract.tables if column in table.columns)
    tag = column.source.rsplit("/", 1)[-1].encode()
    found = re.search(rb"[ ]*<%b>[^<]*</%b>\n" % (tag, tag), good)
    assert found is not None
    block = b"<%b>" % (contract.layout.record if table.path == "." else table.path.rsplit("/", 1)[-1]).encode()
    line = good.count(b"\n", 0, good.rindex(block, 0, found.start())) + 1
    bad = good[: found.start()] + good[found.end() :]
    assert Said("required", line, column.on_failure) in said(judged(contract, bad))


# Elements


def _blocks(contract: Contract, table: Table) -> set[str]:
    """The tags in which something of the table stands."""
    paths = {"/".join(column.source.split("/")[:-1]) for column in table.columns if not column.is_lifted}
    return {tag for path in paths for tag in path.split("/") if tag}


def test_an_unknown_element_is_told_at_any_depth(contract: Contract, good: bytes) -> None:
    tags = {contract.layout.root, contract.layout.record, *outer(contract, "header"), *outer(contract, "footer")}
    tags |= {table.path.rsplit("/", 1)[-1] for table in contract.tables if table.role == "child"}
    for table in contract.tables:
        tags |= _blocks(contract, table)
    present = sorted(tag for tag in tags if f"<{tag}>".encode() in good)
    assert len(present) > 5
    for tag in present:
        bad = good.replace(f"<{tag}>".encode(), f"<{tag}>\n<NOUVEAU><A>1</A></NOUVEAU>".encode(), 1)
        seen = judged(contract, bad)
        assert said(seen) == {Said("unknown_element", line_of(bad, b"<NOUVEAU>"), WARNED)}, tag
        assert seen.counts.accepted == COUNT
        (finding,) = battery.told(seen)
        assert finding.column == "NOUVEAU"


def test_an_unknown_element_between_and_after_dossiers_is_told(contract: Contract, good: bytes) -> None:
    root_end = f"</{contract.layout.root}>".encode()
    last = good.rindex(f"<{contract.layout.record}>".encode())
    for bad in (good[:last] + b"<NOUVEAU/>\n" + good[last:], good.replace(root_end, b"<NOUVEAU/>\n" + root_end)):
        assert said(judged(contract, bad)) == {Said("unknown_element", line_of(bad, b"<NOUVEAU/>"), WARNED)}


def test_a_value_given_twice_sets_the_dossier_aside(contract: Contract, good: bytes) -> None:
    tag = code_column(contract).source.rsplit("/", 1)[-1]
    value = element(good, tag)
    seen = judged(contract, good.replace(value, value + value, 1))
    line = good.count(b"\n", 0, good.index(value)) + 2
    assert said(seen) == {Said("repeated_element", line, ASIDE)}
    assert (seen.counts.set_aside, seen.counts.accepted) == (1, COUNT - 1)


def test_a_block_where_a_value_is_expected_sets_the_dossier_aside(contract: Contract, good: bytes) -> None:
    tag = code_column(contract).source.rsplit("/", 1)[-1].encode()
    bad = re.sub(rb"<%b>[^<]*</%b>" % (tag, tag), rb"<%b><X>1</X></%b>" % (tag, tag), good, count=1)
    assert "repeated_element" in {one.kind for one in said(judged(contract, bad))}


def test_comments_cdata_and_instructions_change_nothing(contract: Contract, good: bytes) -> None:
    start = f"<{contract.layout.record}>".encode()
    tag = code_column(contract).source.rsplit("/", 1)[-1].encode()
    more = good.replace(start, b"<!-- c --><?suivi 1?>" + start + b"<!-- c -->")
    more = re.sub(rb"<%b>([^<]*)</%b>" % (tag, tag), rb"<%b><![CDATA[\1]]></%b>" % (tag, tag), more)
    seen = judged(contract, more)
    assert (said(seen), seen.counts.accepted) == (set(), COUNT)


def test_a_bad_row_sets_its_whole_dossier_aside_and_no_other(contract: Contract, good: bytes) -> None:
    column = code_column(contract)
    tag = column.source.rsplit("/", 1)[-1].encode()
    at = good.rindex(b"<%b>" % tag) + len(tag) + 2
    bad = good[:at] + unknown_code(column).encode() + good[good.index(b"<", at) :]
    seen = judged(contract, bad)
    assert said(seen) == {Said("code", good.count(b"\n", 0, at) + 1, column.on_failure)}
    assert loaded_lines(contract, bad) == loaded_lines(contract, good)[:-1]


# The file as a whole


@pytest.mark.parametrize("eighth", range(1, 8))
def test_a_file_cut_anywhere_is_refused_with_the_line_of_the_cut(contract: Contract, good: bytes, eighth: int) -> None:
    bad = good[: len(good) * eighth // 8]
    seen = judged(contract, bad)
    (one,) = said(seen)
    assert (one.kind, one.effect, seen.verdict) == ("xml", REFUSED, Verdict.REFUSED)
    assert abs((one.line or 0) - len(physical_lines(bad))) <= 1
    assert seen.counts.accepted == 0


@pytest.mark.parametrize("role", ["header", "footer"])
def test_a_missing_repeated_or_misplaced_end_is_refused(contract: Contract, good: bytes, role: str) -> None:
    for tag in outer(contract, role):
        text = element(good, tag)
        without = good.replace(text, b"")
        middle = without.rindex(f"<{contract.layout.record}>".encode())
        for bad in (without, good.replace(text, text + text), without[:middle] + text + without[middle:]):
            seen = judged(contract, bad)
            assert {(one.kind, one.effect) for one in said(seen)} == {(role, REFUSED)}
            assert f"<{tag}>" in seen.reason


def test_a_count_that_is_not_the_announced_one_is_refused(contract: Contract, good: bytes) -> None:
    if contract.layout.count is None:
        pytest.skip("Files of this feed announce no count.")
    text = dossier(contract, good)
    seen = judged(contract, good.replace(text, b"", 1))
    assert {one for one in said(seen) if one.kind != "total"} == {Said("count", None, REFUSED)}
    assert seen.reason == f"Le fichier annonce {COUNT} dossiers et en contient {COUNT - 1}."
    assert (seen.counts.received, seen.counts.set_aside) == (COUNT - 1, COUNT - 1)


def test_another_flow_is_refused_by_its_root(contract: Contract, good: bytes) -> None:
    root = contract.layout.root.encode()
    bad = good.replace(b"<%b>" % root, b"\n<Autre>").replace(b"</%b>" % root, b"</Autre>")
    assert said(judged(contract, bad)) == {Said("root", line_of(bad, b"<Autre>"), REFUSED)}


def test_two_files_in_one_are_refused(contract: Contract, good: bytes) -> None:
    body = good[good.index(f"<{contract.layout.root}>".encode()) :]
    assert {one.kind for one in said(judged(contract, good + body))} == {"xml"}


# Bytes


@pytest.mark.parametrize("before", [b"", b"<!-- " + b"x" * 100_000 + b" -->\n"], ids=["at the top", "hidden behind a long comment"])
def test_a_file_with_a_doctype_is_refused(contract: Contract, good: bytes, before: bytes) -> None:
    root = f"<{contract.layout.root}>".encode()
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>\n'
    bad = good.replace(root, before + bomb + root).replace(b"<FONORG>CAF", b"<FONORG>&b;&c;")
    assert {(one.kind, one.effect) for one in said(judged(contract, bad))} == {("doctype", REFUSED)}


def _declaring(data: bytes, encoding: str) -> bytes:
    return re.sub(rb'encoding="[^"]*"', b'encoding="%b"' % encoding.encode(), data, count=1)


def _accented(contract: Contract, data: bytes) -> str:
    """The file as text, with an accented letter in the first free value."""
    return data.decode(contract.layout.encoding).replace("</PRENOM>", "É</PRENOM>", 1).replace("</NOM", "É</NOM", 1)


def test_the_declared_encoding_is_the_one_that_counts(contract: Contract, good: bytes) -> None:
    text = _accented(contract, good)
    for encoding in ("utf-8", "windows-1252", "iso-8859-15"):
        seen = judged(contract, _declaring(text.encode(encoding), encoding))
        assert (said(seen), seen.counts.accepted) == (set(), COUNT), encoding


def test_utf_8_under_another_name_is_refused_instead_of_garbled(contract: Contract, good: bytes) -> None:
    bad = _declaring(_accented(contract, good).encode("utf-8"), "windows-1252")
    seen = judged(contract, bad)
    assert said(seen) == {Said("encoding", None, REFUSED)}
    assert "UTF-8" in seen.reason


@pytest.mark.parametrize("encoding", ["KLINGON-8", "UTF-8"])
def test_an_encoding_that_cannot_be_read_is_refused(contract: Contract, good: bytes, encoding: str) -> None:
    bad = _declaring(_accented(contract, good).encode("cp1252"), encoding)
    assert {one.kind for one in said(judged(contract, bad))} == {"encoding"}


def test_an_empty_file_is_refused(contract: Contract) -> None:
    assert said(judged(contract, b"")) == {Said("empty", None, REFUSED)}


def test_a_nul_byte_is_refused_with_its_line(contract: Contract, good: bytes) -> None:
    lines = good.split(b"\n")
    lines[20] += b"\0"
    assert said(judged(contract, b"\n".join(lines))) == {Said("nul", 21, REFUSED)}
