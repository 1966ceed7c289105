"""Whatever is done to a good file of any contract, the answer is a judgement that keeps the laws of judgements."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import battery
import laws
from battery import FEEDS, XLSX, broken_copy, contract_of, judged, lenient, sample, staged
from passerelle.contract.model import Classification, Column, Contract
from passerelle.derive.mutate import mutations, with_value
from passerelle.errors import ConfigurationError

COUNT = 6
SHEET = "xl/worksheets/sheet1.xml"
MARKED = 16
"""Letters of a value that is looked for in documents."""
Bound = Callable[[Callable[..., None]], Callable[..., None]]


MORE = int(os.environ.get("PASSERELLE_EXAMPLES", "1"))
"""How many times as many examples as in everyday runs; from 2 on, other ones every time."""


def some(examples: int) -> Bound:
    """So many examples for each feed, the same ones every time."""
    return settings(
        max_examples=examples * MORE, deadline=None, derandomize=MORE == 1, database=None, suppress_health_check=list(HealthCheck)
    )


feeds = pytest.mark.parametrize("feed", FEEDS)

# Bytes

ANYWHERE = [b"\n", b"\r\n", b"\r", b"\0", b"\xe9", b"\xc3\xa9", b"\xff\xfe", b"\xef\xbb\xbf", b"\\.", b"\x1a", b" ", b"9" * 40]
OF_FORMAT = {
    "delimited": [b";", b'"', b'""', b";;", b'"\n"', b";x;y\n", b"\n\n"],
    "fixed": [b"\t", b"\r\n ", b" " * 9, b"99", b"FIN"],
    "jsonlines": [b"{", b"}", b'"', b":", b",", b"[", b"]", b"null", b"NaN", b"{}", b"\\u0000", b"\\ud800", b"1e999"],
    "xlsx": [b"<row>", b"</row>", b'<c r="A2"/>', b'<c r="ZZZ9"><v>1</v></c>', b"<v>", b"</v>", b"<f>A1</f>", b' t="e"', b"&amp;", b"<!--"],
    "xml": [b"<X/>", b"<X>", b"</X>", b"<", b">", b"&amp;", b"&x;", b"<!-- -->", b"<![CDATA[x]]>", b"<?x?>", b"<!DOCTYPE x>", b"]]>"],
}


def pieces_of(contract: Contract) -> list[bytes]:
    """What may be put into a file, by its format; of XML the contract's own tags as well."""
    found = ANYWHERE + OF_FORMAT[contract.layout.format]
    if contract.is_grouped:
        tags = {contract.layout.root, contract.layout.record, *(table.path.rsplit("/", 1)[-1] for table in contract.tables)} - {"."}
        found += [form % tag.encode() for tag in sorted(tags) for form in (b"<%b>", b"</%b>", b"<%b/>")]
    return found


def edits_of(contract: Contract) -> st.SearchStrategy[list[tuple[float, int, bytes | float]]]:
    """Where, how much is taken away, and what is put there: some bytes, or a part of the file itself that begins elsewhere."""
    put = st.sampled_from(pieces_of(contract)) | st.binary(max_size=4) | st.floats(0, 1)
    return st.lists(st.tuples(st.floats(0, 1), st.integers(0, 80), put), min_size=1, max_size=4)


def edited(data: bytes, edits: list[tuple[float, int, bytes | float]]) -> bytes:
    for place, gone, new in edits:
        at = int(place * len(data))
        put = new if isinstance(new, bytes) else data[int(new * len(data)) :][: gone * 7]
        data = data[:at] + put + data[at + gone :]
    return data


def edited_sheet(data: bytes, edits: list[tuple[float, int, bytes | float]]) -> bytes:
    """The workbook whose sheet was edited."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w") as copy:
        for name in package.namelist():
            part = package.read(name)
            copy.writestr(name, edited(part, edits) if name == SHEET else part)
    return out.getvalue()


@feeds
@some(12)
@given(data=st.data())
def test_any_edits_are_judged_and_every_line_is_accounted_for(feed: str, data: st.DataObject) -> None:
    contract, good = lenient(feed), sample(feed, COUNT)[1]
    change = edited_sheet if feed in XLSX and data.draw(st.booleans()) else edited
    laws.kept(contract, change(good, data.draw(edits_of(contract))))


@feeds
@some(4)
@given(data=st.data())
def test_a_file_judged_twice_has_the_same_answer(feed: str, data: st.DataObject) -> None:
    contract, good = contract_of(feed), sample(feed, COUNT)[1]
    bad = edited(good, data.draw(edits_of(contract)))
    assert laws.answer(judged(contract, bad)) == laws.answer(judged(contract, bad))


@feeds
@some(6)
@given(cut=st.floats(0, 1))
def test_a_file_cut_anywhere_is_refused_or_loses_nothing_it_holds(feed: str, cut: float) -> None:
    contract, good = lenient(feed), sample(feed, COUNT)[1]
    part = good[: int(cut * len(good))]
    seen = laws.kept(contract, part)
    if not contract.layout.is_lines:
        assert seen.counts.accepted in (0, COUNT)
    assert seen.counts.accepted <= battery.records_in(contract, good)


# Values


@cache
def spoilable(contract_id: str) -> tuple[Column, ...]:
    """The columns that hold a value where :func:`with_value` puts another."""
    contract, good = contract_of(contract_id), sample(contract_id, COUNT)[1]
    tables = [table for table in contract.tables if table.role in ("record", "child")]
    return tuple(column for table in tables for column in table.columns if not column.is_lifted and _has_place(contract, good, column))


def _has_place(contract: Contract, good: bytes, column: Column) -> bool:
    try:
        with_value(contract, good, column, "x")
    except (ConfigurationError, KeyError):
        return False
    return True


LETTERS = st.characters(codec="cp1252", exclude_categories=("Cc",)) | st.sampled_from("0123456789;\"'\\,.-/ ABab")
LONGEST = 30
TEXTS = st.text(LETTERS, max_size=LONGEST)


def with_values(contract: Contract, good: bytes, values: list[tuple[Column, str]]) -> bytes:
    for column, text in values:
        assume(is_written(contract, column, text))
        good = with_value(contract, good, column, text)
    assume(not looks_like_utf_8(contract, good))
    return good


def is_written(contract: Contract, column: Column, text: str) -> bool:
    """Whether files of the contract can hold the text here."""
    try:
        text.encode(contract.layout.encoding)
    except UnicodeEncodeError:
        return False
    return column.width is None or len(text) <= column.width


def looks_like_utf_8(contract: Contract, data: bytes) -> bool:
    """A few letters can make a file in Windows-1252 look like one in UTF-8: it is refused as such."""
    if contract.layout.encoding == "utf-8" or data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def drawn_values(feed: str, data: st.DataObject, texts: st.SearchStrategy[str] = TEXTS) -> list[tuple[Column, str]]:
    pairs = st.tuples(st.sampled_from(spoilable(feed)), texts)
    drawn = data.draw(st.lists(pairs, min_size=1, max_size=4, unique_by=lambda pair: pair[0].source))
    return [(column, text[: column.width]) for column, text in drawn]


@feeds
@some(6)
@given(data=st.data())
def test_any_values_are_judged_without_touching_their_neighbours(feed: str, data: st.DataObject) -> None:
    contract, good = lenient(feed), sample(feed, COUNT)[1]
    values = drawn_values(feed, data, TEXTS.filter(str.strip))
    bad = with_values(contract, good, values)
    seen = laws.kept(contract, bad)
    assert seen.counts.received == COUNT
    touched = {column.source for column, _ in values}
    for rule, _, _ in seen.findings():
        named = set(re.split(" et |, ", rule.column or ""))
        assert named & touched or rule.kind in ("unique", "total", "rows", "present_in"), rule.id


@pytest.mark.parametrize("feed", [feed for feed in FEEDS if "reordered_columns" in mutations(contract_of(feed))])
@some(5)
@given(data=st.data())
def test_the_order_of_columns_changes_nothing(feed: str, data: st.DataObject) -> None:
    contract, good = lenient(feed), sample(feed, COUNT)[1]
    bad = with_values(contract, good, drawn_values(feed, data))
    for _ in range(data.draw(st.integers(1, 3))):
        turned = broken_copy(contract, "reordered_columns", COUNT, bad)
    assert laws.answer(judged(contract, turned)) == laws.answer(judged(contract, bad))
    assert staged(contract, turned) == staged(contract, bad)


@feeds
@some(2)
@given(data=st.data())
def test_a_value_of_a_personal_column_is_in_no_document(feed: str, data: st.DataObject) -> None:
    contract, (name, good) = lenient(feed), sample(feed, COUNT)
    hidden = [column for column in spoilable(feed) if not column.classification.may_be_shown and (column.width or LONGEST) >= MARKED]
    if not hidden:
        return
    column = data.draw(st.sampled_from(hidden))
    mark = "Zq" + data.draw(st.text("abcdefghijkXYZ0123456789 '-", min_size=5, max_size=MARKED - 4)).strip() + "qZ"
    others = [(other, text) for other, text in drawn_values(feed, data) if other.source != column.source]
    bad = with_values(contract, good, [*others, (column, mark)])
    seen = judged(contract, bad)
    assert mark in str(staged(contract, bad)) or column.type != "string"
    with TemporaryDirectory() as folder:
        text = battery.everything_told(seen, name, bad, Path(folder))
    for shown in (mark, mark.upper(), mark.replace("'", "’"), mark.replace("'", "&#39;")):
        assert shown not in text


# Proposals

DAMAGE: dict[str, Callable[[str], str]] = {
    "blanks": lambda text: f"  {text} ",
    "small letters": str.lower,
    "capitals": str.upper,
    "spreadsheet": lambda text: f"{text}.0",
    "lost zeros": lambda text: text.lstrip("0"),
    "spread out": lambda text: " ".join(re.findall("..?", text)),
    "other signs": lambda text: re.sub(r"[-/.]", lambda found: "/" if found[0] == "-" else "-", text),
    "other order": lambda text: "-".join(re.split("[-/]", text)[::-1]),
    "midnight": lambda text: f"{text} 00:00:00",
    "other decimal sign": lambda text: text.replace(".", ";").replace(",", ".").replace(";", ","),
}
PROPOSED = re.compile(r"Écrivez « (.*) »\.", re.DOTALL)
LONGEST_QUOTED = 79


@cache
def all_shown(contract_id: str) -> Contract:
    """The contract if nothing were personal, so that proposals quote what they propose."""
    contract = lenient(contract_id)
    tables = tuple(
        table.model_copy(
            update={"columns": tuple(column.model_copy(update={"classification": Classification.INTERNAL}) for column in table.columns)}
        )
        for table in contract.tables
    )
    return Contract.model_validate(contract.model_copy(update={"tables": tables}).model_dump())


@cache
def received(contract_id: str) -> dict[str, list[str]]:
    """Values of each column in the synthetic file, by source."""
    contract = all_shown(contract_id)
    found: dict[str, list[str]] = {}
    for table, row in staged(contract, sample(contract_id, COUNT)[1]):
        for column in contract.table(table).columns:
            if isinstance(row[column.name], str) and row[column.name]:
                found.setdefault(column.source, []).append(str(row[column.name]))
    return found


@feeds
@some(12)
@given(data=st.data())
def test_a_proposed_value_is_good_where_it_is_written(feed: str, data: st.DataObject) -> None:
    contract, good = all_shown(feed), sample(feed, COUNT)[1]
    column = data.draw(st.sampled_from(spoilable(feed)))
    known = [*received(feed).get(column.source, []), *(column.codes.codes if column.codes else ())]
    known += [entry.label for entry in column.codes.codes.values()] if column.codes else []
    known += ["1980-02-28", "28/02/1980", "19800228", "12,50", "1 234", "oui"] if column.codes is None else []
    text = data.draw(st.sampled_from(known)) if known else data.draw(TEXTS)
    for damage in data.draw(st.lists(st.sampled_from(sorted(DAMAGE)), min_size=0, max_size=2)):
        text = DAMAGE[damage](text)
    assume(text.strip())
    own = next(one for table in contract.tables for one in table.columns if (one.name, one.source) == (column.name, column.source))
    assume(is_written(contract, own, text))
    bad = with_value(contract, good, own, text)
    for finding in battery.told(judged(contract, bad)):
        proposed = PROPOSED.fullmatch(finding.proposal)
        if finding.column == own.source and proposed is not None and len(proposed[1]) <= LONGEST_QUOTED:
            better = judged(contract, with_value(contract, good, own, proposed[1]))
            assert finding.rule not in better.rules(), (text, proposed[1])
            assert not [rule for rule in better.rules() if rule.startswith(finding.rule.rpartition(".")[0] + ".")]
