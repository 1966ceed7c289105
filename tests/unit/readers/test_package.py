"""Workbooks that are none, that must not be read, or that are made to do harm: each is refused in words, and none takes the memory."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerelle.checks.inspector import inspect
from passerelle.contract.model import Contract
from passerelle.findings import Finding, Verdict
from passerelle.readers import grid, workbook
from passerelle.readers import package as package_module
from typed_contracts import HEADER, WORKBOOK, number, package, parts, people, person, sheet, text

GOOD = parts(sheet({1: [text(name) for name in HEADER], 2: person()}))
MEGABYTE = 1_000_000


def refusal(data: bytes, contract: Contract = WORKBOOK) -> Finding:
    seen = inspect(contract, io.BytesIO(data))
    assert (seen.verdict, seen.counts.accepted, seen.counts.add_up) == (Verdict.REFUSED, 0, True)
    ((_, finding, _),) = seen.findings()
    assert finding.message == seen.reason
    assert finding.expected
    assert finding.fix
    return finding


def refused(data: bytes, contract: Contract = WORKBOOK) -> str:
    return refusal(data, contract).rule


def changed(**contents: str | bytes | None) -> bytes:
    """The good workbook with other parts, by names whose dots and slashes are left out of the keyword."""
    return package(_with({_NAMES[key]: value for key, value in contents.items()}))


def _with(contents: Mapping[str, str | bytes | None]) -> dict[str, str | bytes]:
    return {name: content for name, content in {**GOOD, **contents}.items() if content is not None}


_NAMES = {"sheet": "xl/worksheets/sheet1.xml", "book": "xl/workbook.xml", "styles": "xl/styles.xml", "rels": "xl/_rels/workbook.xml.rels"}
_NAMES |= {"types": "[Content_Types].xml", "texts": "xl/sharedStrings.xml", "top": "_rels/.rels"}


def test_the_good_one_is_read() -> None:
    seen = inspect(WORKBOOK, io.BytesIO(package(GOOD)))
    assert (seen.verdict, seen.counts.accepted) == (Verdict.ACCEPTED, 1)


# Other files


@pytest.mark.parametrize(
    ("data", "rule", "word"),
    [
        (b"", "file.empty", "vide"),
        (b"ID;Nom\n1;Aubrac\n", "file.workbook", "n'est pas un classeur"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"), "file.workbook_format", ".xls"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(MEGABYTE + 37) + "EncryptedPackage".encode("utf-16-le"),
            "file.workbook_encrypted",
            "mot de passe",
        ),
        (package({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}), "file.workbook_format", ".ods"),
        (package(_with({"xl/workbook.bin": b"x"})), "file.workbook_format", ".xlsb"),
        (package({"word/document.xml": "<x/>"}), "file.workbook", "n'est pas un classeur"),
        (package({"[Content_Types].xml": "<x/>", "_rels/.rels": "<x/>"}), "file.workbook", "n'est pas un classeur"),
    ],
    ids=["empty", "text", "xls", "encrypted", "ods", "xlsb", "zip", "no parts"],
)
def test_another_kind_of_file_is_named(data: bytes, rule: str, word: str) -> None:
    finding = refusal(data)
    assert finding.rule == rule
    assert word in finding.message


# Programs and links


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "XL/VBAPROJECT.BIN", "xl/macrosheets/sheet1.xml", "xl/activeX/activeX1.bin"])
def test_macros_are_refused(name: str) -> None:
    assert refused(package(_with({name: b"x"}))) == "file.workbook_macro"


def test_a_workbook_that_says_it_has_macros_is_refused() -> None:
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    types = f'<Types xmlns="urn:x"><Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>'
    assert refused(changed(types=types)) == "file.workbook_macro"


@pytest.mark.parametrize("name", ["xl/externalLinks/externalLink1.xml", "xl/connections.xml", "xl/queryTables/queryTable1.xml"])
def test_values_from_elsewhere_are_refused(name: str) -> None:
    assert refused(package(_with({name: "<x/>"}))) == "file.workbook_links"


def test_a_link_to_a_mail_address_is_no_link_to_a_file() -> None:
    link = '<Relationship Id="r" Type="x/hyperlink" Target="mailto:a@b.fr" TargetMode="External"/>'
    link = f'<Relationships xmlns="urn:x">{link}</Relationships>'
    seen = inspect(WORKBOOK, io.BytesIO(package(_with({"xl/worksheets/_rels/sheet1.xml.rels": link}))))
    assert seen.verdict is Verdict.ACCEPTED


# Doors of XML

_DOCTYPE = '<!DOCTYPE x [<!ENTITY a "{}">{}]>'
_LAUGHS = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 50}">' for at in range(8))


@pytest.mark.parametrize("part", ["sheet", "book", "styles", "rels", "types"])
@pytest.mark.parametrize(
    "doctype", [_DOCTYPE.format("x", ""), _DOCTYPE.format("x" * 50, _LAUGHS), '<!DOCTYPE x SYSTEM "file:///etc/passwd">']
)
def test_a_doctype_is_refused_in_every_part(part: str, doctype: str) -> None:
    assert refused(changed(**{part: doctype + GOOD[_NAMES[part]]})) == "file.doctype"


def test_a_doctype_after_a_long_comment_is_refused() -> None:
    assert refused(changed(sheet=f"<!--{'x' * 200_000}-->{_DOCTYPE.format('x', '')}{GOOD[_NAMES['sheet']]}")) == "file.doctype"


# Sizes


def _peak(data: bytes) -> tuple[str, int]:
    tracemalloc.start()
    rule = refused(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return rule, peak


def test_a_row_that_never_ends_is_refused_before_it_fills_the_memory() -> None:
    with patch.object(package_module, "_LONGEST_SPAN", MEGABYTE):
        rule, peak = _peak(changed(sheet=GOOD[_NAMES["sheet"]].replace("</row>", '<c r="ZZ1"/>' * 1_000_000 + "</row>", 1)))
    assert rule == "file.workbook_size"
    assert peak < 20 * MEGABYTE


def test_what_stands_before_the_rows_is_bounded_too() -> None:
    with patch.object(package_module, "_LONGEST_SPAN", MEGABYTE):
        assert (
            refused(changed(sheet=GOOD[_NAMES["sheet"]].replace("<sheetData>", "<x/>" * 400_000 + "<sheetData>"))) == "file.workbook_size"
        )


def test_a_zip_bomb_is_refused() -> None:
    bomb = GOOD[_NAMES["sheet"]].replace("</sheetData>", f"<!--{' ' * (8 * MEGABYTE)}--></sheetData>")
    with patch.object(package_module, "_MOST_INFLATED", 4 * MEGABYTE):
        assert refused(changed(sheet=bomb)) == "file.workbook_size"
    wrapped = WORKBOOK.model_copy(update={"layout": WORKBOOK.layout.model_copy(update={"max_inflated_bytes": 4 * MEGABYTE})})
    assert refused(changed(sheet=bomb), wrapped) == "file.workbook_size"


def test_too_many_shared_texts_are_refused() -> None:
    texts = f'<sst xmlns="urn:x">{"<si><t>aaaaaaaaaa</t></si>" * 1_000}</sst>'
    with patch.object(workbook, "_MOST_TEXT", 5_000):
        assert refused(changed(texts=texts)) == "file.workbook_size"


def test_a_directory_of_too_many_parts_is_refused_before_it_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for at in range(20_000):
            made.writestr(f"x/{at}", b"")
    assert refused(out.getvalue()) == "file.workbook_size"


def test_two_values_far_apart_are_two_values() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    seen = inspect(WORKBOOK, io.BytesIO(changed(sheet=GOOD[_NAMES["sheet"]].replace("</sheetData>", far))))
    assert [finding.column for _, finding, _ in seen.findings()] == ["XFD, sans nom"]
    assert seen.counts.received == 1


def test_too_many_cells_are_refused_even_if_they_are_empty() -> None:
    with patch.object(grid, "_MOST_CELLS", 50):
        assert refused(
            changed(sheet=GOOD[_NAMES["sheet"]].replace("</sheetData>", '<row r="9">' + "<c/>" * 50 + "</row></sheetData>"))
        ) == ("file.workbook_size")


def test_too_many_sheets_are_refused() -> None:
    sheets = [sheet({})] * 300
    assert refused(package(parts(*sheets))) == "file.workbook_size"


# Damaged packages

_ROW = '<row r="3"><c r="A3"><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("sheet", "</worksheet>", ""),
        ("sheet", "</sheetData>", _ROW * 2 + "</sheetData>"),
        ("sheet", "</sheetData>", '<row r="1048577"/></sheetData>'),
        ("sheet", "</sheetData>", '<row r="0"/></sheetData>'),
        ("sheet", "</sheetData>", '<row r="x"/></sheetData>'),
        ("sheet", "</sheetData>", '<row r="٣"/></sheetData>'),
        ("sheet", "</sheetData>", _ROW.replace("A3", "XFE3") + "</sheetData>"),
        ("sheet", "</sheetData>", _ROW.replace("A3", "3") + "</sheetData>"),
        ("sheet", "</sheetData>", _ROW.replace("A3", "a3") + "</sheetData>"),
        ("sheet", "</sheetData>", _ROW.replace("</row>", '<c r="A3"><v>2</v></c></row>') + "</sheetData>"),
        ("sheet", "</sheetData>", _ROW.replace('"A3"', '"A3" t="s"') + "</sheetData>"),
        ("sheet", "</sheetData>", _ROW.replace('"A3"', '"A3" t="s"').replace("<v>1", "<v>-1") + "</sheetData>"),
        ("book", "</workbook>", ""),
        ("rels", "worksheets/sheet1.xml", "worksheets/sheet9.xml"),
        ("rels", "worksheets/sheet1.xml", "../../../etc/passwd"),
    ],
)
def test_parts_that_contradict_themselves_are_refused(part: str, old: str, new: str) -> None:
    content = GOOD[_NAMES[part]]
    assert old in content
    assert refused(changed(**{part: content.replace(old, new)})) == "file.workbook"


def test_a_part_twice_is_refused() -> None:
    out = io.BytesIO(package(GOOD))
    with zipfile.ZipFile(out, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("xl/worksheets/sheet1.xml", sheet({1: [number(1)]}))
    assert refused(out.getvalue()) == "file.workbook"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_workbook_cut_off_is_refused(share: float) -> None:
    data = people(*[person(file_number=text(f"S-{at}")) for at in range(50)])
    assert refused(data[: int(len(data) * share)]) == "file.truncated"


def test_another_method_of_compression_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as made:
        for name, content in GOOD.items():
            made.writestr(name, content)
    assert refused(out.getvalue()) == "file.workbook"


def test_a_file_on_disk_that_lacks_a_byte_is_refused_like_one_in_memory(tmp_path: Path) -> None:
    """Its first part seems to begin before the file: another error of Python for a file than for bytes."""
    data = package(GOOD)
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(data[:100] + data[101:])
    with path.open("rb") as file:
        ((_, finding, _),) = inspect(WORKBOOK, file).findings()
    assert finding.rule == refused(path.read_bytes()) == "file.workbook"


_LARGE = people(*[person(file_number=text(f"S-{at}"), hours=number(at % 40 + 1)) for at in range(30)])


@given(seed=st.integers(0, 2**32), edits=st.integers(1, 4))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_damage_to_the_bytes_is_a_judgement(seed: int, edits: int) -> None:
    dice = random.Random(seed)
    data = bytearray(_LARGE)
    for _ in range(edits):
        at = dice.randrange(len(data))
        data[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
    seen = inspect(WORKBOOK, io.BytesIO(bytes(data)))
    assert seen.counts.add_up


_CUTS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(["", "<c/>", "<v>", "</row>", '<row r="3">', "9", "&amp;", "t"]))
)


@given(edits=_CUTS, part=st.sampled_from(["sheet", "book", "styles", "rels"]))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_damage_to_a_part_is_a_judgement(edits: list[tuple[float, int, str]], part: str) -> None:
    content = GOOD[_NAMES[part]]
    for place, gone, new in edits:
        at = int(place * len(content))
        content = content[:at] + new + content[at + gone :]
    seen = inspect(WORKBOOK, io.BytesIO(changed(**{part: content})))
    assert seen.counts.add_up
    assert seen.verdict is Verdict.REFUSED or seen.survey is not None
