"""All findings of a file are kept, small, in the order of the file, and the first ones are at hand without going through all."""

from __future__ import annotations

import io
from collections import Counter
from itertools import islice
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checking import contract_of, inspected, told, xml_contract, xml_inspected
from invented_contracts import codes, column
from passerelle.checks import inspector
from passerelle.checks.book import Book
from passerelle.checks.inspector import inspect
from passerelle.checks.judge import Judge
from passerelle.checks.violations import Violation, places
from passerelle.contract.model import Contract, Table
from passerelle.findings import Effect, Rule, Verdict
from passerelle.readers import delimited
from passerelle.readers.rows import Chunk, Damage, Oddity, Rows

CODES = codes("C", "A")


def rule(name: str) -> Rule:
    return Rule(id=name, kind="k", effect=Effect.WARN, message="« {value} »")


def wide(columns: int = 3) -> Contract:
    """A contract in which every value but A is wrong."""
    table = Table(name="t", key=("c0",), columns=tuple(column(f"c{n}", codes=CODES, on_failure="warn") for n in range(columns)))
    return contract_of(table)


# The book


VIOLATIONS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from("abc"), st.lists(st.tuples(st.integers(1, 9), st.integers(-1, 9)), min_size=1, max_size=6)
    ),
    max_size=8,
)


@given(written=VIOLATIONS, per_rule=st.integers(1, 3))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_the_order_is_that_of_the_file(written: list[tuple[int, str, list[tuple[int, int]]]], per_rule: int) -> None:
    """Whatever is written when: by page, then line, record and rule."""
    book = Book()
    expected = []
    for number, name, at in written:
        lines = [100 * number + line for line, _ in at]
        book.write(number, [Violation(rule(name), places(lines), places([record for _, record in at]))])
        expected += [(number, line, record, name) for line, (_, record) in zip(lines, at, strict=True)]
    expected.sort()
    names = list(book.rules)
    seen = [row for page in book.pages() for row in page.to_pylist()]
    assert [(row["line"], row["record"], names[row["rule_no"]]) for row in seen] == [place[1:] for place in expected]
    assert book.totals == Counter(place[3] for place in expected)
    counts: Counter[str] = Counter()
    firsts = [place[1:] for place in expected if counts.update(place[3]) or counts[place[3]] <= per_rule]
    found = [row for page in book.first(per_rule) for row in page.to_pylist()]
    assert sorted((row["line"], row["record"], names[row["rule_no"]]) for row in found) == sorted(firsts)


def test_values_and_proposals_stay_with_their_places() -> None:
    book = Book()
    said = pa.array(["p1", None, "p1"]).dictionary_encode()
    book.write(0, [Violation(rule("a"), places([5, 3, 4]), places([2, 0, 1]), pa.array(["v5", "v3", None]), said)])
    book.write(0, [Violation(rule("b"), places([4]), places([1]), None, pa.array(["p2"]).dictionary_encode())])
    rows = [(row["line"], row["value"], row["proposal"]) for page in book.pages() for row in page.to_pylist()]
    assert rows == [(3, "v3", None), (4, None, "p1"), (4, None, "p2"), (5, "v5", "p1")]


def test_what_belongs_to_no_chunk_stands_at_its_line() -> None:
    book = Book()
    for number in (0, 1, 2):
        book.write(number, [Violation(rule("a"), places([10 * number + 5]), places([number]))])
    book.insert([Violation(rule("file"), places([line]), places([-1])) for line in (17, 0, 1, 99)])
    assert [row["line"] for page in book.pages() for row in page.to_pylist()] == [0, 1, 5, 15, 17, 25, 99]


def test_no_page_is_unpacked_for_findings_that_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()
    for number in range(50):
        book.write(number, [Violation(rule("a"), places([number]), places([number]))])
    book.write(30, [Violation(rule("rare"), places([30]), places([30]))])
    unpacked = []
    monkeypatch.setattr(Book, "_read", lambda self, pages, read=Book._read: unpacked.append(1) or read(self, pages))
    assert sum(page.num_rows for page in book.first(3)) == 4
    assert len(unpacked) == 4


# The inspection


def test_a_file_full_of_mistakes_takes_little_memory_and_answers_at_once() -> None:
    rows, columns = 20_000, 10
    seen = inspected(wide(columns), *(";".join([f"k{row}", *["x"] * (columns - 1)]) for row in range(rows)))
    assert seen.total == rows * columns
    assert seen.totals() == {f"t.c{n}.code": rows for n in range(columns)}
    assert sum(len(page.data) for pages in seen.book._pages.values() for page in pages) < 8 * seen.total
    assert [finding.line for finding in seen.first(2)] == [2] * columns + [3] * columns
    assert [finding.line for _, finding, _ in islice(seen.findings(), 5)] == [2] * 5


def test_findings_as_columns_are_the_findings() -> None:
    seen = inspected(wide(), "x;A;y", "A;A;A", "A;z;A", ";;")
    rules = list(seen.rules().values())
    rows = [row for batch in seen.columns() for row in batch.to_pylist()]
    assert [row["ordinal"] for row in rows] == list(range(seen.total))
    for row, (of, finding, record) in zip(rows, seen.findings(), strict=True):
        assert rules[row["rule_no"]] == of
        assert (row["line"], row["record"]) == (finding.line, record)
        assert of.message.replace("{value}", row["value"] or "") == finding.message
        assert (row["proposal"] or "") == finding.proposal
    assert seen.rules()["t.c0.code"] == rules[rows[0]["rule_no"]]
    assert seen.columns().__next__().schema.names == ["ordinal", "rule_no", "line", "record", "value", "proposal"]


def test_columns_come_in_batches_of_bounded_size() -> None:
    seen = inspected(wide(8), *[";".join(f"{n}{row}" for n in range(8)) for row in range(9_000)])
    batches = list(seen.columns())
    assert len(batches) > 1
    assert max(batch.num_rows for batch in batches) <= 65_536
    assert np.concatenate([np.asarray(batch.column("ordinal")) for batch in batches]).tolist() == list(range(72_000))


def test_a_value_is_kept_as_far_as_it_is_shown() -> None:
    seen = inspected(wide(1), "x" * 500)
    assert [value for batch in seen.columns() for value in batch.column("value").to_pylist()] == ["x" * 80]


def test_what_is_found_late_stands_where_it_belongs() -> None:
    """A repeated key is known at the end only, an unknown column before the first line."""
    header_more = b"c0;c1;c2;autre\n"
    data = header_more + b"\n".join(b"A;x;A;1" if n % 2 else f"{n};A;A;1".encode() for n in range(8)) + b"\n"
    seen = inspect(wide(), io.BytesIO(data))
    assert [(finding.line, finding.rule) for finding in told(seen)] == [
        (1, "structure.unknown_column"),
        (2, "t.c0.code"),
        (3, "t.c1.code"),
        (4, "t.c0.code"),
        (5, "t.c1.code"),
        (5, "t.key.unique"),
        (6, "t.c0.code"),
        (7, "t.c1.code"),
        (7, "t.key.unique"),
        (8, "t.c0.code"),
        (9, "t.c1.code"),
        (9, "t.key.unique"),
    ]


def test_an_unknown_column_is_told_by_its_name_and_not_read() -> None:
    """A feed must not bring what it is not allowed to carry: the column is not even looked at, and its name is told."""
    data = b"c0;c1;c2;freins sante\nA;A;A;depression\n"
    seen = inspect(wide(), io.BytesIO(data))
    (finding,) = told(seen)
    assert (finding.rule, finding.effect, finding.column) == ("structure.unknown_column", Effect.WARN, "freins sante")
    assert "« freins sante »" in finding.message
    assert "depression" not in finding.model_dump_json()
    for chunk in inspector.chunks(wide(), io.BytesIO(data)):
        assert all(rows.values.schema.names == ["c0", "c1", "c2"] for rows in chunk.tables.values())


def test_every_unknown_element_is_counted() -> None:
    seen = xml_inspected(xml_contract(), *["<X>1</X>" * 4_000] * 3)
    assert seen.totals() == {"structure.unknown_element": 12_000}
    assert (seen.counts.accepted, seen.verdict) == (3, Verdict.ACCEPTED_WITH_FINDINGS)


def test_oddities_of_one_kind_are_one_rule_with_the_name_as_value() -> None:
    seen = xml_inspected(xml_contract(), "<X>1</X><Y>2</Y>", "<X>3</X>")
    assert list(seen.rules()) == ["structure.unknown_element"]
    assert [(finding.column, "<X>" in finding.message) for finding in told(seen)] == [("X", True), ("Y", False), ("X", True)]


# Spreadsheets


def test_a_damaged_value_is_told_once() -> None:
    """What a spreadsheet destroyed is no second mistake; a number that kept all its digits is judged like any other."""
    columns = (
        column("postcode", pattern="[0-9]{5}"),
        column("nir", nir=True, classification="secret"),
        column("again"),
    )
    same = {"id": "same", "kind": "equal", "columns": ("nir", "again"), "message": "Différents."}
    contract = contract_of(Table.model_validate({"name": "t", "columns": columns, "rules": (same,)}))
    texts = {
        "postcode": ["1000", "1000", "75001"],
        "nir": ["2850578006084", "1,85E+14", "2850578006"],
        "again": ["2850578006084", "x", "2850578006"],
    }
    ordinals = pa.array([0, 1, 2], pa.int64())
    rows = Rows(
        values=pa.RecordBatch.from_pydict({name: pa.array(values, pa.string()) for name, values in texts.items()}),
        row=ordinals,
        line=pa.array([2, 3, 4], pa.int64()),
        record=ordinals,
        damage={
            "postcode": pa.array([Damage.ZERO, Damage.NONE, Damage.NONE], pa.uint8()),
            "nir": pa.array([Damage.NONE, Damage.NUMBER, Damage.EXACT], pa.uint8()),
        },
    )
    found = list(Judge(contract).violations(Chunk({"t": rows}, 3)))
    assert {violation.rule.id: violation.lines.tolist() for violation in found} == {
        "t.postcode.excel_zero": [2],
        "t.postcode.pattern": [3],
        "t.nir.excel_number": [3],
        "t.nir.excel_exact": [4],
        "t.nir.nir": [4],
    }
    proposals = next(violation.proposals for violation in found if violation.rule.id == "t.postcode.excel_zero")
    assert proposals is not None
    assert proposals.to_pylist() == ["Écrivez « 01000 »."]


def test_an_oddity_of_a_reader_is_a_finding() -> None:
    oddities = (Oddity("columns", 4, 2, "3 au lieu de 4"), Oddity("columns", 6, 4, "5 au lieu de 4"))
    (violation,) = Judge(wide()).violations(Chunk({}, 5, oddities=oddities))
    assert (violation.rule.id, violation.lines.tolist(), violation.records.tolist()) == ("structure.columns", [4, 6], [2, 4])
    assert violation.values is not None
    assert violation.values.to_pylist() == ["3 au lieu de 4", "5 au lieu de 4"]


LINE = st.sampled_from(["A;A;A", "A;A", "A;x;A", "A;A;A;A", "", "A"])


@given(lines=st.lists(LINE, max_size=30), most=st.integers(1, 4))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_many_odd_lines_are_handed_on_in_parts_and_told_the_same(lines: list[str], most: int) -> None:
    whole = inspected(wide(), *lines, "A;A;A")
    with patch.object(delimited, "_MOST_ODD", most):
        parts = inspected(wide(), *lines, "A;A;A")
    assert told(parts) == told(whole)
    assert (parts.counts, parts.set_aside.tolist()) == (whole.counts, whole.set_aside.tolist())
    odd = [place + 2 for place, line in enumerate(lines) if line and line.count(";") != 2]
    assert [finding.line for finding in told(parts) if finding.rule == "structure.columns"] == odd
