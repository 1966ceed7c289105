"""Spreadsheets: rows, sheets, headers and damage, with the number of each row in its sheet."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import xlsxwriter

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.contract.model import Contract, Ignored
from passerelle.findings import Effect, Finding, Verdict
from passerelle.readers.rows import Damage
from typed_contracts import (
    DATED,
    HEADER,
    WORKBOOK,
    Cell,
    formula,
    number,
    package,
    parts,
    people,
    person,
    sheet,
    text,
    typed,
)


def variant(**layout: object) -> Contract:
    return WORKBOOK.model_copy(update={"layout": WORKBOOK.layout.model_copy(update=layout)})


def judged(data: bytes, contract: Contract = WORKBOOK) -> Inspection:
    seen = inspect(contract, io.BytesIO(data))
    assert seen.counts.add_up
    return seen


def told(data: bytes, contract: Contract = WORKBOOK) -> list[tuple[str, int | None]]:
    return [(finding.rule, finding.line) for finding in findings(data, contract)]


def findings(data: bytes, contract: Contract = WORKBOOK) -> list[Finding]:
    return [finding for _, finding, _ in judged(data, contract).findings()]


def values(data: bytes, contract: Contract = WORKBOOK) -> list[dict[str, str | None]]:
    return [row for chunk in chunks(contract, io.BytesIO(data)) for rows in chunk.tables.values() for row in rows.values.to_pylist()]


def seen_in(name: str, cell: Cell, contract: Contract = WORKBOOK) -> tuple[str | None, Damage]:
    """What the reader makes of a cell."""
    (chunk,) = (chunk for chunk in chunks(contract, io.BytesIO(people(person(**{name: cell})))) if chunk.tables)
    rows = chunk.tables["suivi"]
    damage = (rows.damage or {}).get(name)
    return rows.values.column(name)[0].as_py(), Damage(damage[0].as_py() if damage is not None else 0)


# Cells that lose nothing


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("comment", text("=1+1"), "=1+1"),
        ("comment", text("  deux  mots "), "  deux  mots "),
        ("comment", (' t="inlineStr"', "<is><r><t>A</t></r><r><t>B</t></r><rPh><t>C</t></rPh></is>"), "AB"),
        ("comment", text("a_x000D_b_x0000__x005F_"), "a\rb_x0000__"),
        ("comment", text("_xD800_"), "_xD800_"),
        ("comment", typed("str", "résultat"), "résultat"),
        ("comment", formula("résultat", "str"), "résultat"),
        ("comment", formula("", "str"), None),
        ("comment", number(12.5), "12,5"),
        ("comment", number(12), "12"),
        ("comment", typed("b", "1"), "VRAI"),
        ("nir", text("280037800608436"), "280037800608436"),
        ("postcode", text("01000"), "01000"),
        ("postcode", number(99010), "99010"),
        ("phone", text("0782605941"), "0782605941"),
        ("role", number(10), "10"),
        ("hours", number(12), "12"),
        ("hours", number("12.0"), "12"),
        ("hours", number("1.2E1"), "12"),
        ("hours", formula("12"), "12"),
        ("hours", text("12"), "12"),
        ("amount", number("12.199999999999999"), "12,2"),
        ("amount", number("0.30000000000000004"), "0,3"),
        ("amount", number("1E-2"), "0,01"),
        ("amount", number(-5), "-5"),
        ("amount", text("12,50"), "12,50"),
        ("bound", typed("b", "1"), "1"),
        ("bound", typed("b", "0"), "0"),
        ("bound", number(1), "1"),
        ("born_on", number(29282, DATED), "02/03/1980"),
        ("born_on", number("29282.0", DATED), "02/03/1980"),
        ("born_on", number(1, DATED), "01/01/1900"),
        ("born_on", number(59, DATED), "28/02/1900"),
        ("born_on", number(61, DATED), "01/03/1900"),
        ("born_on", number(2958465, DATED), "31/12/9999"),
        ("born_on", typed("d", "1980-03-02"), "02/03/1980"),
        ("born_on", typed("d", "1980-03-02T00:00:00Z"), "02/03/1980"),
        ("born_on", text("02/03/1980"), "02/03/1980"),
        ("born_on", number("29282.25", DATED), "02/03/1980 06:00:00"),
    ],
)
def test_a_cell_that_loses_nothing_is_taken_as_it_is(name: str, cell: Cell, expected: str | None) -> None:
    assert seen_in(name, cell) == (expected, Damage.NONE)


def test_dates_may_be_counted_from_1904() -> None:
    data = people(person(born_on=number(29282 - 1462, DATED)), properties=' date1904="1"')
    assert values(data)[0]["born_on"] == "02/03/1980"
    assert judged(data).verdict is Verdict.ACCEPTED


def test_a_day_after_the_last_is_no_date_in_either_calendar() -> None:
    for properties, last in (("", 2_958_465), (' date1904="1"', 2_957_003)):
        assert values(people(person(born_on=number(last, DATED)), properties=properties))[0]["born_on"] == "31/12/9999"
        for serial in (last + 1, -1, 1e300):
            assert told(people(person(born_on=number(serial, DATED)), properties=properties)) == [("suivi.born_on.excel_date", 2)]


# Damage


@pytest.mark.parametrize(
    ("name", "cell", "kind", "value"),
    [
        ("postcode", number(1000), "excel_zero", "1000"),
        ("phone", number(782605941), "excel_zero", "782605941"),
        ("insee", number(1004), "excel_zero", "1004"),
        ("role", number(1), "excel_zero", "1"),
        ("comment", number("1803331476872001"), "excel_number", "1803331476872001"),
        ("comment", number("1.85E+15"), "excel_number", "1850000000000000"),
        ("hours", number("12345678901234567"), "excel_number", "12345678901234567"),
        ("postcode", text("1,85E+14"), "excel_number", "1,85E+14"),
        ("postcode", text("99010.0"), "excel_number", "99010.0"),
        ("born_on", number(29282), "excel_date", "29282"),
        ("born_on", number(60, DATED), "excel_date", "60"),
        ("born_on", number(0, DATED), "excel_date", "0"),
        ("postcode", number(29282, DATED), "excel_date", "1980-03-02"),
        ("comment", number(29282, DATED), "excel_date", "1980-03-02"),
        ("comment", number(0.5, ' s="2"'), "excel_date", "1899-12-31 12:00:00"),
        ("hours", number(1.5, ' s="3"'), "excel_date", "1900-01-01 12:00:00"),
        ("born_on", typed("e", "#N/A"), "excel_error", None),
        ("comment", typed("e", "#REF!"), "excel_error", None),
        ("comment", formula("#DIV/0!", "e"), "excel_error", None),
        ("amount", number("1e999"), "excel_error", None),
        ("amount", number("douze"), "excel_error", None),
        ("born_on", formula(), "excel_formula", None),
        ("comment", formula(), "excel_formula", None),
    ],
)
def test_damage_is_one_finding_of_the_column_and_the_line_is_set_aside(name: str, cell: Cell, kind: str, value: str | None) -> None:
    assert seen_in(name, cell)[0] == value
    data = people(person(file_number=text("S-1")), person(**{name: cell}), person(file_number=text("S-3")))
    seen = judged(data)
    assert told(data) == [(f"suivi.{name}.{kind}", 3)]
    assert (seen.counts.accepted, seen.counts.set_aside) == (2, 1)


def test_a_lost_zero_is_proposed_and_of_a_personal_column_only_its_form() -> None:
    role, postcode = findings(people(person(role=number(1), postcode=number(1000))))[::-1]
    assert "« 01 »" in role.proposal
    assert "5 chiffres" in postcode.proposal
    assert "1000" not in postcode.model_dump_json()


_NIR = f"2800378006084{97 - 2800378006084 % 97:02d}"
_WRONG_NIR = f"2800378006084{98 - 2800378006084 % 97:02d}"


@pytest.mark.parametrize("raw", [_NIR, f"{_NIR}.0", f"{_NIR[0]}.{_NIR[1:]}E14", f"{_NIR[0]}.{_NIR[1:]}e+14"])
def test_a_nir_typed_as_a_number_is_read_and_told(raw: str) -> None:
    data = people(person(nir=number(raw)))
    (finding,) = findings(data)
    assert (finding.rule, finding.effect) == ("suivi.nir.excel_exact", Effect.WARN)
    assert values(data)[0]["nir"] == _NIR
    assert judged(data).counts.accepted == 1


def test_a_nir_typed_as_a_number_is_still_judged() -> None:
    assert set(told(people(person(nir=number(_WRONG_NIR))))) == {("suivi.nir.excel_exact", 2), ("suivi.nir.nir_key", 2)}
    assert told(people(person(nir=number(1.85e14)))) == [("suivi.nir.excel_exact", 2), ("suivi.nir.nir_key", 2)]
    assert told(people(person(nir=number(28003)))) == [("suivi.nir.nir", 2)]


@pytest.mark.parametrize("written", ["1,85E+14", "1.85037E+14", "280037800608434.0"])
def test_a_nir_written_as_an_amount_is_one_finding(written: str) -> None:
    assert told(people(person(nir=text(written)))) == [("suivi.nir.nir_spreadsheet", 2)]


def test_a_number_of_wrong_length_is_judged_by_the_rules_of_its_column() -> None:
    assert told(people(person(postcode=number(123456)))) == [("suivi.postcode.pattern", 2)]
    assert told(people(person(role=number(7)))) == [("suivi.role.code", 2)]
    assert told(people(person(born_on=text("31/02/1980")))) == [("suivi.born_on.date", 2)]
    assert told(people(person(born_on=number("29282.25", DATED)))) == [("suivi.born_on.date_form", 2)]
    assert told(people(person(amount=number(12.345)))) == [("suivi.amount.number", 2)]


def test_words_about_damage_hold_no_personal_value() -> None:
    data = people(person(postcode=number(1234), phone=number(782605941), born_on=number(29282), birth_name=formula()))
    said = "".join(finding.model_dump_json() for finding in findings(data))
    assert len(findings(data)) == 4
    assert not any(value in said for value in ("1234", "782605941", "29282", "Zoé"))


# Rows


def test_empty_rows_are_ignored_and_what_comes_after_the_last_value_is_no_row() -> None:
    empty: list[Cell] = [("", ""), (' s="1"', ""), (' t="inlineStr"', "<is><t></t></is>")]
    header = [text(name) for name in HEADER]
    rows = {1: header, 2: person(file_number=text("S-2")), 4: empty, 7: person(born_on=formula()), 9: empty, 1_048_576: empty}
    data = package(parts(sheet(rows, before='<dimension ref="A1:XFD1048576"/>')))
    seen = judged(data)
    assert (seen.counts.received, seen.counts.ignored, seen.counts.accepted, seen.counts.set_aside) == (6, 4, 1, 1)
    assert told(data) == [("suivi.born_on.excel_formula", 7)]


def test_a_row_with_nothing_but_damage_is_no_empty_row() -> None:
    data = people(person(), [None] * 12 + [typed("e", "#N/A")])
    assert ("suivi.comment.excel_error", 3) in told(data)
    assert (judged(data).counts.ignored, judged(data).counts.set_aside) == (0, 1)


def test_the_header_may_stand_lower() -> None:
    data = package(parts(sheet({4: [text(name) for name in HEADER], 6: person(), 7: person(born_on=text("x"))})))
    assert told(data) == [("suivi.born_on.date_form", 7), ("suivi.key.unique", 7)]
    assert (judged(data).counts.received, judged(data).counts.ignored) == (3, 1)


def test_rows_and_cells_may_go_without_their_numbers() -> None:
    data = people(person(), person(file_number=text("S-2"), birth_name=None))
    bare = package(parts(sheet({1: [text(name) for name in HEADER], 2: [cell or ("", "") for cell in person()]}).replace(' r="', ' x="')))
    assert told(bare) == []
    assert values(bare)[0] == values(data)[0]


def test_hidden_rows_are_read_and_told() -> None:
    data = people(person(), person(file_number=text("S-2")))
    content = sheet({1: [text(name) for name in HEADER], 2: person(), 3: person(file_number=text("S-2"))})
    hidden = package(parts(content.replace('<row r="3"', '<row r="3" hidden="1"')))
    assert told(hidden) == [("structure.hidden_rows", 3)]
    assert values(hidden) == values(data)


def test_shared_texts_are_looked_up() -> None:
    header = [(' t="s"', f"<v>{place}</v>") for place in range(len(HEADER))]
    row = [(' t="s"', f"<v>{len(HEADER)}</v>") if cell and "Aubrac" in cell[1] else cell for cell in person()]
    shared = "".join(f"<si><t>{name}</t></si>" for name in HEADER) + "<si><r><t>d’</t></r><r><t>Aubrac</t></r></si>"
    data = package(parts(sheet({1: header, 2: row})) | {"xl/sharedStrings.xml": f'<sst xmlns="urn:x">{shared}</sst>'})
    assert told(data) == []
    assert values(data)[0]["birth_name"] == "d’Aubrac"


def test_the_strict_variant_of_the_format_is_read() -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    transitional = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    made = parts(sheet({1: [text(name) for name in HEADER], 2: person()}))
    assert told(package({name: content.replace(transitional, strict) for name, content in made.items()})) == []


# Header


def test_headers_are_compared_without_line_breaks_and_blanks() -> None:
    header = [text(name) for name in ("  ID  IODAS\t", "NIR ", "Nom", "Prénom", "Date\tde \n Naissance ", *HEADER[5:])]
    assert told(package(parts(sheet({1: header, 2: person()})))) == []


def test_a_missing_column_is_refused_with_its_name() -> None:
    header = [text(name) for name in HEADER]
    header[1] = text("NIRS")
    (finding,) = findings(package(parts(sheet({3: header, 4: person()}))))
    assert (finding.rule, finding.line) == ("file.header", 3)
    assert "« NIRS » en « NIR »" in finding.fix


def test_a_column_twice_is_refused() -> None:
    (finding,) = findings(package(parts(sheet({1: [text(name) for name in [*HEADER, "NIR"]], 2: person()}))))
    assert (finding.rule, "« NIR » figure deux fois" in finding.message) == ("file.header", True)


def test_unknown_columns_are_told_and_ignored_ones_are_not() -> None:
    header = [*(text(name) for name in (*HEADER, "Observations", "Tags")), None, None]
    row = [*person(), text("secret"), text("secret"), None, text("secret")]
    data = package(parts(sheet({1: header, 2: row})))
    said = findings(data)
    assert {(finding.rule, finding.line, finding.column) for finding in said} == {
        ("structure.unknown_column", 1, "Tags"),
        ("structure.unknown_column", 1, "Q, sans nom"),
    }
    assert "secret" not in "".join(finding.model_dump_json() for finding in said)
    assert judged(data).counts.accepted == 1


def test_ignored_columns_are_compared_without_line_breaks_too() -> None:
    contract = variant(ignored=(Ignored(path="Date\nCER", reason="Inutile."),))
    for name in ("Date CER", "Date\nCER", "Date  CER\t"):
        header = [text(one) for one in (*HEADER, name)]
        assert told(package(parts(sheet({1: header, 2: [*person(), text("x")]}))), contract) == []


def test_a_sheet_without_its_header_does_not_show_its_first_person() -> None:
    (finding,) = findings(package(parts(sheet({1: person(), 2: person()}))))
    assert finding.rule == "file.header"
    assert "Aubrac" not in finding.model_dump_json()


def test_without_a_header_the_columns_come_in_the_order_of_the_contract() -> None:
    bare = variant(header=False)
    data = package(parts(sheet({1: person(), 2: [*person(file_number=text("S-2")), text("x")]})))
    assert [row["file_number"] for row in values(data, bare)] == ["S-0001", "S-2"]
    assert told(data, bare) == [("structure.unknown_column", 1)]
    assert told(people(person()), bare) == [("file.header", 1)]


# Sheets


def _sheets(*states: str) -> bytes:
    good = sheet({1: [text(name) for name in HEADER], 2: person()})
    other = sheet({1: [text("x")], 2: [number(1)]})
    return package(parts(*(good if at == 1 else other for at in range(len(states))), states=states, names=["Notes", "Suivi", "M. Durand"]))


def test_the_sheet_is_found_by_its_name_and_the_others_are_told() -> None:
    named = variant(sheet="Suivi")
    data = _sheets("visible", "visible", "veryHidden")
    (finding,) = findings(data, named)
    assert (finding.rule, finding.effect) == ("structure.other_sheets", Effect.WARN)
    assert "n° 1 ; n° 3, masquée" in finding.message
    assert "Durand" not in finding.model_dump_json()
    assert judged(data, named).counts.accepted == 1


def test_without_a_name_the_first_sheet_that_is_shown_is_read() -> None:
    assert judged(_sheets("hidden", "visible", "visible")).counts.accepted == 1
    assert told(_sheets("hidden", "hidden", "hidden")) == [("file.sheet", None)]


def test_a_sheet_that_is_not_there_is_refused_without_naming_the_others() -> None:
    (finding,) = findings(_sheets("visible", "visible", "visible"), variant(sheet="Accompagnement"))
    assert finding.rule == "file.sheet"
    assert "« Accompagnement »" in finding.message
    assert "Durand" not in finding.model_dump_json()


def test_empty_sheets_beside_it_are_not_told() -> None:
    data = package(parts(sheet({1: [text(name) for name in HEADER], 2: person()}), sheet({}), sheet({5: [("", "")]})))
    assert told(data) == []


def test_an_empty_sheet_is_refused_and_a_header_alone_waits_for_a_person() -> None:
    assert told(package(parts(sheet({})))) == [("file.empty", None)]
    assert judged(people()).verdict is Verdict.HELD


# Other programs, and size


def test_a_workbook_of_another_program_is_read() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        made = book.add_worksheet()
        dated = book.add_format({"num_format": "d mmmm yyyy"})
        made.write_row(0, 0, HEADER)
        made.write_row(1, 0, ["S-1", "", "Aubrac", "Zoé"])
        made.write_number(1, 4, 29282, dated)
        made.write_row(1, 8, ["02", 12, 12.2, True])
    (row,) = values(out.getvalue())
    assert (row["born_on"], row["hours"], row["amount"], row["bound"], row["nir"]) == ("02/03/1980", "12", "12,2", "1", None)
    assert told(out.getvalue()) == []


_READ = """
import resource, sys
from passerelle.readers import xlsx
from typed_contracts import WORKBOOK
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1], "rb") as file:
    count = sum(len(rows) for chunk in xlsx.read(WORKBOOK, file) for rows in chunk.tables.values())
print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_workbook_of_100_000_rows_takes_little_memory(tmp_path: Path) -> None:
    """Its XML is never in memory: a process of its own tells how much it grew (MB)."""
    content = sheet({1: [text(name) for name in HEADER], 2: [text("S-1"), None, text("Aubrac " * 50)]})
    row = content[content.index('<row r="2"') : content.index("</sheetData>")]
    rows = "".join(row.replace('2"', f'{at}"') for at in range(2, 100_002))
    path = tmp_path / "large.xlsx"
    path.write_bytes(package(parts(content.replace(row, rows))))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", _READ, path], capture_output=True, text=True, check=True, env=environment)
    count, grown = map(int, done.stdout.split())
    assert count == 100_000
    assert len(content) + len(rows) > 40_000_000
    assert grown < 40
